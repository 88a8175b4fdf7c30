/**
 * The long way to a decision: a caller is authenticated by the provider exactly as at `/oauth/introspect`, by a stand-in for
 * its request that asks for nothing else. A form has parameters for that and JSON has none, so they come in the header:
 *
 * - `Authorization: Basic` with id and secret (RFC 6749 §2.3.1);
 * - `Authorization: Bearer` with the assertion that would be `client_assertion` (RFC 7523 §2.2): for this server, once;
 * - `Authorization: Basic` with an id and no secret, for a client whose certificate is shown (RFC 8705 §2).
 */
import type { IncomingMessage } from 'node:http'
import type { Context, Middleware } from 'koa'
import { providerContext, stateOf } from '../../oidc/request-state.ts'
import { readBytes } from '../../platform/http/form.ts'
import { asForm } from '../../platform/http/raw.ts'
import { authenticatedCaller, isProvenCaller } from '../authenticated-caller.ts'
import { answerCall, answerError, endpoints, readCall } from './answer.ts'
import type { AccessParts, Answer } from './answer.ts'

/** Answers after the provider has authenticated whoever asks. */
export function createAccessRoute(parts: AccessParts): Middleware {
  return async (ctx, next) => {
    const endpoint = endpoints.get(ctx.path)
    if (endpoint === undefined || ctx.method !== 'POST') return next()
    const callerId = await authenticate(ctx, next)
    Reflect.set(ctx, '_matchedRouteName', endpoint.route)
    if (callerId === undefined) return
    try {
      const body = await readBytes(ctx, endpoint.maxBodyBytes)
      const call = readCall(parts, endpoint, { contentType: ctx.req.headers['content-type'], body })
      send(ctx, await answerCall(parts, call, callerId))
    } catch (error) {
      send(ctx, answerError(error, parts.onError))
    }
  }
}

/** The client that was authenticated. Otherwise the answer stands: 401, whatever was wrong, or what keeps us from knowing. */
async function authenticate(ctx: Context, next: () => Promise<unknown>): Promise<string | undefined> {
  const { req } = ctx
  replaceRequest(ctx, standInFor(req))
  try {
    await next()
  } finally {
    replaceRequest(ctx, req)
    // The library lets pages of any site ask there. Whoever decides keeps a secret, and is no page.
    for (const header of ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers']) ctx.remove(header)
  }
  const asked = providerContext(ctx)
  const callerId = isProvenCaller(asked) ? authenticatedCaller(asked) : undefined
  if (callerId === undefined && ctx.status < 500) {
    stateOf(ctx).oauthError = 'invalid_client'
    ctx.status = 401
    ctx.body = { error: 'invalid_client', error_description: 'client authentication failed' }
  } else if (callerId !== undefined) delete stateOf(ctx).oauthError
  return callerId
}

function replaceRequest(ctx: Context, request: IncomingMessage): void {
  ctx.req = request
  ctx.request.req = request
  ctx.response.req = request
}

// Looks like a JWT, for which the provider has a refusal after authentication, and asks no database.
const noToken = 'a.b.c'

/** Whatever does not speak of who calls is left out: of the origin, of proofs, of the form of the answer. */
function standInFor(request: IncomingMessage): IncomingMessage {
  const { host, authorization } = request.headers
  const { header, ...credentials } = credentialsIn(authorization)
  return asForm(request, {
    url: '/oauth/introspect',
    headers: { host, accept: 'application/json', ...(header !== undefined && { authorization: header }) },
    form: new URLSearchParams({ token: noToken, ...credentials }).toString(),
  })
}

/** What says who calls, as the provider knows it: in a header, or as parameters of a form. */
function credentialsIn(authorization: string | undefined): {
  readonly header?: string
  readonly client_id?: string
  readonly client_assertion?: string
  readonly client_assertion_type?: string
} {
  if (authorization === undefined) return {}
  const [, assertion] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
  if (assertion !== undefined) {
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return { client_assertion: assertion, client_assertion_type: type }
  }
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  const [, id] = /^([\w.~-]+):$/.exec(Buffer.from(encoded, 'base64').toString('latin1')) ?? []
  return id === undefined ? { header: authorization } : { client_id: id }
}

function send(ctx: Context, { status, text, headers, error }: Answer): void {
  if (error !== undefined) stateOf(ctx).oauthError = error
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  for (let index = 0; index < headers.length; index += 2)
    ctx.set(headers[index] ?? '', headers[index + 1] ?? '')
  ctx.body = text
  ctx.set('Content-Type', 'application/json; charset=utf-8')
}
