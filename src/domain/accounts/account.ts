/**
 * Accounts: the people who sign in.
 * Owns `accounts`, `one_time_links` and `password_attempts`: who somebody is, their password, the claims that are said of
 * them, and whether they administer the installation. Whoever disables or deletes an account ends its sessions and tokens
 * in the same transaction, because those belong to another room. An account's id is never given to anybody else.
 */
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { isIdText } from '../../platform/text.ts'
import { storedClaims } from './claims.ts'
import type { StandardClaims } from './claims.ts'
import { readLogin } from './names.ts'

/** An account as others see it. The password's hash never leaves this room. */
export interface Account {
  readonly id: string
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly username: string | undefined
  readonly hasPassword: boolean
  readonly passwordChangedAt: Date | undefined
  /** Whether somebody else chose the password: the next sign-in asks for another. */
  readonly passwordTemporary: boolean
  readonly claims: StandardClaims
  readonly administrator: boolean
  readonly disabledAt: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Counts the changes: a change names the version it was made against. */
  readonly version: number
}

/** A row of `accounts` without its keys. Only this room reads it. */
export interface AccountRow {
  readonly id: string
  readonly email: string
  readonly emailVerifiedAt: Date | null
  readonly username: string | null
  readonly passwordHash: string | null
  /** Of a password that others know: it opens nothing. */
  readonly compromisedPasswordHash: string | null
  readonly passwordChangedAt: Date | null
  readonly passwordTemporary: boolean
  readonly claims: unknown
  readonly administrator: boolean
  readonly disabledAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
}

/** The columns of an `AccountRow`. */
export const accountColumns = [
  'id',
  'email',
  'emailVerifiedAt',
  'username',
  'passwordHash',
  'compromisedPasswordHash',
  'passwordChangedAt',
  'passwordTemporary',
  'claims',
  'administrator',
  'disabledAt',
  'createdAt',
  'updatedAt',
  'version',
] as const

const selectAccount = `select id, email, email_verified_at as "emailVerifiedAt", username,
  password_hash as "passwordHash", compromised_password_hash as "compromisedPasswordHash",
  password_changed_at as "passwordChangedAt", password_temporary as "passwordTemporary", claims, administrator,
  disabled_at as "disabledAt", created_at as "createdAt", updated_at as "updatedAt", version from accounts`

const accountById = statement<AccountRow>('account_by_id', `${selectAccount} where id = $1`)
const accountsByIds = statement<AccountRow>('accounts_by_ids', `${selectAccount} where id = any($1::text[])`)
const accountByEmail = statement<AccountRow>('account_by_email', `${selectAccount} where email_key = $1`)
const accountByUsername = statement<AccountRow>(
  'account_by_username',
  `${selectAccount} where username_key = $1`,
)

/** The account with this id, disabled or not. */
export async function findAccount(db: Database, id: string): Promise<Account | undefined> {
  if (!isIdText(id)) return undefined
  const [row] = await run(db, accountById, [id])
  return row && accountOf(row)
}

/** The accounts with these ids, each in the place of its id. One statement. */
export async function findAccounts(db: Database, ids: readonly string[]): Promise<(Account | undefined)[]> {
  const rows = await run(db, accountsByIds, [ids.filter(isIdText)])
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => {
    const row = found.get(id)
    return row && accountOf(row)
  })
}

/** The account that signs in with this e-mail address or user name, however it is typed. */
export async function findAccountByLogin(db: Database, login: string): Promise<Account | undefined> {
  const row = await findRowByLogin(db, login)
  return row && accountOf(row)
}

/**
 * T29: what attempts at a login are counted under. The address and the user name of one account, in every spelling, are
 * one key; so is every spelling of a login that nobody has, and finding it costs the same.
 */
export async function attemptKey(db: Database, login: string): Promise<string> {
  return attemptKeyOf(await findRowByLogin(db, login), login)
}

/** The same, when the row has been looked for already. */
export function attemptKeyOf(row: { readonly id: string } | undefined, login: string): string {
  return row?.id ?? `login:${readLogin(login)?.key ?? ''}`
}

/** The row behind a login, for those in this room who compare the password. */
export async function findRowByLogin(db: Database, login: string): Promise<AccountRow | undefined> {
  const read = readLogin(login)
  if (read === undefined) return undefined
  const [row] = await run(db, read.by === 'email' ? accountByEmail : accountByUsername, [read.key])
  return row
}

/** The account of a row. */
export function accountOf({ passwordHash, compromisedPasswordHash: _known, ...row }: AccountRow): Account {
  return {
    ...row,
    emailVerifiedAt: row.emailVerifiedAt ?? undefined,
    username: row.username ?? undefined,
    hasPassword: passwordHash !== null,
    passwordChangedAt: row.passwordChangedAt ?? undefined,
    claims: storedClaims.parse(row.claims),
    disabledAt: row.disabledAt ?? undefined,
  }
}
