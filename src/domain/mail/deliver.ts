import { sql } from 'kysely'
import { z } from 'zod'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { systemAct } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { mailKinds, mailSealContext } from './outbox.ts'
import type { MailKind } from './outbox.ts'

/** A mail to be handed over. Its id stays the same however often that is tried, so that receivers may know it again. */
export interface DueMail {
  readonly id: string
  readonly kind: MailKind
  readonly to: string
  readonly locale: string | undefined
  readonly data: Readonly<Record<string, string>>
  readonly createdAt: Date
}

/**
 * Hands a mail over to whoever carries it. `refused` is for good: the receiver does not want it. Rejects when it may work
 * later.
 */
export type HandOver = (mail: DueMail) => Promise<'sent' | 'refused'>

/** What delivering needs. */
export interface Delivery {
  readonly db: Database
  readonly seal: Seal
  readonly handOver: HandOver
}

// Longer than any hand-over can take, so that no other instance takes it up meanwhile.
const leaseSeconds = 180
/** How many mails are handed over at the same time. */
export const mostAtOnce = 20
const data = z.record(z.string(), z.string())

interface ClaimedMail {
  readonly id: string
  readonly kind: string
  readonly accountId: string | null
  readonly recipient: string
  readonly locale: string | null
  readonly sealedData: Buffer | null
  readonly facts: unknown
  readonly createdAt: Date
  readonly giveUpAt: Date
  readonly attempts: number
}

/** Delivers what is due, at least once each; answers how many were tried. Any number of instances may do so at once. */
export async function deliverMails(delivery: Delivery, now: Date): Promise<number> {
  const due = await claimDue(delivery.db, now)
  await Promise.all(due.map((mail) => deliverOne(delivery, mail, now)))
  return due.length
}

function claimDue(db: Database, now: Date): Promise<ClaimedMail[]> {
  return db
    .updateTable('mails')
    .set({ attempts: sql`attempts + 1`, nextAttemptAt: new Date(now.getTime() + leaseSeconds * 1000) })
    .where('id', 'in', (due) =>
      due
        .selectFrom('mails')
        .select('id')
        .where('nextAttemptAt', '<=', now)
        .orderBy('nextAttemptAt')
        .limit(mostAtOnce)
        .forUpdate()
        .skipLocked(),
    )
    .returning([
      'id',
      'kind',
      'accountId',
      'recipient',
      'locale',
      'sealedData',
      'facts',
      'createdAt',
      'giveUpAt',
      'attempts',
    ])
    .execute()
}

async function deliverOne(delivery: Delivery, mail: ClaimedMail, now: Date): Promise<void> {
  const { db } = delivery
  if (mail.kind === 'nothing') return remove(db, mail.id)
  if (isTooLate(mail, now)) return giveUp(db, mail, now)
  const answer = await handOver(delivery, mail)
  if (answer === 'sent') return remove(db, mail.id)
  const nextAttemptAt = new Date(now.getTime() + waitSeconds(mail.attempts) * 1000)
  if (answer === 'refused' || nextAttemptAt > mail.giveUpAt) return giveUp(db, mail, now)
  await postpone(db, mail.id, { problem: answer.problem, nextAttemptAt })
}

/** A link that has expired helps nobody; a notice is worth one attempt even if everything was down for a day. */
function isTooLate({ giveUpAt, attempts, kind }: ClaimedMail, now: Date): boolean {
  return giveUpAt <= now && (attempts > 1 || kind !== 'security_notice')
}

async function handOver(
  { seal, handOver }: Delivery,
  mail: ClaimedMail,
): Promise<'sent' | 'refused' | { readonly problem: string }> {
  try {
    return await handOver({
      id: mail.id,
      kind: z.enum(mailKinds).parse(mail.kind),
      to: mail.recipient,
      locale: mail.locale ?? undefined,
      data: dataOf(seal, mail),
      createdAt: mail.createdAt,
    })
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'unknown' }
  }
}

function dataOf(seal: Seal, { id, sealedData, facts }: ClaimedMail): Readonly<Record<string, string>> {
  if (sealedData === null) return data.parse(facts)
  return data.parse(JSON.parse(seal.open(sealedData, mailSealContext(id)).toString()))
}

/** 10 s, 20 s, 40 s … up to an hour apart: short at first, because a link does not live long. */
function waitSeconds(attempts: number): number {
  return Math.min(3600, 10 * 2 ** (attempts - 1))
}

async function remove(db: Database, id: string): Promise<void> {
  await db.deleteFrom('mails').where('id', '=', id).execute()
}

/** The event says neither the address nor what was in it. */
function giveUp(db: Database, { id, kind, accountId, attempts }: ClaimedMail, now: Date): Promise<void> {
  return inTransaction(db, async (trx) => {
    const { numDeletedRows } = await trx.deleteFrom('mails').where('id', '=', id).executeTakeFirst()
    if (numDeletedRows === 0n) return
    const target = accountId === null ? {} : { target: { type: 'account', id: accountId } as const }
    await record(trx, { type: 'mail.undeliverable', ...target, details: { kind, attempts } }, systemAct(now))
  })
}

async function postpone(
  db: Database,
  id: string,
  { problem, nextAttemptAt }: { readonly problem: string; readonly nextAttemptAt: Date },
): Promise<void> {
  await db
    .updateTable('mails')
    .set({ nextAttemptAt, lastProblem: problem.slice(0, 500).toWellFormed().replaceAll('\u0000', '') })
    .where('id', '=', id)
    .execute()
}
