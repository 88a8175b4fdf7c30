import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { HourOfUse, TimeSpan } from './usage-reports.ts'

/** A key and how often it was verified. */
export interface BusyKey {
  readonly id: string
  readonly name: string
  readonly verifications: number
  /** How many of these were refused. */
  readonly denied: number
}

/** How all keys together were used in a span of time, by hour and outcome, the oldest first. */
export async function overallUsage(db: Database, { from, to }: TimeSpan): Promise<readonly HourOfUse[]> {
  const { rows } = await sql<HourOfUse>`select hour, outcome, sum(verifications)::bigint as verifications
    from api_key_usage where hour >= ${from} and hour < ${to}
    group by hour, outcome order by hour, outcome`.execute(db)
  return rows
}

/** The keys that were verified most in a span of time. */
export async function busiestKeys(
  db: Database,
  { from, to, limit }: TimeSpan & { readonly limit: number },
): Promise<readonly BusyKey[]> {
  const { rows } = await sql<BusyKey>`select k.id, k.name, busy.verifications, busy.denied from (
      select key_id, sum(verifications)::bigint as verifications,
        coalesce(sum(verifications) filter (where outcome <> 'allowed'), 0)::bigint as denied
      from api_key_usage
      where hour >= ${from} and hour < ${to} group by key_id
      order by sum(verifications) desc, key_id limit ${limit}
    ) busy join api_keys k on k.id = busy.key_id order by busy.verifications desc, k.id`.execute(db)
  return rows
}
