/** Mail: how it leaves this installation, and what it looks like. */
import { join } from 'node:path'
import type { ServerConfig } from '../config.ts'
import { deliverMails, mostAtOnce } from '../domain/mail/deliver.ts'
import type { HandOver } from '../domain/mail/deliver.ts'
import { createMailFiles } from '../platform/mail/files.ts'
import type { MailTransport, Message } from '../platform/mail/message.ts'
import { createSmtpTransport } from '../platform/mail/smtp.ts'
import { writeMail } from '../web/mails.ts'
import type { Pages } from '../web/pages.ts'
import type { Floor } from './floor.ts'

/** Delivers what waits in the outbox; ends early, with what is left still waiting, when the signal aborts. */
export type DeliverMail = (now: Date, signal: AbortSignal) => Promise<unknown>

// Shorter than the lease of a mail, so that nobody else sends it meanwhile.
const handOverMilliseconds = 120_000

/**
 * The post office of a server: an SMTP server, or files in the data folder while it is tried. Production without an SMTP
 * server sends nothing, and what would be sent is thrown away rather than kept for later.
 */
export function createPostOffice(
  config: ServerConfig,
  { db, seal, announce, settings }: Floor,
  { brand }: Pick<Pages, 'brand'>,
): DeliverMail {
  const transport = openTransport(config, () => settings.current().brandName, announce ?? (() => {}))
  const { issuer } = config
  return async (now, signal) => {
    let tried = mostAtOnce
    // A full batch may have left others behind.
    while (tried === mostAtOnce && !signal.aborted) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(handOverMilliseconds)])
      const handOver: HandOver = async (mail) =>
        transport === undefined
          ? 'sent'
          : Promise.race([transport.send(writeMail({ brand: brand(), issuer }, mail)), endOf(until)])
      tried = await deliverMails({ db, seal, handOver }, now)
    }
  }
}

function openTransport(
  config: ServerConfig,
  brandName: () => string,
  announce: (text: string) => void,
): MailTransport | undefined {
  const { smtp, production } = config
  const sender = () => ({ name: brandName(), address: config.mailFrom ?? 'latchkey@localhost' })
  if (smtp !== undefined) {
    return createSmtpTransport({ server: smtp, sender, tlsRequired: production && !isLoopback(smtp.host) })
  }
  if (production) return undefined
  return createMailFiles({
    folder: join(config.dataDirectory, 'mail'),
    sender,
    onWritten: (message, path) => announce(announcement(message, path)),
  })
}

/** For the terminal, never for the log: the link is worth an account. */
function announcement({ to, subject, text }: Message, path: string): string {
  const link = /^https?:\/\/\S+$/m.exec(text)?.[0]
  return `\nMail to ${to}: ${subject}\n${link === undefined ? '' : `${link}\n`}${path}\n`
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new Error('handing over took too long, or the server stops'))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
