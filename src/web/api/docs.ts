/** What the management API says of itself, to programs. Anybody may read it: it is the same for everybody. */
import type { Middleware } from 'koa'
import { openApiDocument } from './openapi.ts'
import type { Route } from './route.ts'

/** Serves `/api/openapi.json`. */
export function createOpenApiDoor(routes: readonly Route[], issuer: string): Middleware {
  const document = JSON.stringify(openApiDocument(routes, issuer))
  return (ctx, next) => {
    if (ctx.path !== '/api/openapi.json' || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next()
    ctx.set('Cache-Control', 'public, max-age=300')
    ctx.type = 'application/json'
    ctx.body = document
    return undefined
  }
}
