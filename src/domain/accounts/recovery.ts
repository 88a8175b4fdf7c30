import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { accountOf, findRowByLogin } from './account.ts'
import { mailLink } from './mailing.ts'
import type { Mailing } from './mailing.ts'
import { emailKey } from './names.ts'
import { findLink, takeLink } from './one-time-links.ts'
import { setPassword } from './set-password.ts'

/** Somebody who forgot their password, or says so. */
export interface ResetRequest {
  readonly login: string
  /** The language of the page, for an account that names none. */
  readonly locale: string
}

/**
 * Mails a link to the account behind a login. Whoever asks learns nothing: an unknown login and a disabled account get the
 * same statements, a link that leads nowhere and a mail that is not sent (T31). The older link stops working.
 */
export async function requestPasswordReset(
  db: Database,
  mailing: Mailing,
  { login, locale }: ResetRequest,
  act: Act,
): Promise<void> {
  const row = await findRowByLogin(db, login)
  const account = row === undefined || row.disabledAt !== null ? undefined : accountOf(row)
  await inTransaction(db, async (trx) => {
    await mailLink(
      trx,
      mailing,
      {
        link: { purpose: 'reset_password', accountId: account?.id, email: account?.email },
        to: account?.email,
        kind: 'reset_password',
        locale: account?.claims.locale ?? locale,
      },
      act,
    )
    const target = account === undefined ? {} : { target: { type: 'account', id: account.id } as const }
    await record(trx, { type: 'recovery.requested', ...target }, act)
  })
}

/** Whose password a link sets, for the page it leads to and for judging the new password. */
export interface ResetOwner {
  readonly accountId: string
  readonly email: string
  readonly username: string | undefined
}

/** The owner behind a link that can be used. A link that leads nowhere is none. */
export async function findResetOwner(
  db: Database,
  token: string,
  now: Date,
): Promise<ResetOwner | undefined> {
  const link = await findLink(db, { token, purpose: 'reset_password' }, now)
  if (link?.accountId === undefined || link.email === undefined) return undefined
  const row = await db
    .selectFrom('accounts')
    .select(['id', 'email', 'username'])
    .where('id', '=', link.accountId)
    .where('emailKey', '=', emailKey(link.email))
    .where('disabledAt', 'is', null)
    .executeTakeFirst()
  return row && { accountId: row.id, email: row.email, username: row.username ?? undefined }
}

/** What came of it. */
export type ResetOutcome =
  | { readonly outcome: 'reset'; readonly accountId: string }
  | { readonly outcome: 'link_unusable' }

/**
 * Uses the link: sets the password and nothing else. It makes no session and touches no second factor (ASVS 6.3.6, 6.4.3).
 * The caller ends the account's sessions and tokens in the same transaction.
 */
export function resetPassword(
  db: Database,
  { token, passwordHash }: { readonly token: string; readonly passwordHash: string },
  act: Act,
): Promise<ResetOutcome> {
  return inTransaction(db, async (trx) => {
    const link = await takeLink(trx, { token, purpose: 'reset_password' }, act.now)
    if (link?.accountId === undefined || link.email === undefined) return { outcome: 'link_unusable' }
    const { accountId: id, email } = link
    if (!(await holdOwner(trx, { id, email }, act.now))) return { outcome: 'link_unusable' }
    const owned: Act = { ...act, actor: { type: 'account', id } }
    await setPassword(trx, { id, passwordHash }, owned)
    await record(trx, { type: 'recovery.completed', target: { type: 'account', id } }, owned)
    return { outcome: 'reset', accountId: id }
  })
}

/** The account as it was when the link was mailed. Whoever used the link reads the mail of that address. */
async function holdOwner(
  db: Database,
  { id, email }: { readonly id: string; readonly email: string },
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ emailVerifiedAt: sql<Date>`coalesce(email_verified_at, ${now})` })
    .where('id', '=', id)
    .where('emailKey', '=', emailKey(email))
    .where('disabledAt', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
