import { publishedKeys, signingAlgs } from './key.ts'
import type { SigningAlg } from './key.ts'
import type { PrivateJwk } from './material.ts'
import type { InstallationKey } from './store.ts'

/** The members that say what a key is for (RFC 7517 §4). */
export interface JwkUse {
  readonly kid: string
  readonly alg: SigningAlg
  readonly use: 'sig'
  /** Only `verify`, on keys that are published and do not sign. A plain array, as the libraries' types want it. */
  readonly key_ops?: string[]
}

/** A private key as oidc-provider takes it. */
export type ProviderJwk = PrivateJwk & JwkUse

/** A public key as everybody may have it. */
export type PublicJwk = PublicMembers & JwkUse

type PublicMembers =
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/**
 * The JWKS that the provider is built with: the key that signs for each algorithm, and those it only publishes.
 * A published one is kept from signing by `key_ops` (RFC 7517 §4.3); the order only helps a reader.
 */
export function providerJwks(keys: readonly InstallationKey[], now: Date): { keys: ProviderJwk[] } {
  const published = signingAlgs.map((alg) => providerKeys(keys, alg, now))
  return {
    keys: [
      ...published.flatMap((ofAlg) => ofAlg.slice(0, 1)),
      ...published.flatMap((ofAlg) => ofAlg.slice(1)),
    ],
  }
}

/** The same JWKS without the private members, for whoever verifies without asking. */
export function publicJwks(keys: readonly InstallationKey[], now: Date): { keys: PublicJwk[] } {
  return { keys: providerJwks(keys, now).keys.map(publicJwk) }
}

/** Keys for signed cookies: the first signs, all of them verify, those other instances already sign with included. */
export function cookieKeys(keys: readonly InstallationKey[], now: Date): string[] {
  return secretsOf(keys, 'cookies', now).map((secret) => secret.toString('base64url'))
}

/** The 32 bytes that DPoP nonces are derived from (RFC 9449 §8). Clients holding an older nonce are given a new one. */
export function dpopNonceSecret(keys: readonly InstallationKey[], now: Date): Buffer {
  const [current] = secretsOf(keys, 'dpop_nonce', now)
  if (current === undefined) throw new Error('there is no DPoP nonce secret')
  return current
}

function providerKeys(keys: readonly InstallationKey[], alg: SigningAlg, now: Date): ProviderJwk[] {
  const ofAlg = keys.filter((key) => key.purpose === alg)
  return publishedKeys(ofAlg, now).flatMap((key, index) => {
    if (!('jwk' in key)) return []
    const use = { kid: key.id, alg, use: 'sig' } as const
    return [index === 0 ? { ...key.jwk, ...use } : { ...key.jwk, ...use, key_ops: ['verify'] }]
  })
}

function secretsOf(keys: readonly InstallationKey[], purpose: 'cookies' | 'dpop_nonce', now: Date): Buffer[] {
  const ofPurpose = keys.filter((key) => key.purpose === purpose)
  return publishedKeys(ofPurpose, now).flatMap((key) => ('secret' in key ? [key.secret] : []))
}

// Members are picked, not removed: one that we do not know of cannot slip through.
function publicJwk(jwk: ProviderJwk): PublicJwk {
  const { kid, alg, use, key_ops } = jwk
  const about = { kid, alg, use, ...(key_ops !== undefined && { key_ops }) }
  if (jwk.kty === 'EC') return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, ...about }
  if (jwk.kty === 'OKP') return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, ...about }
  return { kty: jwk.kty, n: jwk.n, e: jwk.e, ...about }
}
