/**
 * Which instances have heard of a change. Each keeps one connection that listens (changes.ts) and asks it for a sign of
 * life several times a second. PostgreSQL hands a session everything that was committed before its question together with
 * the answer, so an instance whose last question was asked after a change and has been answered was told of the change.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './open.ts'

/** How many instances listen, how many of them were told, and how long that took. */
export interface Hearing {
  readonly listening: number
  readonly heard: number
  readonly milliseconds: number
}

/** What the connections of `changes.ts` are called at the server. */
export const listenerName = 'latchkey changes'

const askAgainMilliseconds = 40

/** Waits until every instance that listens has heard of what was committed before this call, or the time is over. */
export async function awaitListeners(
  db: Database,
  { withinMilliseconds = 1000 }: { readonly withinMilliseconds?: number } = {},
): Promise<Hearing> {
  const began = performance.now()
  // By the clock of the database, with which it notes when a session was asked.
  const { rows } = await sql<{ since: string }>`select clock_timestamp()::text as since`.execute(db)
  const since = rows[0]?.since ?? 'infinity'
  for (;;) {
    const { listening, heard } = await look(db, since)
    const milliseconds = Math.round(performance.now() - began)
    if (heard === listening || milliseconds >= withinMilliseconds) return { listening, heard, milliseconds }
    await delay(askAgainMilliseconds)
  }
}

/** A session that the role may not look into has neither a time nor a state, and counts as one that has not heard. */
async function look(db: Database, since: string): Promise<{ listening: number; heard: number }> {
  const { rows } = await sql<{ listening: number; heard: number }>`
    select count(*)::int as listening,
      (count(*) filter (where query_start > ${since}::timestamptz and state = 'idle'))::int as heard
    from pg_stat_activity where datname = current_database() and application_name = ${listenerName}`.execute(
    db,
  )
  return rows[0] ?? { listening: 0, heard: 0 }
}

/** An instance that listens: since when, and from where it came to the database. */
export interface Listener {
  readonly since: Date
  readonly address: string | undefined
}

/** The instances that listen right now, the oldest first. A process is one of them. */
export async function listListeners(db: Database): Promise<readonly Listener[]> {
  const { rows } = await sql<{ since: Date | null; address: string | null }>`
    select backend_start as since, host(client_addr) as address from pg_stat_activity
    where datname = current_database() and application_name = ${listenerName} order by backend_start`.execute(
    db,
  )
  return rows.flatMap(({ since, address }) =>
    since === null ? [] : [{ since, address: address ?? undefined }],
  )
}
