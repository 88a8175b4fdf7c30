import { fillText, timeFormat } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { MailContent } from './mail-content.ts'

/** A key that was reported as leaked. */
export interface LeakedKeyMail {
  readonly kind: 'key_leaked'
  readonly keyId: string
  readonly name: string
  /** Undefined for a key of an account. */
  readonly clientId: string | undefined
  readonly measure: 'none' | 'expires_soon' | 'revoked' | 'secret_ended' | 'already_ended'
  readonly url: string
}

/** A credential that ends soon. */
export interface ExpiryMail {
  readonly kind: 'expiry_reminder'
  readonly credential: 'api_key' | 'client_secret'
  readonly id: string
  readonly name: string
  /** Undefined for a key of an account. */
  readonly clientId: string | undefined
  readonly endsAt: Date
  readonly url: string
}

const measures = {
  none: 'leakedNone',
  expires_soon: 'leakedExpiresSoon',
  revoked: 'leakedRevoked',
  secret_ended: 'leakedSecretEnded',
  already_ended: 'leakedAlreadyEnded',
} as const

/** Tells of a leaked key. The key itself stands nowhere. */
export function leakedKeyContent(about: LeakedKeyMail, messages: Messages, brand: string): MailContent {
  const texts = messages.credentialMails
  const { keyId, name, clientId, measure, url } = about
  const fill = (text: string) => fillText(text, { brand, id: keyId, name, client: clientId ?? '' })
  return {
    subject: fill(texts.leakedSubject),
    title: texts.leakedTitle,
    paragraphs: [
      fill(texts.leakedText),
      ...(clientId === undefined ? [] : [fill(texts.ofClient)]),
      texts[measures[measure]],
    ],
    button: { text: clientId === undefined ? texts.keys : texts.console, url },
    otherwise: [texts.leakedOther, ...(clientId === undefined ? [] : [texts.contact])],
  }
}

/** Reminds of an end. */
export function expiryContent(about: ExpiryMail, messages: Messages, brand: string): MailContent {
  const texts = messages.credentialMails
  const { credential, id, name, clientId, endsAt, url } = about
  const format = timeFormat(messages, { dateStyle: 'long', timeStyle: 'short' })
  const values = { brand, id, name, client: clientId ?? '', time: format.format(endsAt) }
  const fill = (text: string) => fillText(text, values)
  const isKey = credential === 'api_key'
  return {
    subject: fill(isKey ? texts.keySubject : texts.secretSubject),
    title: isKey ? texts.keyTitle : texts.secretTitle,
    paragraphs: [
      fill(isKey ? texts.keyText : texts.secretText),
      ...(isKey && clientId !== undefined ? [fill(texts.ofClient)] : []),
      texts.renew,
    ],
    button: { text: clientId === undefined ? texts.keys : texts.console, url },
    otherwise: clientId === undefined ? [] : [texts.contact],
  }
}
