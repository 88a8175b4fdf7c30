import type { Middleware } from 'koa'
import { Refusal } from '../errors.ts'

/** Paths that answer browsers with pages. The protocol endpoints have rules of their own (CORS, client authentication). */
const pagePaths = [
  '/sign-in/',
  '/setup/',
  '/link/',
  '/forgotten-password',
  '/account',
  '/admin',
  '/device',
  '/oauth/logout',
]

/**
 * A form of ours is only ever sent by a page of ours (ASVS 3.5.1, 3.5.3): another site's form, with or without a browser
 * that says where it comes from, is refused before a door sees it.
 */
export function sameOrigin(issuer: URL): Middleware {
  return (ctx, next) => {
    const isRead = ctx.method === 'GET' || ctx.method === 'HEAD' || ctx.method === 'OPTIONS'
    if (isRead || !pagePaths.some((path) => ctx.path.startsWith(path))) return next()
    const site = ctx.get('sec-fetch-site')
    const origin = ctx.get('origin')
    // RP-initiated logout may be started by another site's POST (OpenID Connect RP-Initiated Logout §2): it only asks.
    const mayComeFromElsewhere = ctx.path === '/oauth/logout'
    // Fetch metadata cannot be forged by a page; older browsers say only where they come from. Neither is no.
    const isOurs = site === '' ? origin === issuer.origin : site === 'same-origin'
    if (!mayComeFromElsewhere && !isOurs) {
      throw new Refusal('forbidden', 'This form can only be sent from our own pages.')
    }
    return next()
  }
}
