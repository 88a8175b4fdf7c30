/** T31: what a rejected attempt costs is the same whichever hash it was compared with. */
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import argon2 from 'argon2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticate } from '../../../src/domain/accounts/authenticate.ts'
import { hashKindsInUse, kindOf, remainingWork } from '../../../src/domain/accounts/hash-kinds.ts'
import { hashesHere } from '../../../src/domain/accounts/hashes.ts'
import { importAccounts } from '../../../src/domain/accounts/import.ts'
import { disableAccount } from '../../../src/domain/accounts/lifecycle.ts'
import { createPasswordHasher } from '../../../src/domain/accounts/password.ts'
import { act, cheapHashing, makeAccount } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const password = 'correct horse battery staple'
const salt = Buffer.from('salt of sixteen!')
const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const pbkdf2 = (iterations: number) => base64(pbkdf2Sync(password, salt, iterations, 32, 'sha256'))
const hasher = createPasswordHasher(cheapHashing)

let database: Room
let hashes: Readonly<Record<string, string>>
beforeAll(async () => {
  database = await openRoom()
  const argon2With = (memoryCost: number) =>
    argon2.hash(password, { memoryCost, timeCost: 2, parallelism: 1 })
  hashes = {
    today: await hasher.hash(password),
    older: await argon2With(512),
    costlier: await argon2With(2048),
    'other-order': (await hasher.hash(password)).replace('p=1,t=2', 't=2,p=1'),
    argon2i: await argon2.hash(password, { type: argon2.argon2i, memoryCost: 1024, timeCost: 2 }),
    scrypt: `$scrypt$ln=12,r=8,p=1$${base64(salt)}$${base64(scryptSync(password, salt, 32, { cost: 2 ** 12 }))}`,
    pbkdf2: `$pbkdf2-sha256$i=9000,l=32$${base64(salt)}$${pbkdf2(9000)}`,
    stronger: `$pbkdf2-sha256$i=20000,l=32$${base64(salt)}$${pbkdf2(20_000)}`,
    passlib: `$pbkdf2-sha256$5000$${base64(salt)}$${pbkdf2(5000)}`,
    django: `pbkdf2_sha256$7000$saltsaltsalt$${pbkdf2Sync(password, 'saltsaltsalt', 7000, 32, 'sha256').toString('base64')}`,
    bcrypt: '$2b$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  }
})
afterAll(() => database.close())

test('T31: of every hash in the table the kind is known, by the database as by the server, with nothing of its salt or digest', async () => {
  for (const [name, passwordHash] of Object.entries(hashes)) {
    await makeAccount(database.db, { email: `${name}@kinds.example`, username: name }, { passwordHash })
    await makeAccount(database.db, { email: `${name}-2@kinds.example` }, { passwordHash })
  }
  await makeAccount(database.db, { email: 'bare@kinds.example' })
  const given = { passwordHash: null, compromisedPasswordHash: '$argon2id$v=19$m=64,t=9,p=1$abcd$efgh' }
  const { id } = await makeAccount(database.db, { email: 'given-up@kinds.example' })
  await database.db.updateTable('accounts').set(given).where('id', '=', id).execute()
  const all = [...Object.values(hashes), given.compromisedPasswordHash]
  expect(new Set(await hashKindsInUse(database.db))).toEqual(new Set(all.map(kindOf)))
  // Two of them are one kind.
  expect((await hashKindsInUse(database.db)).length).toBe(all.length - 1)
  for (const kind of all.map(kindOf)) expect(kind.split('$').at(-1)).toMatch(/A+=*$/)
  await database.db.deleteFrom('accounts').where('id', '=', id).execute()
})

test('T31: whichever hash was compared, the whole is the same work, and PBKDF2 costs what its longest does', () => {
  const kinds = Object.values(hashes).map(kindOf)
  const works = Object.values(hashes).map((hash) => totalOf([kindOf(hash), ...remainingWork(hash, kinds)]))
  for (const work of works) expect(work).toEqual(works[0])
  expect(works[0]).toMatchObject({
    '$pbkdf2-sha256$i=': 20_000,
    pbkdf2_sha256$: 7000,
    '$pbkdf2-sha256$': 5000,
  })
})

test('of one kind nothing is left to compare, in whatever order its parameters are written', () => {
  const { today = '' } = hashes
  const other = today.replace('m=1024,p=1,t=2', 'm=1024,t=2,p=1')
  expect(other).not.toBe(today)
  expect(remainingWork(today, [kindOf(today), kindOf(other)])).toEqual([])
})

const digest = (length: number) => 'A'.repeat(length)
const bcryptOf = (cost: number) => `$2b$${String(cost).padStart(2, '0')}$${digest(53)}`
const pbkdf2Of = (iterations: number) => `$pbkdf2-sha256$i=${iterations},l=32$${digest(22)}$${digest(43)}`
/** As costly as one may be, and a kind of its own by its length. */
const costlyOf = (length: number) =>
  `$argon2id$v=19$m=262144,t=2,p=1$${base64(salt).slice(0, 22)}$${digest(length)}`

test('API4: whoever takes hashes over does not make every attempt cost any number of comparisons', async () => {
  let made = 0
  const take = async (hashes: readonly string[]) => {
    const accounts = hashes.map((hash, at) => ({
      email: `many-${made}-${at}@kinds.example`,
      password_hash: hash,
    }))
    const outcomes = await importAccounts(
      database.db,
      { accounts, newId: () => `acc_many${(made += 1)}` },
      act,
    )
    return outcomes.filter(({ outcome }) => outcome === 'created').length
  }
  const before = await hashKindsInUse(database.db)
  const lengths = Array.from({ length: 100 }, (_, at) => 30 + at)
  const cheap = lengths.map((length) => `$argon2id$v=19$m=128,t=1,p=1$${digest(22)}$${digest(length)}`)
  const yearly = Array.from({ length: 500 }, (_, at) => pbkdf2Of(1000 + at))
  // The first one too many is named; those that came before it, and what there is already, are none.
  for (const [hashes, message] of [
    [lengths.map(costlyOf), /^accounts\[3\]/],
    [[bcryptOf(10), ...cheap, ...lengths.map(costlyOf)], /^accounts\[103\]/],
    [yearly, /^accounts\[3\d\d\]/],
  ] as const) {
    await expect(take(hashes)).rejects.toMatchObject({
      code: 'unsupported_hash',
      message: expect.stringMatching(message),
    })
  }
  expect(await hashKindsInUse(database.db)).toEqual(before)
  // What peers make is taken: bcrypt of every cost.
  expect(await take(Array.from({ length: 10 }, (_, at) => bcryptOf(4 + at)))).toBe(10)
  // One that is there already is no kind more.
  expect(await take([costlyOf(43), bcryptOf(13)])).toBe(2)
  expect(await take([costlyOf(43), costlyOf(43)])).toBe(2)
  await expect(take([costlyOf(43), costlyOf(44)])).rejects.toMatchObject({ code: 'unsupported_hash' })
  await database.db.deleteFrom('accounts').where('email', 'like', 'many-%').execute()
})

test('API4: even where more of them stand in the table, an attempt costs no more', async () => {
  const { db } = database
  const inTable = [...Array.from({ length: 20 }, (_, at) => costlyOf(30 + at)), bcryptOf(5)]
  for (const [at, passwordHash] of inTable.entries()) {
    await makeAccount(db, { email: `more-${at}@kinds.example` }, { passwordHash })
  }
  const compared: string[] = []
  const counting = createPasswordHasher(cheapHashing, {
    ...hashesHere,
    verify: (hash) => {
      compared.push(hash)
      return Promise.resolve(false)
    },
  })
  await authenticate({ db, hasher: counting }, { login: 'nobody', password }, act)
  expect(compared).toContain(kindOf(bcryptOf(5)))
  expect(compared.filter((hash) => hash.includes('m=262144'))).toHaveLength(3)
  await db.deleteFrom('accounts').where('email', 'like', 'more-%').execute()
})

/** Iterations for each form of PBKDF2, and how often any other kind is compared. */
function totalOf(work: readonly string[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const kind of work) {
    const [, form, iterations] = /^(\$?pbkdf2[^$]*\$(?:i=)?)(\d+)/.exec(kind) ?? []
    const key = form ?? kind
    total[key] = (total[key] ?? 0) + Number(iterations ?? 1)
  }
  return total
}

test('T31: a rejection takes the same processor time whichever hash the account has, and for none', async () => {
  const { db } = database
  const signIn = (login: string, typed: string) =>
    authenticate({ db, hasher }, { login, password: typed }, act)
  const disabled = await makeAccount(
    db,
    { email: 'disabled@kinds.example' },
    { passwordHash: hashes['older'] ?? '' },
  )
  await disableAccount(db, { id: disabled.id }, act)
  const attempts = [
    ...['today', 'older', 'costlier', 'scrypt', 'stronger', 'nobody'].map(
      (login) => [login, 'not that'] as const,
    ),
    ['disabled@kinds.example', password],
  ] as const
  const spent = attempts.map((): number[] => [])
  for (let round = 0; round < 11; round += 1) {
    for (const [index, [login, typed]] of attempts.entries()) {
      const before = process.cpuUsage()
      expect(await signIn(login, typed)).toEqual({ outcome: 'rejected' })
      const { user, system } = process.cpuUsage(before)
      spent[index]?.push(user + system)
    }
  }
  const medians = spent.map((times) => times.sort((left, right) => left - right)[5] ?? 0)
  expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(1.4)
})

test('a hash that cannot be read keeps nobody else out', async () => {
  const { db } = database
  await makeAccount(db, { email: 'broken@kinds.example' }, { passwordHash: '$argon2id$broken' })
  const attempt = (typed: string) => authenticate({ db, hasher }, { login: 'today', password: typed }, act)
  expect((await attempt('not that')).outcome).toBe('rejected')
  expect((await attempt(password)).outcome).toBe('authenticated')
})
