import { z } from 'zod'
import { linkLifetimeSeconds } from '../domain/accounts/one-time-links.ts'
import type { DueMail } from '../domain/mail/deliver.ts'
import type { Message } from '../platform/mail/message.ts'
import type { Brand } from '../../views/brand.ts'
import { renderMail } from '../../views/mail/mail.ts'
import type { MailAbout } from '../../views/mail/mail-content.ts'
import { chooseLanguage } from '../../views/messages/choose-language.ts'

/** What mails are written with. */
export interface MailWriter {
  readonly brand: Brand
  readonly issuer: string
}

const withLink = z.object({ url: z.url() })
const notice = z.object({
  event: z.string(),
  occurredAt: z.coerce.date(),
  address: z.string().optional(),
  actor: z.string().optional(),
})

const leakedKey = z.object({
  keyId: z.string(),
  name: z.string(),
  clientId: z.string().optional(),
  measure: z.enum(['none', 'expires_soon', 'revoked', 'secret_ended', 'already_ended']),
})
const endingSoon = z.object({
  credential: z.enum(['api_key', 'client_secret']),
  id: z.string(),
  name: z.string(),
  clientId: z.string().optional(),
  endsAt: z.coerce.date(),
})

/** Writes a mail of the outbox in the language of its reader. The installation's address stands in it, and no other. */
export function writeMail({ brand, issuer }: MailWriter, mail: DueMail): Message {
  const messages = brand.messagesFor(chooseLanguage({ uiLocales: mail.locale }))
  const { host, hostname } = new URL(issuer)
  const rendered = renderMail({ brand, messages, host, about: aboutOf(mail, issuer) })
  return {
    ...rendered,
    to: mail.to,
    language: messages.language,
    messageId: `${mail.id}@${hostname.replace(/[^\w.-]/g, '')}`,
    date: mail.createdAt,
  }
}

function aboutOf({ kind, data }: DueMail, issuer: string): MailAbout {
  switch (kind) {
    case 'reset_password':
      return { kind, ...withLink.parse(data), minutes: linkLifetimeSeconds[kind] / 60 }
    case 'sign_up':
    case 'verify_email':
    case 'change_email':
      return { kind, ...withLink.parse(data), hours: linkLifetimeSeconds[kind] / 3600 }
    case 'invitation':
      return { kind, ...withLink.parse(data), days: linkLifetimeSeconds[kind] / 86_400 }
    case 'account_exists':
      return { kind, url: `${issuer}/forgotten-password` }
    case 'security_notice': {
      const { actor, ...facts } = notice.parse(data)
      const byOperator = actor === 'operator' || actor === 'system'
      const page = facts.event.startsWith('api_key.') ? 'account/keys' : 'account'
      return { kind, ...facts, byOperator, url: `${issuer}/${page}` }
    }
    case 'key_leaked':
      return { kind, ...ownedBy(leakedKey.parse(data), issuer) }
    case 'expiry_reminder':
      return { kind, ...ownedBy(endingSoon.parse(data), issuer) }
    case 'nothing':
      throw new Error('a mail that stands for none is not written')
  }
}

/** A person looks after their own keys, and those responsible for a client after its. */
function ownedBy<T extends { readonly clientId?: string | undefined }>(facts: T, issuer: string) {
  const { clientId } = facts
  return { ...facts, clientId, url: `${issuer}/${clientId === undefined ? 'account/keys' : 'admin'}` }
}
