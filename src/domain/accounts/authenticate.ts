import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { accountColumns, accountOf, attemptKeyOf, findRowByLogin } from './account.ts'
import type { Account, AccountRow } from './account.ts'
import { affordableKinds, hashKindsInUse } from './hash-kinds.ts'
import {
  countPasswordAttempt,
  endPasswordFailures,
  notePasswordFailure,
  uncountPasswordAttempt,
} from './password-attempts.ts'
import type { CountedAttempt } from './password-attempts.ts'
import type { PasswordHasher, PasswordVerdict } from './password.ts'

/** What authenticating needs. */
export interface AuthenticationTools {
  readonly db: Database
  readonly hasher: PasswordHasher
}

/** A login and a password as they were typed. */
export interface PasswordAttempt {
  readonly login: string
  readonly password: string
  /** Whether this browser is known to the account of this login: what strangers did is not counted against it. */
  readonly fromKnownDevice?: boolean | undefined
}

/** The answer says nothing of why: the reason is in the audit log alone. */
export type Authentication =
  | { readonly outcome: 'authenticated'; readonly account: Account }
  | { readonly outcome: 'rejected' }
  /** The right password, but others know it: it has to be another one first. Nobody but who knows it is told. */
  | { readonly outcome: 'compromised' }

/**
 * Finds out whether somebody knows the password of an account. Every attempt is counted before the password is compared
 * (T28); one too many is compared with nothing. An unknown login, a wrong or disabled password, a disabled account and
 * one without a password get the same answer after the same work (T31). The event of a success belongs to the session
 * that is made of it, and is written there.
 */
export async function authenticate(
  { db, hasher }: AuthenticationTools,
  { login, password, fromKnownDevice = false }: PasswordAttempt,
  act: Act,
): Promise<Authentication> {
  const row = await findRowByLogin(db, login)
  const key = attemptKeyOf(row, login)
  const pool = fromKnownDevice ? 'known_devices' : 'elsewhere'
  const counted = await countPasswordAttempt(db, { key, pool }, act)
  const stored = counted === undefined ? undefined : hashOf(row)
  const hidesMatch = row !== undefined && row.disabledAt !== null
  const verdict = await compare({ db, hasher }, { stored, password, fromKnownDevice, counted, hidesMatch })
  const account = row !== undefined && verdict.matches ? await confirm(db, row) : undefined
  if (row === undefined || account === undefined) {
    const reason = counted === undefined ? 'password_disabled' : reasonOf(row, verdict)
    await recordFailure(db, { accountId: row?.id, reason }, act)
    if (counted !== undefined) await notePasswordFailure(db, counted, act)
    return { outcome: 'rejected' }
  }
  if (!account.hasPassword) {
    await recordFailure(db, { accountId: row.id, reason: 'compromised_password' }, act)
    return { outcome: 'compromised' }
  }
  await endPasswordFailures(db, key)
  if (verdict.needsRehash) await rehash({ db, hasher }, row, password)
  return { outcome: 'authenticated', account }
}

/** Whatever keeps the password from being compared, such as a full line of others, is no attempt. */
async function compare(
  { db, hasher }: AuthenticationTools,
  attempt: {
    readonly stored: string | undefined
    readonly password: string
    readonly fromKnownDevice: boolean
    readonly counted: CountedAttempt | undefined
    readonly hidesMatch: boolean
  },
): Promise<PasswordVerdict> {
  const { stored, password, fromKnownDevice, counted, hidesMatch } = attempt
  const kinds = affordableKinds(await hashKindsInUse(db))
  try {
    return await hasher.verify(stored, password, { first: fromKnownDevice, kinds, hidesMatch })
  } catch (error) {
    if (counted !== undefined) await uncountPasswordAttempt(db, counted)
    throw error
  }
}

/** Reads again what may have changed while the password was compared: a disabled account is not let in late. */
async function confirm(db: Database, row: AccountRow): Promise<Account | undefined> {
  const same = await unchanged(db, row).executeTakeFirst()
  return same && accountOf(same)
}

/**
 * Whether what was authenticated is so still. Until the end of the transaction it stays so: whoever ends the sign-ins of the
 * account at this moment waits, and ends the one that is made here as well.
 */
export async function holdsStill(transaction: Database, account: Account): Promise<boolean> {
  return (await unchanged(transaction, account).forShare().executeTakeFirst()) !== undefined
}

function unchanged(
  db: Database,
  { id, passwordChangedAt }: Pick<Account | AccountRow, 'id' | 'passwordChangedAt'>,
) {
  return db
    .selectFrom('accounts')
    .select(accountColumns)
    .where('id', '=', id)
    .where('disabledAt', 'is', null)
    .where('passwordChangedAt', 'is not distinct from', passwordChangedAt ?? null)
}

/** What is compared: the password in force or, while there is none, the one that was given up. */
function hashOf(row: AccountRow | undefined): string | undefined {
  return row?.passwordHash ?? row?.compromisedPasswordHash ?? undefined
}

function reasonOf(row: AccountRow | undefined, { matches }: PasswordVerdict): string {
  if (row === undefined) return 'unknown_login'
  if (hashOf(row) === undefined) return 'no_password'
  if (!matches) return 'wrong_password'
  return row.disabledAt === null ? 'changed_meanwhile' : 'disabled'
}

/** What was typed is not recorded: people type their password into the wrong field. */
async function recordFailure(
  db: Database,
  { accountId, reason }: { accountId: string | undefined; reason: string },
  act: Act,
): Promise<void> {
  const target = accountId === undefined ? {} : { target: { type: 'account', id: accountId } as const }
  await record(db, { type: 'sign_in.failed', ...target, details: { reason } }, act)
}

/**
 * Keeps the same password under today's parameters. It is no change of the password and writes no event; only the hash
 * that was compared is replaced, so a password that was changed meanwhile stays changed.
 */
async function rehash({ db, hasher }: AuthenticationTools, row: AccountRow, password: string): Promise<void> {
  const passwordHash = await hasher.hash(password).catch((error: unknown) => {
    // A busy server leaves it to the next sign-in.
    if (error instanceof Refusal && error.code === 'temporarily_unavailable') return undefined
    throw error
  })
  if (passwordHash === undefined) return
  await db
    .updateTable('accounts')
    .set({ passwordHash })
    .where('id', '=', row.id)
    .where('passwordHash', '=', row.passwordHash)
    .execute()
}
