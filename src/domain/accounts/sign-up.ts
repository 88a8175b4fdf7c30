/**
 * Making an account of one's own. There is never an account with an address nobody has confirmed: asking for one makes a
 * link, and the account comes to be when its page is sent. Name and password are chosen there, by whoever reads the mail
 * of the address, so nobody can prepare an account for somebody else and wait for them to confirm it.
 */
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Account } from './account.ts'
import { createAccount } from './create.ts'
import { mailLink } from './mailing.ts'
import type { Mailing } from './mailing.ts'
import { emailKey } from './names.ts'
import { findLink, takeLink } from './one-time-links.ts'

/** Somebody who would like an account. */
export interface SignUpRequest {
  /** Checked by `emailAddress`. */
  readonly email: string
  readonly locale: string
}

/**
 * Mails a link to the address, or, if it has an account, a mail that says so. Whoever asks cannot tell which (T31); an
 * address whose account is disabled gets nothing, with the same statements.
 */
export async function requestSignUp(
  db: Database,
  mailing: Mailing,
  { email, locale }: SignUpRequest,
  act: Act,
): Promise<void> {
  const owner = await db
    .selectFrom('accounts')
    .select(['id', 'email', 'disabledAt'])
    .where('emailKey', '=', emailKey(email))
    .executeTakeFirst()
  await inTransaction(db, async (trx) => {
    await mailLink(
      trx,
      mailing,
      {
        link: { purpose: 'sign_up', ...(owner === undefined && { email }) },
        // The address as the account has it: what was typed is another spelling at most, and mail goes where it always does.
        to: owner === undefined ? email : owner.disabledAt === null ? owner.email : undefined,
        kind: owner === undefined ? 'sign_up' : 'account_exists',
        locale,
      },
      act,
    )
    const target = owner === undefined ? {} : { target: { type: 'account', id: owner.id } as const }
    await record(trx, { type: 'sign_up.requested', ...target }, act)
  })
}

/** What an invitation brings along. The caller gives it in the transaction that makes the account. */
export const welcomeGifts = z.object({
  administrator: z.boolean().default(false),
  /** Ids of roles. */
  roles: z.array(z.string()).default([]),
})

/** What `welcomeGifts` has read. */
export type WelcomeGifts = z.output<typeof welcomeGifts>

/** Which of the two links that make accounts it is. */
export type WelcomePurpose = 'sign_up' | 'invitation'

/** The address of a link that can be used, for the page it leads to. */
export async function findWelcome(
  db: Database,
  link: { readonly token: string; readonly purpose: WelcomePurpose },
  now: Date,
): Promise<{ readonly email: string } | undefined> {
  const email = (await findLink(db, link, now))?.email
  return email === undefined ? undefined : { email }
}

/** What the account is made of. */
export interface Welcome {
  readonly token: string
  readonly purpose: WelcomePurpose
  readonly id: string
  readonly name: string
  readonly locale: string
  readonly passwordHash: string
}

/** What came of it. The address may have got an account since the link was mailed. */
export type WelcomeOutcome =
  | {
      readonly outcome: 'created'
      readonly account: Account
      readonly gifts: WelcomeGifts
      /** The account that invited, which has to be able to give the gifts at this moment too. */
      readonly invitedBy: string | undefined
    }
  | { readonly outcome: 'link_unusable' | 'email_taken' }

/** Uses the link: makes the account with its address confirmed. */
export function completeWelcome(db: Database, welcome: Welcome, act: Act): Promise<WelcomeOutcome> {
  const { id, name, locale, passwordHash } = welcome
  return inTransaction(db, async (trx) => {
    const link = await takeLink(trx, welcome, act.now)
    if (link?.email === undefined) return { outcome: 'link_unusable' }
    const { email } = link
    const own: Act = { ...act, actor: { type: 'account', id } }
    const account = { email, emailVerified: true, claims: { name, locale } }
    const created = await createAccount(trx, { id, account, passwordHash }, own)
    if (created.outcome !== 'created') return { outcome: 'email_taken' }
    const type = welcome.purpose === 'sign_up' ? 'sign_up.completed' : 'invitation.accepted'
    await record(trx, { type, target: { type: 'account', id } }, own)
    const gifts = welcomeGifts.parse(link.data)
    return { outcome: 'created', account: created.account, gifts, invitedBy: link.createdBy }
  })
}
