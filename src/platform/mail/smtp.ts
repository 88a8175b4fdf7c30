import { createTransport } from 'nodemailer'
import { composeMessage } from './message.ts'
import type { MailTransport, Sender } from './message.ts'

/** Where mails are handed over. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (RFC 8314 §3.3). */
  readonly implicitTls: boolean
  readonly user: string | undefined
  readonly password: string | undefined
}

/** What the transport is made of. */
export interface SmtpOptions {
  readonly server: SmtpServer
  /** Whom mails come from, asked for each of them. */
  readonly sender: () => Sender
  /** Whether a mail may only leave over TLS; then a server without STARTTLS gets none. */
  readonly tlsRequired: boolean
}

// All of them together stay below the lease of a mail in the outbox.
const connectMilliseconds = 10_000
const answerMilliseconds = 30_000

/** Hands mails to an SMTP server, each over a connection of its own. Certificates are always checked. */
export function createSmtpTransport({ server, sender, tlsRequired }: SmtpOptions): MailTransport {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
    requireTLS: tlsRequired && !server.implicitTls,
    ...(server.user !== undefined && { auth: { user: server.user, pass: server.password ?? '' } }),
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: connectMilliseconds,
    greetingTimeout: connectMilliseconds,
    dnsTimeout: connectMilliseconds,
    socketTimeout: answerMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (message) => {
      try {
        await transport.sendMail(composeMessage(message, sender()))
        return 'sent'
      } catch (error) {
        if (isRefusal(error)) return 'refused'
        throw error
      }
    },
    close: () => transport.close(),
  }
}

/**
 * RFC 5321 §4.2.1: a 5yz answer to the recipient or to the mail is for good. One to the greeting, to TLS or to our
 * credentials is about us, and may be mended.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const [code, command, answer] = ['code', 'command', 'responseCode'].map((name): unknown =>
    Reflect.get(error, name),
  )
  const isAboutTheMail = (code === 'EENVELOPE' && command === 'RCPT TO') || code === 'EMESSAGE'
  return isAboutTheMail && typeof answer === 'number' && answer >= 500 && answer < 600
}
