/**
 * Passwords that somebody else chose: an administrator may start what leads to a password, and does not know the one it ends
 * with (ASVS 6.4.6). Such a password lets its owner choose another, and nothing else.
 */
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import type { Account } from './account.ts'
import type { PasswordHasher } from './password.ts'
import { setPassword } from './set-password.ts'

/** Whether somebody chooses the very password that was chosen for them. */
export async function isTheTemporaryOne(
  { db, hasher }: { readonly db: Database; readonly hasher: Pick<PasswordHasher, 'verify'> },
  { id, password }: { readonly id: string; readonly password: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('passwordHash')
    .where('id', '=', id)
    .where('passwordTemporary', '=', true)
    .executeTakeFirst()
  const given = row?.passwordHash ?? undefined
  return given !== undefined && (await hasher.verify(given, password)).matches
}

/** Puts the owner's password in the place of the temporary one, once, and only while that one is in force. */
export function replaceTemporaryPassword(
  db: Database,
  { account, passwordHash }: { readonly account: Account; readonly passwordHash: string },
  act: Act,
): Promise<'replaced' | 'no_longer'> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set({ passwordTemporary: false })
      .where('id', '=', account.id)
      .where('disabledAt', 'is', null)
      .where('passwordTemporary', '=', true)
      .where('passwordChangedAt', 'is not distinct from', account.passwordChangedAt ?? null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return 'no_longer'
    await setPassword(transaction, { id: account.id, passwordHash }, act)
    return 'replaced'
  })
}
