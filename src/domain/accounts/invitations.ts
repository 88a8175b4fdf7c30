/**
 * Invitations: an account that waits for its owner. Whoever may invite decides what it brings along; the invited person
 * chooses name and password. An invitation is known by a public id, and its link is only ever in the mail.
 */
import { sql } from 'kysely'
import { z } from 'zod'
import { randomId } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import { pageMembers, pageOf, readCursor } from '../../platform/db/page.ts'
import type { Page } from '../../platform/db/page.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { isIdText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { findTakenName } from './create.ts'
import { mailLink } from './mailing.ts'
import type { Mailing } from './mailing.ts'
import { emailAddress } from './names.ts'
import { welcomeGifts } from './sign-up.ts'
import type { WelcomeGifts } from './sign-up.ts'

/** An invitation as the door takes it. Whether the inviting person may give the gifts is decided before. */
export const newInvitation = z.strictObject({
  email: emailAddress,
  locale: z.string().max(35).optional(),
  gifts: welcomeGifts.prefault({}),
})

/** An invitation that `newInvitation` has checked. */
export type NewInvitation = z.output<typeof newInvitation>

/** An invitation that waits. */
export interface Invitation {
  readonly id: string
  readonly email: string
  readonly gifts: WelcomeGifts
  /** The account that invited; an operator at the command line has none. */
  readonly createdBy: string | undefined
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** What came of inviting. */
export type InviteOutcome =
  | { readonly outcome: 'invited'; readonly invitation: Invitation }
  | { readonly outcome: 'email_taken' }

/** Invites an address; an older invitation of it stops working. Inviting again is how a mail is sent again. */
export function invite(
  db: Database,
  mailing: Mailing,
  { email, locale, gifts }: NewInvitation,
  act: Act,
): Promise<InviteOutcome> {
  return inTransaction(db, async (trx) => {
    if ((await findTakenName(trx, { email })) !== undefined) return { outcome: 'email_taken' }
    const id = randomId('inv')
    const createdBy = act.actor.type === 'account' ? act.actor.id : undefined
    const { expiresAt } = await mailLink(
      trx,
      mailing,
      {
        link: { purpose: 'invitation', id, email, createdBy, data: gifts },
        to: email,
        kind: 'invitation',
        locale,
      },
      act,
    )
    await record(trx, { type: 'invitation.created', details: { invitation: id, ...gifts } }, act)
    const invitation = { id, email, gifts, createdBy, createdAt: act.now, expiresAt }
    return { outcome: 'invited', invitation }
  })
}

/** A list query at the door. */
export const invitationListQuery = z.strictObject(pageMembers)

/** A page of the invitations that wait, the newest first. */
export async function listInvitations(
  db: Database,
  { limit, after }: z.output<typeof invitationListQuery>,
  now: Date,
): Promise<Page<Invitation>> {
  let query = waiting(db, now).orderBy('createdAt', 'desc').orderBy('id', 'desc')
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    query = query.where(sql<boolean>`(created_at, id) < (${createdAt}, ${id})`)
  }
  const rows = await query.limit(limit + 1).execute()
  return pageOf(rows.map(invitationOf), limit)
}

/** The invitation with this id, while it waits. */
export async function findInvitation(db: Database, id: string, now: Date): Promise<Invitation | undefined> {
  if (!isIdText(id)) return undefined
  const row = await waiting(db, now).where('id', '=', id).executeTakeFirst()
  return row && invitationOf(row)
}

/** Withdraws an invitation: its link stops working. */
export function withdrawInvitation(
  db: Database,
  { id }: { readonly id: string },
  act: Act,
): Promise<'withdrawn' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom('oneTimeLinks')
      .where('id', '=', id)
      .where('purpose', '=', 'invitation')
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', act.now)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return 'not_found'
    await record(trx, { type: 'invitation.withdrawn', details: { invitation: id } }, act)
    return 'withdrawn'
  })
}

function waiting(db: Database, now: Date) {
  return db
    .selectFrom('oneTimeLinks')
    .select(['id', 'email', 'data', 'createdBy', 'createdAt', 'expiresAt'])
    .where('purpose', '=', 'invitation')
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .where('id', 'is not', null)
}

function invitationOf(row: {
  readonly id: string | null
  readonly email: string | null
  readonly data: unknown
  readonly createdBy: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
}): Invitation {
  const { id, email, data, createdBy, createdAt, expiresAt } = row
  if (id === null || email === null) throw new Error('an invitation has an id and an address')
  const gifts = welcomeGifts.parse(data)
  return { id, email, gifts, createdBy: createdBy ?? undefined, createdAt, expiresAt }
}
