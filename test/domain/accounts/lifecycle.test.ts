import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findAccount } from '../../../src/domain/accounts/account.ts'
import {
  deleteAccount,
  disableAccount,
  enableAccount,
  grantAdministrator,
  withdrawAdministrator,
} from '../../../src/domain/accounts/lifecycle.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act, countEvents, digestOfOthers, eventsAbout, makeAccount } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let database: Room
beforeAll(async () => {
  database = await openRoom()
})
afterEach(() => database.db.deleteFrom('accounts').execute())
afterAll(() => database.close())

async function makeAdministrators(db: Database, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const { id } = await makeAccount(db, { email: `admin${index}@example.com` })
    await grantAdministrator(db, { id }, act)
    ids.push(id)
  }
  return ids
}

async function countAdministrators(db: Database): Promise<number> {
  const rows = await db
    .selectFrom('accounts')
    .select('id')
    .where('administrator', '=', true)
    .where('disabledAt', 'is', null)
    .execute()
  return rows.length
}

test('T39: an account is disabled, enabled and deleted once each, with an event, and no other account changes', async () => {
  const { db } = database
  await makeAccount(db, { email: 'bystander@example.com' })
  const { id } = await makeAccount(db, { email: 'life@example.com' })
  const digest = await digestOfOthers(db, id)
  expect(await disableAccount(db, { id }, act)).toBe('disabled')
  expect(await disableAccount(db, { id }, act)).toBe('already_disabled')
  expect(await findAccount(db, id)).toMatchObject({ disabledAt: act.now, version: 2 })
  expect(await enableAccount(db, { id }, act)).toBe('enabled')
  expect(await enableAccount(db, { id }, act)).toBe('already_enabled')
  expect(await findAccount(db, id)).toMatchObject({ disabledAt: undefined, version: 3 })
  expect(await deleteAccount(db, { id }, act)).toBe('deleted')
  expect(await findAccount(db, id)).toBeUndefined()
  expect((await eventsAbout(db, id)).map(([type]) => type)).toEqual([
    'account.created',
    'account.disabled',
    'account.enabled',
    'account.deleted',
  ])
  expect(await digestOfOthers(db, id)).toBe(digest)
})

test('what is not there is not found, and nothing is recorded of it', async () => {
  const { db } = database
  const before = await countEvents(db)
  for (const change of [
    disableAccount,
    enableAccount,
    deleteAccount,
    grantAdministrator,
    withdrawAdministrator,
  ]) {
    expect(await change(db, { id: 'acc_none' }, act)).toBe('not_found')
  }
  expect(await countEvents(db)).toBe(before)
})

test('administration is granted and withdrawn once each, with an event, and no other account changes', async () => {
  const { db } = database
  await makeAdministrators(db, 1)
  const { id } = await makeAccount(db, { email: 'second@example.com' })
  const digest = await digestOfOthers(db, id)
  expect(await withdrawAdministrator(db, { id }, act)).toBe('not_administrator')
  expect(await grantAdministrator(db, { id }, act)).toBe('granted')
  expect(await grantAdministrator(db, { id }, act)).toBe('already_administrator')
  expect(await withdrawAdministrator(db, { id }, act)).toBe('withdrawn')
  expect((await eventsAbout(db, id)).map(([type]) => type).slice(1)).toEqual([
    'account.administrator_granted',
    'account.administrator_withdrawn',
  ])
  expect(await digestOfOthers(db, id)).toBe(digest)
})

test('the last administrator stays one, enabled and there; a disabled one does not count', async () => {
  const { db } = database
  const [id = '', disabled = ''] = await makeAdministrators(db, 2)
  expect(await disableAccount(db, { id: disabled }, act)).toBe('disabled')
  const before = await countEvents(db)
  expect(await withdrawAdministrator(db, { id }, act)).toBe('last_administrator')
  expect(await disableAccount(db, { id }, act)).toBe('last_administrator')
  expect(await deleteAccount(db, { id }, act)).toBe('last_administrator')
  expect(await countEvents(db)).toBe(before)
  expect(await deleteAccount(db, { id: disabled }, act)).toBe('deleted')
  expect(await countAdministrators(db)).toBe(1)
})

test('administrators who remove each other at once, on two instances and in every way, leave one', async () => {
  const { db, other } = database
  const ways = [withdrawAdministrator, disableAccount, deleteAccount]
  for (let round = 0; round < 15; round += 1) {
    const ids = await makeAdministrators(db, 6)
    const outcomes = await Promise.all(
      ids.map((id, index) =>
        (ways[(round + index) % 3] ?? deleteAccount)(index % 2 === 0 ? db : other, { id }, act),
      ),
    )
    expect(await countAdministrators(db)).toBe(1)
    expect(outcomes.filter((outcome) => outcome === 'last_administrator')).toHaveLength(1)
    await db.deleteFrom('accounts').execute()
  }
})
