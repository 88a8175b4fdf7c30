/**
 * The one answer (RFC 7662): what an API is told about a credential that was presented to it. Whatever is unknown, ended,
 * meant for another API or not meant to be asked about gets the same bytes.
 */
import type { Leases } from '../limits/leases.ts'
import { normalAddress } from '../../platform/http/ip-address.ts'
import type { LimitStand } from '../../platform/http/limit-headers.ts'
import { decide, decideLocally } from './decide.ts'
import type { Decision, Question } from './decide.ts'
import type { PrincipalUse } from './key-use.ts'
import type { PermissionQuery } from './permission-query.ts'
import type { PresentedToken } from './presented.ts'
import type { Principal, Resolution } from './principal.ts'
import type { Resolver } from './resolve.ts'

/** What is answered: JSON text, and the limit that was taken from or that refused. */
export interface Introspected {
  readonly text: string
  readonly limit: LimitStand | undefined
}

/** The answer for everything that is not worth another. */
export const inactive = '{"active":false}'

/** The same as an answer. */
export const inactiveAnswer: Introspected = { text: inactive, limit: undefined }

/** What a caller asks, RFC 7662 §2.1 with our own members. */
export interface IntrospectionRequest {
  readonly token: string
  /** Undefined if the caller asks for no decision. */
  readonly question: Question | undefined
}

/** What answering needs. */
export interface IntrospectionParts {
  readonly issuer: string
  readonly resolver: Resolver
  readonly leases: Leases
  /** Told of every decision, for the usage of keys. */
  readonly onUse: (use: PrincipalUse) => void
}

const plainQuestion: Question = { cost: 1 }

/** Reads the members that ask for a decision; undefined for a value that makes no sense. */
export function readQuestion(
  members: {
    readonly required_scope?: string | undefined
    readonly client_ip?: string | undefined
    readonly cost?: string | undefined
  },
  parseQuery: (text: string) => PermissionQuery | undefined,
): { readonly question: Question | undefined } | undefined {
  const { required_scope: scope, client_ip: address, cost: costText } = members
  if (scope === undefined && address === undefined && costText === undefined) return { question: undefined }
  const requiredScope = scope === undefined ? undefined : parseQuery(scope)
  if (scope !== undefined && requiredScope === undefined) return undefined
  const callerAddress = address === undefined ? undefined : normalAddress(address)
  if (address !== undefined && callerAddress === undefined) return undefined
  const cost = costText === undefined ? plainQuestion.cost : readCost(costText)
  return cost === undefined ? undefined : { question: { requiredScope, callerAddress, cost } }
}

/** How much a request spends: a plain whole number up to a million; undefined for anything else. */
export function readCost(text: string): number | undefined {
  return /^\d{1,7}$/.test(text) && Number(text) <= 1_000_000 ? Number(text) : undefined
}

/** The answer from memory; undefined when the database has to be asked. */
export function introspectLocally(
  parts: IntrospectionParts,
  { token, question }: IntrospectionRequest,
  callerId: string,
): Introspected | undefined {
  const resolution = parts.resolver.recall(token)
  if (resolution === undefined) return undefined
  if (!isForCaller(resolution.principal, callerId)) return inactiveAnswer
  const decision = decideLocally(resolution.principal, question ?? plainQuestion, parts.leases)
  return decision === undefined ? undefined : answer(parts, { resolution, decision, question })
}

/** The answer. */
export async function introspect(
  parts: IntrospectionParts,
  { token, question }: IntrospectionRequest,
  callerId: string,
): Promise<Introspected> {
  const resolved = await parts.resolver.resolve(token)
  if (resolved === undefined) return inactiveAnswer
  if (resolved.kind === 'refresh_token') return refreshTokenAnswer(parts.issuer, resolved.token, callerId)
  const { resolution } = resolved
  if (!isForCaller(resolution.principal, callerId)) return inactiveAnswer
  const decision = await decide(resolution.principal, question ?? plainQuestion, parts.leases)
  return answer(parts, { resolution, decision, question })
}

/** F7, RFC 7662 §4: only the APIs a credential is meant for are told about it. */
export function isForCaller({ api }: Pick<Principal, 'api'>, callerId: string): boolean {
  return api.introspectorIds.includes(callerId)
}

interface Answered {
  readonly resolution: Resolution
  readonly decision: Decision
  readonly question: Question | undefined
}

/**
 * A caller that asked for no decision will not look at one: what must be refused is then not active. So a key with an
 * address list is of no use at an API that does not say where its callers are, and an exhausted one ends nobody's limits.
 * Such an answer says nothing of the limit either: it is that of everything else that is not active.
 */
function answer(parts: IntrospectionParts, { resolution, decision, question }: Answered): Introspected {
  const { principal } = resolution
  const { limit } = decision
  parts.onUse({ principal, decision, question })
  if (question === undefined && !decision.allow) return inactiveAnswer
  const members = membersOf(resolution, parts.issuer)
  if (question === undefined) return { text: members, limit }
  const written = decision.allow ? allowed : JSON.stringify(decisionMember(decision))
  return { text: `${members.slice(0, -1)},"decision":${written}}`, limit }
}

const allowed = '{"allow":true}'

function decisionMember(decision: Extract<Decision, { readonly allow: false }>): Record<string, unknown> {
  return {
    allow: false,
    reason: decision.reason,
    ...(decision.retryAfterSeconds !== undefined && { retry_after: decision.retryAfterSeconds }),
  }
}

const rendered = new WeakMap<Resolution, string>()

/** The members that stay the same for as long as the resolution does, rendered once. */
function membersOf(resolution: Resolution, issuer: string): string {
  const known = rendered.get(resolution)
  if (known !== undefined) return known
  const text = JSON.stringify(introspectionMembers(resolution.principal, issuer))
  rendered.set(resolution, text)
  return text
}

function introspectionMembers(principal: Principal, issuer: string): Record<string, unknown> {
  const { boundTo, key } = principal
  return {
    active: true,
    sub: principal.subject,
    client_id: principal.clientId,
    iss: issuer,
    aud: principal.api.identifier,
    scope: [...principal.scopes].join(' '),
    // RFC 8705 §3: a token that is bound to a certificate is presented as a bearer token, over the connection that shows it.
    token_type: boundTo !== undefined && 'jkt' in boundTo ? 'DPoP' : 'Bearer',
    exp: principal.expiresAtSeconds,
    iat: principal.issuedAtSeconds,
    credential_type: principal.credentialType,
    key_id: key?.id,
    owner: principal.owner,
    ...principal.facts,
    cnf: boundTo,
  }
}

/** A refresh token is nobody's business but its client's. */
function refreshTokenAnswer(issuer: string, token: PresentedToken, callerId: string): Introspected {
  if (token.clientId !== callerId) return inactiveAnswer
  const text = JSON.stringify({
    active: true,
    sub: token.accountId,
    client_id: token.clientId,
    iss: issuer,
    scope: token.scope,
    exp: token.expiresAtSeconds,
    iat: token.issuedAtSeconds,
    credential_type: 'refresh_token',
  })
  return { text, limit: undefined }
}
