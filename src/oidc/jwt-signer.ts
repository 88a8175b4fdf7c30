import { importJWK, SignJWT } from 'jose'
import type { ProviderJwk } from '../domain/signing-keys/jwks.ts'

/** Signs claims; `iss` and `iat` are added, and `type` becomes the `typ` of the header. */
export type SignJwt = (claims: Record<string, unknown>, type: string) => Promise<string>

/** A signer with the current ES256 key of `keys`, for what this server itself says (RFC 9701). */
export function createJwtSigner(issuer: string, keys: readonly ProviderJwk[], now: () => Date): SignJwt {
  const jwk = keys.find(({ alg, key_ops: operations }) => alg === 'ES256' && operations === undefined)
  if (jwk === undefined) throw new Error('there is no ES256 key that signs')
  const key = importJWK(jwk, 'ES256')
  return async (claims, type) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: type, kid: jwk.kid })
      .setIssuer(issuer)
      .setIssuedAt(now())
      .sign(await key)
}
