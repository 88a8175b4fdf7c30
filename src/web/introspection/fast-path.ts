/**
 * The short way through introspection: a caller that authenticates by its secret and wants JSON is answered before Koa and
 * the provider see the request. Whatever is out of the ordinary takes the long way, with its body as it was, so there is
 * one place that says what an error looks like.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { parse as parseForm } from 'node:querystring'
import { inactive, introspect, introspectLocally, readQuestion } from '../../domain/credentials/introspect.ts'
import type { IntrospectionParts, IntrospectionRequest } from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import type { ObserveRequest } from '../../platform/http/log-requests.ts'
import { readSmallBody, send, withBody } from '../../platform/http/raw.ts'
import type { Callers } from './caller.ts'

/** What the short way needs. */
export interface FastPathParts extends IntrospectionParts {
  readonly callers: Callers
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  /** Told of every answer, for the numbers. */
  readonly onAnswer: (outcome: 'active' | 'inactive') => void
  /** The long way. */
  readonly next: RequestListener
  readonly headers: readonly (readonly [string, string])[]
  readonly observe: ObserveRequest
  readonly onError: (error: unknown) => void
}

const path = '/oauth/introspect'
const maxBodyBytes = 16 * 1024

/** Puts the short way in front of the long one. */
export function createIntrospectionFastPath(parts: FastPathParts): RequestListener {
  const headers = [
    ...parts.headers,
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ].flat()
  return (request, response) => {
    if (request.url !== path || !isOrdinary(request)) return parts.next(request, response)
    const startedAt = performance.now()
    readSmallBody(request, maxBodyBytes)
      .then(async (body) => {
        if (body === undefined) return refuseBody(response, headers)
        const answer = await answerTo(parts, request, body)
        if (answer === undefined) return parts.next(withBody(request, body), response)
        send(response, {
          ...answer,
          headers: answer.status === 503 ? [...headers, 'Retry-After', '1'] : headers,
        })
        parts.observe('introspection', 'POST', answer.status, (performance.now() - startedAt) / 1000)
      })
      // Nothing that goes wrong in one request may reach the process.
      .catch(parts.onError)
  }
}

/** Nothing that the provider would have to look at: another kind of authentication, another form of answer, a browser. */
function isOrdinary({ method, headers }: IncomingMessage): boolean {
  const { authorization, accept } = headers
  return (
    method === 'POST' &&
    formTypes.has(headers['content-type']) &&
    authorization !== undefined &&
    (accept === undefined || accept === '*/*' || isContentWithJson(accept)) &&
    headers['content-encoding'] === undefined &&
    headers.origin === undefined &&
    headers['dpop'] === undefined &&
    headers['oauth-client-attestation'] === undefined
  )
}

// As most libraries write it; `fetch` adds the second one's parameter.
const formTypes = new Set<string | undefined>([
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded;charset=UTF-8',
])

/** Nothing here asks for a JWT, nor weighs one form against another, so JSON is what it gets. */
function isContentWithJson(accept: string): boolean {
  return !/;|jwt/i.test(accept)
}

interface Answer {
  readonly status: number
  readonly body: string
}

const unavailable: Answer = {
  status: 503,
  body: '{"error":"temporarily_unavailable","error_description":"the service is temporarily unavailable, try again shortly"}',
}

/** The answer, or undefined for the long way. */
async function answerTo(
  parts: FastPathParts,
  request: IncomingMessage,
  body: Buffer,
): Promise<Answer | undefined> {
  const asked = readRequest(body, parts.parseQuery)
  const { authorization } = request.headers
  if (asked === undefined || authorization === undefined) return undefined
  try {
    const caller = parts.callers.recall(authorization) ?? (await parts.callers.recognise(authorization))
    if (caller === undefined) return undefined
    const text = introspectLocally(parts, asked, caller.id) ?? (await introspect(parts, asked, caller.id))
    parts.onAnswer(text === inactive ? 'inactive' : 'active')
    return { status: 200, body: text }
  } catch (error) {
    if (!isDatabaseUnavailable(error)) parts.onError(error)
    return isDatabaseUnavailable(error)
      ? unavailable
      : { status: 500, body: '{"error":"server_error","error_description":"oops! something went wrong"}' }
  }
}

// More than anybody needs, empty ones included: what comes after the last would otherwise not be read at all.
const mostPairs = 10
const memberNames = ['token', 'token_type_hint', 'required_scope', 'client_ip', 'cost'] as const

/** The form, if it holds only what this way knows, each once and in plain text. */
function readRequest(
  body: Buffer,
  parseQuery: FastPathParts['parseQuery'],
): IntrospectionRequest | undefined {
  const text = body.toString('latin1')
  if (text.split('&', mostPairs + 1).length > mostPairs) return undefined
  const form = parseForm(text)
  const members: Partial<Record<(typeof memberNames)[number], string>> = {}
  let known = 0
  for (const name of memberNames) {
    const value = form[name]
    if (value === undefined) continue
    if (typeof value !== 'string') return undefined
    members[name] = value
    known += 1
  }
  const { token } = members
  if (known !== Object.keys(form).length || token === undefined || token === '' || token.includes('\0'))
    return undefined
  const question = readQuestion(members, parseQuery)
  return question === undefined ? undefined : { token, ...question }
}

function refuseBody(response: ServerResponse, headers: readonly string[]): void {
  response.shouldKeepAlive = false
  send(response, {
    status: 413,
    headers,
    body: '{"error":"invalid_request","error_description":"the body is too large or ended early"}',
  })
}
