import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'

// A full bucket and one that is not there mean the same. Rows somebody is taking from are left for the next time.
const deleteFull = statement<{ deleted: number }>(
  'limits_sweep',
  `with full_buckets as materialized (
    select key from limit_buckets where full_at <= clock_timestamp()
    order by full_at limit $1 for update skip locked
  ),
  gone as (delete from limit_buckets using full_buckets where limit_buckets.key = full_buckets.key returning 1)
  select count(*) as deleted from gone`,
)

/** Deletes at most `limit` buckets that are full again, and says how many. Any instance may do so at any time. */
export async function sweep(db: Database, limit: number): Promise<number> {
  const [row] = await run(db, deleteFull, [limit])
  return row?.deleted ?? 0
}
