import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLeases } from '../../../src/domain/limits/leases.ts'
import type { LeasedBudget, Leases } from '../../../src/domain/limits/leases.ts'
import { peekAt } from '../../../src/domain/limits/peek.ts'
import type { PeekingLeases } from '../../../src/domain/limits/peek.ts'
import { randomBase62 } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let room: Room
let db: Database
let leases: Leases
let peeking: PeekingLeases
let clock = Date.parse('2026-03-31T23:00:00Z')

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
  const now = () => new Date(clock)
  leases = createLeases({
    db,
    now,
    onError: (error) => {
      throw error
    },
  })
  peeking = peekAt(db, leases, now)
})
afterAll(async () => {
  await leases.close()
  await room.close()
})

// Buckets that regain practically nothing while a test runs.
const budgets: readonly (readonly [string, () => LeasedBudget])[] = [
  ['a rate', () => ({ kind: 'rate', key: randomBase62(12), requests: 100, seconds: 86400 })],
  [
    'a rate with less in one go',
    () => ({ kind: 'rate', key: randomBase62(12), requests: 1000, seconds: 86400, burst: 100 }),
  ],
  ['a quota', () => ({ kind: 'quota', key: randomBase62(12), requests: 100, period: 'month' })],
]

test.each(budgets)('%s: whatever was taken before, looking says what taking does', async (_, make) => {
  const budget = make()
  for (const cost of [1, 101, 30, 30, 30, 30, 2, 9, 1]) {
    const seen = await peeking.take(budget, cost)
    const taken = await leases.take(budget, cost)
    expect(seen.allowed, String(cost)).toBe(taken.allowed)
    clock += 700
  }
})

test.each(budgets)(
  '%s: what was given back here counts, though its lease is over and the database knows nothing of it',
  async (_, make) => {
    const budget = make()
    expect((await leases.take(budget, 60)).allowed).toBe(true)
    leases.giveBackLocally(budget, 60)
    clock += 1001
    expect((await peeking.take(budget, 60)).allowed).toBe(true)
    expect((await leases.take(budget, 60)).allowed).toBe(true)
  },
)

test('what lies here of a day that is over is worth nothing in the next', async () => {
  const day = 86_400_000
  const budget: LeasedBudget = { kind: 'quota', key: randomBase62(12), requests: 100, period: 'day' }
  expect((await leases.take(budget, 60)).allowed).toBe(true)
  leases.giveBackLocally(budget, 60)
  clock += day
  expect(leases.restHere(budget)).toBe(0)
  expect(await peeking.take(budget, 1)).toMatchObject({ allowed: true, remaining: 99 })
})
