/**
 * Authenticator apps. Owns `totp_authenticators` and `totp_enrolments`.
 * A seed is sealed, for it is needed again; each code is taken once, and none that is older than one that was taken, by one
 * conditional statement. The failures of this factor are its own and not the password's: they are counted before a code is
 * compared, and after a hundred in a row the authenticator is of no use any more (NIST SP 800-63B-4 §3.2.2).
 */
import { sql } from 'kysely'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { lockAfterFailures, mostFailures, recordFailure } from './failures.ts'
import type { CodeAttempt, CodeOutcome } from './failures.ts'
import { removeOrphanedRecoveryCodes } from './recovery-codes.ts'
import { readTotpCode, stepOfCode } from './totp-codes.ts'

/** An authenticator app as its owner sees it. */
export interface TotpAuthenticator {
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  readonly disabledAt: Date | undefined
}

/** The authenticator app of an account. */
export async function findTotp(db: Database, accountId: string): Promise<TotpAuthenticator | undefined> {
  const row = await db
    .selectFrom('totpAuthenticators')
    .select(['createdAt', 'lastUsedAt', 'disabledAt'])
    .where('accountId', '=', accountId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { ...row, lastUsedAt: row.lastUsedAt ?? undefined, disabledAt: row.disabledAt ?? undefined }
}

/**
 * Takes a code. `db` is the pool: inside a transaction that is rolled back, the attempt would not have been counted, and
 * until its end every other one would wait (T28).
 */
export async function verifyTotp(
  db: Database,
  seal: Seal,
  { accountId, code: typed }: CodeAttempt,
  act: Act,
): Promise<CodeOutcome> {
  const code = readTotpCode(typed)
  if (code === undefined) return 'rejected'
  const sealed = await countAttempt(db, accountId)
  if (sealed === undefined) return refuseUncounted(db, accountId, act)
  const seed = seal.open(sealed, seedContext(accountId)).toString('utf8')
  const step = stepOfCode(seed, code, act.now)
  if (step !== undefined && (await burnStep(db, { accountId, sealed, step }, act))) return 'accepted'
  const reason = step === undefined ? 'wrong' : 'used_before'
  return inTransaction(db, async (transaction) => {
    await recordFailure(transaction, { accountId, method: 'totp', reason }, act)
    return lockAfterFailures(transaction, { accountId, method: 'totp' }, act)
  })
}

/** Takes the authenticator app away. Recovery codes do not outlive the factors that they stand in for. */
export function removeTotp(
  db: Database,
  { accountId, reason }: { readonly accountId: string; readonly reason?: string | undefined },
  act: Act,
): Promise<'removed' | 'not_found'> {
  return inTransaction(db, async (transaction) => {
    await transaction.deleteFrom('totpEnrolments').where('accountId', '=', accountId).execute()
    const { numDeletedRows } = await transaction
      .deleteFrom('totpAuthenticators')
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'not_found'
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'totp.removed', target, details: { reason } }, act)
    await removeOrphanedRecoveryCodes(transaction, { accountId }, act)
    return 'removed'
  })
}

/** What a seed is sealed as: a box that is moved to another account does not open. */
export function seedContext(accountId: string): string {
  return `totp seed of ${accountId}`
}

/** The attempt is counted with the look-up: of very many at once, no more than are left see the seed. */
async function countAttempt(db: Database, accountId: string): Promise<Buffer | undefined> {
  const row = await db
    .updateTable('totpAuthenticators')
    .set({ failures: sql<number>`failures + 1` })
    .where('accountId', '=', accountId)
    .where('disabledAt', 'is', null)
    .where('failures', '<', mostFailures)
    .returning('seed')
    .executeTakeFirst()
  return row?.seed
}

/** T26, ASVS 6.5.1: a code is taken once, however many bring it at the same moment, and no older one after it. */
function burnStep(
  db: Database,
  { accountId, sealed, step }: { accountId: string; sealed: Buffer; step: number },
  act: Act,
): Promise<boolean> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('totpAuthenticators')
      .set({ lastStep: step, failures: 0, lastUsedAt: act.now })
      .where('accountId', '=', accountId)
      .where('lastStep', '<', step)
      .where('disabledAt', 'is', null)
      // Another app may have taken its place while the code was compared.
      .where('seed', '=', sealed)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return false
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'second_factor.accepted', target, details: { method: 'totp' } }, act)
    return true
  })
}

/** Nothing was counted: there is no authenticator, or it is of no use any more. */
async function refuseUncounted(db: Database, accountId: string, act: Act): Promise<CodeOutcome> {
  const exists = (await findTotp(db, accountId)) !== undefined
  const reason = exists ? 'locked' : 'not_enrolled'
  await recordFailure(db, { accountId, method: 'totp', reason }, act)
  return exists ? 'locked' : 'rejected'
}
