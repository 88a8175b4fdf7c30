import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { deliverMails } from '../../src/domain/mail/deliver.ts'
import type { DueMail } from '../../src/domain/mail/deliver.ts'
import { enqueueMail } from '../../src/domain/mail/outbox.ts'
import type { NewMail } from '../../src/domain/mail/outbox.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { createMailFiles } from '../../src/platform/mail/files.ts'
import type { Message } from '../../src/platform/mail/message.ts'
import { requireOneAddress } from '../../src/platform/mail/one-address.ts'
import { createSmtpTransport } from '../../src/platform/mail/smtp.ts'
import { readSmtpUrl } from '../../src/platform/mail/smtp-url.ts'
import { parseMail } from '../support/mails.ts'
import type { ReceivedMail } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import { openRoom } from '../support/room.ts'

interface Mailbox {
  readonly port: number
  readonly received: { readonly envelope: readonly string[]; readonly mail: ReceivedMail }[]
  readonly close: () => Promise<void>
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A real SMTP server without TLS, as Mailpit and the like are, that keeps what it gets. */
async function openMailbox(options: SMTPServerOptions = {}, port = 0): Promise<Mailbox> {
  const received: Mailbox['received'] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const envelope = session.envelope.rcptTo.map(({ address }) => address)
        // Answered once it has been read, so that whoever was told `sent` finds it here.
        const reading = parseMail(Buffer.concat(chunks))
        void reading.then((mail) => received.push({ envelope, mail })).finally(() => setImmediate(done))
      })
    },
    ...options,
  })
  server.on('error', () => {})
  const listener = server.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  closing.push(close)
  return { port: (listener.address() as AddressInfo).port, received, close }
}

const message: Message = {
  to: 'ana@example.com',
  subject: 'A subject with ä and 漢字',
  text: 'Text\nhttps://login.example/link/x\n',
  html: '<p>Text</p>',
  language: 'en',
  messageId: 'mail_1@login.example',
  date: new Date('2026-03-01T12:00:00Z'),
}
const sender = { name: 'Latchkey, "the" service', address: 'login@example.com' }

function transportTo(port: number, options: { tlsRequired?: boolean; implicitTls?: boolean } = {}) {
  const { tlsRequired = false, implicitTls = false } = options
  const server = { host: '127.0.0.1', port, implicitTls, user: undefined, password: undefined }
  return createSmtpTransport({ server, sender: () => sender, tlsRequired })
}

test('a mail arrives as it was written: one recipient, both forms, its names, and that a machine wrote it', async () => {
  const { port, received } = await openMailbox()
  expect(await transportTo(port).send(message)).toBe('sent')
  const [{ envelope, mail } = { envelope: [], mail: undefined }] = received
  expect(envelope).toEqual(['ana@example.com'])
  expect(mail).toMatchObject({
    to: ['ana@example.com'],
    subject: message.subject,
    messageId: '<mail_1@login.example>',
  })
  expect(mail?.text.trim()).toBe(message.text.trim())
  expect(mail?.html.trim()).toBe(message.html)
  expect(mail?.parsed.from).toMatchObject(sender)
  const headers = new Map(mail?.parsed.headers.map(({ key, value }) => [key, value]))
  expect(headers.get('auto-submitted')).toBe('auto-generated')
  expect(headers.get('content-language')).toBe('en')
})

const notOneAddress = [
  'a@example.com,b@example.com',
  'a@example.com, b@example.com',
  'a@example.com;b@example.com',
  'a＠example.com',
  'a@x@example.com',
  '"a@evil.example"@example.com',
  'a@example.com\r\nBcc: b@example.com',
  'a@example.com\nBcc: b@example.com',
  'Ana <a@example.com>',
  'a(comment)@example.com',
  'group:a@example.com;',
  'a\u200b@example.com',
  'a\u0000@example.com',
  '@example.com',
  'a@',
  '',
  '\ud800@example.com',
]

test.each(notOneAddress)('T32: %j never gets as far as an envelope', async (to) => {
  const { port, received } = await openMailbox()
  expect(() => requireOneAddress(to)).toThrow()
  await expect(transportTo(port).send({ ...message, to })).rejects.toThrow('not one e-mail address')
  expect(received).toEqual([])
})

test('v5.0.0-1.3.11: line breaks in a subject or a name make no header', async () => {
  const { port, received } = await openMailbox()
  await transportTo(port).send({ ...message, subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nbody' })
  const { envelope, mail } = received[0] ?? {}
  expect(envelope).toEqual(['ana@example.com'])
  expect(mail?.parsed.bcc ?? []).toEqual([])
  expect(mail?.subject).toContain('Hello')
})

describe('v5.0.0-12.3.1: TLS', () => {
  test('where it is required, a server without it gets neither the mail nor a password', async () => {
    const said: string[] = []
    const onAuth: SMTPServerOptions['onAuth'] = (auth, _session, done) => {
      said.push(auth.username ?? '')
      done(null, { user: 'x' })
    }
    const { port, received } = await openMailbox({ onAuth, allowInsecureAuth: true })
    const server = { host: '127.0.0.1', port, implicitTls: false, user: 'us', password: 'secret' }
    await expect(
      createSmtpTransport({ server, sender: () => sender, tlsRequired: true }).send(message),
    ).rejects.toThrow()
    expect([received, said]).toEqual([[], []])
  })

  test.each([false, true])(
    'a certificate nobody vouches for is refused (from the first byte: %s)',
    async (secure) => {
      const { port, received } = await openMailbox({ secure, disabledCommands: [] })
      const transport = transportTo(port, { tlsRequired: true, implicitTls: secure })
      await expect(transport.send(message)).rejects.toThrow()
      expect(received).toEqual([])
    },
  )

  test('production asks for it, except on this machine; the address of the server has no switches', () => {
    expect(readSmtpUrl('smtps://u%40x:p%3Aq@mail.example')).toEqual({
      host: 'mail.example',
      port: 465,
      implicitTls: true,
      user: 'u@x',
      password: 'p:q',
    })
    expect(readSmtpUrl('smtp://[::1]:1025')).toMatchObject({ host: '::1', port: 1025, implicitTls: false })
    for (const url of [
      'smtp://mail.example?tls.rejectUnauthorized=false',
      'smtp://mail.example/x',
      'http://mail.example',
      'mail.example',
      'smtp://',
    ])
      expect(readSmtpUrl(url), url).toBeUndefined()
    const secret = 'smtp://user:hunter2@mail.example/path'
    expect(() => readConfig({ SMTP_URL: secret, MAIL_FROM: 'a@example.com' })).toThrow(/SMTP_URL/)
    expect(() => readConfig({ SMTP_URL: secret })).not.toThrow(/hunter2/)
    expect(() => readConfig({ SMTP_URL: 'smtp://mail.example' })).toThrow(/MAIL_FROM/)
    expect(() => readConfig({ MAIL_FROM: 'a@example.com, b@example.com' })).toThrow(/MAIL_FROM/)
  })
})

test('a refusal of the recipient is for good; a server that is busy, silent or gone is tried again', async () => {
  const refusing = await openMailbox({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('no such user'), { responseCode: 550 })),
  })
  expect(await transportTo(refusing.port).send(message)).toBe('refused')
  const busy = await openMailbox({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('greylisted'), { responseCode: 451 })),
  })
  await expect(transportTo(busy.port).send(message)).rejects.toThrow()
  await busy.close()
  await expect(transportTo(busy.port).send(message)).rejects.toThrow()
  const dropping = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(dropping, 'listening')
  closing.push(async () => void dropping.close())
  await expect(transportTo((dropping.address() as AddressInfo).port).send(message)).rejects.toThrow()
})

test('while it is tried, a mail is a file that only its owner reads', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'latchkey-mail-')), 'mail')
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const onWritten = vi.fn()
  const files = createMailFiles({ folder, sender: () => sender, onWritten })
  await files.send(message)
  await files.send({ ...message, messageId: '../../escape@x' })
  const names = await readdir(folder)
  expect(names).toHaveLength(2)
  const path = join(folder, names.find((name) => name.includes('mail_1')) ?? '')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await parseMail(await readFile(path))).links).toEqual(['https://login.example/link/x'])
  expect(onWritten).toHaveBeenCalledWith(message, path)
})

describe('the outbox', () => {
  const seal = createSeal([{ id: 'test', key: Buffer.alloc(32, 1) }])
  const start = new Date('2026-03-01T12:00:00Z')
  const after = (seconds: number) => new Date(start.getTime() + seconds * 1000)
  const mail: NewMail = {
    to: 'ana@example.com',
    kind: 'verify_email',
    locale: 'de',
    data: { url: 'https://login.example/link/secret-of-the-link' },
  }

  async function open() {
    const database = await openRoom()
    closing.push(database.close)
    const { db, other } = database
    await enqueueMail(db, seal, mail, systemAct(start))
    return { db, other }
  }

  test('what it carries is sealed, and belongs to its row', async () => {
    const { db } = await open()
    const [row] = await db.selectFrom('mails').selectAll().execute()
    expect(JSON.stringify({ ...row, sealedData: row?.sealedData?.toString('latin1') })).not.toContain(
      'secret-of-the-link',
    )
    await db.updateTable('mails').set({ id: 'mail_moved' }).execute()
    const handOver = vi.fn()
    await deliverMails({ db, seal, handOver }, start)
    expect(handOver).not.toHaveBeenCalled()
  })

  test('a mail that was rolled back is not sent', async () => {
    const { db } = await open()
    await db.deleteFrom('mails').execute()
    const transaction = db.transaction().execute(async (trx) => {
      await enqueueMail(trx, seal, mail, systemAct(start))
      throw new Error('rolled back')
    })
    await expect(transaction).rejects.toThrow('rolled back')
    expect(await deliverMails({ db, seal, handOver: vi.fn() }, after(60))).toBe(0)
  })

  test('of many instances that deliver at once, one sends it', async () => {
    const { db, other } = await open()
    const sent: DueMail[] = []
    const handOver = async (due: DueMail) => {
      sent.push(due)
      return 'sent' as const
    }
    const runs = Array.from({ length: 10 }, (_, index) =>
      deliverMails({ db: index % 2 === 0 ? db : other, seal, handOver }, start),
    )
    expect((await Promise.all(runs)).toSorted((one, two) => two - one)[0]).toBe(1)
    expect(sent).toMatchObject([{ to: mail.to, data: mail.data, locale: 'de' }])
    expect(await db.selectFrom('mails').select('id').execute()).toEqual([])
  })

  test('an instance that died while it sent leaves the mail to the others, under the same id', async () => {
    const { db } = await open()
    const ids: string[] = []
    const dying = deliverMails(
      { db, seal, handOver: (due) => (ids.push(due.id), new Promise(() => {})) },
      start,
    )
    void dying
    await expect.poll(() => ids).toHaveLength(1)
    const handOver = async (due: DueMail) => (ids.push(due.id), 'sent' as const)
    expect(await deliverMails({ db, seal, handOver }, after(170))).toBe(0)
    expect(await deliverMails({ db, seal, handOver }, after(181))).toBe(1)
    expect(new Set(ids).size).toBe(1)
  })

  test('attempts go further and further apart, and end after a day with an event that tells no address', async () => {
    const { db } = await open()
    const handOver = () => Promise.reject(new Error('connect ECONNREFUSED'))
    const attempts: number[] = []
    let seconds = 0
    for (; seconds < 2 * 86_400; seconds += 10) {
      if ((await deliverMails({ db, seal, handOver }, after(seconds))) > 0) attempts.push(seconds)
      if ((await db.selectFrom('mails').select('id').execute()).length === 0) break
      // Nothing is due sooner than the row says, so the hours in between are skipped.
      const [row] = await db.selectFrom('mails').select('nextAttemptAt').execute()
      seconds = Math.max(
        seconds,
        Math.floor((Number(row?.nextAttemptAt) - start.getTime()) / 1000 / 10) * 10 - 10,
      )
    }
    expect(attempts.slice(0, 5)).toEqual([0, 10, 30, 70, 150])
    expect(attempts.length).toBeGreaterThan(20)
    expect(attempts.at(-1)).toBeLessThanOrEqual(86_400)
    const events = await db
      .selectFrom('auditEvents')
      .select(['type', 'details'])
      .where('type', '=', 'mail.undeliverable')
      .execute()
    expect(events).toEqual([
      { type: 'mail.undeliverable', details: { kind: 'verify_email', attempts: attempts.length } },
    ])
  })

  test('a refused mail is not tried again, and a link that has expired is not sent', async () => {
    const { db } = await open()
    await deliverMails({ db, seal, handOver: async () => 'refused' }, start)
    expect(await db.selectFrom('mails').select('id').execute()).toEqual([])
    await enqueueMail(db, seal, { ...mail, uselessAt: after(600) }, systemAct(start))
    const handOver = vi.fn()
    await deliverMails({ db, seal, handOver }, after(601))
    expect(handOver).not.toHaveBeenCalled()
    expect(await db.selectFrom('mails').select('id').execute()).toEqual([])
  })
})

test('SMTP that is down delays a mail; it survives a restart of the server and arrives once the server is back', async () => {
  const first = await openMailbox()
  await first.close()
  const env = { SMTP_URL: `smtp://127.0.0.1:${first.port}`, MAIL_FROM: 'login@example.com' }
  const world = await openWorld({ env })
  closing.push(() => world.close())
  const account = await world.makeAccount()
  const ask = () =>
    fetch(`${world.issuer}/forgotten-password`, {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ login: account.email }),
    })
  expect((await ask()).status).toBe(200)
  const waiting = () => world.db.selectFrom('mails').select(['id', 'attempts', 'lastProblem']).execute()
  await expect.poll(async () => (await waiting())[0]?.lastProblem).toContain('ECONNREFUSED')
  const [{ id } = { id: '' }] = await waiting()
  await world.instances[0]?.stop()
  const back = await openMailbox({}, first.port)
  const { buildServer } = await import('../../src/server.ts')
  const { createLog } = await import('../../src/platform/log.ts')
  // The next attempt is due: time passes for the mail alone.
  await world.db.updateTable('mails').set({ nextAttemptAt: new Date() }).execute()
  const server = await buildServer(world.config, { now: () => new Date(), log: createLog('silent') })
  closing.push(() => server.close())
  await expect.poll(() => back.received).toHaveLength(1)
  const { envelope, mail } = back.received[0] ?? {}
  expect(envelope).toEqual([account.email])
  expect(mail?.messageId).toBe(`<${id}@127.0.0.1>`)
  expect(mail?.links.map((link) => new URL(link).origin)).toEqual([world.issuer])
  await expect.poll(waiting).toEqual([])
})
