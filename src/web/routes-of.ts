import type { Router } from '@koa/router'
import type { Middleware } from 'koa'

/** A router's routes as one step of the stack; what they do not know goes on to the next. */
export function routesOf(router: Router): Middleware {
  const routes = router.routes()
  // The router's own context type adds members that it sets itself before a handler sees them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return routes as Middleware
}
