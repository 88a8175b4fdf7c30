import type { Context, Middleware } from 'koa'
import { isDatabaseUnavailable, isUnstorableText } from '../db/failures.ts'
import { Refusal } from '../errors.ts'
import type { Logger } from '../log.ts'

/** Renders a refusal as a page. */
export type RenderProblem = (ctx: Context, refusal: Refusal) => void

/** What answering errors needs. */
export interface ErrorAnswers {
  readonly log: Logger
  readonly renderProblem: RenderProblem
}

/**
 * Turns everything that is thrown into an answer: refusals as their code and sentence, a missing database as 503, and a
 * bug as 500 with nothing but the request id (ASVS 16.5.1). Machines get JSON, people get a page.
 */
export function answerErrors({ log, renderProblem }: ErrorAnswers): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw unknownPath(ctx)
    } catch (error) {
      const refusal = refusalFor(error)
      if (refusal.status >= 500) {
        const facts = { request_id: ctx.state['requestId'], error: refusal.code, err: error }
        log.error(facts, 'request failed')
      }
      answer(ctx, refusal, renderProblem)
    }
  }
}

/** The paths of the protocol and the methods they know (RFC 9110 §15.5.6). */
const methodsOfPath: Readonly<Record<string, string>> = {
  '/oauth/token': 'POST, OPTIONS',
  '/oauth/introspect': 'POST, OPTIONS',
  '/oauth/revoke': 'POST, OPTIONS',
  '/oauth/par': 'POST, OPTIONS',
  '/oauth/device': 'POST, OPTIONS',
  '/oauth/userinfo': 'GET, POST, OPTIONS',
  '/oauth/jwks': 'GET, HEAD, OPTIONS',
  '/oauth/authorize': 'GET, HEAD, POST',
  '/oauth/logout': 'GET, HEAD, POST',
  '/leaks/report': 'POST',
  '/access/v1/evaluation': 'POST',
  '/access/v1/evaluations': 'POST',
  '/.well-known/authzen-configuration': 'GET, HEAD',
  '/.well-known/openid-configuration': 'GET, HEAD, OPTIONS',
  '/.well-known/oauth-authorization-server': 'GET, HEAD, OPTIONS',
}

function unknownPath(ctx: Context): Refusal {
  const allowed = Object.hasOwn(methodsOfPath, ctx.path) ? methodsOfPath[ctx.path] : undefined
  if (allowed === undefined) return new Refusal('not_found', 'There is nothing at this address.')
  ctx.set('Allow', allowed)
  return new Refusal('method_not_allowed', `This address knows ${allowed}.`)
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isDatabaseUnavailable(error)) {
    return new Refusal(
      'temporarily_unavailable',
      'The service is temporarily unavailable, try again shortly.',
      {
        cause: error,
        retryAfterSeconds: 1,
      },
    )
  }
  if (isUnstorableText(error)) {
    return new Refusal('invalid_request', 'The request holds characters that cannot be stored.', {
      cause: error,
    })
  }
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  // Koa and its helpers throw errors with a status for malformed requests, such as an undecodable path.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal('invalid_request', 'The request is malformed.', { cause: error })
  }
  return new Refusal('server_error', 'Something went wrong on our side.', { cause: error })
}

function answer(ctx: Context, refusal: Refusal, renderProblem: RenderProblem): void {
  ctx.state['oauthError'] = refusal.code
  ctx.status = refusal.status
  ctx.set('Cache-Control', 'no-store')
  if (refusal.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds))
  if (ctx.accepts('json', 'html') === 'html') return renderProblem(ctx, refusal)
  ctx.body = { error: refusal.code, error_description: refusal.message }
}
