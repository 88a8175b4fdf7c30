import argon2 from 'argon2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticate } from '../../../src/domain/accounts/authenticate.ts'
import { disableAccount } from '../../../src/domain/accounts/lifecycle.ts'
import { createPasswordHasher } from '../../../src/domain/accounts/password.ts'
import type { PasswordHasher } from '../../../src/domain/accounts/password.ts'
import { setPassword } from '../../../src/domain/accounts/set-password.ts'
import { act, cheapHashing, countEvents, eventsAbout, makeAccount } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const password = 'correct horse battery staple'
const hasher = createPasswordHasher(cheapHashing)
const rejected = { outcome: 'rejected' }
let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterAll(() => database.close())

async function makePerson(name: string, passwordHash?: string) {
  return makeAccount(
    database.db,
    { email: `${name}@example.com`, username: name },
    { passwordHash: passwordHash ?? (await hasher.hash(password)) },
  )
}

const signIn = (login: string, typed = password, using: PasswordHasher = hasher) =>
  authenticate({ db: database.db, hasher: using }, { login, password: typed }, act)

async function lastEvent() {
  return database.db
    .selectFrom('auditEvents')
    .select(['type', 'targetId', 'details'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
}

test('the right password is accepted with the address and the user name in every spelling, and writes no event', async () => {
  const account = await makePerson('ada')
  const before = await countEvents(database.db)
  for (const login of ['ada@example.com', 'ADA@example.com ', 'Ada', 'ＡＤＡ']) {
    expect(await signIn(login)).toEqual({ outcome: 'authenticated', account })
  }
  expect(await countEvents(database.db)).toBe(before)
})

test('T31: an unknown login, a wrong password, no password and a disabled account have one answer, and the log the reason', async () => {
  const { db } = database
  const known = await makePerson('known')
  const disabled = await makePerson('disabled')
  const bare = await makeAccount(db, { email: 'bare@example.com' })
  await disableAccount(db, { id: disabled.id }, act)
  for (const [login, typed, targetId, reason] of [
    ['nobody@example.com', password, null, 'unknown_login'],
    ['known', 'wrong horse battery staple', known.id, 'wrong_password'],
    ['bare@example.com', password, bare.id, 'no_password'],
    ['disabled', password, disabled.id, 'disabled'],
    ['disabled', 'wrong', disabled.id, 'wrong_password'],
    ['\u0000', password, null, 'unknown_login'],
    ['known', 'a'.repeat(1_000_000), known.id, 'wrong_password'],
  ] as const) {
    expect(await signIn(login, typed)).toEqual(rejected)
    expect(await lastEvent()).toEqual({ type: 'sign_in.failed', targetId, details: { reason } })
  }
  const rows = await db.selectFrom('auditEvents').selectAll().execute()
  expect(JSON.stringify(rows)).not.toMatch(/nobody|horse|argon2/)
})

test('T31: a rejection costs the same processor time whether or not the account is there', async () => {
  const { db } = database
  const costly = createPasswordHasher({ ...cheapHashing, memoryKibibytes: 4096 })
  const passwordHash = await costly.hash(password)
  await makePerson('timed', passwordHash)
  await makeAccount(db, { email: 'timed-bare@example.com' })
  const disabled = await makePerson('timed-disabled', passwordHash)
  await disableAccount(db, { id: disabled.id }, act)
  const logins = ['timed', 'nobody', 'timed-bare@example.com', 'nobody@example.com', 'timed-disabled']
  // Processor time, not time on the wall: it counts argon2's own threads and not the other tests.
  const spent = new Map<string, number[]>(logins.map((login) => [login, []]))
  for (let round = 0; round < 25; round += 1) {
    for (const login of logins) {
      const before = process.cpuUsage()
      expect(await signIn(login, 'wrong horse battery staple', costly)).toEqual(rejected)
      const { user, system } = process.cpuUsage(before)
      spent.get(login)?.push(user + system)
    }
  }
  const medians = logins.map((login) => spent.get(login)?.sort((left, right) => left - right)[12] ?? 0)
  expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(1.4)
})

test('T31: every attempt compares one hash, with a full line for the unknown as for the known', async () => {
  await makePerson('counted')
  const compared: boolean[] = []
  const counting: PasswordHasher = {
    ...hasher,
    verify: (storedHash, typed) => {
      compared.push(storedHash !== undefined)
      return hasher.verify(storedHash, typed)
    },
  }
  await signIn('counted', 'wrong', counting)
  await signIn('nobody', 'wrong', counting)
  await signIn('', 'wrong', counting)
  await signIn('counted', password, counting)
  expect(compared).toEqual([true, false, false, true])
  const full = createPasswordHasher({ ...cheapHashing, maxConcurrent: 0, maxWaiting: 0 })
  for (const login of ['counted', 'nobody']) {
    await expect(signIn(login, password, full)).rejects.toMatchObject({ code: 'temporarily_unavailable' })
  }
})

test('T28: an account disabled, or given another password, while the password is compared is not let in', async () => {
  const { db } = database
  const late = await makePerson('late')
  const changed = await makePerson('changed')
  const interrupting = (interrupt: () => Promise<unknown>): PasswordHasher => ({
    ...hasher,
    verify: async (storedHash, typed) => {
      const verdict = await hasher.verify(storedHash, typed)
      await interrupt()
      return verdict
    },
  })
  expect(
    await signIn(
      'late',
      password,
      interrupting(() => disableAccount(db, { id: late.id }, act)),
    ),
  ).toEqual(rejected)
  const passwordHash = await hasher.hash('another horse altogether')
  const change = () =>
    setPassword(db, { id: changed.id, passwordHash }, { ...act, now: new Date(act.now.getTime() + 1) })
  expect(await signIn('changed', password, interrupting(change))).toEqual(rejected)
  expect((await eventsAbout(db, changed.id)).at(-1)).toEqual([
    'sign_in.failed',
    { reason: 'changed_meanwhile' },
  ])
})

test('a hash of old parameters is replaced at the next sign-in, once for all who come at that moment', async () => {
  const { db } = database
  const old = await argon2.hash(password, { memoryCost: 512, timeCost: 2, parallelism: 1 })
  const { id, version } = await makePerson('aged', old)
  const storedHash = async () =>
    (await db.selectFrom('accounts').select('passwordHash').where('id', '=', id).executeTakeFirstOrThrow())
      .passwordHash
  expect(await signIn('aged', 'wrong')).toEqual(rejected)
  expect(await storedHash()).toBe(old)
  const answers = await Promise.all(Array.from({ length: 5 }, () => signIn('aged')))
  for (const answer of answers)
    expect(answer).toMatchObject({ outcome: 'authenticated', account: { id, version } })
  const replaced = await storedHash()
  expect(replaced).toMatch(/m=1024,p=1,t=2/)
  expect(await signIn('aged')).toMatchObject({ outcome: 'authenticated' })
  expect(await storedHash()).toBe(replaced)
})

test('a replaced hash never undoes a password that was changed meanwhile', async () => {
  const { db } = database
  const old = await argon2.hash(password, { memoryCost: 512, timeCost: 2, parallelism: 1 })
  const { id } = await makePerson('raced', old)
  const passwordHash = await hasher.hash('another horse altogether')
  const interrupting: PasswordHasher = {
    ...hasher,
    hash: async (typed) => {
      await setPassword(db, { id, passwordHash }, act)
      return hasher.hash(typed)
    },
  }
  await signIn('raced', password, interrupting)
  expect(await signIn('raced', password)).toEqual(rejected)
  expect(await signIn('raced', 'another horse altogether')).toMatchObject({ outcome: 'authenticated' })
})
