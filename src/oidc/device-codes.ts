/**
 * Device codes (RFC 8628): asked for by a device, claimed by the browser in which the user code is typed, decided there once,
 * polled by the device meanwhile. Owns `device_codes`; the code itself is an artifact like all others. Each step is one
 * conditional statement, so that of any number of browsers one claims, and of any number of answers one counts.
 */
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { clockToleranceSeconds } from './artifacts.ts'
import type { Payload } from './artifacts.ts'

/** How many seconds a device waits between two polls, unless it was told to slow down (RFC 8628 §3.2). */
export const pollIntervalSeconds = 5

// A poll that was sent in time may arrive a little early, because the one before it was late.
const toleratedSeconds = 1

// The library goes on with a code that it found by what was typed. It is given the hash of the code in the place of the
// code, which is kept nowhere; no code has these characters.
const referencePrefix = '{hash}'

/** What stands for a stored device code inside this server. Worth nothing to a device. */
export function referenceTo(idHash: Buffer): string {
  return referencePrefix + idHash.toString('hex')
}

/** The hash that a reference names; undefined for anything else. */
export function hashOfReference(id: string | undefined): Buffer | undefined {
  if (id === undefined || !id.startsWith(referencePrefix)) return undefined
  const hex = id.slice(referencePrefix.length)
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : undefined
}

/** What is kept of a device code that was just made. */
export interface NewDeviceCode {
  readonly idHash: Buffer
  readonly userCode: string
  readonly userCodeSealed: Buffer
  readonly lifetimeSeconds: number
}

// A user code of before, which has expired and was not swept yet, makes room.
const insertOne = statement(
  'device_code_insert',
  `insert into device_codes as known (id_hash, user_code_hash, user_code_sealed, interval_seconds, expires_at)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5))
   on conflict (user_code_hash) do update set id_hash = excluded.id_hash, user_code_sealed = excluded.user_code_sealed,
     interval_seconds = excluded.interval_seconds, expires_at = excluded.expires_at, claimed_by = null, outcome = null,
     polled_at = null, polled_too_soon = false
     where known.expires_at < now()
   returning 1`,
)

/** Keeps a new device code beside its artifact; false when another one waits with the same user code. */
export async function insertDeviceCode(db: Database, code: NewDeviceCode): Promise<boolean> {
  const { idHash, userCode, userCodeSealed, lifetimeSeconds } = code
  const seconds = lifetimeSeconds + clockToleranceSeconds
  const values = [idHash, sha256(userCode), userCodeSealed, pollIntervalSeconds, seconds]
  return (await run(db, insertOne, values)).length === 1
}

/** A device code as it is stored. */
export interface StoredDeviceCode {
  readonly idHash: Buffer
  readonly payload: Payload
  readonly claimedBy: string | null
  readonly userCodeSealed: Buffer
  readonly isConsumed: boolean
}

const stored = (condition: string): string =>
  `select c.id_hash as "idHash", a.payload, c.claimed_by as "claimedBy", c.user_code_sealed as "userCodeSealed",
     a.consumed_at is not null as "isConsumed"
   from device_codes c join oidc_artifacts a on a.id_hash = c.id_hash and a.model = 'DeviceCode' where ${condition}`

const findByUserCode = statement<StoredDeviceCode>(
  'device_code_by_user_code',
  stored('c.user_code_hash = $1'),
)

/** Finds a device code by what a person typed, without case, spaces and dashes. */
export async function findTypedCode(db: Database, userCode: string): Promise<StoredDeviceCode | undefined> {
  const [row] = await run(db, findByUserCode, [sha256(userCode)])
  return row
}

const findByHash = statement<StoredDeviceCode>('device_code_by_hash', stored('c.id_hash = $1'))

/** Finds a device code that a browser is in the middle of. */
export async function findDeviceCode(db: Database, idHash: Buffer): Promise<StoredDeviceCode | undefined> {
  const [row] = await run(db, findByHash, [idHash])
  return row
}

const claimOne = statement(
  'device_code_claim',
  `update device_codes set claimed_by = $2
   where id_hash = $1 and outcome is null and (claimed_by is null or claimed_by = $2) returning 1`,
)

/** Claims a code for a browser session; false when another one has it, or it was decided (T48). */
export async function claimDeviceCode(db: Database, idHash: Buffer, sessionUid: string): Promise<boolean> {
  return (await run(db, claimOne, [idHash, sessionUid])).length === 1
}

const approveOne = statement(
  'device_code_approve',
  `with decided as (
     update device_codes set outcome = 'approved'
     where id_hash = $1 and claimed_by is not null and outcome is null and expires_at > now() returning id_hash)
   update oidc_artifacts a set payload = $2, account_id = $3, grant_id = $4 from decided
   where a.id_hash = decided.id_hash and a.model = 'DeviceCode' returning 1`,
)

/** Gives a claimed code to its device; false when something else was decided before, or it has ended. */
export async function approveDeviceCode(
  db: Database,
  { idHash, payload }: { readonly idHash: Buffer; readonly payload: Payload },
): Promise<boolean> {
  const values = [idHash, JSON.stringify(payload), payload['accountId'], payload['grantId']]
  return (await run(db, approveOne, values)).length === 1
}

const denyOne = statement<{ grantId: string | null }>(
  'device_code_deny',
  `with decided as (
     update device_codes set outcome = 'denied'
     where id_hash = $1 and claimed_by = coalesce($3, claimed_by) and outcome is distinct from 'denied'
     returning id_hash)
   update oidc_artifacts a set payload = payload || $2, account_id = null, grant_id = null from decided
   where a.id_hash = decided.id_hash and a.model = 'DeviceCode' returning a.payload ->> 'grantId' as "grantId"`,
)

/** What was refused, and the grant of an approval that the refusal takes back. */
export interface DeniedDeviceCode {
  readonly grantId: string | undefined
}

/** A refusal of a device code. */
export interface DeviceCodeDenial {
  readonly idHash: Buffer
  /** The session that must have claimed it; undefined where it is known to be theirs. */
  readonly claimedBy?: string | undefined
  readonly error: string
  readonly description: string
}

/** Refuses a claimed code. It counts also when it was approved at the same moment; undefined when it was refused before. */
export async function denyDeviceCode(
  db: Database,
  { idHash, claimedBy, error, description }: DeviceCodeDenial,
): Promise<DeniedDeviceCode | undefined> {
  const said = JSON.stringify({ error, errorDescription: description })
  const [row] = await run(db, denyOne, [idHash, said, claimedBy ?? null])
  return row === undefined ? undefined : { grantId: row.grantId ?? undefined }
}

// The right side of each assignment sees the row as the poll before left it, also when that one came at the same moment.
const pollOne = statement<{ tooSoon: boolean }>(
  'device_code_poll',
  `update device_codes set polled_at = greatest(polled_at, now()),
     polled_too_soon = coalesce(polled_at > now() - make_interval(secs => interval_seconds - $2), false),
     interval_seconds = interval_seconds
       + case when polled_at > now() - make_interval(secs => interval_seconds - $2) then $3::int else 0 end
   where id_hash = $1 returning polled_too_soon as "tooSoon"`,
)

/** Counts a poll of a code that waits; true when it came too soon, and the next ones have to wait longer (§3.5). */
export async function countPoll(db: Database, deviceCode: string): Promise<boolean> {
  const [row] = await run(db, pollOne, [sha256(deviceCode), toleratedSeconds, pollIntervalSeconds])
  return row?.tooSoon === true
}
