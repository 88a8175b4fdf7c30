import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'
import { enqueueMail } from '../mail/outbox.ts'
import type { NewMail } from '../mail/outbox.ts'
import { createLink, linkUrl } from './one-time-links.ts'
import type { NewLink } from './one-time-links.ts'

/** What mailing a link needs: the outbox's seal, and where links lead. A link is never built from a request (T20). */
export interface Mailing {
  readonly seal: Seal
  readonly issuer: string
}

/** A link and the mail that carries it; without `to` both are made, lead nowhere and are not sent (T31). */
export interface LinkMail {
  readonly link: NewLink
  readonly to: string | undefined
  readonly kind: NewMail['kind']
  readonly locale?: string | undefined
  readonly data?: Readonly<Record<string, string>>
}

// RFC 2606 §2: nobody's, ever.
const nobody = 'nobody@nowhere.invalid'

/** Makes a link and puts the mail that carries it in the outbox, in the caller's transaction. */
export async function mailLink(
  db: Database,
  { seal, issuer }: Mailing,
  mail: LinkMail,
  act: Act,
): Promise<{ readonly expiresAt: Date }> {
  const { token, expiresAt } = await createLink(db, mail.link, act)
  const url = linkUrl(issuer, mail.link.purpose, token)
  await enqueueMail(
    db,
    seal,
    {
      to: mail.to ?? nobody,
      kind: mail.to === undefined ? 'nothing' : mail.kind,
      locale: mail.locale,
      data: { ...mail.data, url },
      accountId: mail.link.accountId,
      uselessAt: expiresAt,
    },
    act,
  )
  return { expiresAt }
}
