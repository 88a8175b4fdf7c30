/**
 * What would happen: the answer that introspection would give about a credential, made by the same code, and why, step by
 * step. It spends no limit, records no use and keeps nothing. For administrators alone: it tells what no API is told.
 */
import type { Api } from '../apis/api.ts'
import { findApi } from '../apis/api.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Leases } from '../limits/leases.ts'
import { peekAt } from '../limits/peek.ts'
import type { CredentialCache } from './cache.ts'
import { decide } from './decide.ts'
import type { Question } from './decide.ts'
import { decisionReasons } from './explain-decision.ts'
import { diagnoseOwner } from './explain-owner.ts'
import { lostScopes } from './explain-lost.ts'
import { identify } from './explain-presented.ts'
import type { Identified, TokenProblem } from './explain-presented.ts'
import { stepsOf } from './explanation.ts'
import type { Explanation, Reason } from './explanation.ts'
import { inactive, introspect } from './introspect.ts'
import { createResolver } from './resolve.ts'
import type { Resolved, ResolverParts } from './resolve.ts'

/** What explaining needs: what resolving needs, but for a memory, and who knows why a token is none. */
export interface ExplainParts {
  readonly db: Database
  readonly issuer: string
  readonly resolving: Omit<ResolverParts, 'cache'>
  readonly leases: Leases
  readonly whyNoToken: (hash: Buffer) => Promise<TokenProblem>
  readonly whyNoJwt: (token: string) => Promise<TokenProblem>
}

/** What is asked. */
export interface ExplainRequest {
  readonly credential: string
  readonly question: Question | undefined
  /** The requirement as it was written, to be shown again. */
  readonly requirement?: string | undefined
  /** The API that asks; the one the credential is meant for unless told otherwise. */
  readonly api?: Api | undefined
}

/** Who asks, for which API the credential is meant, and what it is. */
interface Asked {
  readonly identified: Identified
  readonly meant: Api | undefined
  readonly asking: Api | undefined
  readonly callerId: string
}

// Introspection of what was resolved a moment ago is answered from memory; here it is looked up.
const forgetful: CredentialCache = {
  get: () => undefined,
  remember: (_hash, resolve) => resolve(),
  clear: () => {},
  size: () => 0,
}

/** Explains. */
export async function explain(parts: ExplainParts, request: ExplainRequest): Promise<Explanation> {
  const { db, issuer, resolving } = parts
  const leases = { ...parts.leases, ...peekAt(db, parts.leases, resolving.now) }
  const resolver = createResolver({ ...resolving, cache: forgetful })
  const asked = await askedOf(parts, request)
  const { credential: token, question } = request
  const { text: answer } = await introspect(
    { issuer, resolver, leases, onUse: () => {} },
    { token, question },
    asked.callerId,
  )
  const resolved = await resolver.resolve(token)
  const { passed, failed } = await reasonsOf(parts, { request, asked, resolved, leases })
  const accepted = isAccepted(answer)
  const { identified, asking, callerId } = asked
  return {
    answer,
    accepted,
    asker: callerId === '' ? undefined : { clientId: callerId, api: asking?.identifier },
    keyId: identified.keyId,
    // The answer and its reasons are looked up one after the other: what changed between them is not explained.
    steps:
      accepted === (failed === undefined)
        ? stepsOf(passed, failed)
        : stepsOf([], { code: 'changed_meanwhile' }),
  }
}

/** True for an answer that lets a request through. */
function isAccepted(answer: string): boolean {
  return answer !== inactive && !answer.includes('"decision":{"allow":false')
}

async function askedOf(parts: ExplainParts, { credential, api }: ExplainRequest): Promise<Asked> {
  const identified = await identify(parts, credential)
  const meant = identified.audience === undefined ? undefined : await findApi(parts.db, identified.audience)
  const asking = api ?? meant
  const ownClient =
    identified.kind === 'refresh_token' && api === undefined ? identified.token.clientId : undefined
  return { identified, meant, asking, callerId: ownClient ?? (await callerOf(parts, asking)) }
}

/** A client that may ask for an API and is there to do it. */
async function callerOf({ resolving }: ExplainParts, api: Api | undefined): Promise<string> {
  for (const id of api?.introspectorIds ?? []) {
    if ((await resolving.directory.client(id)) !== undefined) return id
  }
  return ''
}

interface Reasons {
  readonly passed: readonly Reason[]
  readonly failed: Reason | undefined
}

async function reasonsOf(
  parts: ExplainParts,
  found: {
    readonly request: ExplainRequest
    readonly asked: Asked
    readonly resolved: Resolved | undefined
    readonly leases: Leases
  },
): Promise<Reasons> {
  const { request, asked, resolved, leases } = found
  const { identified } = asked
  if (identified.problem !== undefined) return { passed: [], failed: identified.problem }
  const audience = audienceOf(asked)
  if (audience.failed !== undefined) return { passed: [identified.good], failed: audience.failed }
  const begun = [identified.good, audience.passed]
  const owner = await diagnoseOwner(parts, { identified, api: asked.meant })
  if (owner.failed !== undefined) return { passed: begun, failed: owner.failed }
  const proven = [...begun, owner.passed]
  if (resolved === undefined) return { passed: [], failed: { code: 'changed_meanwhile' } }
  if (resolved.kind === 'refresh_token') {
    return {
      passed: [
        ...proven,
        ...(['address', 'permission', 'limits'] as const).map((): Reason => ({ code: 'no_decision' })),
      ],
      failed: undefined,
    }
  }
  const { principal } = resolved.resolution
  const question = request.question ?? { cost: 1 }
  const decision = await decide(principal, question, leases)
  const wanted = [...identified.given, ...(question.requiredScope?.scopes ?? [])]
  const lost = await lostScopes(parts.db, { principal, given: identified.given, wanted })
  const last = decisionReasons(principal, { question, decision, requirement: request.requirement, lost })
  return { passed: [...proven, ...last.passed], failed: last.failed }
}

/** F7: only the APIs a credential is meant for are told about it. */
function audienceOf({
  identified,
  meant,
  asking,
  callerId,
}: Asked): { readonly passed: Reason; readonly failed: undefined } | { readonly failed: Reason } {
  if (identified.problem !== undefined) throw new Error('what is none is meant for nobody')
  if (identified.kind === 'refresh_token') {
    const { clientId } = identified.token
    return clientId === callerId
      ? { passed: { code: 'audience_own', name: clientId }, failed: undefined }
      : { failed: { code: 'refresh_foreign', name: clientId } }
  }
  const name = identified.audience
  if (name === undefined) return { failed: { code: 'audience_none' } }
  if (meant === undefined) return { failed: { code: 'api_gone', name } }
  if (meant.disabledAt !== undefined) return { failed: { code: 'api_disabled', name, at: meant.disabledAt } }
  if (meant.introspectorIds.includes(callerId)) {
    return { passed: { code: 'audience_good', name }, failed: undefined }
  }
  if (asking !== undefined && asking.id !== meant.id) {
    return { failed: { code: 'audience_other', name, other: asking.identifier } }
  }
  return { failed: { code: 'api_nobody', name } }
}
