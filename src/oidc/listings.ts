/** Sessions and grants as administrators see them: who, where and since when, and nothing that could be presented. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import type { Database } from '../platform/db/open.ts'
import type { Page } from '../platform/db/page.ts'
import { namePage, readTimePlace } from '../platform/db/prefix.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { beginEndingSessions } from './session-ends.ts'
import { deleteSessionByUid } from './sessions.ts'

/** A browser session of an account. */
export interface ListedSession {
  /** Its public id, which tokens and logout tokens carry too. */
  readonly id: string
  readonly accountId: string
  readonly clientIds: readonly string[]
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  /** Where it was seen last, and what the browser said it is. */
  readonly address: string | null
  readonly userAgent: string | null
}

/** What an account allowed a client, for as long as it lasts. */
export interface ListedGrant {
  readonly id: string
  readonly accountId: string
  readonly clientId: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Which of them, and which page. */
export interface ListingQuery {
  readonly accountId?: string | undefined
  readonly clientId?: string | undefined
  readonly limit: number
  readonly after: string | undefined
}

/** A page of the sessions that somebody is signed in to, the newest first. */
export async function listSessions(db: Database, query: ListingQuery): Promise<Page<ListedSession>> {
  const { accountId, clientId, limit } = query
  const conditions = [
    sql`s.account_id is not null and s.expires_at > now() and not s.payload ? 'replaced'`,
    ...(accountId === undefined ? [] : [sql`s.account_id = ${accountId}`]),
    ...(clientId === undefined ? [] : [sql`s.payload -> 'authorizations' ? ${clientId}`]),
    ...after(query.after, sql`(s.created_at, s.uid)`),
  ]
  const { rows } = await sql<
    ListedSession & Place
  >`select s.created_at::text as key, s.uid as id, s.account_id, s.created_at, s.expires_at, s.updated_at as last_seen_at,
      s.address, s.user_agent,
      array(select jsonb_object_keys(coalesce(s.payload -> 'authorizations', '{}')) order by 1) as client_ids
    from oidc_sessions s where ${sql.join(conditions, sql` and `)}
    order by s.created_at desc, s.uid desc limit ${limit + 1}`.execute(db)
  return namePage(rows, limit, ({ key: _key, ...row }) => row)
}

/** A page of the grants that still hold, the newest first. */
export async function listGrants(db: Database, query: ListingQuery): Promise<Page<ListedGrant>> {
  const { accountId, clientId, limit } = query
  const conditions = [
    sql`g.revoked_at is null and g.expires_at > now()`,
    ...(accountId === undefined ? [] : [sql`g.account_id = ${accountId}`]),
    ...(clientId === undefined ? [] : [sql`g.client_id = ${clientId}`]),
    ...after(query.after, sql`(g.created_at, g.id)`),
  ]
  const { rows } = await sql<
    ListedGrant & Place
  >`select g.created_at::text as key, g.id, g.account_id, g.client_id, g.created_at, g.expires_at
    from oidc_grants g where ${sql.join(conditions, sql` and `)}
    order by g.created_at desc, g.id desc limit ${limit + 1}`.execute(db)
  return namePage(rows, limit, ({ key: _key, ...row }) => row)
}

/** Ends a session for good; false if there is none. */
export function endListedSession(db: Database, id: string, act: Act): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const session = await trx
      .selectFrom('oidcSessions')
      .select('accountId')
      .where('uid', '=', id)
      .where('accountId', 'is not', null)
      .executeTakeFirst()
    if (session === undefined || session.accountId === null) return false
    await beginEndingSessions(trx, session.accountId)
    if (!(await deleteSessionByUid(trx, id))) return false
    const target = { type: 'account', id: session.accountId } as const
    await record(trx, { type: 'session.ended', target, details: { session_uid: id, reason: 'ended' } }, act)
    return true
  })
}

/** Whose grant it is; undefined for one that does not hold any more. */
export async function findListedGrant(db: Database, id: string): Promise<ListedGrant | undefined> {
  return db
    .selectFrom('oidcGrants')
    .select(['id', 'accountId', 'clientId', 'createdAt', 'expiresAt'])
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
}

// The database's own moments are finer than a Date is, so a place keeps them as text.
interface Place {
  readonly key: string
}

function after(cursor: string | undefined, place: RawBuilder<unknown>): RawBuilder<unknown>[] {
  if (cursor === undefined) return []
  const { key, id } = readTimePlace(cursor)
  return [sql`${place} < (${key}::timestamptz, ${id})`]
}
