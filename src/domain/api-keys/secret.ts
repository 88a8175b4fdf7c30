/**
 * The text of an API key, and how its secret is kept: `<prefix>_<key id><secret's part>`, all base62 behind the prefix.
 *
 *     lk_7Gq2mZ0aXk4T_<32 characters of secret><6 characters of checksum>
 *
 * The id is public and finds the key. The checksum lets whatever only looks like a key, or was mistyped, be refused
 * without asking the database. The secret is kept as HMAC-SHA-256 under a pepper that the database does not hold: who
 * has only the database cannot check a guess, and who has only the pepper has nothing that would be accepted.
 */
import { crc32 } from 'node:zlib'
import { equalDigests, hmacSha256 } from '../../platform/crypto/digest.ts'
import { randomBase62 } from '../../platform/crypto/random.ts'
import type { SealingKey } from '../../platform/crypto/seal.ts'
import type { PresentedKey, PresentedSecret } from './presented.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 12
// 62^32 is a little more than 2^190.
const secretLength = 32
// 62^6 is more than 2^32.
const checksumLength = 6
const base62 = /^[0-9A-Za-z]+$/
// Compared with where there is no secret, so that how many there are does not show in the time.
const noHash = Buffer.alloc(32)

/** What a key's text says: which key it is, and what proves it. */
export interface KeyText {
  readonly keyId: string
  readonly secret: string
}

/** Which of the two places of a key holds a secret. */
export type Slot = 1 | 2

/** What is kept of a key's secrets. */
export type KeySecrets = Pick<PresentedKey, 'id' | 'secrets'>

/** The peppers of this installation: one for new secrets, and those that older secrets were hashed with. */
export interface Peppers {
  readonly current: SealingKey
  readonly byId: (id: string) => Buffer | undefined
}

/** Peppers from the configuration: the first hashes, all of them compare. Throws if there is none. */
export function createPeppers(keys: readonly SealingKey[]): Peppers {
  const current = keys[0]
  if (current === undefined) throw new Error('a pepper for API keys is required')
  const all = new Map(keys.map(({ id, key }) => [id, key]))
  return { current, byId: (id) => all.get(id) }
}

/** Reads a key of this installation, or says undefined: its length, characters and checksum are right, no more. */
export function parseKey(text: string, prefix: string): KeyText | undefined {
  const idAt = prefix.length + 1
  const secretAt = idAt + idLength + 1
  const checksumAt = secretAt + secretLength
  if (text.length !== checksumAt + checksumLength) return undefined
  if (!text.startsWith(prefix) || text[idAt - 1] !== '_' || text[secretAt - 1] !== '_') return undefined
  const keyId = text.slice(idAt, secretAt - 1)
  const secret = text.slice(secretAt, checksumAt)
  if (!base62.test(keyId) || !base62.test(secret)) return undefined
  if (text.slice(checksumAt) !== checksumOf(text.slice(0, checksumAt))) return undefined
  return { keyId, secret }
}

/** A new key's text with a new secret: to be shown once, and not kept. */
export function makeKey(prefix: string, keyId: string): { readonly text: string; readonly secret: string } {
  const secret = randomBase62(secretLength)
  const body = `${prefix}_${keyId}_${secret}`
  return { text: body + checksumOf(body), secret }
}

/** A new public id of a key. */
export function newKeyId(): string {
  return randomBase62(idLength)
}

/** True for text that can be the id of a key. */
export function isKeyId(text: string): boolean {
  return text.length === idLength && base62.test(text)
}

/** What is kept of a secret. The id is part of it, so that a hash moved to another key is worth nothing there. */
export function hashSecret(
  { current }: Peppers,
  given: KeyText,
): { readonly hash: Buffer; readonly pepperId: string } {
  return { hash: digestOf(current.key, given), pepperId: current.id }
}

/**
 * Which place of the key holds this secret and still works, or undefined. Both places are compared in full whatever the
 * other said, and an empty or expired one like a live one, so time tells nothing of them.
 */
export function secretMatches(
  peppers: Peppers,
  key: KeySecrets,
  secret: string,
  now: Date,
): Slot | undefined {
  const slot = secretHolds(peppers, key, secret)
  const kept = key.secrets.find(inSlot(slot))
  return kept !== undefined && isSecretLive(kept, now) ? slot : undefined
}

/** Which place holds this secret, whether it still works or not: for whoever reports a leaked one. */
export function secretHolds(peppers: Peppers, key: KeySecrets, secret: string): Slot | undefined {
  const given = { keyId: key.id, secret }
  const [first, second] = [key.secrets.find(inSlot(1)), key.secrets.find(inSlot(2))]
  const [firstPepper, secondPepper] = [pepperOf(peppers, first), pepperOf(peppers, second)]
  const firstDigest = digestOf(firstPepper ?? peppers.current.key, given)
  // Nearly always the same pepper, and then the same digest.
  const secondDigest =
    secondPepper === undefined || secondPepper === firstPepper ? firstDigest : digestOf(secondPepper, given)
  const firstEquals = equalDigests(firstDigest, first?.hash ?? noHash) && firstPepper !== undefined
  const secondEquals = equalDigests(secondDigest, second?.hash ?? noHash) && secondPepper !== undefined
  if (firstEquals) return 1
  return secondEquals ? 2 : undefined
}

/** True while a secret works by its own time. */
export function isSecretLive({ expiresAt }: Pick<PresentedSecret, 'expiresAt'>, now: Date): boolean {
  return expiresAt === undefined || expiresAt > now
}

/** A pepper that is no longer configured matches nothing, and neither does an empty place. */
function pepperOf(peppers: Peppers, kept: PresentedSecret | undefined): Buffer | undefined {
  return kept === undefined ? undefined : peppers.byId(kept.pepperId)
}

function inSlot(slot: Slot | undefined): (secret: PresentedSecret) => boolean {
  return (secret) => secret.slot === slot
}

function digestOf(pepper: Buffer, { keyId, secret }: KeyText): Buffer {
  return hmacSha256(pepper, `${keyId}.${secret}`)
}

function checksumOf(text: string): string {
  let rest = crc32(text)
  let checksum = ''
  while (checksum.length < checksumLength) {
    checksum = `${digits[rest % digits.length]}${checksum}`
    rest = Math.floor(rest / digits.length)
  }
  return checksum
}
