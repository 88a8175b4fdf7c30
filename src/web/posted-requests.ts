import type { Context, Middleware } from 'koa'
import { readFormPairs } from '../platform/http/form.ts'

/** The protocol endpoints that a browser may also be sent to by a form. */
const paths = new Set(['/oauth/authorize', '/oauth/logout'])

/**
 * OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2: the same request may come by POST. Browsers keep our cookies
 * from a form of another site, so it is sent on as the GET request it stands for, with which they come along; that one
 * only asks and shows, whoever sent it.
 */
export function sendPostedRequestsOn(): Middleware {
  const sendOn = async (ctx: Context): Promise<void> => {
    const query = new URLSearchParams([
      ...new URLSearchParams(ctx.querystring),
      ...(await readFormPairs(ctx)),
    ])
    ctx.status = 303
    ctx.set('Cache-Control', 'no-store')
    ctx.redirect(`${ctx.path}?${query.toString()}`)
  }
  return (ctx, next) => (ctx.method === 'POST' && paths.has(ctx.path) ? sendOn(ctx) : next())
}
