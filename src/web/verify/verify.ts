/**
 * Forward authentication: a gateway asks whether to let a request through, by a copy of that request. 204 with who it is
 * (200 where the gateway asks for that), 401, 403 or 429; never a 2xx for anything that is not understood, and never because something failed.
 *
 * What is required stands in the address that the gateway's own configuration names (`?api=…&scope=…`), so no header of
 * the request that is judged can change it. Credentials are read from `Authorization: Bearer` or `X-API-Key`, never from
 * a query. The judged request's own path, host and method play no part in the decision.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { decide, decideLocally } from '../../domain/credentials/decide.ts'
import type { Decision, Question } from '../../domain/credentials/decide.ts'
import type { IntrospectionParts } from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import type { Principal, Resolution } from '../../domain/credentials/principal.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import type { ObserveRequest } from '../../platform/http/log-requests.ts'
import { limitHeaders } from '../../platform/http/limit-headers.ts'
import { arrivalOf } from '../../platform/http/origin-pin.ts'
import { send } from '../../platform/http/raw.ts'
import { createRequirements } from './requirement.ts'
import type { Requirement } from './requirement.ts'

/** What verifying needs. */
export interface VerifyParts extends Pick<IntrospectionParts, 'resolver' | 'leases' | 'onUse'> {
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  readonly next: RequestListener
  readonly headers: readonly (readonly [string, string])[]
  readonly realm: string
  readonly observe: ObserveRequest
  readonly onError: (error: unknown) => void
}

interface Verdict {
  readonly status: number
  readonly headers: readonly string[]
}

/** Puts `/verify` in front of everything else: any method, no body. */
export function createVerify(parts: VerifyParts): RequestListener {
  const common = [...parts.headers.flat(), 'Cache-Control', 'no-store']
  const requirements = createRequirements(parts.parseQuery)
  return (request, response) => {
    const url = request.url ?? ''
    if (!url.startsWith('/verify') || (url.length > 7 && url[7] !== '?')) return parts.next(request, response)
    const startedAt = performance.now()
    const answer = (verdict: Verdict): void => {
      discardBody(request, response)
      send(response, { status: verdict.status, headers: [...common, ...verdict.headers] })
      parts.observe('verify', 'GET', verdict.status, (performance.now() - startedAt) / 1000)
    }
    const requirement = requirements(url.slice(8))
    const immediate =
      requirement === undefined ? misconfigured(parts.realm) : verifyLocally(parts, request, requirement)
    if (immediate !== undefined) return answer(immediate)
    if (requirement === undefined) return
    verifyWithDatabase(parts, request, requirement)
      .catch((error: unknown): Verdict => {
        if (!isDatabaseUnavailable(error)) parts.onError(error)
        return { status: 503, headers: ['Retry-After', '1'] }
      })
      .then(answer)
      .catch(parts.onError)
  }
}

/** A gateway sends its request's body along only by mistake; it is not waited for. */
function discardBody(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (hasBody) response.shouldKeepAlive = false
}

function verifyLocally(
  parts: VerifyParts,
  request: IncomingMessage,
  requirement: Requirement,
): Verdict | undefined {
  const credential = credentialOf(request)
  if (credential === undefined) return unauthorised(parts.realm)
  if (credential === 'ambiguous') return invalidRequest(parts.realm)
  const resolution = parts.resolver.recall(credential)
  if (resolution === undefined) return undefined
  const question = questionOf(request, requirement)
  if (!isMeantFor(resolution, requirement)) return invalidToken(parts.realm)
  const decision = decideLocally(resolution.principal, question, parts.leases)
  return decision === undefined
    ? undefined
    : verdictOf(parts, resolution, { decision, question, requirement, request })
}

async function verifyWithDatabase(
  parts: VerifyParts,
  request: IncomingMessage,
  requirement: Requirement,
): Promise<Verdict> {
  const resolved = await parts.resolver.resolve(credentialOf(request) ?? '')
  if (resolved?.kind !== 'principal') return invalidToken(parts.realm)
  const { resolution } = resolved
  if (!isMeantFor(resolution, requirement)) return invalidToken(parts.realm)
  const question = questionOf(request, requirement)
  const decision = await decide(resolution.principal, question, parts.leases)
  return verdictOf(parts, resolution, { decision, question, requirement, request })
}

/**
 * The API must be the gateway's, and the token must be one that whoever holds it may use: a token bound to a key (RFC 9449)
 * needs a proof for the method and the address that the gateway saw. Those come in headers, which whoever is judged
 * writes where a gateway does not, so no proof is believed here and such a token is refused.
 */
function isMeantFor({ principal }: Resolution, { api }: Requirement): boolean {
  return principal.api.identifier === api && principal.boundTo === undefined
}

function questionOf(request: IncomingMessage, { requiredScope, cost }: Requirement): Question {
  return { requiredScope, cost, callerAddress: arrivalOf(request).clientAddress }
}

/** One credential, presented in one way; two that might be read differently by somebody else are none (T40, T41). */
function credentialOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const { authorization } = headers
  const apiKey = headers['x-api-key']
  if (authorization === undefined && apiKey === undefined) return undefined
  if (authorization !== undefined && apiKey !== undefined) return 'ambiguous'
  if (apiKey !== undefined) return typeof apiKey === 'string' && isToken(apiKey) ? apiKey : 'ambiguous'
  if (isSentTwice(rawHeaders)) return 'ambiguous'
  const bearer = authorization?.slice(0, 7).toLowerCase() === 'bearer ' ? authorization.slice(7) : undefined
  return bearer !== undefined && isToken(bearer) ? bearer : 'ambiguous'
}

/** Node keeps the first of several, and somebody else may keep another. */
function isSentTwice(rawHeaders: readonly string[]): boolean {
  let times = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 13 && name.toLowerCase() === 'authorization') times += 1
  }
  return times > 1
}

/** RFC 6750 §2.1: the characters of a bearer token. */
function isToken(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]+=*$/.test(text)
}

interface Judged {
  readonly decision: Decision
  readonly question: Question
  readonly requirement: Requirement
  readonly request: IncomingMessage
}

function verdictOf({ onUse, realm }: VerifyParts, { principal }: Resolution, judged: Judged): Verdict {
  const { decision, question, requirement, request } = judged
  onUse({ principal, decision, question, userAgent: request.headers['user-agent'] })
  const limits = limitHeaders(decision.limit)
  if (decision.allow)
    return { status: requirement.allowedStatus, headers: [...identityHeaders(principal), ...limits] }
  switch (decision.reason) {
    case 'insufficient_scope':
      return {
        status: 403,
        headers: ['WWW-Authenticate', `Bearer realm="${realm}", error="insufficient_scope"`, ...limits],
      }
    case 'address_not_allowed':
      return { status: 403, headers: limits }
    case 'rate_limited':
    case 'quota_exceeded':
      return { status: 429, headers: ['Retry-After', String(decision.retryAfterSeconds ?? 1), ...limits] }
  }
}

// No client acts for an account's key, and a token may have no scopes: some gateways take an empty header for none, and
// then let through what the judged request says instead (T41). No id and no scope is written like this.
const nothing = '""'

const written = new WeakMap<Principal, readonly string[]>()

/**
 * Always all four and never empty, so that copies of them which the judged request brought along are written over (T41).
 * Values are our own identifiers and scope names, which have no control characters.
 */
function identityHeaders(principal: Principal): readonly string[] {
  const known = written.get(principal)
  if (known !== undefined) return known
  const { key } = principal
  const headers = [
    'X-Auth-Subject',
    principal.subject,
    'X-Auth-Client',
    principal.clientId ?? nothing,
    'X-Auth-Scope',
    principal.scopes.size === 0 ? nothing : [...principal.scopes].join(' '),
    'X-Auth-Credential',
    key === undefined ? principal.credentialType : `${principal.credentialType} ${key.id}`,
  ]
  written.set(principal, headers)
  return headers
}

/** RFC 6750 §3: without credentials there is no error to tell. */
function unauthorised(realm: string): Verdict {
  return { status: 401, headers: ['WWW-Authenticate', `Bearer realm="${realm}"`] }
}

function invalidToken(realm: string): Verdict {
  return { status: 401, headers: ['WWW-Authenticate', `Bearer realm="${realm}", error="invalid_token"`] }
}

function invalidRequest(realm: string): Verdict {
  return { status: 401, headers: ['WWW-Authenticate', `Bearer realm="${realm}", error="invalid_request"`] }
}

/** A gateway that asks nothing sensible protects nothing: everybody is turned away until it is mended. */
function misconfigured(realm: string): Verdict {
  return { status: 403, headers: ['WWW-Authenticate', `Bearer realm="${realm}", error="invalid_request"`] }
}
