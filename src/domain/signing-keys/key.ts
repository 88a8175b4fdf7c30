/**
 * Keys of the installation: what signs JWTs, cookies and DPoP nonces. Owns `signing_keys`. A key is published before it
 * signs and after it stops, and its state is never stored: it follows from its times, so every instance comes to the
 * same answer without being told. Sealed in the database; rotation is in rotate.ts, what the server uses in jwks.ts.
 */

/** The JWS algorithms there is a key for (RFC 7518 §3.1, RFC 8037 §3.1). */
export const signingAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

/** Everything the installation has keys for. */
export const keyPurposes = [...signingAlgs, 'cookies', 'dpop_nonce'] as const

/** A JWS algorithm there is a key for. */
export type SigningAlg = (typeof signingAlgs)[number]

/** What a key is for. */
export type KeyPurpose = (typeof keyPurposes)[number]

/** What is known about a key without opening it. */
export interface KeyTimes {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly createdAt: Date
  /** When it begins to sign, replacing the one before. */
  readonly activatesAt: Date
  /** When it is no longer published; unset until it has a successor. */
  readonly retiresAt: Date | undefined
}

/** Published and not yet signing, signing, published and no longer signing, or of no use at all. */
export type KeyState = 'next' | 'current' | 'retired' | 'gone'

/** The state of a key, which depends on the others of its purpose and the time alone. */
export function stateOf(key: KeyTimes, keysOfSamePurpose: readonly KeyTimes[], now: Date): KeyState {
  if (isGone(key, now)) return 'gone'
  if (key.id === currentOf(keysOfSamePurpose, now)?.id) return 'current'
  return key.activatesAt > now ? 'next' : 'retired'
}

/**
 * The key that signs. If none is active yet, the first that will be: after a key was withdrawn, or on the very first
 * start, an instance whose clock is behind must sign with the only key there is rather than with none.
 */
export function currentOf<Key extends KeyTimes>(
  keysOfSamePurpose: readonly Key[],
  now: Date,
): Key | undefined {
  const published = keysOfSamePurpose.filter((key) => !isGone(key, now)).toSorted(byActivation)
  return published.findLast((key) => key.activatesAt <= now) ?? published[0]
}

/** The current key of a purpose first, then those that are only published, newest first; none that is gone. */
export function publishedKeys<Key extends KeyTimes>(
  keysOfSamePurpose: readonly Key[],
  now: Date,
): readonly Key[] {
  const current = currentOf(keysOfSamePurpose, now)
  if (current === undefined) return []
  const others = keysOfSamePurpose.filter((key) => key.id !== current.id && !isGone(key, now))
  return [current, ...others.toSorted(byActivation).reverse()]
}

/** When the state of any key changes next, or undefined if nothing will happen by itself. */
export function nextTransitionAt(keys: readonly KeyTimes[], now: Date): Date | undefined {
  return keys
    .flatMap(({ activatesAt, retiresAt }) =>
      retiresAt === undefined ? [activatesAt] : [activatesAt, retiresAt],
    )
    .filter((time) => time > now)
    .sort((left, right) => left.getTime() - right.getTime())[0]
}

/** Oldest first; two that activate together are ordered by id, the same way everywhere. */
export function byActivation(left: KeyTimes, right: KeyTimes): number {
  const difference = left.activatesAt.getTime() - right.activatesAt.getTime()
  if (difference !== 0) return difference
  return left.id < right.id ? -1 : 1
}

function isGone({ retiresAt }: KeyTimes, now: Date): boolean {
  return retiresAt !== undefined && retiresAt <= now
}
