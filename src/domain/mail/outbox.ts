/**
 * Mail on its way. Owns `mails`: a mail is written in the transaction of what it tells of, so that neither is there
 * without the other, and is handed over by a job afterwards. What it carries is sealed, because links are worth an account.
 * Security notices are written by the database itself, when the audit log tells of a change of credentials.
 */
import { randomId } from '../../platform/crypto/random.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'

/** The mails there are. `nothing` is never sent: it stands where a mail would, so that both are the same work (T31). */
export const mailKinds = [
  'reset_password',
  'sign_up',
  'account_exists',
  'invitation',
  'verify_email',
  'change_email',
  'security_notice',
  'key_leaked',
  'expiry_reminder',
  'nothing',
] as const

/** What a mail is about. */
export type MailKind = (typeof mailKinds)[number]

/** A mail to one address. The data is what its text is filled in with; a link is one of them. */
export interface NewMail {
  readonly to: string
  readonly kind: Exclude<MailKind, 'security_notice' | NewNotice['kind']>
  /** A language tag; the installation's first language if there is none. */
  readonly locale?: string | undefined
  readonly data: Readonly<Record<string, string>>
  readonly accountId?: string | undefined
  /** When there is no sense in sending it any more; a day from now otherwise. */
  readonly uselessAt?: Date | undefined
}

/** A mail that holds nothing secret, and no link that is worth anything. */
export interface NewNotice {
  readonly to: string
  readonly kind: 'key_leaked' | 'expiry_reminder'
  readonly locale?: string | undefined
  readonly facts: Readonly<Record<string, string>>
  readonly accountId?: string | undefined
}

const giveUpMilliseconds = 24 * 3600 * 1000

/** Puts a mail in the outbox, in the caller's transaction. */
export async function enqueueMail(db: Database, seal: Seal, mail: NewMail, act: Act): Promise<void> {
  const id = randomId('mail')
  const giveUpAt = mail.uselessAt ?? new Date(act.now.getTime() + giveUpMilliseconds)
  await db
    .insertInto('mails')
    .values({
      id,
      kind: mail.kind,
      accountId: mail.accountId ?? null,
      recipient: mail.to,
      locale: mail.locale?.slice(0, 100) ?? null,
      sealedData: seal.seal(Buffer.from(JSON.stringify(mail.data)), mailSealContext(id)),
      createdAt: act.now,
      nextAttemptAt: act.now,
      giveUpAt,
    })
    .execute()
}

/** The same for a notice. */
export async function enqueueNotice(db: Database, notice: NewNotice, act: Act): Promise<void> {
  await db
    .insertInto('mails')
    .values({
      id: randomId('mail'),
      kind: notice.kind,
      accountId: notice.accountId ?? null,
      recipient: notice.to,
      locale: notice.locale?.slice(0, 100) ?? null,
      facts: JSON.stringify(notice.facts),
      createdAt: act.now,
      nextAttemptAt: act.now,
      giveUpAt: new Date(act.now.getTime() + giveUpMilliseconds),
    })
    .execute()
}

/** What the data of a mail is sealed for. */
export function mailSealContext(id: string): string {
  return `mail ${id}`
}
