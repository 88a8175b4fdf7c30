/**
 * Leases: limits on the hot path. Instead of writing for every request, an instance takes a small part of a budget from
 * the database in one statement and serves requests from it. What is leased has been taken, so all instances together
 * never allow more than the budget; what an instance does not use within a second it gives back.
 * What that costs: up to a twentieth of what a budget holds may lie unused with each instance for a second, and because
 * a lease may be used up to a second after it was taken, a window may see that twentieth per instance more than its share.
 */
import type { Database } from '../../platform/db/open.ts'
import { capacityOf, giveBack, isSamePeriod, leaseFromBucket, leaseFromQuota } from './lease-statements.ts'

/** A budget that is leased from: a bucket that refills, or a calendar quota. */
export type LeasedBudget =
  | {
      readonly kind: 'rate'
      readonly key: string
      readonly requests: number
      readonly seconds: number
      /** How much of it may be used in one go; all of `requests`, unless given. */
      readonly burst?: number | undefined
    }
  | {
      readonly kind: 'quota'
      readonly key: string
      readonly requests: number
      readonly period: 'day' | 'month'
    }

/** Whether it was taken; `remaining` is what is known here, which is never more than what is left. */
export type Leased =
  | { readonly allowed: true; readonly remaining: number; readonly resetSeconds: number }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/** Takes from budgets. */
export interface Leases {
  /** Answers at once while a lease lasts; undefined means that `take` has to ask the database. */
  readonly takeLocally: (budget: LeasedBudget, cost: number) => Leased | undefined
  readonly take: (budget: LeasedBudget, cost: number) => Promise<Leased>
  /** Undoes a take, for a request that was refused for another reason. */
  readonly giveBackLocally: (budget: LeasedBudget, cost: number) => void
  /** What lies here and was not given back yet, even if its lease is over: the next refill adds to it. */
  readonly restHere: (budget: LeasedBudget) => number
  /** Gives everything back; for a server that stops. */
  readonly close: () => Promise<void>
}

/** What leases need. */
export interface LeaseOptions {
  readonly db: Database
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}

interface Lease {
  readonly budget: LeasedBudget
  left: number
  /** When it was filled last: a rest belongs to the period of then. */
  filledAt: Date
  /** What the budget held beyond the lease when it was last looked at. */
  beyond: number
  expiresAtMilliseconds: number
  resetsAtMilliseconds: number
  /** This much or more is refused until then, without asking again. */
  refusedCost: number
  refusedUntilMilliseconds: number
  /** What those who wait for the next refill want together. */
  demand: number
  refill: Promise<void> | undefined
}

const leaseMilliseconds = 1000
// However often it is asked, a refused budget is looked at again this often: somebody may have given something back.
const longestRefusalMilliseconds = 1000
const shortestRefusalMilliseconds = 10
const largestShare = 20
const mostLeases = 100_000

/** Opens the leases of an instance. */
export function createLeases(options: LeaseOptions): Leases {
  const { now, onError } = options
  const leases = new Map<string, Lease>()

  const returnUnused = async (isDue: (lease: Lease) => boolean): Promise<void> => {
    const due = [...leases.values()].filter((lease) => lease.refill === undefined && isDue(lease))
    for (const lease of due) leases.delete(idOf(lease.budget))
    const unused = due.filter(({ left }) => left > 0)
    if (unused.length > 0) await giveBack(options.db, unused)
  }
  const timer = setInterval(() => {
    const time = now().getTime()
    returnUnused(
      (lease) => lease.expiresAtMilliseconds <= time && lease.refusedUntilMilliseconds <= time,
    ).catch(onError)
  }, leaseMilliseconds)
  timer.unref()

  const takeLocally = (budget: LeasedBudget, cost: number): Leased | undefined => {
    const lease = leases.get(idOf(budget))
    return lease === undefined ? undefined : takeFrom(lease, cost, now().getTime())
  }
  return {
    takeLocally,
    take: async (budget, cost) => {
      if (cost > capacityOf(budget)) return { allowed: false, retryAfterSeconds: secondsOf(budget) }
      // Whoever finds the lease emptied by others asks again; each time something is handed out, or it is refused.
      for (;;) {
        const local = takeLocally(budget, cost)
        if (local !== undefined) return local
        await refill({ ...options, leases }, budget, cost)
      }
    },
    giveBackLocally: (budget, cost) => {
      const lease = leases.get(idOf(budget))
      if (lease !== undefined) lease.left += cost
    },
    restHere: (budget) => {
      const lease = leases.get(idOf(budget))
      return lease === undefined || isOfThePast(lease, now()) ? 0 : lease.left
    },
    close: async () => {
      clearInterval(timer)
      await Promise.allSettled([...leases.values()].flatMap(({ refill: running }) => running ?? []))
      await returnUnused(() => true)
    },
  }
}

function takeFrom(lease: Lease, cost: number, nowMilliseconds: number): Leased | undefined {
  if (lease.left >= cost && isSoon(lease.expiresAtMilliseconds, nowMilliseconds)) {
    lease.left -= cost
    const resetSeconds = Math.max(0, Math.ceil((lease.resetsAtMilliseconds - nowMilliseconds) / 1000))
    return { allowed: true, remaining: Math.floor(lease.left + lease.beyond), resetSeconds }
  }
  if (cost < lease.refusedCost || !isSoon(lease.refusedUntilMilliseconds, nowMilliseconds)) return undefined
  return {
    allowed: false,
    retryAfterSeconds: Math.max(1, Math.ceil((lease.resetsAtMilliseconds - nowMilliseconds) / 1000)),
  }
}

/** Still to come, and not farther off than a lease lasts: else the clock was set back, and nothing is as it was said. */
function isSoon(untilMilliseconds: number, nowMilliseconds: number): boolean {
  const wait = untilMilliseconds - nowMilliseconds
  return wait > 0 && wait <= leaseMilliseconds
}

/** One refill of a lease at a time: whoever needs it waits for the same one. */
async function refill(
  parts: LeaseOptions & { readonly leases: Map<string, Lease> },
  budget: LeasedBudget,
  cost: number,
): Promise<void> {
  const { leases, now } = parts
  const id = idOf(budget)
  const lease = leases.get(id) ?? emptyLease(budget)
  if (!leases.has(id) && leases.size >= mostLeases) await giveBackOldest(parts)
  leases.set(id, lease)
  lease.demand += cost
  // Not at once: those who come in the same moment are counted first.
  lease.refill ??= Promise.resolve()
    .then(() => fill(parts.db, lease, { cost, now }))
    .finally(() => {
      lease.refill = undefined
      // Who came while the database was asked asks again if they got nothing; counted twice, the rest would be saved up.
      lease.demand = 0
    })
  await lease.refill
}

async function fill(
  db: Database,
  lease: Lease,
  { cost, now }: { cost: number; now: () => Date },
): Promise<void> {
  const { budget } = lease
  const filledAt = now()
  if (isOfThePast(lease, filledAt)) lease.left = 0
  // What is still there counts: a request now and then would otherwise save up far more than a share.
  const share = Math.min(1000, Math.floor(capacityOf(budget) / largestShare))
  const most = Math.max(lease.demand, Math.ceil(share - lease.left))
  const { taken, left, waitSeconds } =
    budget.kind === 'rate'
      ? await leaseFromBucket(db, budget, { least: cost, most })
      : await leaseFromQuota(db, budget, { least: cost, most, now: filledAt })
  const time = now().getTime()
  lease.left += taken
  lease.filledAt = filledAt
  lease.beyond = left
  lease.expiresAtMilliseconds = time + leaseMilliseconds
  lease.resetsAtMilliseconds = time + waitSeconds * 1000
  lease.refusedCost = cost
  lease.refusedUntilMilliseconds = taken > 0 ? 0 : time + refusalMilliseconds(waitSeconds)
}

/** A rest of a day or month that is over is worth nothing in the next. */
function isOfThePast({ budget, filledAt }: Lease, now: Date): boolean {
  return budget.kind === 'quota' && !isSamePeriod(budget.period, filledAt, now)
}

function refusalMilliseconds(waitSeconds: number): number {
  return Math.min(longestRefusalMilliseconds, Math.max(shortestRefusalMilliseconds, waitSeconds * 1000))
}

async function giveBackOldest({
  leases,
  db,
}: LeaseOptions & { readonly leases: Map<string, Lease> }): Promise<void> {
  const oldest = [...leases.values()]
    .slice(0, mostLeases / 10)
    .filter(({ refill: running }) => running === undefined)
  for (const lease of oldest) leases.delete(idOf(lease.budget))
  await giveBack(
    db,
    oldest.filter(({ left }) => left > 0),
  )
}

function emptyLease(budget: LeasedBudget): Lease {
  return {
    budget,
    left: 0,
    filledAt: new Date(0),
    beyond: 0,
    expiresAtMilliseconds: 0,
    resetsAtMilliseconds: 0,
    refusedCost: 0,
    refusedUntilMilliseconds: 0,
    demand: 0,
    refill: undefined,
  }
}

// A budget is the same value for as long as its key is remembered, and asked about with every request.
const ids = new WeakMap<LeasedBudget, string>()

/** A changed limit is another budget: nobody keeps what the old one allowed. */
function idOf(budget: LeasedBudget): string {
  const known = ids.get(budget)
  if (known !== undefined) return known
  const window = budget.kind === 'rate' ? `${budget.seconds}:${capacityOf(budget)}` : budget.period
  const id = `${budget.kind}:${budget.key}:${budget.requests}:${window}`
  ids.set(budget, id)
  return id
}

function secondsOf(budget: LeasedBudget): number {
  return budget.kind === 'rate' ? budget.seconds : 86400
}
