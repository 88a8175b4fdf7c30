import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticate } from '../../../src/domain/accounts/authenticate.ts'
import { findAccount } from '../../../src/domain/accounts/account.ts'
import { isCompromisedPassword, markPasswordCompromised } from '../../../src/domain/accounts/compromised.ts'
import { createPasswordHasher } from '../../../src/domain/accounts/password.ts'
import type { PasswordHasher } from '../../../src/domain/accounts/password.ts'
import { setPassword } from '../../../src/domain/accounts/set-password.ts'
import { act, cheapHashing, digestOfOthers, eventsAbout, makeAccount } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const password = 'correct horse battery staple'
const another = 'a wholly different sentence'
const hasher = createPasswordHasher(cheapHashing)
const later = { ...act, now: new Date(act.now.getTime() + 60_000) }
let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterAll(() => database.close())

let number = 0
async function person(): Promise<{ id: string; email: string }> {
  const email = `given-up-${(number += 1)}@example.com`
  return makeAccount(database.db, { email }, { passwordHash: await hasher.hash(password) })
}

const outcomeOf = async (login: string, typed: string, using: PasswordHasher = hasher) =>
  (await authenticate({ db: database.db, hasher: using }, { login, password: typed }, later)).outcome

test('a password that is marked opens nothing: who knows it is told so, everybody else what they always are', async () => {
  const { id, email } = await person()
  const others = await digestOfOthers(database.db, id)
  expect(await markPasswordCompromised(database.db, { id }, later)).toBe('marked')
  expect(await outcomeOf(email, password)).toBe('compromised')
  expect(await outcomeOf(email, another)).toBe('rejected')
  expect((await findAccount(database.db, id))?.hasPassword).toBe(false)
  const reasons = (await eventsAbout(database.db, id)).slice(1)
  expect(reasons).toEqual([
    ['account.password_compromised', {}],
    ['sign_in.failed', { reason: 'compromised_password' }],
    ['sign_in.failed', { reason: 'wrong_password' }],
  ])
  expect(await digestOfOthers(database.db, id)).toBe(others)
})

test('another password ends it, and the one that others know is known for what it is', async () => {
  const { id, email } = await person()
  const again = { id, password }
  expect(await isCompromisedPassword({ db: database.db, hasher }, again)).toBe(false)
  await markPasswordCompromised(database.db, { id }, later)
  expect(await isCompromisedPassword({ db: database.db, hasher }, again)).toBe(true)
  await setPassword(database.db, { id, passwordHash: await hasher.hash(another) }, later)
  expect(await outcomeOf(email, another)).toBe('authenticated')
  expect(await outcomeOf(email, password)).toBe('rejected')
  expect(await isCompromisedPassword({ db: database.db, hasher }, again)).toBe(true)
  expect(await isCompromisedPassword({ db: database.db, hasher }, { id, password: another })).toBe(false)
})

test('it is marked once, of many who do so at once, and where there is none nothing happens', async () => {
  const { id } = await person()
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      markPasswordCompromised(index % 2 === 0 ? database.db : database.other, { id }, later),
    ),
  )
  expect(outcomes.filter((outcome) => outcome === 'marked')).toHaveLength(1)
  expect((await eventsAbout(database.db, id)).slice(1)).toEqual([['account.password_compromised', {}]])
  expect(await isCompromisedPassword({ db: database.db, hasher }, { id, password })).toBe(true)
})

test('T28: whoever is having the password compared while it is marked is not let in late', async () => {
  const { id, email } = await person()
  const slow: PasswordHasher = {
    ...hasher,
    verify: async (...given) => {
      const verdict = await hasher.verify(...given)
      await markPasswordCompromised(database.db, { id }, later)
      return verdict
    },
  }
  expect(await outcomeOf(email, password, slow)).toBe('rejected')
})
