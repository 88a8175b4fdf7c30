import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { stateCondition } from './find.ts'
import { daysBefore, idleDays } from './hygiene.ts'

/** How many keys nobody used for 90 days, and how many never end. */
export interface Neglected {
  readonly idle: number
  readonly endless: number
}

/**
 * Counts over all keys there are, each up to a bound. Whoever was used last is known by the secrets alone, but for a key
 * whose used secret was replaced since: such a one is found page by page, and not counted here.
 */
export async function countNeglected(db: Database, now: Date, mostCounted: number): Promise<Neglected> {
  const idleSince = daysBefore(now, idleDays)
  const { rows } = await sql<Neglected>`select
    (select count(*)::int from (
      select from api_keys k where ${stateCondition('active', now)}
        and k.id in (select s.key_id from api_key_secrets s where s.last_used_at <= ${idleSince})
        and not exists (select from api_key_secrets s where s.key_id = k.id and s.last_used_at > ${idleSince})
        and not exists (select from api_key_usage u where u.key_id = k.id and u.hour > ${idleSince})
      limit ${mostCounted}) idle_keys) as idle,
    (select count(*)::int from (
      select from api_keys k where ${stateCondition('active', now)} and k.expires_at is null
      limit ${mostCounted}) endless_keys) as endless`.execute(db)
  return rows[0] ?? { idle: 0, endless: 0 }
}

/** How many living secrets of such keys are hashed with a pepper that is not there, or not the first. */
export interface UnderPeppers {
  readonly none: number
  readonly older: number
}

/** Counts them, each up to a bound. Where no pepper is known nothing can be said. */
export async function countUnderPeppers(
  db: Database,
  { peppers, mostCounted }: { readonly peppers: readonly string[]; readonly mostCounted: number },
  now: Date,
): Promise<UnderPeppers> {
  const [current, ...older] = peppers
  if (current === undefined) return { none: 0, older: 0 }
  const living = sql`api_key_secrets s join api_keys k on k.id = s.key_id
    where ${stateCondition('active', now)} and (s.expires_at is null or s.expires_at > ${now})`
  const { rows } = await sql<UnderPeppers>`select
    (select count(*)::int from (select from ${living} and s.pepper_id <> all(${peppers}::text[])
      limit ${mostCounted}) lost) as "none",
    (select count(*)::int from (select from ${living} and s.pepper_id = any(${older}::text[])
      limit ${mostCounted}) old) as older`.execute(db)
  return rows[0] ?? { none: 0, older: 0 }
}
