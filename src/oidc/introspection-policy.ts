import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Directory } from '../domain/credentials/directory.ts'

/** RFC 7662 §4, F7: only the API a token is for may ask about it; a client may ask about its own refresh tokens. */
export function createIntrospectionPolicy(directory: Directory) {
  return async (
    _ctx: KoaContextWithOIDC,
    caller: { readonly clientId: string },
    token: {
      readonly kind: string
      readonly clientId?: string | undefined
      readonly aud?: string | string[] | undefined
    },
  ): Promise<boolean> => {
    if (token.kind === 'RefreshToken') return token.clientId === caller.clientId
    if (typeof token.aud !== 'string') return false
    const api = await directory.api(token.aud)
    return api?.introspectorIds.includes(caller.clientId) === true
  }
}
