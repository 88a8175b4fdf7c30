/**
 * Browser sessions at this server. Owns `oidc_sessions`.
 * Two parallel requests of one browser both write the session; what each learned about its client is kept (lost update).
 * A session takes another cookie value with each step of a sign-in, so two tabs can leave it with two rows for a while:
 * they have one `uid` and are one session, whose clients are those of all its rows, the newest word about each.
 */
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import type { Payload } from './artifacts.ts'
import type { KnownSession } from './request-state.ts'

interface SessionRow {
  payload: Payload
}

/** The newest word about each client: an entry is stamped by the request of its own client, and only copied by others. */
const newestOfEach = (entries: string): string => `(
    select jsonb_build_object('authorizations', jsonb_object_agg(client, entry)) from (
      select distinct on (client) client, entry from (${entries}) entries
      order by client, (entry ->> 'at')::float8 desc nulls last, updated_at desc) newest
    having count(*) > 0)`

const withAllClients = `session.payload || coalesce(${newestOfEach(`
      select client.key as client, client.value as entry, part.updated_at
      from oidc_sessions part, jsonb_each(part.payload -> 'authorizations') client
      where part.uid = session.uid and part.account_id is not distinct from session.account_id
        and part.expires_at > now()`)}, '{}') as payload`

const findByCookie = statement<SessionRow>(
  'session_find',
  `select ${withAllClients} from oidc_sessions session where id_hash = $1 and expires_at > now()`,
)

/** The session whose cookie value is `id`. */
export async function findSession(db: Database, id: string): Promise<Payload | undefined> {
  const [row] = await run(db, findByCookie, [sha256(id)])
  return row === undefined ? undefined : { ...row.payload, jti: id }
}

const findByPublicId = statement<SessionRow>(
  'session_find_by_uid',
  `select ${withAllClients} from oidc_sessions session
   where uid = $1 and expires_at > now() order by payload ? 'replaced', updated_at desc limit 1`,
)

/** The session with this `uid`, which tokens carry; without its cookie value. */
export async function findSessionByUid(db: Database, uid: string): Promise<Payload | undefined> {
  const [row] = await run(db, findByPublicId, [uid])
  return row?.payload
}

// The clients of both writers are kept. Safe, because signing out of one client gives the session another id.
const upsertMerging = statement(
  'session_upsert',
  `insert into oidc_sessions as kept (id_hash, uid, account_id, payload, expires_at, address, user_agent)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5), $6, $7)
   on conflict (id_hash) do update set
     uid = excluded.uid, account_id = excluded.account_id, updated_at = now(),
     address = coalesce(excluded.address, kept.address), user_agent = coalesce(excluded.user_agent, kept.user_agent),
     expires_at = case when kept.payload ? 'replaced' then kept.expires_at else excluded.expires_at end,
     payload = excluded.payload
       || case when kept.payload ? 'replaced' then '{"replaced": true}'::jsonb else '{}' end
       || case when kept.account_id is distinct from excluded.account_id then '{}' else coalesce(${newestOfEach(`
      select key as client, value as entry, kept.updated_at from jsonb_each(kept.payload -> 'authorizations')
      union all
      select key, value, now() from jsonb_each(excluded.payload -> 'authorizations')`)}, '{}') end`,
)

/** A session to be written. */
export interface SessionWrite {
  readonly id: string
  readonly payload: Payload
  readonly lifetimeSeconds: number
  /** The client whose request this is; undefined for requests of nobody's. */
  readonly clientId: string | undefined
  /** Where the browser is and what it says it is, for the person's own list. */
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** Writes a session under its cookie value. */
export async function upsertSession(db: Database, session: SessionWrite, now: Date): Promise<void> {
  const { jti: _cookie, ...payload } = session.payload
  stampEntry(payload['authorizations'], session.clientId, now)
  await run(db, upsertMerging, [
    sha256(session.id),
    payload['uid'],
    payload['accountId'] ?? null,
    JSON.stringify(payload),
    session.lifetimeSeconds,
    session.address ?? null,
    session.userAgent?.slice(0, 400).toWellFormed() ?? null,
  ])
}

function stampEntry(authorizations: unknown, clientId: string | undefined, now: Date): void {
  if (clientId === undefined || typeof authorizations !== 'object' || authorizations === null) return
  const entry: unknown = Reflect.get(authorizations, clientId)
  if (typeof entry === 'object' && entry !== null) Reflect.set(entry, 'at', now.getTime())
}

const findLiving = statement(
  'session_is_living',
  'select 1 as one from oidc_sessions where uid = $1 and account_id = $2 and expires_at > now() limit 1',
)

/** Whether a session of an account has not ended, under whichever cookie value. */
export async function isLivingSession(db: Database, { uid, accountId }: KnownSession): Promise<boolean> {
  return (await run(db, findLiving, [uid, accountId])).length === 1
}

const deleteByCookie = statement('session_delete', 'delete from oidc_sessions where id_hash = $1')

/** Ends a cookie value, at once. */
export async function deleteSession(db: Database, id: string): Promise<void> {
  await run(db, deleteByCookie, [sha256(id)])
}

const deleteByPublicId = statement(
  'session_delete_by_uid',
  'delete from oidc_sessions where uid = $1 returning 1 as one',
)

/** Ends a session under all its cookie values; false if it had none. In a transaction that has begun to end sessions. */
export async function deleteSessionByUid(transaction: Database, uid: string): Promise<boolean> {
  return (await run(transaction, deleteByPublicId, [uid])).length > 0
}

// Long enough for a request that was sent together with the one that replaced the value.
const replaceCookie = statement(
  'session_replace',
  `update oidc_sessions set payload = payload || '{"replaced": true}',
     expires_at = least(expires_at, now() + interval '5 seconds')
   where id_hash = $1`,
)

/** Lets a cookie value end that was replaced while the same person goes on: another tab may have just sent it. */
export async function replaceSession(db: Database, id: string): Promise<void> {
  await run(db, replaceCookie, [sha256(id)])
}

// The payload says the same end as the column, because the library looks there. Counted from the sign-in, a session that is
// too old gets no more time; a value that was replaced gets none at all.
const keepByPublicId = statement(
  'session_keep',
  `update oidc_sessions session set expires_at = kept.until, updated_at = now(),
     payload = payload || jsonb_build_object('exp', floor(extract(epoch from kept.until)))
   from (
     select id_hash, least(now() + make_interval(secs => $2::float8),
       to_timestamp((payload ->> 'loginTs')::float8) + make_interval(secs => $3::float8)) as until
     from oidc_sessions where uid = $1 and expires_at > now() and not payload ? 'replaced'
   ) kept where session.id_hash = kept.id_hash and kept.until > session.expires_at`,
)

/** Counts the use of one of our own pages as use of the browser session behind it (ASVS 7.3.1). */
export async function keepSession(
  db: Database,
  uid: string,
  { idleSeconds, lifetimeSeconds }: { readonly idleSeconds: number; readonly lifetimeSeconds: number },
): Promise<void> {
  await run(db, keepByPublicId, [uid, idleSeconds, lifetimeSeconds])
}
