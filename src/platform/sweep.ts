import { sql } from 'kysely'
import type { Database } from './db/open.ts'

/**
 * What is swept, and the column that says when a row is of no use any more. A bucket that is full again says no more
 * than one that is not there. What is not in this list is never deleted by time.
 */
export const sweptColumns = {
  oidc_artifacts: 'expires_at',
  device_codes: 'expires_at',
  oidc_sessions: 'expires_at',
  oidc_grants: 'expires_at',
  revoked_tokens: 'expires_at',
  one_time_links: 'expires_at',
  browser_accounts: 'expires_at',
  limit_buckets: 'full_at',
  devices: 'expires_at',
  password_attempts: 'expires_at',
  idempotent_requests: 'expires_at',
  quota_counters: 'period_ends_at',
  web_sign_ins: 'expires_at',
  web_sessions: 'expires_at',
  passkey_challenges: 'expires_at',
  totp_enrolments: 'expires_at',
  expiry_reminders: 'ends_at',
  api_key_usage: 'hour',
  activity_hours: 'hour',
} as const

/** A table whose rows expire. */
export type SweptTable = keyof typeof sweptColumns

const sweptTables = Object.keys(sweptColumns).filter((name): name is SweptTable => name in sweptColumns)

/** How much is deleted at a time, and how long rows stay past their end. */
export interface SweepOptions {
  readonly table: SweptTable
  /** At most 1000: a small batch holds its row locks for some milliseconds only. */
  readonly batchSize: number
  readonly graceSeconds: number
  readonly signal?: AbortSignal
}

const maxBatchSize = 1000
const graceSeconds = 60

/** What sweeping everything needs: how long counts of the use of keys are kept. */
export interface SweepRules {
  readonly keyUsageRetentionSeconds: number
  readonly signal?: AbortSignal
}

/** Sweeps all tables whose rows expire; returns how many rows were deleted, by table. */
export async function sweepAll(
  db: Database,
  { keyUsageRetentionSeconds, signal }: SweepRules,
  now: Date,
): Promise<Readonly<Record<string, number>>> {
  const deleted: Record<string, number> = {}
  for (const table of sweptTables) {
    const grace = sweptColumns[table] === 'hour' ? keyUsageRetentionSeconds : graceSeconds
    const options = { table, batchSize: maxBatchSize, graceSeconds: grace, ...(signal && { signal }) }
    deleted[table] = await sweepExpired(db, options, now)
  }
  return deleted
}

/**
 * Deletes the rows that expired more than the grace ago, batch by batch, each in a statement of its own, until none is
 * left or the signal aborts; returns how many. Rows that somebody has locked wait for the next sweep. A row is only
 * expired if the database's clock says so as well: an instance whose clock is ahead deletes nothing that is alive.
 */
export async function sweepExpired(db: Database, options: SweepOptions, now: Date): Promise<number> {
  const batchSize = Math.min(options.batchSize, maxBatchSize)
  const before = new Date(now.getTime() - options.graceSeconds * 1000)
  let total = 0
  let from = '-infinity'
  while (options.signal?.aborted !== true) {
    const batch = await deleteBatch(db, { ...options, batchSize, before, from })
    total += batch.deleted
    if (batch.found < batchSize) break
    from = batch.lastAt ?? from
  }
  return total
}

interface Batch {
  readonly found: number
  readonly deleted: number
  readonly lastAt: string | null
}

/**
 * `from` is where the last batch ended: without it every batch would walk again over the index entries of all rows
 * deleted before it. The text keeps the microseconds that a Date would lose.
 */
async function deleteBatch(
  db: Database,
  options: SweepOptions & { readonly before: Date; readonly from: string },
): Promise<Batch> {
  const table = sql.table(options.table)
  const column = sql.ref(sweptColumns[options.table])
  const { rows } = await sql<Batch>`
    with doomed as materialized (
      select ctid as place, ${column} as ended_at from ${table}
      where ${column} >= ${options.from}::timestamptz
        and ${column} < least(${options.before}::timestamptz, now() - make_interval(secs => ${options.graceSeconds}))
      order by ${column} limit ${options.batchSize}
      for update skip locked
    ), deleted as (
      delete from ${table} where ctid = any (array(select place from doomed)) returning 1
    )
    select (select count(*) from doomed) as found, (select count(*) from deleted) as deleted,
      (select max(ended_at) from doomed)::text as last_at`.execute(db)
  const [batch] = rows
  if (batch === undefined) throw new Error('a count has no row')
  return batch
}
