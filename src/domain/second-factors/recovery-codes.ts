/**
 * Recovery codes: for the day a phone is lost. Owns `recovery_code_sets` and `recovery_codes`.
 * A code has 125 random bits, so that a plain hash is enough (ASVS 6.5.2 asks for a slow one below 112): ten slow hashes
 * for one person at once would be a way to keep the server busy. The account's id goes into the hash, so that equal codes of
 * two accounts could not be told. A code is worth something only beside the password, and only once.
 */
import { sql } from 'kysely'
import { sha256 } from '../../platform/crypto/digest.ts'
import { randomBase32 } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { lockAfterFailures, mostFailures, recordFailure } from './failures.ts'
import type { CodeAttempt, CodeOutcome } from './failures.ts'

const codesInSet = 10
const groups = 5
const charactersInGroup = 5

/**
 * Makes new recovery codes, to be shown once; older ones stop working. A lock that failures left goes with the old set,
 * because this is what binding again means.
 */
export function replaceRecoveryCodes(
  db: Database,
  { accountId }: { readonly accountId: string },
  act: Act,
): Promise<string[]> {
  const codes = Array.from({ length: codesInSet }, () => randomBase32(groups * charactersInGroup))
  return inTransaction(db, async (transaction) => {
    const set = { failures: 0, disabledAt: null, createdAt: act.now }
    // The row of the set is what those wait for who replace it at the same moment: the last set is the one that counts.
    await transaction
      .insertInto('recoveryCodeSets')
      .values({ accountId, ...set })
      .onConflict((conflict) => conflict.column('accountId').doUpdateSet(set))
      .execute()
    await transaction.deleteFrom('recoveryCodes').where('accountId', '=', accountId).execute()
    await transaction
      .insertInto('recoveryCodes')
      .values(codes.map((code) => ({ accountId, codeHash: hashOf(accountId, code) })))
      .execute()
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'recovery_codes.created', target, details: { count: codesInSet } }, act)
    return codes.map(inGroups)
  })
}

/** Uses a recovery code up. `db` is the pool, for the reasons of `verifyTotp`. */
export async function useRecoveryCode(
  db: Database,
  { accountId, code: typed }: CodeAttempt,
  act: Act,
): Promise<CodeOutcome> {
  const code = readRecoveryCode(typed)
  if (code === undefined) return 'rejected'
  if (!(await countAttempt(db, accountId))) return refuseUncounted(db, accountId, act)
  return inTransaction(db, async (transaction) => {
    if (await burnCode(transaction, { accountId, code }, act)) return 'accepted'
    await recordFailure(transaction, { accountId, method: 'recovery_code', reason: 'wrong' }, act)
    return lockAfterFailures(transaction, { accountId, method: 'recovery_code' }, act)
  })
}

/** Takes the recovery codes of an account away. */
export function removeRecoveryCodes(
  db: Database,
  { accountId, reason }: { readonly accountId: string; readonly reason?: string | undefined },
  act: Act,
): Promise<'removed' | 'not_found'> {
  return inTransaction(db, async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('recoveryCodeSets')
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'not_found'
    const target = { type: 'account', id: accountId } as const
    await record(transaction, { type: 'recovery_codes.removed', target, details: { reason } }, act)
    return 'removed'
  })
}

/** Takes the recovery codes of an account away once there is nothing left that they stand in for. */
export async function removeOrphanedRecoveryCodes(
  transaction: Database,
  { accountId }: { readonly accountId: string },
  act: Act,
): Promise<void> {
  const { numDeletedRows } = await transaction
    .deleteFrom('recoveryCodeSets')
    .where('accountId', '=', accountId)
    .where((row) => {
      const totp = row.selectFrom('totpAuthenticators').select('accountId').where('accountId', '=', accountId)
      const passkeys = row.selectFrom('passkeys').select('id').where('accountId', '=', accountId)
      return row.not(row.or([row.exists(totp), row.exists(passkeys)]))
    })
    .executeTakeFirstOrThrow()
  if (numDeletedRows === 0n) return
  const target = { type: 'account', id: accountId } as const
  await record(transaction, { type: 'recovery_codes.removed', target }, act)
}

/** A code as it was meant: without its dashes, in any case, and with the letters that look like digits as those. */
function readRecoveryCode(typed: string): string | undefined {
  const code = typed
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{25}$/.test(code) ? code : undefined
}

function inGroups(code: string): string {
  return code.replaceAll(/.{5}(?=.)/g, '$&-')
}

function hashOf(accountId: string, code: string): Buffer {
  return sha256(`recovery code\n${accountId}\n${code}`)
}

async function countAttempt(db: Database, accountId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recoveryCodeSets')
    .set({ failures: sql<number>`failures + 1` })
    .where('accountId', '=', accountId)
    .where('disabledAt', 'is', null)
    .where('failures', '<', mostFailures)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

async function burnCode(
  transaction: Database,
  { accountId, code }: { accountId: string; code: string },
  act: Act,
): Promise<boolean> {
  // The set first, as whoever replaces it does: they wait for each other in one order.
  const set = await transaction
    .selectFrom('recoveryCodeSets')
    .select('accountId')
    .where('accountId', '=', accountId)
    .where('disabledAt', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (set === undefined) return false
  const { numUpdatedRows } = await transaction
    .updateTable('recoveryCodes')
    .set({ usedAt: act.now })
    .where('accountId', '=', accountId)
    .where('codeHash', '=', hashOf(accountId, code))
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  await transaction
    .updateTable('recoveryCodeSets')
    .set({ failures: 0 })
    .where('accountId', '=', accountId)
    .execute()
  const left = await recoveryCodesLeft(transaction, accountId)
  const target = { type: 'account', id: accountId } as const
  await record(transaction, { type: 'recovery_code.used', target, details: { left } }, act)
  return true
}

/** How many codes were not used yet. */
export async function recoveryCodesLeft(db: Database, accountId: string): Promise<number> {
  const { left } = await db
    .selectFrom('recoveryCodes')
    .select(({ fn }) => fn.countAll<string>().as('left'))
    .where('accountId', '=', accountId)
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(left)
}

async function refuseUncounted(db: Database, accountId: string, act: Act): Promise<CodeOutcome> {
  const set = await db
    .selectFrom('recoveryCodeSets')
    .select('accountId')
    .where('accountId', '=', accountId)
    .executeTakeFirst()
  const reason = set === undefined ? 'not_enrolled' : 'locked'
  await recordFailure(db, { accountId, method: 'recovery_code', reason }, act)
  return set === undefined ? 'rejected' : 'locked'
}
