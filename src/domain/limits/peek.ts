/**
 * Looking at limits without spending anything: the leases of this instance first, as they are when somebody asks, then
 * the rows they are filled from.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { bucketOf, capacityOf, periodOf } from './lease-statements.ts'
import type { Leased, LeasedBudget, Leases } from './leases.ts'

/** Leases that say what would come of a request, and take nothing. */
export type PeekingLeases = Pick<Leases, 'take' | 'takeLocally' | 'giveBackLocally'>

/** Looks through the leases of this instance at what there is. */
export function peekAt(
  db: Database,
  leases: PeekingLeases & Pick<Leases, 'restHere'>,
  now: () => Date,
): PeekingLeases {
  const takeLocally = (budget: LeasedBudget, cost: number): Leased | undefined => {
    const leased = leases.takeLocally(budget, cost)
    // In the same turn: nobody else can have seen it gone.
    if (leased?.allowed === true) leases.giveBackLocally(budget, cost)
    return leased
  }
  return {
    takeLocally,
    take: async (budget, cost) => {
      if (cost > capacityOf(budget)) return leases.take(budget, cost)
      const local = takeLocally(budget, cost)
      if (local !== undefined) return local
      const there =
        budget.kind === 'rate' ? await peekBucket(db, budget, cost) : await peekQuota(db, budget, now())
      return leasedOf(there, { cost, here: leases.restHere(budget) })
    },
    // Nothing was taken.
    giveBackLocally: () => {},
  }
}

/** What a budget's row holds, and how long until there is what is asked for. */
interface There {
  readonly left: number
  readonly waitSeconds: number
}

async function peekBucket(
  db: Database,
  budget: Extract<LeasedBudget, { readonly kind: 'rate' }>,
  cost: number,
): Promise<There> {
  const refillPerSecond = budget.requests / budget.seconds
  const capacity = capacityOf(budget)
  const { rows } = await sql<{ tokens: number }>`
    select least(${capacity}::float8, tokens
      + greatest(0, extract(epoch from clock_timestamp() - updated_at))::float8 * ${refillPerSecond}::float8) as tokens
    from limit_buckets where key = ${bucketOf(budget)}`.execute(db)
  const left = rows[0]?.tokens ?? capacity
  const missing = Math.floor(left) >= cost ? capacity - left + cost : cost - left
  return { left: Math.floor(left), waitSeconds: missing / refillPerSecond }
}

async function peekQuota(
  db: Database,
  budget: Extract<LeasedBudget, { readonly kind: 'quota' }>,
  now: Date,
): Promise<There> {
  const { startsAt, endsAt } = periodOf(budget.period, now)
  const counter = await db
    .selectFrom('quotaCounters')
    .select('taken')
    .where('key', '=', bucketOf(budget))
    .where('periodStartsAt', '=', startsAt)
    .executeTakeFirst()
  const left = Math.max(0, budget.requests - (counter?.taken ?? 0))
  return { left, waitSeconds: (endsAt.getTime() - now.getTime()) / 1000 }
}

/** A refill takes all of a cost from the row or nothing, and what lies here may be enough by itself. */
function leasedOf(
  { left, waitSeconds }: There,
  { cost, here }: { readonly cost: number; readonly here: number },
): Leased {
  return left >= cost || here >= cost
    ? {
        allowed: true,
        remaining: Math.floor(left + here) - cost,
        resetSeconds: Math.max(0, Math.ceil(waitSeconds)),
      }
    : { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
}
