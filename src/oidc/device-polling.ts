import type { Context, Middleware } from 'koa'
import type { Database } from '../platform/db/open.ts'
import { countPoll, pollIntervalSeconds } from './device-codes.ts'
import { answeredError, providerContext, stateOf, textParameter } from './request-state.ts'

/**
 * How often a device asks whether its person has answered (RFC 8628 §3.2, §3.5): the library says neither how often it may,
 * nor that it asked too soon. Counted in the database, so that it is the same whichever instance a poll comes to.
 */
export function createDevicePolling(db: Database): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.method !== 'POST') return
    if (ctx.path === '/oauth/device' && ctx.status === 200) tellInterval(ctx)
    if (ctx.path === '/oauth/token' && ctx.status === 400) await slowDown(db, ctx)
  }
}

function tellInterval(ctx: Context): void {
  const { body } = ctx
  if (typeof body === 'object' && body !== null) ctx.body = { ...body, interval: pollIntervalSeconds }
}

/** Only who presents the code of their own, as the library has found by now, is told or slowed down. */
async function slowDown(db: Database, ctx: Context): Promise<void> {
  const asked = providerContext(ctx)
  if (answeredError(asked) !== 'authorization_pending') return
  const deviceCode = textParameter(asked.oidc.params, 'device_code')
  if (deviceCode === undefined || !(await countPoll(db, deviceCode))) return
  const error = 'slow_down'
  stateOf(ctx).oauthError = error
  ctx.body = { error, error_description: `wait ${pollIntervalSeconds} seconds longer between two requests` }
}
