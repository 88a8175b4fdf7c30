/** Wrong passwords in a row: a hundred at most, however many come at once (T28, NIST SP 800-63B-4 §3.2.2). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../src/domain/accounts/account.ts'
import { authenticate } from '../../../src/domain/accounts/authenticate.ts'
import { createPasswordHasher } from '../../../src/domain/accounts/password.ts'
import type { PasswordHasher } from '../../../src/domain/accounts/password.ts'
import { mostFailures, passwordDisabledAt } from '../../../src/domain/accounts/password-attempts.ts'
import { setPassword } from '../../../src/domain/accounts/set-password.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { Refusal } from '../../../src/platform/errors.ts'
import { act, cheapHashing, eventsAbout, makeAccount, now } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const password = 'correct horse battery staple'
const hasher = createPasswordHasher({ ...cheapHashing, memoryKibibytes: 64, maxWaiting: 1000 })
let passwordHash: string
let database: Room
let ana: Account
let compared = 0
let made = 0

beforeAll(async () => {
  database = await openRoom()
  passwordHash = await hasher.hash(password)
})
afterAll(() => database.close())
beforeEach(async () => {
  made += 1
  compared = 0
  ana = await makeAccount(
    database.db,
    { email: `ana${made}@example.com`, username: `ana${made}` },
    { passwordHash },
  )
})

/** Counts how often a real hash is compared. */
const counting: PasswordHasher = {
  isFull: hasher.isFull,
  hash: hasher.hash,
  verify: (stored, typed, options) => {
    if (stored !== undefined) compared += 1
    return hasher.verify(stored, typed, options)
  },
}

interface Wishes {
  readonly login?: string
  readonly typed?: string
  readonly fromKnownDevice?: boolean
  readonly on?: Database
  readonly using?: PasswordHasher
}

function attempt({ login = ana.email, typed = 'wrong', fromKnownDevice, on, using = counting }: Wishes = {}) {
  return authenticate(
    { db: on ?? database.db, hasher: using },
    { login, password: typed, fromKnownDevice },
    act,
  ).then(({ outcome }) => outcome)
}

const many = (count: number, wishes: Wishes = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      attempt({ ...wishes, on: index % 2 === 0 ? database.db : database.other }),
    ),
  )

const kinds = async () => (await eventsAbout(database.db, ana.id)).map(([type]) => type)

test('the hundred of NIST are shared out between strangers and known devices', () => {
  expect(mostFailures.elsewhere + mostFailures.known_devices).toBe(100)
})

test('T28: of 500 wrong passwords at once on two instances no more than the limit are compared, and the right one is refused after', async () => {
  await many(500)
  console.log(`500 parallel wrong passwords: ${compared} compared`)
  expect(compared).toBe(mostFailures.elsewhere)
  expect(await attempt({ typed: password })).toBe('rejected')
  expect(await attempt({ typed: password, login: ana.username ?? '' })).toBe('rejected')
  expect(compared).toBe(mostFailures.elsewhere)
  expect(await passwordDisabledAt(database.db, ana.id)).toEqual(now)
  expect((await kinds()).filter((type) => type === 'account.password_disabled')).toHaveLength(1)
})

test('one before the limit the right password is accepted, and the row begins anew', async () => {
  await many(mostFailures.elsewhere - 1)
  expect(await attempt({ typed: password })).toBe('authenticated')
  await many(mostFailures.elsewhere - 1)
  expect(await attempt({ typed: password })).toBe('authenticated')
  expect(await passwordDisabledAt(database.db, ana.id)).toBeUndefined()
  expect(await kinds()).not.toContain('account.password_disabled')
})

test('v5.0.0-6.3.5: twenty wrong ones in a row are told once, long before the password is disabled', async () => {
  await many(40)
  expect((await kinds()).filter((type) => type === 'sign_in.many_failures')).toHaveLength(1)
})

describe('a password that strangers had disabled', () => {
  beforeEach(() => many(120))

  test('still opens from a device the account knows, but stays shut elsewhere', async () => {
    expect(await attempt({ typed: password, fromKnownDevice: true })).toBe('authenticated')
    expect(await attempt({ typed: password })).toBe('rejected')
    expect(await passwordDisabledAt(database.db, ana.id)).toEqual(now)
  })

  test('has ten more tries on known devices, and then none anywhere', async () => {
    compared = 0
    await many(50, { fromKnownDevice: true })
    expect(compared).toBe(mostFailures.known_devices)
    expect(await attempt({ typed: password, fromKnownDevice: true })).toBe('rejected')
  })

  test('v5.0.0-6.3.1: is bound again by another one, with a new row for it', async () => {
    const another = 'another battery staple horse'
    await setPassword(database.db, { id: ana.id, passwordHash: await hasher.hash(another) }, act)
    expect(await attempt({ typed: password })).toBe('rejected')
    expect(await attempt({ typed: another })).toBe('authenticated')
    expect(await passwordDisabledAt(database.db, ana.id)).toBeUndefined()
  })

  test('does not touch anybody else', async () => {
    const ben = await makeAccount(database.db, { email: `ben${made}@example.com` }, { passwordHash })
    expect(await attempt({ login: ben.email, typed: password })).toBe('authenticated')
  })
})

test('a person on a known device has their own ten and then what everybody has, so nobody there loses by being known', async () => {
  for (let count = 0; count < 30; count += 1) await attempt({ fromKnownDevice: true })
  expect(compared).toBe(30)
  expect(await attempt({ typed: password, fromKnownDevice: true })).toBe('authenticated')
})

test('an attempt that was turned away by a full line was none', async () => {
  const full = createPasswordHasher({ ...cheapHashing, maxConcurrent: 0, maxWaiting: 0 })
  for (let count = 0; count < 200; count += 1)
    await expect(attempt({ using: full })).rejects.toBeInstanceOf(Refusal)
  expect(await attempt({ typed: password })).toBe('authenticated')
})

test('T31: a login that nobody has is counted by the same statement, without keeping what was typed', async () => {
  await many(5, { login: 'nobody.knows@example.com' })
  const rows = await database.db
    .selectFrom('passwordAttempts')
    .selectAll()
    .where('accountId', 'is', null)
    .execute()
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ elsewhere: 5, expiresAt: new Date(now.getTime() + 3_600_000) })
  expect(JSON.stringify(rows)).not.toContain('nobody.knows')
})

test('known devices are compared before a line of strangers', async () => {
  const one = createPasswordHasher({ ...cheapHashing, maxConcurrent: 1, maxWaiting: 100 })
  const order: string[] = []
  const note = (name: string) => () => order.push(name)
  await Promise.all([
    one.verify(undefined, 'a').then(note('running')),
    one.verify(undefined, 'a').then(note('stranger')),
    one.verify(undefined, 'a').then(note('stranger')),
    one.verify(undefined, 'a', { first: true }).then(note('known device')),
  ])
  expect(order).toEqual(['running', 'known device', 'stranger', 'stranger'])
})
