/** The last three steps, told from the decision itself. */
import { normalAddress } from '../../platform/http/ip-address.ts'
import type { Decision, Question } from './decide.ts'
import type { ExplainedLimit, LostScope, Reason } from './explanation.ts'
import type { Principal } from './principal.ts'

/** What was decided, and about what. */
export interface Decided {
  readonly question: Question
  readonly decision: Decision
  readonly requirement: string | undefined
  readonly lost: readonly LostScope[]
}

/** Reasons for address, permission and limits, as far as they were reached. */
export function decisionReasons(
  principal: Principal,
  decided: Decided,
): { readonly passed: readonly Reason[]; readonly failed: Reason | undefined } {
  const { decision } = decided
  const refusal = decision.allow ? undefined : decision.reason
  const address = addressReason(principal, decided)
  if (refusal === 'address_not_allowed') return { passed: [], failed: address }
  const permission = permissionReason(principal, decided)
  if (refusal === 'insufficient_scope') return { passed: [address], failed: permission }
  const limits = limitReason(principal, decided)
  if (refusal !== undefined) return { passed: [address, permission], failed: limits }
  return { passed: [address, permission, limits], failed: undefined }
}

function addressReason({ key }: Principal, { question, decision }: Decided): Reason {
  if (key === undefined) return { code: 'address_tokens' }
  if (key.allowedAddresses.length === 0) return { code: 'address_any' }
  const other = key.allowedAddresses.join(', ')
  const { callerAddress } = question
  if (callerAddress === undefined) return { code: 'address_missing', other }
  const isOut = !decision.allow && decision.reason === 'address_not_allowed'
  return {
    code: isOut ? 'address_out' : 'address_in',
    name: normalAddress(callerAddress) ?? callerAddress,
    other,
  }
}

function permissionReason({ scopes }: Principal, { question, requirement, lost, decision }: Decided): Reason {
  const has = [...scopes].sort()
  const told = lost.length === 0 ? {} : { lost }
  if (question.requiredScope === undefined) return { code: 'permission_unasked', scopes: has, ...told }
  const isLacking = !decision.allow && decision.reason === 'insufficient_scope'
  const name = requirement ?? question.requiredScope.scopes.join(' ')
  return { code: isLacking ? 'permission_lacking' : 'permission_good', name, scopes: has, ...told }
}

function limitReason({ key }: Principal, { question, decision }: Decided): Reason {
  if (key?.rateLimit === undefined && key?.quota === undefined) return { code: 'limits_none' }
  if (question.cost === 0) return { code: 'limits_free' }
  const limit = limitOf(key, decision)
  if (decision.allow) return { code: 'limits_good', limit }
  return { code: decision.reason === 'rate_limited' ? 'rate_limited' : 'quota_exceeded', limit }
}

function limitOf(key: NonNullable<Principal['key']>, decision: Decision): ExplainedLimit | undefined {
  const { limit } = decision
  const per = limit?.name === 'rate' ? key.rateLimit : key.quota?.period
  if (limit === undefined || per === undefined) return undefined
  const retryAfterSeconds = decision.allow ? undefined : decision.retryAfterSeconds
  return { requests: limit.requests, per, remaining: limit.remaining, retryAfterSeconds }
}
