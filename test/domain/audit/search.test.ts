import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Act } from '../../../src/domain/audit/act.ts'
import { record } from '../../../src/domain/audit/record.ts'
import { eventSearch, searchEvents } from '../../../src/domain/audit/search.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let room: Room
let db: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
  await record(db, { type: 'account.created', target: { type: 'account', id: 'acc_a' } }, operatorAt(1))
  await record(db, { type: 'account.disabled', target: { type: 'account', id: 'acc_a' } }, accountAt(2))
  await record(db, { type: 'client.created', target: { type: 'client', id: 'acc_a' } }, operatorAt(3))
  await record(
    db,
    { type: 'sign_in.failed', details: { reason: 'unknown_login', tried: ['a', 'b'] } },
    strangerAt(4),
  )
})

afterAll(() => room.close())

test('events come back as they were recorded, the newest first', async () => {
  const { items, next } = await searchEvents(db, eventSearch.parse({}))
  expect(next).toBeUndefined()
  expect(items.map(({ type }) => type)).toEqual([
    'sign_in.failed',
    'client.created',
    'account.disabled',
    'account.created',
  ])
  expect(items[0]).toEqual({
    id: expect.any(Number),
    occurredAt: minute(4),
    type: 'sign_in.failed',
    actor: { type: 'anonymous', id: undefined },
    target: undefined,
    address: '192.0.2.1',
    userAgent: 'a browser',
    requestId: 'req_1',
    details: { reason: 'unknown_login', tried: ['a', 'b'] },
  })
})

test('each member narrows the search, and all of them together', async () => {
  const found = async (search: object) =>
    (await searchEvents(db, eventSearch.parse(search))).items.map(({ type }) => type)
  expect(await found({ type: 'account.disabled' })).toEqual(['account.disabled'])
  expect(await found({ target: { type: 'account', id: 'acc_a' } })).toEqual([
    'account.disabled',
    'account.created',
  ])
  expect(await found({ actor: { type: 'account', id: 'acc_b' } })).toEqual(['account.disabled'])
  expect(await found({ actor: { type: 'account', id: 'acc_c' } })).toEqual([])
  expect(await found({ actor: { type: 'operator' }, from: minute(2) })).toEqual(['client.created'])
  expect(await found({ from: minute(2), until: minute(4) })).toEqual(['client.created', 'account.disabled'])
})

test('pages meet without a gap, whatever is recorded meanwhile', async () => {
  const first = await searchEvents(db, eventSearch.parse({ limit: 2, until: minute(9) }))
  await record(db, { type: 'client.disabled', target: { type: 'client', id: 'c' } }, operatorAt(5))
  const rest = await searchEvents(db, eventSearch.parse({ limit: 2, until: minute(9), after: first.next }))
  expect([...first.items, ...rest.items].map(({ type }) => type)).toEqual([
    'sign_in.failed',
    'client.created',
    'account.disabled',
    'account.created',
  ])
  expect(rest.next).toBeUndefined()
})

test('a search that cannot be meant is refused at the door', () => {
  const searches = [
    { type: 'nonsense' },
    { after: '1; drop table audit_events' },
    { target: { type: 'account' } },
    { target: { type: 'nonsense', id: 'x' } },
    { actor: { type: 'account', id: 'a b' } },
    { limit: 0 },
    { from: new Date(Number.NaN) },
    { other: true },
  ]
  for (const search of searches) expect(eventSearch.safeParse(search).success).toBe(false)
})

function minute(number: number): Date {
  return new Date(Date.UTC(2026, 2, 1, 12, number))
}

function operatorAt(number: number): Act {
  return { actor: { type: 'operator' }, now: minute(number) }
}

function accountAt(number: number): Act {
  return { actor: { type: 'account', id: 'acc_b' }, now: minute(number) }
}

function strangerAt(number: number): Act {
  const now = minute(number)
  return {
    actor: { type: 'anonymous' },
    now,
    address: '192.0.2.1',
    userAgent: 'a browser',
    requestId: 'req_1',
  }
}
