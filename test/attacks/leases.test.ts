import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLeases } from '../../src/domain/limits/leases.ts'
import type { LeasedBudget, Leases } from '../../src/domain/limits/leases.ts'
import { randomBase62 } from '../../src/platform/crypto/random.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'

let room: Room
let db: Database
let clock: number

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
beforeEach(() => {
  clock = Date.parse('2026-03-31T23:59:00Z')
})
afterAll(() => room.close())

function openLeases(): Leases {
  return createLeases({
    db,
    now: () => new Date(clock),
    onError: (error) => {
      throw error
    },
  })
}

test('a trickle of requests saves nothing up: a burst after it gets no more than a burst without it', async () => {
  // Nothing worth mentioning comes back while the test runs, so all that is allowed was in the bucket or hoarded.
  const budget: LeasedBudget = { kind: 'rate', key: randomBase62(12), requests: 1000, seconds: 86400 }
  const leases = openLeases()
  // Each request comes just after the lease ended and before its rest was given back.
  for (let second = 0; second < 15; second += 1) {
    expect(await leases.take(budget, 1)).toMatchObject({ allowed: true })
    clock += 1001
  }
  // What one instance holds is at most its share, a twentieth.
  let atOnce = 0
  while (leases.takeLocally(budget, 1)?.allowed === true) atOnce += 1
  await leases.take(budget, 1)
  while (leases.takeLocally(budget, 1)?.allowed === true) atOnce += 1
  expect(atOnce).toBeLessThanOrEqual(1000 / 20)
  await leases.close()
})

test('what was left over of yesterday’s quota is not added to today’s', async () => {
  const budget: LeasedBudget = { kind: 'quota', key: randomBase62(12), requests: 100, period: 'day' }
  const yesterday = openLeases()
  expect(await yesterday.take(budget, 1)).toMatchObject({ allowed: true })
  clock = Date.parse('2026-04-01T00:00:05Z')
  const today = openLeases()
  let allowed = 0
  for (; allowed < 100; allowed += 1) expect(await today.take(budget, 1)).toMatchObject({ allowed: true })
  await yesterday.close()
  clock += 1001
  expect(await today.take(budget, 1)).toMatchObject({ allowed: false })
  await today.close()
})

test('a lease that lies across midnight is not spent on the new day', async () => {
  const budget: LeasedBudget = { kind: 'quota', key: randomBase62(12), requests: 100, period: 'day' }
  const leases = openLeases()
  expect(await leases.take(budget, 1)).toMatchObject({ allowed: true })
  clock = Date.parse('2026-04-01T00:00:05Z')
  let allowed = 0
  for (let index = 0; index < 110; index += 1) if ((await leases.take(budget, 1)).allowed) allowed += 1
  expect(allowed).toBe(100)
  await leases.close()
})

test('a clock that is set back does not keep a key refused', async () => {
  const budget: LeasedBudget = { kind: 'rate', key: randomBase62(12), requests: 1, seconds: 1 }
  const leases = openLeases()
  expect(await leases.take(budget, 1)).toMatchObject({ allowed: true })
  expect(await leases.take(budget, 1)).toMatchObject({ allowed: false })
  clock -= 3_600_000
  const tryLater = async (): Promise<boolean> => {
    clock += 100
    return (await leases.take(budget, 1)).allowed
  }
  await expect.poll(tryLater).toBe(true)
  await leases.close()
})
