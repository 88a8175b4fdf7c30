import type { Middleware } from 'koa'
import type { Database } from '../platform/db/open.ts'
import { joinTransaction } from './join.ts'

/**
 * Makes a confirmed sign-out one transaction: the session and its grants end together with the note that its clients are to
 * be told. A crash in between must not leave an app that believes in a session which is gone.
 */
export function createLogoutRequests(db: Database): Middleware {
  const signOut: Middleware = (ctx, next) =>
    joinTransaction(db, async () => {
      await next()
      if (ctx.status >= 500) throw new FailedAnswer()
    }).catch((error: unknown) => {
      // The library has answered already that it failed; only what it wrote until then is taken back.
      if (!(error instanceof FailedAnswer)) throw error
    })
  return (ctx, next) =>
    ctx.path === '/oauth/logout/confirm' && ctx.method === 'POST' ? signOut(ctx, next) : next()
}

class FailedAnswer extends Error {}
