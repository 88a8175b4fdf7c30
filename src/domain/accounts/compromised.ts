/**
 * Passwords that others know. NIST SP 800-63B-4 §3.1.1.2 forces a change then: the password opens nothing from that moment
 * on, whoever brings it is told to choose another, and it is not taken again.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { PasswordHasher } from './password.ts'

/** Marks the password of an account. The caller ends its sessions and tokens in the same transaction. */
export function markPasswordCompromised(
  db: Database,
  { id }: { readonly id: string },
  act: Act,
): Promise<'marked' | 'no_password'> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set((column) => ({
        compromisedPasswordHash: column.ref('passwordHash'),
        passwordHash: null,
        passwordTemporary: false,
        // Whoever is having it compared at this moment is not let in late.
        passwordChangedAt: act.now,
        updatedAt: act.now,
        version: sql<number>`version + 1`,
      }))
      .where('id', '=', id)
      .where('passwordHash', 'is not', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return 'no_password'
    await record(transaction, { type: 'account.password_compromised', target: { type: 'account', id } }, act)
    return 'marked'
  })
}

/** Whether somebody chooses the very password again that was marked. */
export async function isCompromisedPassword(
  { db, hasher }: { readonly db: Database; readonly hasher: Pick<PasswordHasher, 'verify'> },
  { id, password }: { readonly id: string; readonly password: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('compromisedPasswordHash')
    .where('id', '=', id)
    .executeTakeFirst()
  const known = row?.compromisedPasswordHash ?? undefined
  return known !== undefined && (await hasher.verify(known, password)).matches
}
