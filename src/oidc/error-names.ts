import type { Context, Middleware } from 'koa'
import { deviceCodeGrant } from '../domain/clients/metadata-rules.ts'
import { providerContext, stateOf } from './request-state.ts'

/**
 * Refusals that the library calls `invalid_request`, by its own words, with the names RFC 6749 §5.2 has for them: no client
 * authentication included is `invalid_client`, and a grant that is not for this client is `unauthorized_client`.
 */
const names = new Map<unknown, { readonly status: number; readonly error: string }>([
  ['no client authentication mechanism provided', { status: 401, error: 'invalid_client' }],
  ['requested grant type is not allowed for this client', { status: 400, error: 'unauthorized_client' }],
  [`${deviceCodeGrant} is not allowed for this client`, { status: 400, error: 'unauthorized_client' }],
])

/** Gives machines the right names, around the library. */
export function createErrorNames(): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.method !== 'POST' || !/^\/(?:oauth|access)\//.test(ctx.path)) return
    if (ctx.status === 400) nameError(ctx)
    // Whatever is answered here is about one credential, and kept by nobody.
    if (!ctx.res.hasHeader('Cache-Control')) ctx.set('Cache-Control', 'no-store')
    // RFC 9110 §11.6.1: whoever answers 401 MUST say how to authenticate.
    if (ctx.status === 401 && !ctx.res.hasHeader('WWW-Authenticate')) {
      ctx.set('WWW-Authenticate', `Basic realm="${providerContext(ctx).oidc.issuer}"`)
    }
  }
}

function nameError(ctx: Context): void {
  const description = describedError(ctx)
  const named = names.get(description)
  if (named === undefined) return
  stateOf(ctx).oauthError = named.error
  ctx.status = named.status
  ctx.body = { error: named.error, error_description: description }
}

function describedError({ body }: Context): unknown {
  if (typeof body !== 'object' || body === null) return undefined
  return 'error' in body && body.error === 'invalid_request' && 'error_description' in body
    ? body.error_description
    : undefined
}
