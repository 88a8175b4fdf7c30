import type { Middleware } from 'koa'
import type { Database } from '../platform/db/open.ts'
import { revokeJwt } from './jwt-access-tokens.ts'
import type { JwtReader } from './jwt-access-tokens.ts'
import { grantClaim } from './token-claims.ts'
import { actOf, answeredError, providerContext, textParameter } from './request-state.ts'

/** What revoking JWT access tokens needs. */
export interface JwtRevocationNeeds {
  readonly db: Database
  readonly reader: () => JwtReader
  readonly now: () => Date
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
}

/**
 * Revokes JWT access tokens (RFC 7009), which the library refuses with `unsupported_token_type`. It refuses them after it
 * has authenticated the client, never before, so that code in the answer is the proof that the client is who it says.
 */
export function createJwtRevocation({ db, reader, now, announce }: JwtRevocationNeeds): Middleware {
  const revoke: Middleware = async (ctx, next) => {
    await next()
    if (ctx.status !== 400) return
    const asked = providerContext(ctx)
    const { client, params } = asked.oidc
    const token = textParameter(params, 'token')
    if (answeredError(asked) !== 'unsupported_token_type' || client === undefined || token === undefined)
      return
    const claims = await reader().read(token)
    // RFC 7009 §2.1: a client revokes its own tokens; for all others the answer is the same and nothing happens.
    if (claims !== undefined && claims.client_id === client.clientId) {
      await revokeJwt(db, claims, actOf(asked, now()))
      announce({ kind: 'revoked_token', id: claims.jti })
      const grantId = claims[grantClaim]
      if (grantId !== undefined) announce({ kind: 'grant', id: grantId })
    }
    ctx.status = 200
    ctx.body = ''
  }
  return (ctx, next) => (ctx.method === 'POST' && ctx.path === '/oauth/revoke' ? revoke(ctx, next) : next())
}
