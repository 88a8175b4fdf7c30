/**
 * Evaluations (OpenID AuthZEN Authorization API 1.0): may this subject do this at that API, at this moment? Asked by one of
 * the API's own introspectors, about a credential that was presented to it, or about an account or a client by its id.
 *
 * No is the starting value. A credential is resolved and decided about as for introspection, limits and usage included. An
 * account or a client may do what a key of its own could do at most: what it was given, directly or through roles, while it
 * and the API are not disabled. Why it may not is never told: an API learns of people only what they present to it.
 */
import type { Owner } from '../apis/permissions.ts'
import { isIdText } from '../../platform/text.ts'
import type { LimitStand } from '../../platform/http/limit-headers.ts'
import { decide, decideLocally } from './decide.ts'
import type { Decided, DenialReason, Question } from './decide.ts'
import type { Directory } from './directory.ts'
import { isForCaller } from './introspect.ts'
import type { IntrospectionParts } from './introspect.ts'
import type { Principal } from './principal.ts'

/** What is asked. */
export interface Evaluation {
  readonly subject: Subject
  /** The identifier of the API at which something is to be done. */
  readonly api: string
  readonly question: Question
}

/** A credential as it was presented, or whoever might present one. */
export type Subject = PresentedSubject | { readonly kind: 'owner'; readonly owner: Owner }

interface PresentedSubject {
  readonly kind: 'credential'
  readonly text: string
  /** What whoever asks takes it for; undefined for either. */
  readonly type: Principal['credentialType'] | undefined
  /** What whoever asks has seen proven with the request, as `cnf` says it. */
  readonly proven: { readonly jkt?: string | undefined; readonly 'x5t#S256'?: string | undefined } | undefined
}

/** The answer; a reason only where introspection would tell as much. */
export interface Evaluated {
  readonly allow: boolean
  readonly reason?: DenialReason | 'proof_required'
  readonly retryAfterSeconds?: number
  readonly limit?: LimitStand | undefined
}

/** What evaluating needs. */
export interface EvaluationParts extends Pick<IntrospectionParts, 'resolver' | 'leases' | 'onUse'> {
  readonly directory: Directory
}

/** What a subject turned out to be, for the API that is asked about; undefined for nothing that anything is told of. */
export type Standing =
  | { readonly kind: 'principal'; readonly principal: Principal }
  | { readonly kind: 'owner'; readonly decided: Decided }
  | { readonly kind: 'unproven' }
  | undefined

const denied: Evaluated = { allow: false }

/** The answer from memory; undefined when somebody has to be asked. */
export function evaluateLocally(
  parts: EvaluationParts,
  { subject, api, question }: Evaluation,
  callerId: string,
): Evaluated | undefined {
  const resolution = subject.kind === 'credential' ? parts.resolver.recall(subject.text) : undefined
  if (resolution === undefined || subject.kind !== 'credential') return undefined
  const standing = standingOf(resolution.principal, { subject, api, callerId })
  if (standing?.kind !== 'principal') return decidedWithoutLimits(standing)
  const decision = decideLocally(standing.principal, question, parts.leases)
  if (decision !== undefined) parts.onUse({ principal: standing.principal, decision, question })
  return decision
}

/** Finds out what a subject is. Nothing is spent yet. */
export async function findStanding(
  { resolver, directory }: Pick<EvaluationParts, 'resolver' | 'directory'>,
  { subject, api }: Pick<Evaluation, 'subject' | 'api'>,
  callerId: string,
): Promise<Standing> {
  if (subject.kind === 'owner') return findOwner(directory, subject.owner, { api, callerId })
  const resolved = await resolver.resolve(subject.text)
  // A refresh token is of no use at any API.
  if (resolved?.kind !== 'principal') return undefined
  return standingOf(resolved.resolution.principal, { subject, api, callerId })
}

/** Decides, spends what the decision costs, and counts it. Throws when a limit cannot be looked at. */
export async function decideStanding(
  { leases, onUse }: Pick<EvaluationParts, 'leases' | 'onUse'>,
  standing: Standing,
  question: Question,
): Promise<Evaluated> {
  if (standing?.kind === 'owner') {
    const { allow } = await decide(standing.decided, question, leases)
    return { allow }
  }
  if (standing?.kind !== 'principal') return decidedWithoutLimits(standing)
  const decision = await decide(standing.principal, question, leases)
  onUse({ principal: standing.principal, decision, question })
  return decision
}

interface AskedAt {
  readonly api: string
  readonly callerId: string
}

/**
 * The API must be the one that is asked about, and whoever asks one of its introspectors. Introspection says what a token
 * is bound to and leaves the proof to the API; a plain yes would let it through without one (RFC 9449, RFC 8705), so it is
 * given only to whoever names the very key or certificate that it has seen proven.
 */
function standingOf(
  principal: Principal,
  { subject, api, callerId }: AskedAt & { readonly subject: PresentedSubject },
): Standing {
  const { boundTo, credentialType } = principal
  if (principal.api.identifier !== api || !isForCaller(principal, callerId)) return undefined
  if (subject.type !== undefined && subject.type !== credentialType) return undefined
  const { proven } = subject
  const isProven =
    boundTo === undefined ||
    ('jkt' in boundTo ? proven?.jkt === boundTo.jkt : proven?.['x5t#S256'] === boundTo['x5t#S256'])
  return isProven ? { kind: 'principal', principal } : { kind: 'unproven' }
}

async function findOwner(
  directory: Directory,
  owner: Owner,
  { api: identifier, callerId }: AskedAt,
): Promise<Standing> {
  const api = isIdText(owner.id) ? await directory.api(identifier) : undefined
  if (api === undefined || !isForCaller({ api }, callerId)) return undefined
  // Both at once, so that whom nobody knows costs as much as whoever was given nothing.
  const [found, given] = await Promise.all([directory[owner.type](owner.id), directory.scopesAt(api, owner)])
  if (found === undefined) return undefined
  const scopes = new Set(api.scopes.map(({ name }) => name)).intersection(given)
  return { kind: 'owner', decided: { key: undefined, scopes } }
}

function decidedWithoutLimits(standing: { readonly kind: 'owner' | 'unproven' } | undefined): Evaluated {
  return standing?.kind === 'unproven' ? { allow: false, reason: 'proof_required' } : denied
}
