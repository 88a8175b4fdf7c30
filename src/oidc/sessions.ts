/**
 * Browser sessions at this server. Owns `oidc_sessions`.
 * Two parallel requests of one browser both write the session; what each learned about its client is kept (lost update).
 */
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import type { Payload } from './artifacts.ts'

interface SessionRow {
  payload: Payload
}

const findByCookie = statement<SessionRow>(
  'session_find',
  'select payload from oidc_sessions where id_hash = $1 and expires_at > now()',
)

/** The session whose cookie value is `id`. */
export async function findSession(db: Database, id: string): Promise<Payload | undefined> {
  const [row] = await run(db, findByCookie, [sha256(id)])
  return row === undefined ? undefined : { ...row.payload, jti: id }
}

const findByPublicId = statement<SessionRow>(
  'session_find_by_uid',
  'select payload from oidc_sessions where uid = $1 and expires_at > now() order by updated_at desc limit 1',
)

/** The session with this `uid`, which tokens carry; without its cookie value. */
export async function findSessionByUid(db: Database, uid: string): Promise<Payload | undefined> {
  const [row] = await run(db, findByPublicId, [uid])
  return row?.payload
}

// The clients of both writers are kept. Safe, because signing out of one client gives the session another id.
const upsertMerging = statement(
  'session_upsert',
  `insert into oidc_sessions as kept (id_hash, uid, account_id, payload, expires_at)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5))
   on conflict (id_hash) do update set
     uid = excluded.uid, account_id = excluded.account_id, expires_at = excluded.expires_at, updated_at = now(),
     payload = case
       when kept.account_id is not distinct from excluded.account_id
        and (kept.payload ? 'authorizations' or excluded.payload ? 'authorizations')
       then excluded.payload || jsonb_build_object('authorizations',
         coalesce(kept.payload -> 'authorizations', '{}') || coalesce(excluded.payload -> 'authorizations', '{}'))
       else excluded.payload end`,
)

/** Writes a session under its cookie value. */
export async function upsertSession(
  db: Database,
  session: { readonly id: string; readonly payload: Payload; readonly lifetimeSeconds: number },
): Promise<void> {
  const { jti: _cookie, ...payload } = session.payload
  await run(db, upsertMerging, [
    sha256(session.id),
    payload['uid'],
    payload['accountId'] ?? null,
    JSON.stringify(payload),
    session.lifetimeSeconds,
  ])
}

const deleteByCookie = statement('session_delete', 'delete from oidc_sessions where id_hash = $1')

/** Ends the session whose cookie value is `id`. */
export async function deleteSession(db: Database, id: string): Promise<void> {
  await run(db, deleteByCookie, [sha256(id)])
}
