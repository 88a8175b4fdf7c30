/** The browser sessions of an account, as the person sees them: where, when, with what; and their end, one or all. */
import { sql } from 'kysely'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { endHeldSignIns } from './artifact-end.ts'
import { revokeGrant } from './grants.ts'
import { enqueueLogout } from './logout-deliveries.ts'
import { beginEndingSessions } from './session-ends.ts'
import { deleteSessionByUid } from './sessions.ts'

/** A browser session. */
export interface BrowserSession {
  readonly uid: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** The clients it was used for. */
  readonly clientIds: readonly string[]
}

interface SessionRow {
  readonly uid: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  readonly address: string | null
  readonly userAgent: string | null
  readonly clientIds: readonly string[]
}

/** The living sessions of an account, the last seen first. Rows of one session are told as one. */
export async function listSessions(db: Database, accountId: string): Promise<BrowserSession[]> {
  const { rows } = await sql<SessionRow>`
    select uid, signed_in_at, last_seen_at, address, user_agent, client_ids from (
      select distinct on (uid) uid, updated_at as last_seen_at, address, user_agent,
        coalesce(to_timestamp((payload ->> 'loginTs')::float8), created_at) as signed_in_at,
        array(select jsonb_object_keys(coalesce(payload -> 'authorizations', '{}'))) as client_ids
      from oidc_sessions where account_id = ${accountId} and expires_at > now()
      order by uid, payload ? 'replaced', updated_at desc
    ) sessions order by last_seen_at desc limit 1000`.execute(db)
  return rows.map((row) => ({
    ...row,
    address: row.address ?? undefined,
    userAgent: row.userAgent ?? undefined,
  }))
}

/** Which session of whom. */
export interface SessionOf {
  readonly accountId: string
  readonly uid: string
}

/** Ends one session of an account. A stranger's session and none are the same. */
export function endSessionOf(
  db: Database,
  { accountId, uid }: SessionOf,
  act: Act,
): Promise<'ended' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    const ended = await endSessions(trx, { accountId, only: uid }, act)
    return ended.length === 0 ? 'not_found' : 'ended'
  })
}

/** Ends all sessions of an account but one; answers with the ended ones. */
export function endOtherSessions(
  db: Database,
  { accountId, except }: { readonly accountId: string; readonly except: string },
  act: Act,
): Promise<readonly string[]> {
  return inTransaction(db, async (trx) => {
    await beginEndingSessions(trx, accountId)
    await endHeldSignIns(trx, accountId)
    return endSessions(trx, { accountId, except }, act)
  })
}

/** Ends all sessions of an account; answers with the ended ones. */
export function endAllSessions(db: Database, accountId: string, act: Act): Promise<readonly string[]> {
  return inTransaction(db, async (trx) => {
    await beginEndingSessions(trx, accountId)
    await endHeldSignIns(trx, accountId)
    return endSessions(trx, { accountId }, act)
  })
}

async function endSessions(
  trx: Database,
  which: { readonly accountId: string; readonly only?: string; readonly except?: string },
  act: Act,
): Promise<readonly string[]> {
  const { accountId, only, except } = which
  await beginEndingSessions(trx, accountId)
  const all = await listSessions(trx, accountId)
  const ending = all.filter(({ uid }) => (only === undefined || uid === only) && uid !== except)
  for (const { uid } of ending) {
    await tellClients(trx, { accountId, uid }, act)
    await revokeBoundGrants(trx, { accountId, uid }, act)
    await deleteSessionByUid(trx, uid)
    const details = { session_uid: uid, reason: 'ended' }
    await record(trx, { type: 'session.ended', target: { type: 'account', id: accountId }, details }, act)
  }
  return ending.map(({ uid }) => uid)
}

/** OpenID Connect Back-Channel Logout §2.5: those that asked to be told are told by the queue. */
async function tellClients(trx: Database, { accountId, uid }: SessionOf, act: Act): Promise<void> {
  const { rows } = await sql<{ clientId: string; sid: string | null }>`
    select distinct on (entry.key) entry.key as client_id, entry.value ->> 'sid' as sid
    from oidc_sessions s, jsonb_each(coalesce(s.payload -> 'authorizations', '{}')) entry
      join clients c on c.id = entry.key and c.metadata ? 'backchannel_logout_uri'
    where s.uid = ${uid} and s.account_id = ${accountId} order by entry.key, s.updated_at desc`.execute(trx)
  for (const { clientId, sid } of rows) {
    const delivery = { id: randomId('lod'), clientId, accountId, sid: sid ?? undefined }
    await enqueueLogout(trx, delivery, act.now)
  }
}

/** Access that was only for as long as the session ends with it; what was given for longer is taken back at the app. */
async function revokeBoundGrants(trx: Database, { accountId, uid }: SessionOf, act: Act): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select distinct entry.value ->> 'grantId' as id
    from oidc_sessions s, jsonb_each(coalesce(s.payload -> 'authorizations', '{}')) entry
    where s.uid = ${uid} and s.account_id = ${accountId} and entry.value ? 'grantId'
      and not coalesce((entry.value ->> 'persistsLogout')::boolean, false)`.execute(trx)
  for (const { id } of rows) await revokeGrant(trx, { id, reason: 'signed_out' }, act)
}
