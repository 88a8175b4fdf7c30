import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { auditRow } from '../domain/audit/record.ts'
import type { AuditRow } from '../domain/audit/record.ts'
import { isDatabaseUnavailable, retryOnConflict } from '../platform/db/failures.ts'
import type { Database } from '../platform/db/open.ts'
import { limitPolicy, limitState } from '../platform/http/limit-headers.ts'
import { actOf, providerContext, stateOf, textParameter } from './request-state.ts'
import type { TokenLimit, TokenTaken } from './token-limit.ts'
import { createTokenWriter } from './token-writer.ts'
import { createUnitOfWork } from './unit-of-work.ts'

/** What token requests need. */
export interface TokenRequestParts {
  readonly db: Database
  readonly now: () => Date
  /** Told of every token that was issued, for the numbers. */
  readonly onIssued: (grantType: string, clientId: string) => void
  readonly limit: TokenLimit
}

/**
 * Makes each token request one transaction (F2): what the library issues and consumes waits until it has decided, and is
 * then written by one statement, before any of the answer leaves. A crash before that leaves nothing behind and the
 * client's retry succeeds; a request that lost a race is told so, and the winner keeps its tokens (F1).
 */
export function createTokenRequests({ db, now, onIssued, limit }: TokenRequestParts): Middleware {
  const write = createTokenWriter(db)
  return async (ctx, next) => {
    if (ctx.path !== '/oauth/token' || ctx.method !== 'POST') {
      await next()
      return
    }
    const unit = createUnitOfWork()
    stateOf(ctx).unit = unit
    await next()
    if (ctx.status !== 200) return
    try {
      const asked = providerContext(ctx)
      const clientId = asked.oidc.client?.clientId ?? ''
      const taken = await limit.take(clientId)
      if (taken !== undefined) tellLimit(ctx, taken)
      if (taken?.allowed === false) {
        await limit.tell(clientId, actOf(asked, now()))
        return refuse(ctx, 429, 'rate_limited', 'this client is given no more tokens for now')
      }
      const won = await retryOnConflict(() => write({ ...unit, events: grantEvents(asked, now()) }))
      if (!won) {
        if (taken !== undefined) taken.giveBack()
        return refuse(ctx, 400, 'invalid_grant', 'grant request is invalid')
      }
      const grantType = textParameter(asked.oidc.params, 'grant_type') ?? 'other'
      stateOf(ctx).issued = { client_id: clientId, grant_type: grantType }
      onIssued(grantType, clientId)
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
      ctx.set('Retry-After', '1')
      refuse(ctx, 503, 'temporarily_unavailable', 'the service is temporarily unavailable, try again shortly')
    }
  }
}

function tellLimit(ctx: Context, taken: TokenTaken): void {
  ctx.set('RateLimit-Policy', limitPolicy(taken.stand))
  ctx.set('RateLimit', limitState(taken.stand))
  if (!taken.allowed) ctx.set('Retry-After', String(taken.retryAfterSeconds))
}

function refuse(ctx: Context, status: number, error: string, description: string): void {
  stateOf(ctx).oauthError = error
  ctx.status = status
  ctx.body = { error, error_description: description }
}

/** Tokens on behalf of an account are told of in the audit log; those of services are too many, and stand in the log. */
function grantEvents(ctx: KoaContextWithOIDC, now: Date): AuditRow[] {
  const { AccessToken: token, Grant: grant } = ctx.oidc.entities
  if (token === undefined || grant?.jti === undefined) return []
  const event = {
    type: 'grant.issued',
    target: { type: 'grant', id: grant.jti },
    details: {
      account_id: token.accountId,
      grant_type: textParameter(ctx.oidc.params, 'grant_type'),
      scope: token.scope,
      aud: typeof token.aud === 'string' ? token.aud : undefined,
    },
  } as const
  return [auditRow(event, actOf(ctx, now))]
}
