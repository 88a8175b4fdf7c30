/**
 * A session may end while somebody goes on with it: the library finds that out as it writes the session, when the answer is
 * made already. Whoever was only asking is asked again, as somebody who is not signed in; in the middle of a sign-in they are
 * told that it is over.
 */
import type { Context, Middleware } from 'koa'
import { errors } from 'oidc-provider'
import type { Pages } from './pages.ts'

/** Around the protocol: answers for sessions that ended in the middle of a request. */
export function createEndedSessions(pages: Pages): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      forgetAnswer(ctx)
      if (!isQuestion(ctx)) return pages.signInOver(ctx)
      // The session cannot end a second time, so this cannot go round.
      ctx.status = 303
      ctx.set('Cache-Control', 'no-store')
      ctx.redirect(ctx.originalUrl)
    }
  }
}

/** Neither its cookies nor where it led. */
function forgetAnswer(ctx: Context): void {
  for (const name of ['Set-Cookie', 'Location']) ctx.remove(name)
}

function isQuestion({ method, path }: Context): boolean {
  return method === 'GET' && path === '/oauth/authorize'
}
