import { sha256 } from '../../platform/crypto/digest.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Budget } from './budgets.ts'

/** Whose bucket of which budget. The key may be anything somebody sent: it is hashed. */
export interface Bucket {
  readonly budget: Budget
  readonly key: string
}

/** Whether it was taken. A refused one spent nothing. */
export type Taken =
  | { readonly allowed: true; readonly remaining: number }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

// One statement, so that parallel takes are decided one after another by the lock on the row, on the newest row and not
// on what was visible when the statement began. The clock is the database's, is read once, and never runs backwards.
// $1 key, $2 capacity, $3 refill per second, $4 cost. The last part tells a refused one how much was there.
const takeTokens = statement<{ allowed: boolean; tokens: number }>(
  'limits_take',
  `with moment as materialized (select clock_timestamp() as at),
  taken as (
    insert into limit_buckets as bucket (key, tokens, updated_at, full_at)
    select $1, $2::float8 - $4::float8, at, at + make_interval(secs => $4::float8 / $3::float8) from moment
    on conflict (key) do update set
      tokens = ${refilled('excluded.updated_at')} - $4::float8,
      updated_at = greatest(bucket.updated_at, excluded.updated_at),
      full_at = greatest(bucket.updated_at, excluded.updated_at)
        + make_interval(secs => ($2::float8 - ${refilled('excluded.updated_at')} + $4::float8) / $3::float8)
    where ${refilled('excluded.updated_at')} >= $4::float8
    returning bucket.tokens
  )
  select true as allowed, tokens from taken
  union all
  select false, ${refilled('moment.at')} from limit_buckets as bucket, moment
    where bucket.key = $1 and not exists (select from taken)`,
)

const refundTokens = statement(
  'limits_refund',
  `update limit_buckets as bucket set
    tokens = least($2::float8, tokens + $4::float8),
    full_at = updated_at + make_interval(secs => ($2::float8 - least($2::float8, tokens + $4::float8)) / $3::float8)
  where key = $1`,
)

/**
 * Takes from a bucket, or says when to come back. Give it the pool: inside a transaction that is rolled back the
 * attempt would not have been counted, and until its end everybody else would wait for the bucket.
 */
export async function take(
  db: Database,
  { budget, key, cost = 1 }: Bucket & { readonly cost?: number },
): Promise<Taken> {
  if (!(cost > 0 && cost <= budget.capacity)) throw new RangeError(`${budget.name} can never give ${cost}`)
  try {
    const [answer] = await run(db, takeTokens, valuesOf({ budget, key }, cost))
    if (answer?.allowed === true) return { allowed: true, remaining: Math.floor(answer.tokens) }
    // A bucket made in this very moment is not seen by the last part; then the wait is that for the whole cost.
    return { allowed: false, retryAfterSeconds: waitFor(budget, cost - (answer?.tokens ?? 0)) }
  } catch (error) {
    if (budget.whenUnavailable === 'allow' && isDatabaseUnavailable(error))
      return { allowed: true, remaining: 0 }
    throw error
  }
}

/** Gives back what was taken for something that succeeded. Never more than the bucket holds. */
export async function refund(
  db: Database,
  { budget, key, cost = 1 }: Bucket & { readonly cost?: number },
): Promise<void> {
  await run(db, refundTokens, valuesOf({ budget, key }, cost))
}

/** Does what was taken for. Where the server was too busy to do it, nothing is spent. */
export async function refundIfBusy<T>(db: Database, bucket: Bucket, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal && error.code === 'temporarily_unavailable') await refund(db, bucket)
    throw error
  }
}

/** What a bucket holds now, by the expression for now. */
function refilled(at: string): string {
  return `least($2::float8, bucket.tokens
    + greatest(0, extract(epoch from ${at} - bucket.updated_at))::float8 * $3::float8)`
}

function valuesOf({ budget, key }: Bucket, cost: number): readonly unknown[] {
  return [bucketKey(budget.name, key), budget.capacity, budget.refillPerSecond, cost]
}

/** 128 bits of a digest: a row has the same small size whatever was sent, and tells nobody's login or address. */
export function bucketKey(name: string, key: string): string {
  return `${name}:${sha256(key).toString('base64url', 0, 16)}`
}

/** Whole seconds until so much is there. */
export function waitFor({ refillPerSecond }: Budget, missing: number): number {
  return Math.max(1, Math.ceil(missing / refillPerSecond))
}
