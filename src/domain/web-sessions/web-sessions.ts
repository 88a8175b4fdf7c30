/**
 * Sessions of our own pages: the person's own page and the console.
 * Owns `web_sessions` and `web_sign_ins`. These pages are clients like any other, so a session here is what a client keeps
 * after a sign-in: it has an id of its own, hangs on the browser session it came from, and ends with it, with its account,
 * after a while without use, and in any case after a day. Only the hash of its id is kept.
 */
import { sha256 } from '../../platform/crypto/digest.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'

/** Which of our own pages a session is for. One is worth nothing at the other. */
export type OwnDoor = 'account' | 'console'

/** A session as pages need it. */
export interface WebSession {
  readonly accountId: string
  /** The browser session it came from, as tokens name it. */
  readonly sid: string
  readonly acr: string | undefined
  readonly amr: readonly string[]
  readonly authTime: Date
}

/** What a sign-in at the provider said, as a client hears it. */
export interface Identity {
  readonly accountId: string
  /** The provider's name of its session for this client. */
  readonly clientSid: string
  readonly acr: string | undefined
  readonly amr: readonly string[]
  readonly authTime: Date
}

/** How long sessions live. */
export interface SessionLifetimes {
  readonly idleSeconds: number
  readonly lifetimeSeconds: number
}

/** A session about to begin. */
export interface NewWebSession {
  /** 256 random bits: the cookie's value. */
  readonly id: string
  readonly door: OwnDoor
  readonly clientId: string
  readonly identity: Identity
}

const insertSession = statement(
  'web_session_begin',
  `insert into web_sessions
     (id_hash, door, account_id, session_uid, acr, amr, auth_time, created_at, last_seen_at, expires_at, ends_at)
   select $1, $2, a.id, provider.uid, $6, $7, $8, $9, $9,
     $9::timestamptz + make_interval(secs => least($10::float8, $11::float8)),
     $9::timestamptz + make_interval(secs => $11::float8)
   from accounts a, oidc_sessions provider
   where a.id = $3 and a.disabled_at is null and provider.account_id = a.id and provider.expires_at > now()
     and provider.payload -> 'authorizations' -> $4::text ->> 'sid' = $5
   order by provider.updated_at desc limit 1
   returning 1 as one`,
)

/** Begins a session; false when the browser session it would hang on has ended meanwhile, or the account. */
export async function beginWebSession(
  db: Database,
  { id, door, clientId, identity }: NewWebSession,
  { idleSeconds, lifetimeSeconds }: SessionLifetimes,
  now: Date,
): Promise<boolean> {
  const { accountId, clientSid, acr, amr, authTime } = identity
  const who = [sha256(id), door, accountId, clientId, clientSid]
  const how = [acr ?? null, [...amr], authTime]
  return (await run(db, insertSession, [...who, ...how, now, idleSeconds, lifetimeSeconds])).length === 1
}

interface SessionRow {
  readonly accountId: string
  readonly sid: string
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly authTime: Date
  readonly isDueForKeeping: boolean
}

// A page loads a few things at once; that it was used is worth one write a minute.
const keepEverySeconds = 60

const useSession = statement<SessionRow>(
  'web_session_use',
  `with living as materialized (
     select s.id_hash, s.account_id, s.session_uid, s.acr, s.amr, s.auth_time,
       s.last_seen_at < $3::timestamptz - interval '${keepEverySeconds} seconds' as due
     from web_sessions s join accounts a on a.id = s.account_id
     where s.id_hash = $1 and s.door = $2 and s.expires_at > $3 and a.disabled_at is null
       and s.last_seen_at + make_interval(secs => $4::float8) > $3
       and s.created_at + make_interval(secs => $5::float8) > $3
       and exists (select from oidc_sessions provider where provider.uid = s.session_uid
         and provider.account_id = s.account_id and provider.expires_at > now())
   ), kept as (
     update web_sessions s set last_seen_at = $3,
       expires_at = least($3::timestamptz + make_interval(secs => $4::float8), s.ends_at,
         s.created_at + make_interval(secs => $5::float8))
     from living where living.due and s.id_hash = living.id_hash
   )
   select account_id as "accountId", session_uid as sid, acr, amr, auth_time as "authTime", due as "isDueForKeeping"
   from living`,
)

/** A session that was used, and whether it is time to keep the browser session behind it alive too. */
export interface UsedSession {
  readonly session: WebSession
  readonly isDueForKeeping: boolean
}

/**
 * The session with this id, if it lives, the browser session behind it lives and its account is enabled: one statement,
 * asked with every request (ASVS 7.2.1, 7.4.1, 7.4.2). It ends by the lifetimes of now, if they are shorter than those it
 * began with.
 */
export async function useWebSession(
  db: Database,
  { id, door }: { readonly id: string; readonly door: OwnDoor },
  { idleSeconds, lifetimeSeconds }: SessionLifetimes,
  now: Date,
): Promise<UsedSession | undefined> {
  const [row] = await run(db, useSession, [sha256(id), door, now, idleSeconds, lifetimeSeconds])
  if (row === undefined) return undefined
  const { isDueForKeeping, acr, ...session } = row
  return { isDueForKeeping, session: { ...session, acr: acr ?? undefined } }
}

/** A session as its owner may read it. */
export interface ListedWebSession {
  readonly door: string
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly authTime: Date
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly endsAt: Date
}

/** The sessions of an account at our own pages, those included that are over and not swept yet. */
export function listWebSessions(db: Database, accountId: string): Promise<readonly ListedWebSession[]> {
  return db
    .selectFrom('webSessions')
    .select(['door', 'acr', 'amr', 'authTime', 'createdAt', 'lastSeenAt', 'endsAt'])
    .where('accountId', '=', accountId)
    .orderBy('createdAt')
    .execute()
}

const deleteById = statement('web_session_end', 'delete from web_sessions where id_hash = $1')

/** Ends a session. */
export async function endWebSession(db: Database, id: string): Promise<void> {
  await run(db, deleteById, [sha256(id)])
}
