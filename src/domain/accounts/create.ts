import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { accountColumns, accountOf } from './account.ts'
import type { Account } from './account.ts'
import { standardClaims } from './claims.ts'
import { emailAddress, emailKey, userName, usernameKey } from './names.ts'

/** A new account as an administrator or operator describes it; only they may vouch for the address. */
export const newAccount = z.strictObject({
  email: emailAddress,
  emailVerified: z.boolean().default(false),
  username: userName.optional(),
  claims: standardClaims.default({}),
})

/** A description that `newAccount` has checked. */
export type NewAccount = z.output<typeof newAccount>

/** What is needed to make an account. Without `passwordHash` nobody can sign in to it with a password. */
export interface AccountCreation {
  readonly id: string
  readonly account: NewAccount
  readonly passwordHash?: string | undefined
  /** Whether somebody else chose it: its owner chooses another at the first sign-in (ASVS 6.4.6). */
  readonly passwordTemporary?: boolean | undefined
}

/** What came of it: an address and a user name belong to one account each. */
export type CreateOutcome =
  | { readonly outcome: 'created'; readonly account: Account }
  | { readonly outcome: NameTaken }

/** Which name somebody else already has. */
export type NameTaken = 'email_taken' | 'username_taken'

/** Makes an account, enabled and without any right. */
export function createAccount(db: Database, creation: AccountCreation, act: Act): Promise<CreateOutcome> {
  return inTransaction(db, async (transaction) => {
    const row = await insert(transaction, creation, act.now)
    if (row === undefined) return { outcome: await takenNameOf(transaction, creation.account) }
    const account = accountOf(row)
    const details = { email_verified: creation.account.emailVerified, has_password: account.hasPassword }
    await record(
      transaction,
      { type: 'account.created', target: { type: 'account', id: account.id }, details },
      act,
    )
    return { outcome: 'created', account }
  })
}

function insert(
  db: Database,
  { id, account, passwordHash, passwordTemporary = false }: AccountCreation,
  now: Date,
) {
  return (
    db
      .insertInto('accounts')
      .values({
        id,
        email: account.email,
        emailKey: emailKey(account.email),
        emailVerifiedAt: account.emailVerified ? now : null,
        username: account.username ?? null,
        usernameKey: account.username === undefined ? null : usernameKey(account.username),
        passwordHash: passwordHash ?? null,
        passwordChangedAt: passwordHash === undefined ? null : now,
        passwordTemporary: passwordTemporary && passwordHash !== undefined,
        claims: JSON.stringify(account.claims),
        createdAt: now,
        updatedAt: now,
      })
      // A name that is taken must not end the caller's transaction with an error.
      .onConflict((conflict) => conflict.doNothing())
      .returning(accountColumns)
      .executeTakeFirst()
  )
}

async function takenNameOf(db: Database, account: NewAccount): Promise<NameTaken> {
  const taken = await findTakenName(db, account)
  if (taken !== undefined) return taken
  throw new Refusal('conflict', 'The account met another change of the same name. Try again.')
}

/** Which of these names an account has already, other than the account `exceptId`. */
export async function findTakenName(
  db: Database,
  names: { readonly email?: string | undefined; readonly username?: string | null | undefined },
  exceptId = '',
): Promise<NameTaken | undefined> {
  const email = names.email === undefined ? null : emailKey(names.email)
  const username = typeof names.username === 'string' ? usernameKey(names.username) : null
  const rows = await db
    .selectFrom('accounts')
    .select(['emailKey', 'usernameKey'])
    .where((row) => row.or([row('emailKey', '=', email), row('usernameKey', '=', username)]))
    .where('id', '<>', exceptId)
    .execute()
  if (rows.length === 0) return undefined
  return rows.some((row) => row.emailKey === email) ? 'email_taken' : 'username_taken'
}
