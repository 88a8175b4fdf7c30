/**
 * Decisions: may this request go through? Asked of a principal that exists and is alive, in an order that never changes:
 * address, then permission, then limits, so that a refused permission never spends quota.
 */
import { BlockList, isIPv4 } from 'node:net'
import type { Leased, LeasedBudget, Leases } from '../limits/leases.ts'
import { addRange, normalAddress } from '../../platform/http/ip-address.ts'
import type { LimitStand } from '../../platform/http/limit-headers.ts'
import type { PermissionQuery } from './permission-query.ts'
import type { Principal, PrincipalKey } from './principal.ts'

/** What is asked about one request. */
export interface Question {
  readonly requiredScope?: PermissionQuery | undefined
  /** The address of the end caller; undefined when whoever asks does not know it. */
  readonly callerAddress?: string | undefined
  /** How much of the limits this request spends. */
  readonly cost: number
}

/** Why a request of a living credential is refused. */
export type DenialReason = 'address_not_allowed' | 'insufficient_scope' | 'rate_limited' | 'quota_exceeded'

/** The answer, and how the limit that was met stands. */
export type Decision =
  | { readonly allow: true; readonly limit: LimitStand | undefined }
  | {
      readonly allow: false
      readonly reason: DenialReason
      readonly retryAfterSeconds?: number
      readonly limit?: LimitStand | undefined
    }

/** What a decision is made from. */
export type Decided = Pick<Principal, 'key' | 'scopes'>

/** The decision, if it can be made without the database. */
export function decideLocally(principal: Decided, question: Question, leases: Leases): Decision | undefined {
  const denial = denialBeforeLimits(principal, question)
  if (denial !== undefined) return denial
  const budgets = budgetsOf(principal.key, question.cost)
  if (budgets.length === 0) return { allow: true, limit: undefined }
  const taken: Taken[] = []
  for (const budget of budgets) {
    const leased = leases.takeLocally(budget, question.cost)
    if (leased?.allowed !== true) giveBackAll(leases, taken, question.cost)
    if (leased === undefined) return undefined
    taken.push({ budget, leased })
    if (!leased.allowed) break
  }
  return decisionOf(taken)
}

/** The decision. Throws when a limit cannot be looked at: nobody is allowed because a dependency failed. */
export async function decide(principal: Decided, question: Question, leases: Leases): Promise<Decision> {
  const denial = denialBeforeLimits(principal, question)
  if (denial !== undefined) return denial
  const taken: Taken[] = []
  for (const budget of budgetsOf(principal.key, question.cost)) {
    const leased = await leases.take(budget, question.cost)
    if (!leased.allowed) giveBackAll(leases, taken, question.cost)
    taken.push({ budget, leased })
    if (!leased.allowed) break
  }
  return decisionOf(taken)
}

interface Taken {
  readonly budget: LeasedBudget
  readonly leased: Leased
}

function giveBackAll(leases: Leases, taken: readonly Taken[], cost: number): void {
  for (const { budget, leased } of taken) if (leased.allowed) leases.giveBackLocally(budget, cost)
}

function denialBeforeLimits({ key, scopes }: Decided, question: Question): Decision | undefined {
  if (key !== undefined && !isAddressAllowed(key.allowedAddresses, question.callerAddress)) {
    return { allow: false, reason: 'address_not_allowed' }
  }
  if (question.requiredScope?.isSatisfiedBy(scopes) === false)
    return { allow: false, reason: 'insufficient_scope' }
  return undefined
}

const lists = new WeakMap<readonly string[], BlockList>()

/** A key with a list is used from those addresses only; an address nobody knows is none of them. */
function isAddressAllowed(allowed: readonly string[], callerAddress: string | undefined): boolean {
  if (allowed.length === 0) return true
  const address = callerAddress === undefined ? undefined : normalAddress(callerAddress)
  if (address === undefined) return false
  const list = lists.get(allowed) ?? blockListOf(allowed)
  lists.set(allowed, list)
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return list
}

const budgets = new WeakMap<PrincipalKey, readonly LeasedBudget[]>()

function budgetsOf(key: PrincipalKey | undefined, cost: number): readonly LeasedBudget[] {
  if (key === undefined || cost === 0) return []
  const known = budgets.get(key)
  if (known !== undefined) return known
  const { id, rateLimit, quota } = key
  const found = [
    ...(rateLimit === undefined ? [] : [{ kind: 'rate', key: id, ...rateLimit } as const]),
    ...(quota === undefined ? [] : [{ kind: 'quota', key: id, ...quota } as const]),
  ]
  budgets.set(key, found)
  return found
}

/** The narrowest of the limits speaks: the one that refused, or the one with least left. */
function decisionOf(taken: readonly Taken[]): Decision {
  let limit: LimitStand | undefined
  for (const { budget, leased } of taken) {
    if (!leased.allowed) {
      const { retryAfterSeconds } = leased
      const reason = budget.kind === 'rate' ? 'rate_limited' : 'quota_exceeded'
      const refused = stateOf(budget, { remaining: 0, resetSeconds: retryAfterSeconds })
      return { allow: false, reason, retryAfterSeconds, limit: refused }
    }
    if (limit === undefined || leased.remaining < limit.remaining) limit = stateOf(budget, leased)
  }
  return { allow: true, limit }
}

function stateOf(
  budget: LeasedBudget,
  now: { readonly remaining: number; readonly resetSeconds: number },
): LimitStand {
  const day = 86400
  const windowSeconds = budget.kind === 'rate' ? budget.seconds : budget.period === 'day' ? day : 31 * day
  return {
    name: budget.kind,
    requests: budget.requests,
    windowSeconds,
    burst: budget.kind === 'rate' ? budget.burst : undefined,
    remaining: now.remaining,
    resetSeconds: now.resetSeconds,
  }
}
