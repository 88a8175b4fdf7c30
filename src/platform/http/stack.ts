/**
 * The way of every request, in order: raw host and forwarded-header pinning, the short ways, log, security headers, answered errors,
 * same-origin for pages, the doors, the provider last. Bodies are read inside doors, never here: the provider must find
 * its own bodies unread.
 */
import type { RequestListener } from 'node:http'
import Koa from 'koa'
import type { Middleware } from 'koa'
import type { Logger } from '../log.ts'
import { answerErrors } from './answer-errors.ts'
import type { RenderProblem } from './answer-errors.ts'
import { logRequests } from './log-requests.ts'
import type { ObserveRequest } from './log-requests.ts'
import { answerMisdirected, pinOrigin } from './origin-pin.ts'
import { parseTrustedProxies } from './client-address.ts'
import { sameOrigin } from './same-origin.ts'
import { securityHeaders } from './security-headers.ts'

/** What the stack is made of. */
export interface StackParts {
  readonly issuer: URL
  readonly trustedProxies: readonly string[]
  /** Further names under which the server may be called, besides the issuer's. */
  readonly otherHosts?: readonly string[]
  /** The header in which the proxies say what certificate a client has. */
  readonly certificateHeader?: string | undefined
  readonly log: Logger
  readonly newRequestId: () => string
  readonly observe: ObserveRequest
  readonly renderProblem: RenderProblem
  /** Answers a few paths in front of Koa, whose cost would be the larger part of theirs. */
  readonly shortWays: (next: RequestListener) => RequestListener
  /** In order. What machines post to the protocol passes them by. */
  readonly doors: readonly Middleware[]
  /** The steps of the protocol, in order; the provider is the last. */
  readonly protocol: readonly Middleware[]
}

/** A handler for the public listener, and the Koa application behind it. */
export interface Stack {
  readonly handler: RequestListener
  readonly app: Koa
}

// No page answers there, and a token is not to cost more with every door that is added to a page.
const machinePaths = new Set([
  '/oauth/token',
  '/oauth/introspect',
  '/oauth/revoke',
  '/oauth/par',
  '/oauth/device',
  '/access/v1/evaluation',
  '/access/v1/evaluations',
])

function besideMachines(doors: readonly Middleware[]): Middleware {
  return (ctx, next) => {
    if (ctx.method === 'POST' && machinePaths.has(ctx.path)) return next()
    const enter = async (index: number): Promise<unknown> => {
      const door = doors[index]
      return door === undefined ? next() : door(ctx, () => enter(index + 1))
    }
    return enter(0)
  }
}

/** Puts the stack together. */
export function createStack(parts: StackParts): Stack {
  const app = new Koa({ proxy: true })
  // Koa's own handler would print stacks; ours has answered and logged before it could.
  app.silent = true
  const middleware = [
    logRequests(parts),
    securityHeaders(parts.issuer),
    answerErrors(parts),
    sameOrigin(parts.issuer),
    besideMachines(parts.doors),
    ...parts.protocol,
  ]
  for (const step of middleware) app.use(step)
  const pass = pinOrigin(parts.issuer, {
    trustedProxies: parseTrustedProxies(parts.trustedProxies),
    otherHosts: parts.otherHosts ?? [],
    certificateHeader: parts.certificateHeader,
  })
  const koa = app.callback()
  const handle = parts.shortWays((request, response) => void koa(request, response))
  return {
    app,
    handler: (request, response) => {
      try {
        if (pass(request) === 'misdirected') return answerMisdirected(response, parts.issuer)
        handle(request, response)
      } catch (error) {
        // In front of Koa nobody else would catch it, and one request must not end the process (ASVS 16.5.4).
        parts.log.error({ err: error }, 'a request failed before it was understood')
        if (response.headersSent) response.destroy()
        else response.writeHead(500, { 'Content-Length': 0, Connection: 'close' }).end()
      }
    },
  }
}
