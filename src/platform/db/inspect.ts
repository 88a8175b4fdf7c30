import { sql } from 'kysely'
import type { Database } from './open.ts'

/** What a database says of itself, for people who set it up. */
export interface DatabaseFacts {
  readonly majorVersion: number
  /** Whether the role that the server uses may do anything at all. */
  readonly isSuperuser: boolean
  readonly isEncrypted: boolean
  readonly isReplica: boolean
  readonly maxConnections: number
  /** How far its clock is ahead of `now`; negative if it is behind. */
  readonly clockAheadSeconds: number
  readonly syncedCommits: boolean
}

/** Looks at the database this connection leads to. */
export async function inspectDatabase(db: Database, now: () => Date): Promise<DatabaseFacts> {
  const before = now().getTime()
  const { rows } = await sql<Omit<DatabaseFacts, 'clockAheadSeconds'> & { readonly clock: Date }>`
    select current_setting('server_version_num')::int / 10000 as major_version,
      (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as is_encrypted,
      pg_is_in_recovery() as is_replica, current_setting('max_connections')::int as max_connections,
      current_setting('synchronous_commit') <> 'off' and current_setting('fsync') = 'on' as synced_commits,
      clock_timestamp() as clock`.execute(db)
  const [facts] = rows
  if (facts === undefined) throw new Error('a row without a table has no row')
  const { clock, ...rest } = facts
  // Half of the way there and back belongs to each clock.
  return { ...rest, clockAheadSeconds: (clock.getTime() - (before + now().getTime()) / 2) / 1000 }
}
