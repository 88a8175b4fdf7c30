/**
 * Devices: browsers that somebody signed in from, each known by the random token in its cookie.
 * Owns `devices` and `device_owners`. One browser has one token and a row for each account that signed in there. Knowing
 * a device proves nobody's identity: it gives a person a budget of tries that strangers cannot spend, and, where the
 * person asked for it, stands for a second factor until `trustedUntil`. Only a digest of the token is kept.
 */
import { sql } from 'kysely'
import { sha256 } from '../../platform/crypto/digest.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'

/** A browser of an account. */
export interface Device {
  readonly id: string
  readonly userAgent: string | undefined
  readonly createdAt: Date
  readonly lastSeenAt: Date
  /** Until when it stands for a second factor; undefined if it does not. */
  readonly trustedUntil: Date | undefined
}

/** Which browser of which account. */
export interface DeviceOf {
  readonly token: string
  readonly accountId: string
}

interface DeviceRow {
  readonly id: string
  readonly userAgent: string | null
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly trustedUntil: Date | null
}

const unusedForSeconds = 365 * 86_400
// More than anybody has; the one that was unused longest makes room.
const mostDevices = 30

const deviceByToken = statement<DeviceRow>(
  'device_by_token',
  `select id, user_agent as "userAgent", created_at as "createdAt", last_seen_at as "lastSeenAt",
    trusted_until as "trustedUntil" from devices where account_id = $1 and token_hash = $2 and expires_at > $3`,
)

/** The device of this token if the account knows it. */
export async function findDevice(
  db: Database,
  { token, accountId }: DeviceOf,
  now: Date,
): Promise<Device | undefined> {
  const [row] = await run(db, deviceByToken, [accountId, sha256(token), now])
  return row && deviceOf(row, now)
}

/** A finished sign-in. Without `trustUntil` an earlier trust stays as it is. */
export interface FinishedSignIn extends DeviceOf {
  /** The id of the row, if there is none yet. */
  readonly id: string
  readonly trustUntil?: Date | undefined
  readonly userAgent: string | undefined
}

/** What a device was to its account. */
export type Acquaintance = 'known' | 'new' | 'first'

/**
 * Remembers the device of a finished sign-in, in the caller's transaction. A device that the account never had is told
 * to the audit log, except for the very first one: then there is nobody to be surprised.
 */
export function rememberDevice(db: Database, signIn: FinishedSignIn, act: Act): Promise<Acquaintance> {
  return inTransaction(db, async (transaction) => {
    const { accountId } = signIn
    // Before the device itself, so that two sign-ins at once neither both come first nor leave too many devices.
    const isFirst = await enter(transaction, accountId, act.now)
    if (await upsert(transaction, signIn, act.now)) return 'known'
    await makeRoom(transaction, accountId)
    if (isFirst) return 'first'
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'sign_in.new_device', target }, act)
    return 'new'
  })
}

/** The devices of an account, the last used first. */
export async function listDevices(db: Database, accountId: string, now: Date): Promise<readonly Device[]> {
  const rows = await db
    .selectFrom('devices')
    .select(['id', 'userAgent', 'createdAt', 'lastSeenAt', 'trustedUntil'])
    .where('accountId', '=', accountId)
    .where('expiresAt', '>', now)
    .orderBy('lastSeenAt', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => deviceOf(row, now))
}

/** When somebody signed in to an account first. */
export async function firstSignInAt(db: Database, accountId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('deviceOwners')
    .select('firstSeenAt')
    .where('accountId', '=', accountId)
    .executeTakeFirst()
  return row?.firstSeenAt
}

/** Forgets one device of an account, and any trust in it. */
export function forgetDevice(
  db: Database,
  { id, accountId }: { readonly id: string; readonly accountId: string },
  act: Act,
): Promise<'forgotten' | 'not_found'> {
  return inTransaction(db, async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('devices')
      .where('id', '=', id)
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'not_found'
    await recordForgotten(transaction, { accountId, count: 1 }, act)
    return 'forgotten'
  })
}

/** Forgets all devices of an account, but `exceptToken` if given; returns how many. */
export function forgetDevices(
  db: Database,
  { accountId, exceptToken }: { readonly accountId: string; readonly exceptToken?: string | undefined },
  act: Act,
): Promise<number> {
  return inTransaction(db, async (transaction) => {
    const all = transaction.deleteFrom('devices').where('accountId', '=', accountId)
    const others = exceptToken === undefined ? all : all.where('tokenHash', '<>', sha256(exceptToken))
    const { numDeletedRows } = await others.executeTakeFirstOrThrow()
    const count = Number(numDeletedRows)
    if (count > 0) await recordForgotten(transaction, { accountId, count }, act)
    return count
  })
}

/** Gives a browser another token, for all accounts that know it: whoever copied the one before has nothing any more. */
export async function replaceDeviceToken(
  db: Database,
  { before, token }: { readonly before: string; readonly token: string },
): Promise<void> {
  await db
    .updateTable('devices')
    .set({ tokenHash: sha256(token) })
    .where('tokenHash', '=', sha256(before))
    .execute()
}

/**
 * Lets no device of an account stand for a second factor any more, but `exceptToken` if given; they stay known. For whenever
 * somebody may be in who should not, and when a factor that a device stood for is another one or none.
 */
export async function distrustDevices(
  db: Database,
  { accountId, exceptToken }: { readonly accountId: string; readonly exceptToken?: string | undefined },
): Promise<void> {
  const trusted = db
    .updateTable('devices')
    .set({ trustedUntil: null })
    .where('accountId', '=', accountId)
    .where('trustedUntil', 'is not', null)
  const others = exceptToken === undefined ? trusted : trusted.where('tokenHash', '<>', sha256(exceptToken))
  await others.execute()
}

/** Whether this is the account's first device ever; until the end of the transaction others of it wait here. */
async function enter(db: Database, accountId: string, now: Date): Promise<boolean> {
  const { rows } = await sql<{ isFirst: boolean }>`insert into device_owners (account_id, first_seen_at)
    values (${accountId}, ${now})
    on conflict (account_id) do update set first_seen_at = device_owners.first_seen_at
    returning (xmax = 0) as "isFirst"`.execute(db)
  return rows[0]?.isFirst === true
}

/** Whether the account had the device already. A row past its end is one it had no more. */
async function upsert(db: Database, signIn: FinishedSignIn, now: Date): Promise<boolean> {
  const { id, accountId, token, trustUntil, userAgent } = signIn
  const agent = userAgent?.slice(0, 400).toWellFormed().replaceAll('\u0000', '') ?? null
  const expiresAt = new Date(now.getTime() + unusedForSeconds * 1000)
  await db.deleteFrom('devices').where('accountId', '=', accountId).where('expiresAt', '<=', now).execute()
  const { rows } = await sql<{ known: boolean }>`insert into devices as device
      (id, account_id, token_hash, user_agent, created_at, last_seen_at, trusted_until, expires_at)
    values (${id}, ${accountId}, ${sha256(token)}, ${agent}, ${now}, ${now}, ${trustUntil ?? null}, ${expiresAt})
    on conflict (account_id, token_hash) do update set
      user_agent = excluded.user_agent,
      last_seen_at = greatest(device.last_seen_at, excluded.last_seen_at),
      expires_at = greatest(device.expires_at, excluded.expires_at),
      trusted_until = coalesce(excluded.trusted_until, device.trusted_until)
    returning (xmax <> 0) as known`.execute(db)
  return rows[0]?.known === true
}

async function makeRoom(db: Database, accountId: string): Promise<void> {
  await db
    .deleteFrom('devices')
    .where('id', 'in', (query) =>
      query
        .selectFrom('devices')
        .select('id')
        .where('accountId', '=', accountId)
        .orderBy('lastSeenAt', 'desc')
        .orderBy('createdAt', 'desc')
        .offset(mostDevices),
    )
    .execute()
}

async function recordForgotten(
  db: Database,
  { accountId, count }: { accountId: string; count: number },
  act: Act,
): Promise<void> {
  const target = { type: 'account', id: accountId } as const
  await record(db, { type: 'device.forgotten', target, details: { count } }, act)
}

function deviceOf(row: DeviceRow, now: Date): Device {
  const { userAgent, trustedUntil, ...rest } = row
  const trusted = trustedUntil !== null && trustedUntil > now
  return { ...rest, userAgent: userAgent ?? undefined, trustedUntil: trusted ? trustedUntil : undefined }
}
