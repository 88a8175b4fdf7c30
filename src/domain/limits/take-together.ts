import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { bucketKey, waitFor } from './take.ts'
import type { Bucket } from './take.ts'

/** Whether each of several buckets gave one. If one refused, none has spent anything. */
export type TakenTogether =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number; readonly refusedBy: Bucket }

// $1 keys, $2 capacities, $3 refills per second
const takeAll = statement<{ refused: number; held: number | null }>(
  'limits_take_together',
  'select refused, held from take_limits($1, $2, $3)',
)

// Locked in their order, as they are taken.
const refundAll = statement(
  'limits_refund_together',
  `update limit_buckets as bucket set
    tokens = least(capacity, tokens + 1),
    full_at = updated_at + make_interval(secs => (capacity - least(capacity, tokens + 1)) / refill)
  from (
    select key, capacity, refill
    from unnest($1::text[], $2::float8[], $3::float8[]) with ordinality as wanted(key, capacity, refill, place)
    join limit_buckets as locked using (key) order by place for update of locked
  ) as given
  where bucket.key = given.key`,
)

/**
 * Takes one from each bucket, or nothing from any, in one statement. Whoever takes from the same buckets names them in the same
 * order, the widest first: then nobody waits for somebody who waits for them. As `take` it wants the pool.
 */
export async function takeTogether(db: Database, buckets: readonly Bucket[]): Promise<TakenTogether> {
  const [refusal] = await run(db, takeAll, valuesOf(buckets))
  const refusedBy = refusal && buckets[refusal.refused - 1]
  if (refusedBy === undefined) return { allowed: true }
  // A bucket that was made in this very moment is not seen by the look at it; then the wait is that for a whole one.
  const retryAfterSeconds = waitFor(refusedBy.budget, 1 - (refusal?.held ?? 0))
  return { allowed: false, retryAfterSeconds, refusedBy }
}

/** Gives one back to each. Never more than a bucket holds. */
export async function refundTogether(db: Database, buckets: readonly Bucket[]): Promise<void> {
  await run(db, refundAll, valuesOf(buckets))
}

function valuesOf(buckets: readonly Bucket[]): readonly unknown[] {
  return [
    buckets.map(({ budget, key }) => bucketKey(budget.name, key)),
    buckets.map(({ budget }) => budget.capacity),
    buckets.map(({ budget }) => budget.refillPerSecond),
  ]
}
