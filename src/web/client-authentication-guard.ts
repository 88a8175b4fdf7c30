import type { Middleware } from 'koa'
import { budgets } from '../domain/limits/budgets.ts'
import { take } from '../domain/limits/take.ts'
import { answeredError, providerContext, stateOf } from '../oidc/request-state.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { addressBucket } from '../platform/http/client-address.ts'

/** What the guard needs. */
export interface ClientAuthenticationGuardParts {
  readonly db: Database
  readonly now: () => Date
}

const mostBlocked = 10_000

/**
 * Slows down whoever guesses client secrets. Only failures are counted, in a budget that all instances share, so that a
 * client that authenticates pays nothing; an address that has used it up is turned away here until it regains something.
 */
export function createClientAuthenticationGuard({ db, now }: ClientAuthenticationGuardParts): Middleware {
  const blockedUntil = new Map<string, number>()
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || !/^\/(?:oauth|access)\//.test(ctx.path)) {
      await next()
      return
    }
    const address = addressBucket(stateOf(ctx).address ?? 'unknown')
    const until = blockedUntil.get(address)
    if (until !== undefined && until > now().getTime()) throw tooMany(until - now().getTime())
    if (until !== undefined) blockedUntil.delete(address)
    await next()
    if (ctx.status !== 401 || answeredError(providerContext(ctx)) !== 'invalid_client') return
    const taken = await take(db, { budget: budgets.client_authentication_address, key: address })
    if (taken.allowed) return
    if (blockedUntil.size >= mostBlocked) blockedUntil.clear()
    blockedUntil.set(address, now().getTime() + taken.retryAfterSeconds * 1000)
  }
}

function tooMany(waitMilliseconds: number): Refusal {
  const retryAfterSeconds = Math.ceil(waitMilliseconds / 1000)
  return new Refusal('rate_limited', 'Too many failed client authentications from this address.', {
    retryAfterSeconds,
  })
}
