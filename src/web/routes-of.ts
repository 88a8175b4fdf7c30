import type { Router } from '@koa/router'
import type { Middleware } from 'koa'

/**
 * A router's routes, all of which begin with `prefix`, as one step of the stack; what they do not know goes on.
 * The prefix is compared as it is written: what the router would take in capitals too, the stack's rules for `/sign-in/` and
 * others would not see. Most requests are for the protocol and need not be compared with every route.
 */
export function routesOf(router: Router, prefix: string): Middleware {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its context has beyond ours the router sets itself
  const step = router.routes() as Middleware
  return (ctx, next) => (ctx.path.startsWith(prefix) ? step(ctx, next) : next())
}
