/**
 * Leaked keys: whoever holds a key may report it, and holding it is the proof. What happens then is the installation's
 * policy: `notify` tells its owner and leaves it, `grace` lets the key expire soon, `end` revokes it at once. A report of the older
 * secret of a key that is being rotated concerns that secret alone: the newer one has not leaked with it.
 */
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { sql } from 'kysely'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { tellOfLeakedKey } from '../owner-notices/leaked.ts'
import type { KeyMaking } from './create.ts'
import type { ApiKey } from './find.ts'
import { findApiKey } from './find.ts'
import { revokeApiKey, target } from './lifecycle.ts'
import { shortenOverlap } from './rotate.ts'
import { isSecretLive, parseKey, secretHolds } from './secret.ts'
import type { Slot } from './secret.ts'

/** What this installation does about leaked keys. */
export interface LeakPolicy {
  readonly making: KeyMaking
  readonly policy: 'notify' | 'grace' | 'end'
  readonly graceSeconds: number
}

/** A key as somebody found it, and where. */
export interface LeakReport {
  readonly text: string
  /** Who says so, such as `github`. */
  readonly reporter?: string
  /** Where it was found, as the reporter says. */
  readonly url?: string
}

/** What was done; `already_ended` if the key or that secret no longer worked. */
export type LeakMeasure = 'none' | 'expires_soon' | 'revoked' | 'secret_ended' | 'already_ended'

/** What came of a report. Nobody who reports without signing may be told. */
export type LeakOutcome =
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'known'; readonly keyId: string; readonly measure: LeakMeasure }

// Nobody has this id. It is looked up for whatever is no key, so that such a report costs the same question.
const nobodysId = '0'.repeat(12)

/** Takes a report. Whether such a key exists is found out with the same work for any text. */
export async function reportLeak(
  db: Database,
  policy: LeakPolicy,
  report: LeakReport,
  act: Act,
): Promise<LeakOutcome> {
  const { prefix, peppers } = policy.making
  const given = parseKey(report.text, prefix) ?? { keyId: nobodysId, secret: '' }
  const key = await findApiKey(db, given.keyId)
  const slot = secretHolds(peppers, { id: given.keyId, secrets: key?.secrets ?? [] }, given.secret)
  if (key === undefined || slot === undefined) return { outcome: 'unknown' }
  return inTransaction(db, async (trx) => {
    // Reports of one key come one after the other, and each sees what the one before it did.
    await sql`select from api_keys where id = ${key.id} for no key update`.execute(trx)
    const measure = await takeMeasure(trx, policy, { key, slot }, act)
    const isNews = !(await wasToldOf(trx, { keyId: key.id, measure }, act.now))
    const details = {
      policy: policy.policy,
      measure,
      slot,
      reporter: report.reporter,
      url: report.url,
    }
    await record(trx, { type: 'api_key.leak_reported', target: target(key.id), details }, act)
    if (isNews) await tellOfLeakedKey(trx, { keyId: key.id, name: key.name, owner: key.owner, measure }, act)
    return { outcome: 'known', keyId: key.id, measure }
  })
}

/** Somebody who reports a key again and again must not fill the mailboxes of those responsible for it. */
async function wasToldOf(
  db: Database,
  { keyId, measure }: { readonly keyId: string; readonly measure: LeakMeasure },
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`select from audit_events
    where target_type = 'api_key' and target_id = ${keyId} and type = 'api_key.leak_reported'
      and occurred_at > ${now}::timestamptz - interval '1 day' and details ->> 'measure' = ${measure} limit 1`.execute(
    db,
  )
  return rows.length > 0
}

async function takeMeasure(
  db: Database,
  { policy, graceSeconds }: LeakPolicy,
  { key, slot }: { readonly key: ApiKey; readonly slot: Slot },
  act: Act,
): Promise<LeakMeasure> {
  const secret = key.secrets.find((one) => one.slot === slot)
  const keyOver = key.expiresAt !== undefined && key.expiresAt <= act.now
  if (key.revokedAt !== undefined || keyOver || secret === undefined || !isSecretLive(secret, act.now)) {
    return 'already_ended'
  }
  if (policy === 'notify') return 'none'
  const expiresAt = policy === 'end' ? act.now : new Date(act.now.getTime() + graceSeconds * 1000)
  // Only the older of two secrets has a time of its own.
  if (secret.expiresAt !== undefined) {
    await shortenOverlap(db, { id: key.id, expiresAt }, act)
    return 'secret_ended'
  }
  if (policy === 'end') {
    await revokeApiKey(db, { id: key.id, reason: 'leaked' }, act)
    return 'revoked'
  }
  await expireBy(db, { id: key.id, expiresAt }, act)
  return 'expires_soon'
}

/** Never later than it would expire anyway: another report wins no time. */
async function expireBy(
  db: Database,
  { id, expiresAt }: { readonly id: string; readonly expiresAt: Date },
  act: Act,
): Promise<void> {
  await db
    .updateTable('apiKeys')
    .set({ expiresAt, updatedAt: act.now, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', expiresAt)]))
    .execute()
}
