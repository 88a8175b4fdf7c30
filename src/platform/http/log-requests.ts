import type { IncomingMessage } from 'node:http'
import type { Context, Middleware } from 'koa'
import type { Logger } from '../log.ts'
import { arrivalOf } from './origin-pin.ts'

/** Counts a request; `route` is one of a bounded set of names. */
export type ObserveRequest = (route: string, method: string, status: number, seconds: number) => void

/** What the log needs. */
export interface RequestLog {
  readonly log: Logger
  readonly newRequestId: () => string
  readonly observe: ObserveRequest
}

/**
 * Gives each request an id and an address, and writes one line when its answer is ready: the path without its query,
 * because codes and hints travel there, and with one-time values cut out.
 */
export function logRequests({ log, newRequestId, observe }: RequestLog): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const { state } = ctx
    state['requestId'] = newRequestId()
    state['address'] = arrivalOf(ctx.req).clientAddress
    const ofCaller = ctx.path.startsWith('/access/v1/') ? requestIdOfCaller(ctx.req) : undefined
    ctx.res.setHeader('X-Request-Id', ofCaller ?? state['requestId'])
    try {
      await next()
    } finally {
      const milliseconds = performance.now() - startedAt
      observe(routeName(ctx), ctx.method, ctx.status, milliseconds / 1000)
      log.info(
        {
          request_id: state['requestId'],
          method: ctx.method,
          path: loggedPath(ctx.path),
          status: ctx.status,
          milliseconds: Math.round(milliseconds * 10) / 10,
          address: state['address'],
          ...(state['oauthError'] !== undefined && { error: state['oauthError'] }),
          ...state['issued'],
        },
        'request',
      )
    }
  }
}

/**
 * AuthZEN 1.0 §10.1: whoever asks for a decision may name its request, and is answered under that name, if it can be sent
 * back as it came. The log keeps our own: what others write there might be anything.
 */
export function requestIdOfCaller({ headers }: IncomingMessage): string | undefined {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\x20-\x7e]{1,200}$/.test(given) ? given : undefined
}

/** A bounded name for metrics: the library's route, else the door's, else the first segment if we know it. */
function routeName(ctx: Context): string {
  const matched: unknown = Reflect.get(ctx, '_matchedRouteName')
  if (typeof matched === 'string') return matched
  const [, first = ''] = ctx.path.split('/', 2)
  return knownSegments.has(first) ? first || 'home' : 'other'
}

const knownSegments = new Set([
  '',
  'sign-in',
  'setup',
  'link',
  'forgotten-password',
  'account',
  'admin',
  'api',
  'assets',
  'verify',
  'access',
  'oauth',
  'leaks',
])

// Where most requests go, and nothing is to be cut out.
const plainPaths = new Set([
  '/oauth/token',
  '/oauth/introspect',
  '/oauth/userinfo',
  '/oauth/jwks',
  '/access/v1/evaluation',
  '/access/v1/evaluations',
])

/** One-time links and interaction ids are bearer values; the log keeps what page it was, not which. */
function loggedPath(path: string): string {
  if (plainPaths.has(path)) return path
  const page = path
    .slice(0, 200)
    .replace(/^\/+(setup|sign-in|link\/[\w-]+|oauth\/authorize)\/+[^/]+/i, '/$1/…')
  // Whatever else is as long as a credential may be one, put into a path by mistake.
  return page.replace(/[\w-]{30,}/g, '…')
}
