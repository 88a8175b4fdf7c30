/** v5.0.0-6.4.5: whoever can renew a credential is reminded before it ends, once for each time, and never told of what lives on. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { disableApiKey, revokeApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { remindOfEnds } from '../../../src/domain/owner-notices/reminders.ts'
import { deliverMails } from '../../../src/domain/mail/deliver.ts'
import type { HandOver } from '../../../src/domain/mail/deliver.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import type { Message } from '../../../src/platform/mail/message.ts'
import { writeMail } from '../../../src/web/mails.ts'
import { makeBrand } from '../../../views/brand.ts'
import { makeApiKey } from '../../support/api-keys.ts'
import { openWorld } from '../../support/world.ts'
import type { TestApi, World } from '../../support/world.ts'

const seal = createSeal([{ id: 'test', key: Buffer.alloc(32, 1) }])
const day = 86_400_000
const start = new Date()
const at = (days: number) => systemAct(new Date(start.getTime() + days * day))
const in30Days = new Date(start.getTime() + 30 * day)

let world: World
let api: TestApi

beforeAll(async () => {
  world = await openWorld()
  api = await world.makeApi()
})
beforeEach(() => sql`delete from mails`.execute(world.db))
afterAll(() => world.close())

interface Queued {
  readonly recipient: string
  readonly kind: string
  readonly locale: string | null
  readonly facts: Readonly<Record<string, string>>
}

/** What is queued meanwhile by reminding, before the server's own job hands it over. */
async function remindedAt(days: number): Promise<readonly Queued[]> {
  return world.db.transaction().execute(async (trx) => {
    await remindOfEnds(trx, at(days))
    const { rows } = await sql<Queued>`select recipient, kind, locale, facts from mails
      where kind = 'expiry_reminder' order by recipient, facts ->> 'id'`.execute(trx)
    return rows
  })
}

/** What is queued, as it is written to its readers. */
async function delivered(days: number): Promise<readonly Message[]> {
  const mails: Message[] = []
  const writer = { brand: makeBrand({ name: 'Example' }), issuer: world.issuer }
  const handOver: HandOver = async (mail) => (mails.push(writeMail(writer, mail)), 'sent')
  while ((await deliverMails({ db: world.db, seal, handOver }, at(days).now)) > 0);
  return mails
}

async function clientWith(contacts: readonly string[]): Promise<string> {
  const metadata = { grant_types: ['client_credentials'], ...(contacts.length > 0 && { contacts }) }
  const { id } = await world.makeClient({ metadata })
  await world.permit({ type: 'client', id }, api, ['read'])
  return id
}

async function keyOf(clientId: string, expiresAt = in30Days): Promise<string> {
  const owner = { type: 'client', id: clientId } as const
  return (await makeApiKey(world, { owner, api, more: { expiresAt } })).id
}

const told = (mails: readonly Queued[], id: string) =>
  mails.filter(({ facts }) => facts['id'] === id).map(({ recipient }) => recipient)

test('a key is told of 14 and 3 days before its end, once each, to every contact of its client', async () => {
  const client = await clientWith(['ops@example.com', 'dev@example.com'])
  const id = await keyOf(client)
  expect(told(await remindedAt(15), id)).toEqual([])
  expect(told(await remindedAt(16.1), id)).toEqual(['dev@example.com', 'ops@example.com'])
  await sql`delete from mails`.execute(world.db)
  expect(told(await remindedAt(17), id)).toEqual([])
  expect(told(await remindedAt(26), id)).toEqual([])
  expect(told(await remindedAt(27.1), id)).toEqual(['dev@example.com', 'ops@example.com'])
  await sql`delete from mails`.execute(world.db)
  expect(told(await remindedAt(29), id)).toEqual([])
})

test('what missed both times is told once, and an end that is moved is told of again', async () => {
  const id = await keyOf(await clientWith(['late@example.com']))
  expect(told(await remindedAt(28), id)).toEqual(['late@example.com'])
  await sql`delete from mails`.execute(world.db)
  expect(told(await remindedAt(28.1), id)).toEqual([])
  const moved = new Date(in30Days.getTime() + 30 * day)
  await sql`update api_keys set expires_at = ${moved} where id = ${id}`.execute(world.db)
  expect(told(await remindedAt(46.1), id)).toEqual(['late@example.com'])
})

test('many at once remind once', async () => {
  const id = await keyOf(await clientWith(['once@example.com']))
  await Promise.all(Array.from({ length: 8 }, () => remindOfEnds(world.db, at(17))))
  const mails = (await delivered(17)).filter(({ to }) => to === 'once@example.com')
  expect(mails).toHaveLength(1)
  expect(mails[0]?.text).toContain(id)
})

test('nobody is told of what was revoked, disabled, ended already, or made to last a few days', async () => {
  const client = await clientWith(['quiet@example.com'])
  const [revoked, disabled, short] = [
    await keyOf(client),
    await keyOf(client),
    await keyOf(client, new Date(start.getTime() + 2 * day)),
  ]
  await revokeApiKey(world.db, { id: revoked }, at(0))
  await disableApiKey(world.db, disabled, at(0))
  for (const days of [0, 1, 17, 28, 31])
    expect((await remindedAt(days)).filter(({ recipient }) => recipient === 'quiet@example.com')).toEqual([])
  expect(short).not.toBe(revoked)
})

test('a client secret without a successor is told of; one that is rotated out is not', async () => {
  const client = await clientWith(['secrets@example.com'])
  await sql`update client_secrets set expires_at = ${in30Days} where client_id = ${client}`.execute(world.db)
  const [mail, ...others] = (await remindedAt(17)).filter(
    ({ recipient }) => recipient === 'secrets@example.com',
  )
  expect(others).toEqual([])
  expect(mail?.facts).toMatchObject({ credential: 'client_secret', clientId: client })
  await sql`delete from mails`.execute(world.db)
  await sql`insert into client_secrets (id, client_id, slot, secret_hash, created_at)
    select 'newer-' || ${client}, ${client}, case when slot = 1 then 2 else 1 end, '\\x00', ${start}
    from client_secrets where client_id = ${client}`.execute(world.db)
  expect((await remindedAt(28)).filter(({ recipient }) => recipient === 'secrets@example.com')).toEqual([])
})

test('a client without contacts: the owners of the installation; a key of a person: that person, in their language', async () => {
  const account = await world.makeAccount({ claims: { locale: 'de' } })
  await sql`update accounts set email_verified_at = now(), administrator = true where id = ${account.id}`.execute(
    world.db,
  )
  const byClient = await keyOf(await clientWith([]))
  const owner = { type: 'account', id: account.id } as const
  await world.permit(owner, api, ['read'])
  const { id: own } = await makeApiKey(world, { owner, api, more: { expiresAt: in30Days } })
  await sql`delete from mails`.execute(world.db)
  await remindOfEnds(world.db, at(17))
  const mails = (await delivered(17)).filter(({ to }) => to === account.email)
  const of = (id: string) => mails.find(({ text }) => text.includes(id))
  expect(of(byClient)?.subject).toContain('läuft bald ab')
  expect(of(byClient)?.text).toContain(`${world.issuer}/admin\n`)
  expect(of(own)?.text).toContain(`${world.issuer}/account/keys\n`)
  expect(of(own)?.html).toContain('läuft bald ab')
  expect(of(own)?.text).not.toContain('Kontakten')
  // An address that nobody confirmed is not known to be theirs.
  await sql`update accounts set email_verified_at = null where id = ${account.id}`.execute(world.db)
  expect(told(await remindedAt(28), own)).toEqual([])
})
