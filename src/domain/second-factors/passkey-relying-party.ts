import { isIP } from 'node:net'

/** Who we are to authenticators. */
export interface RelyingParty {
  /** WebAuthn §5.1.2: the domain that keys are bound to; ours is the issuer's host, without its port. */
  readonly id: string
  /** The origin exactly as a browser signs it: the issuer. */
  readonly origin: string
  /** What people read when their device asks. */
  readonly name: string
}

/** The relying party of an installation. An address of digits is no domain, and there are no passkeys for it. */
export function relyingPartyOf(issuer: string, name: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(issuer)
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return undefined
  return { id: hostname, origin, name }
}
