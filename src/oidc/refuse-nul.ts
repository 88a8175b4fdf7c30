import type { Middleware } from 'koa'
import { errors } from 'oidc-provider'
import { Refusal } from '../platform/errors.ts'
import type { Payload } from './artifacts.ts'

/**
 * No parameter of the protocol has a NUL in it (RFC 6749 appendix A), and PostgreSQL stores none. Where a parameter is
 * stored, the database refuses it; these are the two ways on which one would only be handed on.
 */
export function refuseNulInQuery(): Middleware {
  return (ctx, next) => {
    if (ctx.path.startsWith('/oauth/') && ctx.querystring.includes('%00')) {
      throw new Refusal('invalid_request', 'The request contains a NUL.')
    }
    return next()
  }
}

/** A pushed request is stored as an encoded text, in which the database sees no NUL. */
export function refuseNulInPushedRequest({ request }: Payload): void {
  if (typeof request !== 'string') return
  const [, claims = ''] = request.split('.')
  if (Buffer.from(claims, 'base64url').includes(String.raw`\u0000`)) {
    throw new errors.InvalidRequest('the request contains a NUL')
  }
}
