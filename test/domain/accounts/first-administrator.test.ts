import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findAccount } from '../../../src/domain/accounts/account.ts'
import { newAccount } from '../../../src/domain/accounts/create.ts'
import {
  completeSetup,
  createSetupLink,
  findSetupLink,
} from '../../../src/domain/accounts/first-administrator.ts'
import { randomId, randomSecret } from '../../../src/platform/crypto/random.ts'
import { sha256 } from '../../../src/platform/crypto/digest.ts'
import { act, countEvents, eventsAbout, makeAccount, now } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterEach(async () => {
  await database.db.deleteFrom('accounts').execute()
  await database.db.deleteFrom('oneTimeLinks').execute()
})
afterAll(() => database.close())

const expiresAt = new Date(now.getTime() + 3_600_000)
const setupOf = (token: string, email = 'admin@example.com') => ({
  token,
  id: randomId('acc'),
  account: newAccount.parse({ email }),
  passwordHash: '$argon2id$stored',
})

async function makeLink(): Promise<string> {
  const token = randomSecret()
  expect(await createSetupLink(database.db, { token, expiresAt }, act)).toEqual({ expiresAt })
  return token
}

test('v5.0.0-6.3.2: the link makes one administrator with a verified address, and then no link works or is made', async () => {
  const { db } = database
  const token = await makeLink()
  expect(await findSetupLink(db, token, now)).toEqual({ expiresAt })
  const setup = setupOf(token)
  const done = await completeSetup(db, setup, act)
  expect(done).toMatchObject({
    outcome: 'completed',
    account: { administrator: true, emailVerifiedAt: now, hasPassword: true },
  })
  if (done.outcome === 'completed') expect(await findAccount(db, setup.id)).toEqual(done.account)
  expect((await eventsAbout(db, setup.id)).map(([type]) => type)).toEqual([
    'account.created',
    'account.administrator_granted',
    'setup.completed',
  ])
  expect(await completeSetup(db, setupOf(token, 'again@example.com'), act)).toEqual({
    outcome: 'link_unusable',
  })
  expect(await findSetupLink(db, token, now)).toBeUndefined()
  expect(await createSetupLink(db, { token: randomSecret(), expiresAt }, act)).toBeUndefined()
})

test('only the digest of the token is in the database', async () => {
  const token = await makeLink()
  const rows = await database.db.selectFrom('oneTimeLinks').selectAll().execute()
  expect(rows.map((row) => row.tokenHash)).toEqual([sha256(token)])
  const events = await database.db.selectFrom('auditEvents').selectAll().execute()
  expect(JSON.stringify([rows, events])).not.toContain(token)
})

test('v5.0.0-6.4.1: a used link stays used, even if the account it made is gone from the database', async () => {
  const { db } = database
  const token = await makeLink()
  await completeSetup(db, setupOf(token), act)
  await db.deleteFrom('accounts').execute()
  expect(await completeSetup(db, setupOf(token), act)).toEqual({ outcome: 'link_unusable' })
  expect(await createSetupLink(db, { token: randomSecret(), expiresAt }, act)).toEqual({ expiresAt })
})

test('a newer link replaces the one before it', async () => {
  const { db } = database
  const first = await makeLink()
  const second = await makeLink()
  expect(await completeSetup(db, setupOf(first), act)).toEqual({ outcome: 'link_unusable' })
  expect(await completeSetup(db, setupOf(second), act)).toMatchObject({ outcome: 'completed' })
})

test.each([
  ['unknown', (token: string) => ({ token: `${token}x`, at: now })],
  ['expired', (token: string) => ({ token, at: expiresAt })],
  ['hostile', () => ({ token: '\u0000\uD800', at: now })],
])('a link that is %s makes nobody and writes nothing', async (_, vary) => {
  const { db } = database
  const { token, at } = vary(await makeLink())
  const before = await countEvents(db)
  expect(await completeSetup(db, setupOf(token), { ...act, now: at })).toEqual({ outcome: 'link_unusable' })
  expect(await findSetupLink(db, token, at)).toBeUndefined()
  expect(await countEvents(db)).toBe(before)
  expect(await db.selectFrom('accounts').select('id').execute()).toEqual([])
})

test('a name that is taken leaves the link usable, and without a link nobody learns that it is taken', async () => {
  const { db } = database
  await makeAccount(db, { email: 'taken@example.com' })
  const token = await makeLink()
  expect(await completeSetup(db, setupOf('none', 'taken@example.com'), act)).toEqual({
    outcome: 'link_unusable',
  })
  expect(await completeSetup(db, setupOf(token, 'taken@example.com'), act)).toEqual({
    outcome: 'email_taken',
  })
  expect(await completeSetup(db, setupOf(token), act)).toMatchObject({ outcome: 'completed' })
})

test('F1: of twenty parallel uses of a link on two instances, exactly one makes an administrator', async () => {
  const { db, other } = database
  const token = await makeLink()
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      completeSetup(index % 2 === 0 ? db : other, setupOf(token, `admin${index}@example.com`), act),
    ),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'completed')).toHaveLength(1)
  expect(outcomes.filter(({ outcome }) => outcome === 'link_unusable')).toHaveLength(19)
  expect(await db.selectFrom('accounts').select('administrator').execute()).toEqual([{ administrator: true }])
})

test('F1: links made at once on two instances leave one, and two links used at once make one administrator', async () => {
  const { db, other } = database
  const tokens = Array.from({ length: 10 }, randomSecret)
  const make = (token: string, index: number) =>
    createSetupLink(index % 2 === 0 ? db : other, { token, expiresAt }, act)
  await Promise.all(tokens.map(make))
  expect(await db.selectFrom('oneTimeLinks').select('purpose').execute()).toHaveLength(1)
  const strays = Array.from({ length: 10 }, randomSecret)
  await db
    .insertInto('oneTimeLinks')
    .values(
      strays.map((token) => ({
        tokenHash: sha256(token),
        purpose: 'first_administrator',
        createdAt: now,
        expiresAt,
      })),
    )
    .execute()
  const outcomes = await Promise.all(
    strays.map((token, index) =>
      completeSetup(index % 2 === 0 ? db : other, setupOf(token, `admin${index}@example.com`), act),
    ),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'completed')).toHaveLength(1)
})
