import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { isDuplicate } from '../../platform/db/failures.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { mailLink } from './mailing.ts'
import type { Mailing } from './mailing.ts'
import { emailKey } from './names.ts'
import { findLink, takeLink } from './one-time-links.ts'

/** A change of one's own address. Whoever asks has signed in afresh (ASVS 7.5.1). */
export interface EmailChange {
  readonly accountId: string
  /** Checked by `emailAddress`. */
  readonly email: string
  readonly locale: string
}

/**
 * Mails a link to the new address; until it is used nothing changes. If the address belongs to another account, its owner
 * is told instead, and whoever asked cannot tell. The former address hears of the change when it happens.
 */
export function requestEmailChange(
  db: Database,
  mailing: Mailing,
  { accountId, email, locale }: EmailChange,
  act: Act,
): Promise<'mailed' | 'same_address' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    const account = await trx
      .selectFrom('accounts')
      .select('emailKey')
      .where('id', '=', accountId)
      .where('disabledAt', 'is', null)
      .executeTakeFirst()
    if (account === undefined) return 'not_found'
    if (account.emailKey === emailKey(email)) return 'same_address'
    const owner = await trx
      .selectFrom('accounts')
      .select(['email', 'disabledAt'])
      .where('emailKey', '=', emailKey(email))
      .executeTakeFirst()
    await mailLink(
      trx,
      mailing,
      {
        link: { purpose: 'change_email', accountId, ...(owner === undefined && { email }) },
        // Another's account may spell it differently: its mail goes where it always does, and to nobody if it is disabled.
        to: owner === undefined ? email : owner.disabledAt === null ? owner.email : undefined,
        kind: owner === undefined ? 'change_email' : 'account_exists',
        locale,
      },
      act,
    )
    const target = { type: 'account', id: accountId } as const
    await record(trx, { type: 'account.email_change_requested', target }, act)
    return 'mailed'
  })
}

/** The address a link would give, for the page it leads to. */
export async function findEmailChange(
  db: Database,
  token: string,
  now: Date,
): Promise<{ readonly email: string } | undefined> {
  const email = (await findLink(db, { token, purpose: 'change_email' }, now))?.email
  return email === undefined ? undefined : { email }
}

/** Uses the link: the account has the new address from now on, and it is confirmed. */
export async function confirmEmailChange(
  db: Database,
  token: string,
  act: Act,
): Promise<'changed' | 'email_taken' | 'link_unusable'> {
  try {
    return await inTransaction(db, (trx) => change(trx, token, act))
  } catch (error) {
    // Somebody made an account with the address since the link was mailed.
    if (isDuplicate(error)) return 'email_taken'
    throw error
  }
}

async function change(trx: Database, token: string, act: Act): Promise<'changed' | 'link_unusable'> {
  const link = await takeLink(trx, { token, purpose: 'change_email' }, act.now)
  if (link?.accountId === undefined || link.email === undefined) return 'link_unusable'
  const { accountId: id, email } = link
  const { numUpdatedRows } = await trx
    .updateTable('accounts')
    .set({
      email,
      emailKey: emailKey(email),
      emailVerifiedAt: act.now,
      updatedAt: act.now,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', id)
    .where('disabledAt', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return 'link_unusable'
  const own: Act = { ...act, actor: { type: 'account', id } }
  await record(trx, { type: 'account.email_changed', target: { type: 'account', id } }, own)
  return 'changed'
}
