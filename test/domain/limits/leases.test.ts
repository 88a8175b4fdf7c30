import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { randomBase62 } from '../../../src/platform/crypto/random.ts'
import { createLeases } from '../../../src/domain/limits/leases.ts'
import type { LeasedBudget, Leases } from '../../../src/domain/limits/leases.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let room: Room
let instances: Leases[]
let clock: number

beforeAll(async () => {
  room = await openRoom()
})
beforeEach(() => {
  clock = Date.parse('2026-03-31T23:00:00Z')
  instances = [room.db, room.other].map((db) =>
    createLeases({
      db,
      now: () => new Date(clock),
      onError: (error) => {
        throw error
      },
    }),
  )
})
afterEach(() => Promise.all(instances.map((leases) => leases.close())))
afterAll(() => room.close())

const quota = (requests: number): LeasedBudget => ({
  kind: 'quota',
  key: randomBase62(12),
  requests,
  period: 'day',
})

// A bucket that regains practically nothing while a test runs.
const rate = (requests: number): LeasedBudget => ({
  kind: 'rate',
  key: randomBase62(12),
  requests,
  seconds: 86400,
})

async function takeMany(budget: LeasedBudget, count: number, cost = 1): Promise<number> {
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, index) => (instances[index % 2] as Leases).take(budget, cost)),
  )
  return outcomes.filter(({ allowed }) => allowed).length
}

test.each([1, 3, 10, 100, 1000])(
  'two instances together never allow more than a quota of %i, and all of it can be used',
  async (requests) => {
    const budget = quota(requests)
    let allowed = 0
    // What one instance holds unused comes back within a second, so the rest is asked for again after it.
    for (let round = 0; round < 4; round += 1) {
      allowed += await takeMany(budget, requests)
      await Promise.all(instances.map((leases) => leases.close()))
      clock += 1001
    }
    expect(allowed).toBe(requests)
  },
)

test.each([1, 10, 200])('two instances together never allow more than a rate of %i', async (requests) => {
  const budget = rate(requests)
  let allowed = 0
  for (let round = 0; round < 4; round += 1) {
    allowed += await takeMany(budget, requests + 5)
    await Promise.all(instances.map((leases) => leases.close()))
    clock += 1001
  }
  expect(allowed).toBe(requests)
})

test.each([1, 5, 60])(
  'over any window, two instances allow at most a burst of %i and what was regained in it, and a share each',
  async (burst) => {
    const budget: LeasedBudget = { kind: 'rate', key: randomBase62(12), requests: 100, seconds: 1, burst }
    const live = [room.db, room.other].map((db) =>
      createLeases({ db, now: () => new Date(), onError: () => {} }),
    )
    const allowed: { readonly from: number; readonly to: number }[] = []
    const end = performance.now() + 1200
    // A busy machine asks less often than something is regained; two refills after it asked last it must get some.
    let chances = 0
    let chanceAt = 0
    while (performance.now() < end) {
      if (performance.now() - chanceAt >= 20) {
        chances += 1
        chanceAt = performance.now()
      }
      await Promise.all(
        [...live, ...live, ...live].map(async (leases) => {
          const from = performance.now()
          const taken = await leases.take(budget, 1)
          if (taken.allowed) allowed.push({ from, to: performance.now() })
        }),
      )
    }
    await Promise.all(live.map((leases) => leases.close()))
    const share = Math.floor(burst / 20)
    // Each was decided between the two moments: the widest window that it can have been in is looked at.
    allowed.sort((left, right) => left.from - right.from)
    for (const [first, { from }] of allowed.entries()) {
      let to = 0
      for (let last = first; last < allowed.length; last += 1) {
        // One that was asked for earlier may have been decided later.
        to = Math.max(to, allowed[last]?.to ?? 0)
        const most = burst + ((to - from) / 1000) * 100 + 2 * share
        if (last - first + 1 > most + 1e-6) throw new Error(`${last - first + 1} in ${to - from} ms`)
      }
    }
    // And it is no smaller than it should be: what is regained can be used.
    expect(allowed.length).toBeGreaterThan(Math.min(burst + 50, 0.85 * chances))
  },
)

test('a burst is the most that is given in one go, and more than that is never given at once', async () => {
  const budget: LeasedBudget = {
    kind: 'rate',
    key: randomBase62(12),
    requests: 1000,
    seconds: 86_400,
    burst: 7,
  }
  expect(await takeMany(budget, 30)).toBe(7)
  const [leases] = instances as [Leases]
  expect(await leases.take(budget, 8)).toMatchObject({ allowed: false })
})

test('most requests of a large budget are answered without the database', async () => {
  const budget = quota(100_000)
  const [leases] = instances as [Leases]
  let local = 0
  for (let request = 0; request < 2000; request += 1) {
    const answer = leases.takeLocally(budget, 1)
    if (answer?.allowed === true) local += 1
    else await leases.take(budget, 1)
  }
  expect(local).toBe(1998)
})

test('a refused request says when to come back, and spends nothing', async () => {
  const budget = quota(5)
  const [leases] = instances as [Leases]
  expect(await leases.take(budget, 6)).toMatchObject({ allowed: false })
  expect(await leases.take(budget, 5)).toMatchObject({ allowed: true, remaining: 0 })
  const refused = await leases.take(budget, 1)
  expect(refused).toEqual({ allowed: false, retryAfterSeconds: 3600 })
})

test('a quota begins anew with the next calendar day, and a rest of yesterday is not carried over', async () => {
  const budget = quota(10)
  const [leases] = instances as [Leases]
  expect(await takeMany(budget, 10)).toBe(10)
  clock = Date.parse('2026-04-01T00:00:01Z')
  let allowed = 0
  for (let request = 0; request < 12; request += 1) {
    if ((await leases.take(budget, 1)).allowed) allowed += 1
  }
  expect(allowed).toBe(10)
})
