import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setPassword } from '../../../src/domain/accounts/set-password.ts'
import { auditEvents } from '../../../src/domain/audit/events.ts'
import type { AuditEventType } from '../../../src/domain/audit/events.ts'
import { record } from '../../../src/domain/audit/record.ts'
import { deliverMails } from '../../../src/domain/mail/deliver.ts'
import type { DueMail } from '../../../src/domain/mail/deliver.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import { writeMail } from '../../../src/web/mails.ts'
import { makeBrand } from '../../../views/brand.ts'
import { languages, messagesFor } from '../../../views/messages/messages.ts'
import { act, makeAccount, now } from '../accounts/support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterAll(() => database.close())

const seal = createSeal([{ id: 'test', key: Buffer.alloc(32, 1) }])
const writer = { brand: makeBrand({ name: 'Example <Co>' }), issuer: 'https://login.example.com' }
const later = new Date(now.getTime() + 60_000)
const migrations = join(import.meta.dirname, '../../../migrations')
/** The trigger as it was made last. */
const trigger = readdirSync(migrations)
  .toSorted()
  .map(
    (name) =>
      readFileSync(join(migrations, name), 'utf8').split('trigger audit_events_notify_owner after')[1],
  )
  .findLast((definition) => definition !== undefined)
  ?.split('execute function')[0]
const listed = [...new Set(trigger?.match(/'(?:[a-z_]+\.[a-z_]+)'/g)?.map((quoted) => quoted.slice(1, -1)))]
const isEvent = (type: string): type is AuditEventType => Object.hasOwn(auditEvents, type)

async function due(): Promise<DueMail[]> {
  const mails: DueMail[] = []
  const handOver = async (mail: DueMail) => (mails.push(mail), 'sent' as const)
  await deliverMails({ db: database.db, seal, handOver }, later)
  return mails
}

let number = 0
function person(more: Record<string, unknown> = {}) {
  return makeAccount(database.db, { email: `p${(number += 1)}@example.com`, emailVerified: true, ...more })
}

test('v5.0.0-6.3.7: every kind of event that tells an owner is one that is recorded, and has its words in every language', () => {
  expect(listed.length).toBeGreaterThan(15)
  expect(listed.filter((type) => !isEvent(type))).toEqual([])
  for (const language of languages)
    expect(Object.keys(messagesFor(language).notices)).toEqual(expect.arrayContaining(listed))
})

/** What happens to an account and the credentials of people of which nobody is mailed, and why. */
const untold = {
  'account.created': 'its owner made it or is invited by a mail',
  'account.changed': 'no credential; another address or user name is told beside it',
  'account.email_change_requested': 'nothing changed, and the new address gets the link',
  'account.email_verified': 'by a link of a mail',
  'account.disabled': 'takes away, and is said at the sign-in',
  'account.enabled': 'gives back what was there',
  'account.deletion_cancelled': 'by whoever signed in, and the request was told',
  'account.data_exported': 'no credential changed',
  'account.deleted': 'there is no account any more, and the request was told',
  'account.administrator_withdrawn': 'takes away',
  'sign_in.succeeded': 'on a new device it is told',
  'sign_in.failed': 'many of them are told',
  'sign_in.limited': 'nobody is known to be meant',
  'device.forgotten': 'takes away',
  'device.requested': 'nobody is known to be meant',
  'device.approved': 'a consent of whoever is signed in, as to any app',
  'device.denied': 'nothing changed',
  'device.limited': 'nobody is known to be meant',
  'passkey.renamed': 'opens what it opened before',
  'passkey.refused': 'nothing changed',
  'second_factor.accepted': 'a use, not a change',
  'second_factor.failed': 'many of them lock it, and that is told',
  'second_factor.limited': 'nothing changed',
  'recovery.requested': 'is a mail itself',
  'recovery.completed': 'the changed password is told',
  'api_key.changed': 'no new secret',
  'api_key.rotation_ended': 'takes away',
  'api_key.disabled': 'takes away',
  'api_key.enabled': 'gives back what was there',
  'api_key.revoked': 'takes away',
  'api_key.deleted': 'takes away',
  'api_key.leak_reported': 'has a mail of its own, which says what was done',
} as const satisfies Partial<Record<AuditEventType, string>>

const personal = /^(account|sign_in|device|passkey|second_factors?|totp|recovery|recovery_codes?|api_key)\./
const impersonal =
  /^(session|incident|consent|grant|token|client|api|permission|role|signing_key|logout|sign_up|invitation|mail|audit|setup|settings)\./

test('v5.0.0-6.3.7: every event of credentials is told to their owner, or it is said why not', () => {
  const all = Object.keys(auditEvents)
  const about = all.filter((type) => personal.test(type))
  expect(about.toSorted()).toEqual([...listed, ...Object.keys(untold)].toSorted())
  expect(all.filter((type) => !personal.test(type) && !impersonal.test(type))).toEqual([])
})

test.each(listed.filter(isEvent).filter((type) => !type.startsWith('api_key.')))(
  'v5.0.0-6.3.7: %s is told to the owner, in their language, with when and where',
  async (type) => {
    const { id, email } = await person({ claims: { locale: 'de' } })
    const target = { type: 'account', id } as const
    await record(database.db, { type, target }, { ...act, now: later, address: '203.0.113.7' })
    const [mail, ...others] = await due()
    expect(others).toEqual([])
    expect(mail?.to).toBe(email)
    const { subject, text, html } = writeMail(writer, mail as DueMail)
    const { notices } = messagesFor('de')
    expect(subject).toBe(`Example <Co>: ${Reflect.get(notices, type)}`)
    expect(text).toContain('203.0.113.7')
    expect(text).toContain('1. März 2026')
    expect(html).toContain('Example &lt;Co&gt;')
  },
)

test('a change that is rolled back is told to nobody', async () => {
  const { id } = await person()
  const attempt = database.db.transaction().execute(async (trx) => {
    await setPassword(trx, { id, passwordHash: '$argon2id$x' }, { ...act, now: later })
    throw new Error('rolled back')
  })
  await expect(attempt).rejects.toThrow('rolled back')
  expect(await due()).toEqual([])
  await setPassword(database.db, { id, passwordHash: '$argon2id$x' }, { ...act, now: later })
  expect(await due()).toHaveLength(1)
})

describe('nobody is told', () => {
  const event = { type: 'account.password_changed' } as const

  test('at an address that is not known to be theirs, of what belongs to the making of the account, or of others', async () => {
    const unverified = await person({ emailVerified: false })
    const made = await person()
    const target = (id: string) => ({ type: 'account', id }) as const
    await record(database.db, { ...event, target: target(unverified.id) }, { ...act, now: later })
    await record(database.db, { ...event, target: target(made.id) }, act)
    await record(database.db, { ...event, target: { type: 'client', id: made.id } }, { ...act, now: later })
    await record(database.db, { type: 'sign_in.succeeded', target: target(made.id) }, { ...act, now: later })
    await record(database.db, { ...event, target: target('acc_unknown') }, { ...act, now: later })
    expect(await due()).toEqual([])
  })
})

test('that an API key of an account was made or got another secret is told to its owner, of a client to nobody', async () => {
  const { id, email } = await person()
  const keys = [
    ['AAAAAAAAAAAA', 'account'],
    ['BBBBBBBBBBBB', 'client'],
  ] as const
  for (const [keyId, ownerType] of keys) {
    await sql`insert into api_keys (id, owner_type, owner_id, api_id, name, scopes, created_at, updated_at)
      values (${keyId}, ${ownerType}, ${id}, 'management', 'A key', '{}', ${now}, ${now})`.execute(
      database.db,
    )
    for (const type of ['api_key.created', 'api_key.leak_reported', 'api_key.rotated'] as const)
      await record(database.db, { type, target: { type: 'api_key', id: keyId } }, { ...act, now: later })
  }
  const mails = await due()
  expect(mails.map(({ to }) => to)).toEqual([email, email])
  for (const mail of mails) expect(writeMail(writer, mail).text).toContain(`${writer.issuer}/account/keys`)
  expect(new Set(mails.map(({ data }) => data['event']))).toEqual(
    new Set(['api_key.created', 'api_key.rotated']),
  )
})

test('an event of hostile text stays text in both forms', async () => {
  const { id } = await person()
  await record(
    database.db,
    { type: 'account.password_changed', target: { type: 'account', id } },
    { ...act, now: later, userAgent: 'Mozilla <script>https://evil.example</script>' },
  )
  const [mail] = await due()
  const { text, html } = writeMail(writer, mail as DueMail)
  expect(`${text}${html}`).not.toContain('evil.example')
  expect(html).not.toContain('<script')
})
