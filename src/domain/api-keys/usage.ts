/**
 * How keys are used: counts by hour and outcome, the last use of each secret, the scopes that were exercised.
 * A request writes nothing. Uses are added up in memory and written in one statement every few seconds and on close: a
 * process that dies loses at most what it counted since then. Counts of several instances are added, never replaced.
 * If the answer to a write is lost after it took place, its counts are written again: usage is evidence, not a bill.
 */
import { retryOnConflict } from '../../platform/db/failures.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { add, countsOf, putBack } from './usage-counts.ts'
import type { Counts, KeyUse } from './usage-counts.ts'

/** Counts uses, and writes them now and then. */
export interface UsageRecorder {
  /** Costs a few look-ups in memory, and never throws. */
  readonly record: (use: KeyUse) => void
  /** Writes what was counted; rejects if that failed, and keeps the counts. */
  readonly flush: () => Promise<void>
  /** Stops the timer and writes once more. */
  readonly close: () => Promise<void>
  /** Uses that found no room since the start, because the database has been away for long. */
  readonly droppedUses: () => number
}

/** What a recorder needs. */
export interface UsageRecorderParts {
  readonly db: Database
  readonly flushSeconds: number
  /** Told when a write fails; the counts are kept and written with the next. */
  readonly onError?: (error: unknown) => void
  /** How many keys are counted at once; uses of further keys are dropped until the next write. */
  readonly mostKeys?: number
}

const defaultMostKeys = 50_000
// One statement writes this many keys, so that it stays far from the statement's time limit.
const keysPerStatement = 2000
const longestText = 400

// Keys that were deleted meanwhile are left out, and cannot be deleted while their counts are written: deleting one deletes its
// secrets, whose rows are held. `(… in (…)) is true` is answered from a hash table; a join would be planned for as many keys as the
// planner guesses that an array holds, and compare each of thousands with each.
// $1 keys; $2-$5 counts; $6-$9 scopes; $10-$14 last uses.
const writeUsage = statement(
  'api_key_usage_write',
  `with present as materialized (
    select key_id from api_key_secrets where key_id = any($1::text[]) order by key_id, slot for no key update
  ), counted as (
    insert into api_key_usage as u (key_id, hour, outcome, verifications)
    select c.key_id, to_timestamp(c.hour), c.outcome, c.verifications
    from unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[]) as c (key_id, hour, outcome, verifications)
    where (c.key_id in (select key_id from present)) is true order by 1, 2, 3
    on conflict (key_id, hour, outcome) do update set verifications = u.verifications + excluded.verifications
  ), exercised as (
    insert into api_key_scope_usage as u (key_id, scope, first_used_at, last_used_at)
    select c.key_id, c.scope, c.first_used_at, c.last_used_at
    from unnest($6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
      as c (key_id, scope, first_used_at, last_used_at)
    where (c.key_id in (select key_id from present)) is true order by 1, 2
    on conflict (key_id, scope) do update set first_used_at = least(u.first_used_at, excluded.first_used_at),
      last_used_at = greatest(u.last_used_at, excluded.last_used_at)
  )
  update api_key_secrets s set last_used_at = c.used_at, last_used_address = c.address, last_used_user_agent = c.user_agent
  from unnest($10::text[], $11::smallint[], $12::timestamptz[], $13::text[], $14::text[])
    as c (key_id, slot, used_at, address, user_agent)
  where s.key_id = c.key_id and s.slot = c.slot and (c.key_id in (select key_id from present)) is true
    and c.used_at > coalesce(s.last_used_at, '-infinity') and c.used_at >= s.created_at`,
)

/** A recorder; close it before the database. */
export function createUsageRecorder(parts: UsageRecorderParts): UsageRecorder {
  const { flushSeconds, onError = () => {}, mostKeys = defaultMostKeys } = parts
  let counted = new Map<string, Counts>()
  let dropped = 0
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const taken = [...counted]
    counted = new Map()
    for (let at = 0; at < taken.length; at += keysPerStatement) {
      try {
        const values = valuesOf(taken.slice(at, at + keysPerStatement))
        await retryOnConflict(() => run(parts.db, writeUsage, values))
      } catch (error) {
        dropped += putBack(counted, taken.slice(at), mostKeys)
        throw error
      }
    }
  }
  const flush = (): Promise<void> => {
    // One after the other, so that counts are put back before the next write takes them.
    const next = writing.catch(() => {}).then(write)
    writing = next
    return next
  }
  const timer = setInterval(() => void flush().catch(onError), flushSeconds * 1000)
  timer.unref()

  return {
    record: (use) => {
      const counts = countsOf(counted, use.keyId, mostKeys)
      if (counts === undefined) dropped += 1
      else add(counts, use)
    },
    flush,
    close: async () => {
      clearInterval(timer)
      await flush().catch(onError)
    },
    droppedUses: () => dropped,
  }
}

function valuesOf(taken: readonly [string, Counts][]): unknown[] {
  const counts = taken.flatMap(([keyId, { hours }]) =>
    [...hours].flatMap(([hour, outcomes]) =>
      [...outcomes].map(([outcome, number]) => [keyId, hour * 3600, outcome, number] as const),
    ),
  )
  const scopes = taken.flatMap(([keyId, counted]) =>
    [...counted.scopes].map(([scope, { first, last }]) => [keyId, scope, first, last] as const),
  )
  const lastUses = taken.flatMap(([keyId, counted]) =>
    [...counted.lastUses].map(
      ([slot, use]) => [keyId, slot, use.at, storable(use.address), storable(use.userAgent)] as const,
    ),
  )
  return [
    taken.map(([keyId]) => keyId),
    ...columns(counts, 4),
    ...columns(scopes, 4),
    ...columns(lastUses, 5),
  ]
}

function columns(rows: readonly (readonly unknown[])[], number: number): unknown[][] {
  return Array.from({ length: number }, (_, at) => rows.map((row) => row[at]))
}

// PostgreSQL keeps neither NUL nor half a surrogate pair, and one such text must not hold up everybody's counts.
function storable(text: string | undefined): string | null {
  return text?.slice(0, longestText).toWellFormed().replaceAll('\u0000', '\uFFFD') ?? null
}
