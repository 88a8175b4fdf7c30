/**
 * Looking at limits without spending anything: the leases of this instance first, as they are when somebody asks, then
 * the rows they are filled from.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { bucketOf, periodOf } from './lease-statements.ts'
import type { Leased, LeasedBudget, Leases } from './leases.ts'

/** Leases that say what would come of a request, and take nothing. */
export type PeekingLeases = Pick<Leases, 'take' | 'takeLocally' | 'giveBackLocally'>

/** Looks through the leases of this instance at what there is. */
export function peekAt(db: Database, leases: PeekingLeases, now: () => Date): PeekingLeases {
  const takeLocally = (budget: LeasedBudget, cost: number): Leased | undefined => {
    const leased = leases.takeLocally(budget, cost)
    // In the same turn: nobody else can have seen it gone.
    if (leased?.allowed === true) leases.giveBackLocally(budget, cost)
    return leased
  }
  return {
    takeLocally,
    take: async (budget, cost) => {
      if (cost > budget.requests) return leases.take(budget, cost)
      const local = takeLocally(budget, cost)
      if (local !== undefined) return local
      return budget.kind === 'rate'
        ? peekBucket(db, budget, cost)
        : peekQuota(db, budget, { cost, now: now() })
    },
    // Nothing was taken.
    giveBackLocally: () => {},
  }
}

async function peekBucket(
  db: Database,
  budget: Extract<LeasedBudget, { readonly kind: 'rate' }>,
  cost: number,
): Promise<Leased> {
  const refillPerSecond = budget.requests / budget.seconds
  const { rows } = await sql<{ tokens: number }>`
    select least(${budget.requests}::float8, tokens
      + greatest(0, extract(epoch from clock_timestamp() - updated_at))::float8 * ${refillPerSecond}::float8) as tokens
    from limit_buckets where key = ${bucketOf(budget)}`.execute(db)
  const left = rows[0]?.tokens ?? budget.requests
  const missing = Math.floor(left) >= cost ? budget.requests - left + cost : cost - left
  return leasedOf({ left: Math.floor(left), cost, waitSeconds: missing / refillPerSecond })
}

async function peekQuota(
  db: Database,
  budget: Extract<LeasedBudget, { readonly kind: 'quota' }>,
  { cost, now }: { readonly cost: number; readonly now: Date },
): Promise<Leased> {
  const { startsAt, endsAt } = periodOf(budget.period, now)
  const counter = await db
    .selectFrom('quotaCounters')
    .select('taken')
    .where('key', '=', bucketOf(budget))
    .where('periodStartsAt', '=', startsAt)
    .executeTakeFirst()
  const left = Math.max(0, budget.requests - (counter?.taken ?? 0))
  return leasedOf({ left, cost, waitSeconds: (endsAt.getTime() - now.getTime()) / 1000 })
}

function leasedOf(found: {
  readonly left: number
  readonly cost: number
  readonly waitSeconds: number
}): Leased {
  const { left, cost, waitSeconds } = found
  return left >= cost
    ? { allowed: true, remaining: left - cost, resetSeconds: Math.max(0, Math.ceil(waitSeconds)) }
    : { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
}
