import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { mailLink } from './mailing.ts'
import type { Mailing } from './mailing.ts'
import { emailKey } from './names.ts'
import { takeLink } from './one-time-links.ts'

/** Mails a link that confirms the address an account has; the one before stops working. */
export function requestEmailVerification(
  db: Database,
  mailing: Mailing,
  { accountId, locale }: { readonly accountId: string; readonly locale: string },
  act: Act,
): Promise<'mailed' | 'already_verified' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    const account = await trx
      .selectFrom('accounts')
      .select(['email', 'emailVerifiedAt'])
      .where('id', '=', accountId)
      .where('disabledAt', 'is', null)
      .executeTakeFirst()
    if (account === undefined) return 'not_found'
    if (account.emailVerifiedAt !== null) return 'already_verified'
    const { email } = account
    const link = { purpose: 'verify_email', accountId, email } as const
    await mailLink(trx, mailing, { link, to: email, kind: 'verify_email', locale }, act)
    return 'mailed'
  })
}

/** Uses the link: the address is confirmed, if the account still has it. T34: there is no other way to say so oneself. */
export function confirmEmail(db: Database, token: string, act: Act): Promise<'confirmed' | 'link_unusable'> {
  return inTransaction(db, async (trx) => {
    const link = await takeLink(trx, { token, purpose: 'verify_email' }, act.now)
    if (link?.accountId === undefined || link.email === undefined) return 'link_unusable'
    const { numUpdatedRows } = await trx
      .updateTable('accounts')
      .set({
        emailVerifiedAt: sql<Date>`coalesce(email_verified_at, ${act.now})`,
        updatedAt: act.now,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', link.accountId)
      .where('emailKey', '=', emailKey(link.email))
      .where('disabledAt', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return 'link_unusable'
    const target = { type: 'account', id: link.accountId } as const
    await record(trx, { type: 'account.email_verified', target }, ownAct(act, link.accountId))
    return 'confirmed'
  })
}

function ownAct(act: Act, id: string): Act {
  return { ...act, actor: { type: 'account', id } }
}
