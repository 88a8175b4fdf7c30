import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider'

/** The private claim that ties a JWT access token to its grant, so that ending the grant ends the token. */
export const grantClaim = 'gid'

/** The private claim of a JWT access token that ends with the browser session it was issued in. */
export const sessionClaim = 'ews'

/**
 * Members our access tokens carry beyond the library's. Services have a `sub` too: RFC 9068 §2.2 wants one, and resource
 * servers such as mod_oauth2 refuse an introspection answer without it. Sign-in facts travel for step-up (RFC 9470).
 */
export function tokenClaims(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
): Record<string, string | number | boolean | string[]> {
  if (!('accountId' in token) || token.accountId === undefined) return { sub: token.clientId ?? '' }
  const { entities } = ctx.oidc
  const { RotatedRefreshToken: rotated, RefreshToken: refresh } = entities
  const source = entities.AuthorizationCode ?? entities.DeviceCode ?? rotated ?? refresh
  return {
    ...(source?.acr !== undefined && { acr: source.acr }),
    ...(source?.amr !== undefined && { amr: source.amr }),
    ...(source?.authTime !== undefined && { auth_time: source.authTime }),
    ...(token.format === 'jwt' && token.grantId !== undefined && { [grantClaim]: token.grantId }),
    ...(token.format === 'jwt' && token.expiresWithSession === true && { [sessionClaim]: true }),
  }
}
