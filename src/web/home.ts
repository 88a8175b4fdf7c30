import type { Middleware } from 'koa'
import { homePage } from '../../views/home-page.ts'
import type { Pages } from './pages.ts'

/** The page at `/`: what this is, and where machines find the rest. */
export function createHomeDoor(pages: Pages, issuer: string): Middleware {
  return (ctx, next) => {
    if (ctx.path !== '/' || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next()
    const documents = {
      openidConfiguration: `${issuer}/.well-known/openid-configuration`,
      authorizationServer: `${issuer}/.well-known/oauth-authorization-server`,
    }
    pages.send(ctx, homePage({ ...pages.propsFor(ctx), isRunning: true, documents }))
    return undefined
  }
}
