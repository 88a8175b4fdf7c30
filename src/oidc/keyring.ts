/**
 * The provider that serves now. When keys rotate, on this instance or another, a new provider with the new keys takes its
 * place: without a restart, and without a request failing.
 */
import type { Seal } from '../platform/crypto/seal.ts'
import type { InstallationKey } from '../domain/signing-keys/store.ts'
import { cookieKeys, dpopNonceSecret, providerJwks, publicJwks } from '../domain/signing-keys/jwks.ts'
import { currentOf, nextTransitionAt } from '../domain/signing-keys/key.ts'
import { loadKeys } from '../domain/signing-keys/store.ts'
import type { Changes } from '../platform/db/changes.ts'
import { createJwtReader } from './jwt-access-tokens.ts'
import { createJwtSigner } from './jwt-signer.ts'
import type { SignJwt } from './jwt-signer.ts'
import type { JwtReader } from './jwt-access-tokens.ts'
import { providerKey } from './provider-key.ts'
import { buildProvider } from './provider.ts'
import type { BuiltProvider, ProviderParts } from './provider.ts'

/** A provider and the reader of the tokens it signs. */
export interface Serving extends BuiltProvider {
  readonly jwtReader: JwtReader
  /** Signs a JWT of this server with its current ES256 key. */
  readonly sign: SignJwt
  /** By purpose, since when the key that is in use now has been. */
  readonly signingSince: ReadonlyMap<string, Date>
}

/** What a keyring needs. */
export interface KeyringParts extends ProviderParts {
  readonly seal: Seal
  readonly changes: Changes
  readonly onError: (error: unknown) => void
}

/** Holds the provider that serves now. */
export interface Keyring {
  readonly serving: () => Serving
  /** Told of the provider that serves now, and of each that takes its place. */
  readonly onSwap: (listener: (serving: Serving) => void) => void
  /** Loads the keys again and swaps the provider if they differ. */
  readonly reload: () => Promise<void>
  readonly close: () => void
}

// A missed notification, a database that was away: the keys are looked at anyway.
const longestWaitMilliseconds = 30_000
// Keys that were withdrawn must not be believed for longer because one look at the database failed.
const retryMilliseconds = 250

/** Loads the keys and builds the first provider. */
export async function openKeyring(parts: KeyringParts): Promise<Keyring> {
  let serving = build(parts, await loadKeys(parts.db, { seal: parts.seal }))
  let fingerprint = serving.fingerprint
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const listeners = new Set<(serving: Serving) => void>()

  let begun = 0
  let newest = 0
  const reload = async (): Promise<void> => {
    begun += 1
    const turn = begun
    const keys = await loadKeys(parts.db, { seal: parts.seal })
    // One that began later has seen newer keys, and may end first.
    if (turn < newest) return
    newest = turn
    const next = build(parts, keys)
    schedule(keys)
    if (next.fingerprint === fingerprint) return
    serving = next
    fingerprint = next.fingerprint
    for (const tell of listeners) tell(next)
  }
  const schedule = (keys: readonly InstallationKey[], mostMilliseconds = longestWaitMilliseconds): void => {
    clearTimeout(timer)
    if (closed) return
    const untilTransition =
      (nextTransitionAt(keys, parts.now())?.getTime() ?? Infinity) - parts.now().getTime()
    const wait = Math.min(mostMilliseconds, Math.max(0, untilTransition) + 5)
    timer = setTimeout(reloadSafely, wait)
    timer.unref()
  }
  const reloadSafely = (): void => {
    void reload().catch((error: unknown) => {
      parts.onError(error)
      schedule([], retryMilliseconds)
    })
  }
  schedule(serving.installationKeys)
  const stopListening = parts.changes.subscribe(({ kind }) => {
    if (kind === 'signing_keys') reloadSafely()
  })
  return {
    serving: () => serving,
    reload,
    onSwap: (listener) => {
      listeners.add(listener)
      listener(serving)
    },
    close: () => {
      closed = true
      stopListening()
      clearTimeout(timer)
    },
  }
}

function build(parts: KeyringParts, installationKeys: readonly InstallationKey[]) {
  const now = parts.now()
  const jwks = providerJwks(installationKeys, now)
  const keys = {
    jwks: { keys: jwks.keys.map(providerKey) },
    cookieKeys: cookieKeys(installationKeys, now),
    dpopNonceSecret: dpopNonceSecret(installationKeys, now),
  }
  return {
    ...buildProvider(parts, keys),
    sign: createJwtSigner(parts.config.issuer, jwks.keys, parts.now),
    jwtReader: createJwtReader(parts.config.issuer, publicJwks(installationKeys, now)),
    installationKeys,
    signingSince: signingSince(installationKeys, now),
    // Which keys there are and what each is for; never their values.
    fingerprint: JSON.stringify([
      jwks.keys.map((key) => [key.kid, key.alg, key.key_ops]),
      installationKeys.map((key) => key.id),
      keys.cookieKeys.length,
    ]),
  }
}

function signingSince(keys: readonly InstallationKey[], now: Date): ReadonlyMap<string, Date> {
  const byPurpose = Map.groupBy(keys, ({ purpose }) => purpose)
  return new Map(
    [...byPurpose].flatMap(([purpose, ofPurpose]) => {
      const current = currentOf(ofPurpose, now)
      return current === undefined ? [] : [[purpose, current.activatesAt] as const]
    }),
  )
}
