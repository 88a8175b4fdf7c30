/**
 * The short way through introspection: a caller that authenticates by its secret and wants JSON is answered before Koa and
 * the provider see the request. Whatever is out of the ordinary takes the long way, with its body as it was, so there is
 * one place that says what an error looks like.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { parse as parseForm } from 'node:querystring'
import { inactive, introspect, introspectLocally, readQuestion } from '../../domain/credentials/introspect.ts'
import type {
  Introspected,
  IntrospectionParts,
  IntrospectionRequest,
} from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import type { ObserveRequest } from '../../platform/http/log-requests.ts'
import { limitHeaders } from '../../platform/http/limit-headers.ts'
import type { LimitStand } from '../../platform/http/limit-headers.ts'
import { readSmallBody, send, withBody } from '../../platform/http/raw.ts'
import type { Callers } from '../callers.ts'

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
    const answer = (answered: Answer): void => {
      const { status = 200, text: body } = answered
      send(response, { status, body, headers: headersOf(headers, answered) })
      parts.observe('introspection', 'POST', status, (performance.now() - startedAt) / 1000)
    }
    const answerWithDatabase = async (asked: Asked | undefined, body: Buffer): Promise<void> => {
      const answered = asked === undefined ? undefined : await answerTo(parts, asked)
      if (answered === undefined) parts.next(withBody(request, body), response)
      else answer(answered)
    }
    readSmallBody(request, maxBodyBytes, (body) => {
      // Nothing that goes wrong in one request may reach the process.
      try {
        if (body === undefined) return refuseBody(response, headers)
        const asked = readRequest(request, body, parts.parseQuery)
        const known = asked === undefined ? undefined : answerFromMemory(parts, asked)
        if (known !== undefined) return answer(known)
        answerWithDatabase(asked, body).catch(parts.onError)
      } catch (error) {
        parts.onError(error)
      }
    })
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
  /** 200, unless given. */
  readonly status?: 500 | 503
  readonly text: string
  readonly limit?: LimitStand | undefined
}

function headersOf(headers: readonly string[], { status, limit }: Answer): readonly string[] {
  if (status === 503) return [...headers, 'Retry-After', '1']
  return limit === undefined ? headers : [...headers, ...limitHeaders(limit)]
}

const unavailable: Answer = {
  status: 503,
  text: '{"error":"temporarily_unavailable","error_description":"the service is temporarily unavailable, try again shortly"}',
}

const failed: Answer = {
  status: 500,
  text: '{"error":"server_error","error_description":"oops! something went wrong"}',
}

/** The answer of a caller and about a credential that were both seen a moment ago; undefined for any other. */
function answerFromMemory(parts: FastPathParts, { authorization, request }: Asked): Answer | undefined {
  try {
    const caller = parts.callers.recall(authorization)
    const known = caller === undefined ? undefined : introspectLocally(parts, request, caller.id)
    return known === undefined ? undefined : found(parts, known)
  } catch (error) {
    parts.onError(error)
    return failed
  }
}

/** The answer, or undefined for the long way. */
async function answerTo(
  parts: FastPathParts,
  { authorization, request }: Asked,
): Promise<Answer | undefined> {
  try {
    const caller = await parts.callers.recognise(authorization)
    if (caller === undefined) return undefined
    return found(parts, await introspect(parts, request, caller.id))
  } catch (error) {
    if (isDatabaseUnavailable(error)) return unavailable
    parts.onError(error)
    return failed
  }
}

function found({ onAnswer }: FastPathParts, answered: Introspected): Answer {
  onAnswer(answered.text === inactive ? 'inactive' : 'active')
  return answered
}

// More than anybody needs, empty ones included: what comes after the last would otherwise not be read at all.
const mostPairs = 10
const memberNames = ['token', 'token_type_hint', 'required_scope', 'client_ip', 'cost'] as const

type MemberName = (typeof memberNames)[number]
type Members = Partial<Record<MemberName, string>>

interface Asked {
  readonly authorization: string
  readonly request: IntrospectionRequest
}

/** What is asked, if the form holds only what this way knows, each once and in plain text. */
function readRequest(
  { headers: { authorization } }: IncomingMessage,
  body: Buffer,
  parseQuery: FastPathParts['parseQuery'],
): Asked | undefined {
  const text = body.toString('latin1')
  const members = text.includes('%') || text.includes('+') ? readEncoded(text) : readPlain(text)
  const token = members?.token
  if (authorization === undefined || members === undefined || token === undefined) return undefined
  if (token === '' || token.includes('\0')) return undefined
  const question = readQuestion(members, parseQuery)
  return question === undefined
    ? undefined
    : { authorization, request: { token, question: question.question } }
}

/** Most forms have nothing to decode: then a pair is what stands on both sides of its first `=`. */
function readPlain(text: string): Members | undefined {
  const members: Members = {}
  let pairs = 0
  for (let start = 0; start <= text.length;) {
    pairs += 1
    if (pairs > mostPairs) return undefined
    const next = text.indexOf('&', start)
    const end = next === -1 ? text.length : next
    const equals = text.indexOf('=', start)
    const isPair = equals !== -1 && equals < end
    const name = memberOf(text.slice(start, isPair ? equals : end))
    // An empty pair is none.
    if (end > start) {
      if (name === undefined || members[name] !== undefined) return undefined
      members[name] = isPair ? text.slice(equals + 1, end) : ''
    }
    start = end + 1
  }
  return members
}

function readEncoded(text: string): Members | undefined {
  if (text.split('&', mostPairs + 1).length > mostPairs) return undefined
  const form = parseForm(text)
  const members: Members = {}
  let known = 0
  for (const name of memberNames) {
    const value = form[name]
    if (value === undefined) continue
    if (typeof value !== 'string') return undefined
    members[name] = value
    known += 1
  }
  return known === Object.keys(form).length ? members : undefined
}

function memberOf(text: string): MemberName | undefined {
  switch (text) {
    case 'token':
    case 'token_type_hint':
    case 'required_scope':
    case 'client_ip':
    case 'cost':
      return text
    default:
      return undefined
  }
}

function refuseBody(response: ServerResponse, headers: readonly string[]): void {
  response.shouldKeepAlive = false
  send(response, {
    status: 413,
    headers,
    body: '{"error":"invalid_request","error_description":"the body is too large or ended early"}',
  })
}
