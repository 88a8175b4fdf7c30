import type { SendMailOptions } from 'nodemailer'
import { requireOneAddress } from './one-address.ts'

/** A mail as it is written, for exactly one person. */
export interface Message {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** BCP 47. */
  readonly language: string
  /** Without angle brackets; the same whenever the same mail is sent again. */
  readonly messageId: string
  readonly date: Date
}

/** Whom mails come from. */
export interface Sender {
  readonly name: string
  readonly address: string
}

/** Carries mails. `refused` is for good; rejects when it may work later. */
export interface MailTransport {
  readonly send: (message: Message) => Promise<'sent' | 'refused'>
  readonly close: () => void
}

/** The message as the library takes it: nothing in it is fetched, read from a file or parsed as a list. */
export function composeMessage(message: Message, sender: Sender): SendMailOptions {
  const to = requireOneAddress(message.to)
  return {
    from: { name: oneLine(sender.name), address: requireOneAddress(sender.address) },
    to: { name: '', address: to },
    envelope: { from: sender.address, to: [to] },
    subject: oneLine(message.subject),
    text: message.text,
    html: message.html,
    messageId: `<${message.messageId}>`,
    date: message.date,
    headers: {
      'Content-Language': message.language,
      // RFC 3834: nobody's holiday notice answers it.
      'Auto-Submitted': 'auto-generated',
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
