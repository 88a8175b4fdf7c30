import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { forgetPasswordAttempts } from './password-attempts.ts'

/** Another password of an account. */
export interface NewPassword {
  readonly id: string
  readonly passwordHash: string
  /** Whether somebody else chose it: its owner chooses another at the next sign-in (ASVS 6.4.6). */
  readonly temporary?: boolean | undefined
}

/** Gives an account another password. Who may do so, and which sessions end with it, is the caller's decision. */
export function setPassword(
  db: Database,
  { id, passwordHash, temporary = false }: NewPassword,
  act: Act,
): Promise<'changed' | 'not_found'> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set({
        passwordHash,
        passwordChangedAt: act.now,
        passwordTemporary: temporary,
        updatedAt: act.now,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return 'not_found'
    // NIST SP 800-63B-4 §3.2.2: a password that was disabled is bound again by another one.
    await forgetPasswordAttempts(transaction, id)
    await record(transaction, { type: 'account.password_changed', target: { type: 'account', id } }, act)
    return 'changed'
  })
}
