import type { Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Database } from '../platform/db/open.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { isJwtAlive, revokeJwt } from './jwt-access-tokens.ts'
import type { JwtAccessToken, JwtReader } from './jwt-access-tokens.ts'
import { actOf, providerContext, stateOf } from './request-state.ts'

/** What answering for JWT access tokens needs. */
export interface JwtEndpointNeeds {
  readonly db: Database
  readonly directory: Directory
  readonly reader: () => JwtReader
  readonly now: () => Date
}

/**
 * Answers introspection (RFC 7662) and revocation (RFC 7009) of JWT access tokens, which the library refuses with
 * `unsupported_token_type`. It refuses them after it has authenticated the caller, never before, so that code in the
 * answer is the proof that the caller is who it says.
 */
export function createJwtEndpoints(needs: JwtEndpointNeeds): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.method !== 'POST' || (ctx.path !== '/oauth/introspect' && ctx.path !== '/oauth/revoke')) return
    const oidcContext = providerContext(ctx)
    if (ctx.status === 200 && ctx.path === '/oauth/introspect') return nameCredential(oidcContext)
    if (ctx.status !== 400 || answeredError(oidcContext) !== 'unsupported_token_type') return
    const { client, params } = oidcContext.oidc
    const token = params?.['token']
    if (client === undefined || typeof token !== 'string') return
    const claims = await needs.reader().read(token)
    if (ctx.path === '/oauth/revoke') await revoke(oidcContext, needs, claims)
    else await introspect(oidcContext, needs, claims)
  }
}

function answeredError(ctx: KoaContextWithOIDC): unknown {
  return stateOf(ctx).oauthError ?? memberOf(ctx.body, 'error')
}

async function introspect(
  ctx: KoaContextWithOIDC,
  needs: JwtEndpointNeeds,
  claims: JwtAccessToken | undefined,
): Promise<void> {
  const answer = claims === undefined ? undefined : await answerFor(ctx, needs, claims)
  ctx.status = 200
  ctx.type = 'json'
  ctx.body = answer ?? { active: false }
}

async function answerFor(
  ctx: KoaContextWithOIDC,
  needs: JwtEndpointNeeds,
  claims: JwtAccessToken,
): Promise<Record<string, unknown> | undefined> {
  // RFC 7662 §4, F7: answered for the API the token is meant for, and for nobody else.
  const api = await needs.directory.api(claims.aud)
  if (api?.introspectorIds.includes(ctx.oidc.client?.clientId ?? '') !== true) return undefined
  if (!(await isJwtAlive(needs, claims))) return undefined
  const { gid: _grant, ...members } = claims
  return {
    ...members,
    active: true,
    token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
    credential_type: 'access_token',
  }
}

async function revoke(
  ctx: KoaContextWithOIDC,
  { db, now }: JwtEndpointNeeds,
  claims: JwtAccessToken | undefined,
): Promise<void> {
  // RFC 7009 §2.1: a client revokes its own tokens; for all others the answer is the same and nothing happens.
  if (claims !== undefined && claims.client_id === ctx.oidc.client?.clientId) {
    await revokeJwt(db, claims, actOf(ctx, now()))
  }
  ctx.status = 200
  ctx.body = ''
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

function nameCredential(ctx: KoaContextWithOIDC): void {
  const { body } = ctx
  if (memberOf(body, 'active') === true) ctx.body = { ...Object(body), credential_type: 'access_token' }
}
