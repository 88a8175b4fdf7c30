/**
 * Lets sessions end as lifetimes say that have become shorter since they began. Everything that hangs on a session looks at
 * its end and nowhere else, so the end itself is moved.
 */
import type { SessionLifetimes } from '../domain/web-sessions/web-sessions.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'

// A small batch holds its row locks for some milliseconds only.
const batchSize = 1000

// One that is over is deleted, which tells every cache as all deletions do; of the others they are told here.
interface Part {
  readonly last: Buffer
}

const shortenPart = statement<Part>(
  'sessions_shorten',
  `with part as (
     select id_hash, uid, least(
       to_timestamp((payload ->> 'loginTs')::float8) + make_interval(secs => $2::float8),
       updated_at + make_interval(secs => $1::float8)) as until
     from oidc_sessions where id_hash > $3 order by id_hash limit ${batchSize}
   ), ended as (
     delete from oidc_sessions session using part
     where session.id_hash = part.id_hash and part.until <= now() and session.expires_at > now()
   ), shortened as (
     update oidc_sessions session set expires_at = part.until,
       payload = payload || jsonb_build_object('exp', floor(extract(epoch from part.until)))
     from part where session.id_hash = part.id_hash and part.until > now() and part.until < session.expires_at
     returning pg_notify('latchkey_changes', json_build_object('kind', 'session', 'id', session.uid)::text)
   )
   select id_hash as last, (select count(*) from shortened) as shortened from part order by id_hash desc limit 1`,
)

/** Goes through all sessions; ends early when the signal aborts. */
export async function shortenSessions(
  db: Database,
  { idleSeconds, lifetimeSeconds }: SessionLifetimes,
  signal: AbortSignal,
): Promise<void> {
  let last: Buffer | undefined = Buffer.alloc(0)
  while (last !== undefined && !signal.aborted) {
    const parts: readonly Part[] = await run(db, shortenPart, [idleSeconds, lifetimeSeconds, last])
    last = parts[0]?.last
  }
}

/** Shortens sessions whenever lifetimes are others than the last time, and the first time it is asked. */
export function createSessionShortening(
  db: Database,
  lifetimes: () => SessionLifetimes,
): (signal: AbortSignal) => Promise<void> {
  let done: SessionLifetimes | undefined
  return async (signal) => {
    const now = lifetimes()
    const isLonger = (name: keyof SessionLifetimes) => done !== undefined && now[name] >= done[name]
    if (!(isLonger('idleSeconds') && isLonger('lifetimeSeconds'))) await shortenSessions(db, now, signal)
    if (!signal.aborted) done = now
  }
}
