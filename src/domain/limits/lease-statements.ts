import { sql } from 'kysely'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import type { LeasedBudget } from './leases.ts'

/** What a statement handed out: `taken` of it now, `left` beyond that, and how long until there is what was asked for. */
export interface Handed {
  readonly taken: number
  readonly left: number
  readonly waitSeconds: number
}

type RateBudget = Extract<LeasedBudget, { readonly kind: 'rate' }>
type QuotaBudget = Extract<LeasedBudget, { readonly kind: 'quota' }>

// $1 key, $2 capacity, $3 refill per second, $4 least, $5 most. As much as there is, if it is enough. The row's lock
// decides between instances; the clock is the database's, read once, and never runs backwards.
const refilled = `least($2::float8, bucket.tokens
  + greatest(0, extract(epoch from excluded.updated_at - bucket.updated_at))::float8 * $3::float8)`
const leaseTokens = statement<{ taken: number; left: number }>(
  'limits_lease',
  `with moment as materialized (select clock_timestamp() as at),
   handed as (
     insert into limit_buckets as bucket (key, tokens, handed, updated_at, full_at)
     select $1, $2::float8 - least($5::float8, $2::float8), least($5::float8, $2::float8), at,
       at + make_interval(secs => least($5::float8, $2::float8) / $3::float8) from moment
     on conflict (key) do update set
       tokens = ${refilled} - least($5::float8, floor(${refilled})),
       handed = least($5::float8, floor(${refilled})),
       updated_at = greatest(bucket.updated_at, excluded.updated_at),
       full_at = greatest(bucket.updated_at, excluded.updated_at) + make_interval(secs =>
         ($2::float8 - ${refilled} + least($5::float8, floor(${refilled}))) / $3::float8)
     where floor(${refilled}) >= $4::float8
     returning bucket.handed as taken, bucket.tokens as "left"
   )
   select taken, "left" from handed
   union all
   select 0, least($2::float8,
     bucket.tokens + greatest(0, extract(epoch from moment.at - bucket.updated_at))::float8 * $3::float8)
   from limit_buckets as bucket, moment where bucket.key = $1 and not exists (select from handed)`,
)

/** Leases from a bucket that refills. */
export async function leaseFromBucket(
  db: Database,
  budget: RateBudget,
  { least, most }: { readonly least: number; readonly most: number },
): Promise<Handed> {
  const refillPerSecond = budget.requests / budget.seconds
  const capacity = capacityOf(budget)
  const values = [bucketOf(budget), capacity, refillPerSecond, least, most]
  const [row] = await run(db, leaseTokens, values)
  const { taken, left } = row ?? { taken: 0, left: 0 }
  const missing = taken > 0 ? capacity - left : least - left
  return { taken, left: Math.max(0, left), waitSeconds: Math.max(0, missing) / refillPerSecond }
}

// $1 key, $2 and $3 the period, $4 the quota, $5 least, $6 most.
const leaseQuota = statement<{ taken: number; left: number }>(
  'limits_lease_quota',
  `with handed as (
     insert into quota_counters as counter (key, period_starts_at, period_ends_at, taken, handed)
     values ($1, $2, $3, least($6::bigint, $4::bigint), least($6::bigint, $4::bigint))
     on conflict (key, period_starts_at) do update set
       taken = counter.taken + least($6::bigint, $4::bigint - counter.taken),
       handed = least($6::bigint, $4::bigint - counter.taken)
     where $4::bigint - counter.taken >= $5::bigint
     returning counter.handed as taken, $4::bigint - counter.taken as "left"
   )
   select taken, "left" from handed
   union all
   select 0, greatest(0, $4::bigint - counter.taken) from quota_counters as counter
   where counter.key = $1 and counter.period_starts_at = $2 and not exists (select from handed)`,
)

/** Leases from a calendar quota. */
export async function leaseFromQuota(
  db: Database,
  budget: QuotaBudget,
  { least, most, now }: { readonly least: number; readonly most: number; readonly now: Date },
): Promise<Handed> {
  const { startsAt, endsAt } = periodOf(budget.period, now)
  const [row] = await run(db, leaseQuota, [bucketOf(budget), startsAt, endsAt, budget.requests, least, most])
  const waitSeconds = Math.max(1, (endsAt.getTime() - now.getTime()) / 1000)
  return { taken: row?.taken ?? 0, left: row?.left ?? 0, waitSeconds }
}

/** The calendar day or month, in UTC, that a moment is in. */
export function periodOf(
  period: 'day' | 'month',
  now: Date,
): { readonly startsAt: Date; readonly endsAt: Date } {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  return period === 'day'
    ? { startsAt: new Date(Date.UTC(year, month, day)), endsAt: new Date(Date.UTC(year, month, day + 1)) }
    : { startsAt: new Date(Date.UTC(year, month)), endsAt: new Date(Date.UTC(year, month + 1)) }
}

/** True for two moments of the same calendar day or month. */
export function isSamePeriod(period: 'day' | 'month', left: Date, right: Date): boolean {
  return periodOf(period, left).startsAt.getTime() === periodOf(period, right).startsAt.getTime()
}

/** The most that may be taken in one go. */
export function capacityOf(budget: LeasedBudget): number {
  return budget.kind === 'rate' ? (budget.burst ?? budget.requests) : budget.requests
}

/** Gives back what leases did not use, to the period that it was taken from and to no later one. */
export async function giveBack(
  db: Database,
  leases: readonly { readonly budget: LeasedBudget; readonly left: number; readonly filledAt: Date }[],
): Promise<void> {
  for (const { budget, left, filledAt } of leases) {
    if (budget.kind === 'rate') {
      await sql`update limit_buckets set tokens = least(${capacityOf(budget)}::float8, tokens + ${left}::float8)
        where key = ${bucketOf(budget)}`.execute(db)
    } else {
      const { startsAt } = periodOf(budget.period, filledAt)
      await sql`update quota_counters set taken = greatest(0, taken - ${left}::bigint)
        where key = ${bucketOf(budget)} and period_starts_at = ${startsAt}`.execute(db)
    }
  }
}

/** The name of a budget's row. */
export function bucketOf(budget: LeasedBudget): string {
  if (budget.kind === 'quota') return `quota:${budget.key}`
  const { key, requests, seconds, burst } = budget
  return `lease:${key}:${requests}/${seconds}${burst === undefined ? '' : `/${burst}`}`
}
