import type { Seal } from '../platform/crypto/seal.ts'
import type { Database } from '../platform/db/open.ts'
import type { Payload } from './artifacts.ts'

/** What the adapter needs besides the library's calls. */
export interface AdapterNeeds {
  readonly db: Database
  readonly now: () => Date
  /** For what is shown once more, such as a user code. */
  readonly seal: Seal
  /** How long after the sign-in a session ends, however busy it is. */
  readonly sessionLifetimeSeconds: () => number
  /** Tells this instance's caches at once of what ended; the database tells the others. */
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
  /** Metadata of a living client, as the library expects it; undefined for unknown and disabled ones. */
  readonly findClientMetadata: (clientId: string) => Promise<Payload | undefined>
  /** False for an account that was disabled or deleted. */
  readonly isAccountActive: (accountId: string) => Promise<boolean>
  /** For how long a client may present a used refresh token once more. */
  readonly refreshGraceSeconds: (clientId: string) => Promise<number>
}

/** A token request ends a grant only because something was presented twice; see RFC 6749 §4.1.2 and RFC 9700 §4.14.2. */
export function revocationReason(route: string | undefined): 'replayed' | 'revoked' | 'signed_out' {
  if (route === 'token') return 'replayed'
  return route === 'revocation' ? 'revoked' : 'signed_out'
}

/** Everything the library keeps here ends; it says so in seconds. */
export function lifetimeOf(expiresIn: number | undefined): number {
  if (expiresIn === undefined) throw new Error('every artifact has a lifetime')
  return expiresIn
}
