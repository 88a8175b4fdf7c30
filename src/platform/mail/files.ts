import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { composeMessage } from './message.ts'
import type { MailTransport, Message, Sender } from './message.ts'

/** What the transport is made of. */
export interface MailFilesOptions {
  readonly folder: string
  /** Whom mails come from, asked for each of them. */
  readonly sender: () => Sender
  /** Told of every mail that was written, for whoever tries the server at a terminal. */
  readonly onWritten: (message: Message, path: string) => void
}

/** Writes mails into a folder instead of sending them, as files that mail programs open. Only their owner reads them. */
export function createMailFiles({ folder, sender, onWritten }: MailFilesOptions): MailTransport {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  return {
    send: async (message) => {
      const composed = await composer.sendMail(composeMessage(message, sender()))
      const path = join(folder, fileName(message))
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(path, composed.message, { mode: 0o600 })
      onWritten(message, path)
      return 'sent'
    },
    close: () => {},
  }
}

/** Sorted by time, and the same if the same mail is written again. */
function fileName({ date, messageId }: Message): string {
  const id = messageId.split('@')[0] ?? ''
  return `${date.toISOString().replace(/[:.]/g, '-')}-${id.replace(/[^\w-]/g, '')}.eml`
}
