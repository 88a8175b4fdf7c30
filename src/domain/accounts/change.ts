import { sql } from 'kysely'
import { z } from 'zod'
import { isDuplicate } from '../../platform/db/failures.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { accountColumns, accountOf } from './account.ts'
import type { Account } from './account.ts'
import { standardClaims } from './claims.ts'
import { findTakenName } from './create.ts'
import type { NameTaken } from './create.ts'
import { emailAddress, emailKey, userName, usernameKey } from './names.ts'

/** A change as an administrator or operator describes it. `null` takes the user name away; `claims` replaces them all. */
export const accountChange = z
  .strictObject({
    email: emailAddress.optional(),
    emailVerified: z.boolean().optional(),
    username: userName.nullable().optional(),
    claims: standardClaims.optional(),
  })
  .refine((change) => changedFields(change).length > 0, 'must change something')

/** A change that `accountChange` has checked. */
export type AccountChange = z.output<typeof accountChange>

/** What came of a change: it is refused when somebody else changed the account since `version` was read. */
export type ChangeOutcome =
  | { readonly outcome: 'changed'; readonly account: Account }
  | { readonly outcome: NameTaken | 'version_conflict' | 'not_found' }

/** Changes the named fields. Another address is unverified until somebody vouches for it. */
export async function changeAccount(
  db: Database,
  { id, version, change }: { readonly id: string; readonly version: number; readonly change: AccountChange },
  act: Act,
): Promise<ChangeOutcome> {
  try {
    return await inTransaction(db, async (transaction) => {
      const taken = await findTakenName(transaction, change, id)
      if (taken !== undefined) return { outcome: taken }
      const before = await usernameOf(transaction, id)
      const row = await update(transaction, { id, version, change }, act.now)
      if (row === undefined) return { outcome: await whyNotChanged(transaction, id) }
      const details = { fields: changedFields(change) }
      const target = { type: 'account', id } as const
      await record(transaction, { type: 'account.changed', target, details }, act)
      // ASVS 6.3.7: it is what somebody signs in with, so its owner is told.
      if (row.username !== before)
        await record(transaction, { type: 'account.username_changed', target }, act)
      return { outcome: 'changed', account: accountOf(row) }
    })
  } catch (cause) {
    if (!isDuplicate(cause)) throw cause
    throw new Refusal('conflict', 'Somebody took that name at the same moment.', { cause })
  }
}

/** The user name before a change; until the end of the transaction nobody else changes it. */
async function usernameOf(transaction: Database, id: string): Promise<string | null | undefined> {
  const row = await transaction
    .selectFrom('accounts')
    .select('username')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row?.username
}

function update(
  db: Database,
  { id, version, change }: { id: string; version: number; change: AccountChange },
  now: Date,
) {
  const { email, username, claims } = change
  return db
    .updateTable('accounts')
    .set({
      ...(email !== undefined && { email, emailKey: emailKey(email) }),
      ...(username !== undefined && {
        username,
        usernameKey: username === null ? null : usernameKey(username),
      }),
      ...(claims !== undefined && { claims: JSON.stringify(claims) }),
      ...verification(change, now),
      updatedAt: now,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .returning(accountColumns)
    .executeTakeFirst()
}

/** T34: verification belongs to an address, so another address does not inherit it; another spelling of it does. */
function verification({ email, emailVerified }: AccountChange, now: Date) {
  if (emailVerified === false) return { emailVerifiedAt: null }
  if (email === undefined) {
    return emailVerified === true ? { emailVerifiedAt: sql<Date>`coalesce(email_verified_at, ${now})` } : {}
  }
  const otherwise = emailVerified === true ? now : null
  return {
    emailVerifiedAt: sql<Date | null>`case when email_key = ${emailKey(email)}
      then coalesce(email_verified_at, ${otherwise}::timestamptz) else ${otherwise}::timestamptz end`,
  }
}

async function whyNotChanged(db: Database, id: string): Promise<'version_conflict' | 'not_found'> {
  const row = await db.selectFrom('accounts').select('id').where('id', '=', id).executeTakeFirst()
  return row === undefined ? 'not_found' : 'version_conflict'
}

function changedFields(change: object): string[] {
  return Object.entries(change)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
}
