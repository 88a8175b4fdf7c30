import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Budget } from '../../../src/domain/limits/budgets.ts'
import { refundTogether, takeTogether } from '../../../src/domain/limits/take-together.ts'
import { take } from '../../../src/domain/limits/take.ts'
import type { Bucket } from '../../../src/domain/limits/take.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openDatabase } from '../../../src/platform/db/open.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { createTestDatabase } from '../../support/postgres.ts'

const perHour = 1 / 3600
const wide: Budget = { name: 'wide', capacity: 10, refillPerSecond: perHour, whenUnavailable: 'deny' }
const narrow: Budget = { name: 'narrow', capacity: 3, refillPerSecond: perHour, whenUnavailable: 'deny' }
const both = (key: string): readonly Bucket[] => [
  { budget: wide, key: 'all' },
  { budget: narrow, key },
]
let database: TestDatabase
let db: Database
let other: Database

const open = (url: string) =>
  openDatabase({
    url,
    maxConnections: 10,
    applicationName: 'test',
    connectTimeoutMilliseconds: 10_000,
    statementTimeoutMilliseconds: 10_000,
    onConnectionError: () => {},
  })

beforeAll(async () => {
  database = await createTestDatabase()
  db = open(database.url)
  other = open(database.url)
})
afterEach(() => db.deleteFrom('limitBuckets').execute())
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

/** How many a bucket still gives, by taking them. */
async function left(bucket: Bucket): Promise<number> {
  for (let count = 0; ; count += 1) if (!(await take(db, bucket)).allowed) return count
}

test('each gives one, and each gets one back', async () => {
  expect(await takeTogether(db, both('ada'))).toEqual({ allowed: true })
  expect(await takeTogether(db, both('ada'))).toEqual({ allowed: true })
  await refundTogether(db, both('ada'))
  expect(await left({ budget: narrow, key: 'ada' })).toBe(2)
  expect(await left({ budget: wide, key: 'all' })).toBe(9)
})

test('nothing is given back beyond what a bucket holds, nor to one that is not there', async () => {
  await takeTogether(db, both('ada'))
  for (let time = 0; time < 4; time += 1) await refundTogether(db, both('ada'))
  await refundTogether(db, both('nobody'))
  expect(await left({ budget: narrow, key: 'ada' })).toBe(3)
  expect(await left({ budget: wide, key: 'all' })).toBe(10)
})

test('one that refuses is named with its wait, and the others have spent nothing', async () => {
  for (let time = 0; time < 3; time += 1) await takeTogether(db, both('ada'))
  for (let time = 0; time < 5; time += 1) {
    const refused = await takeTogether(db, both('ada'))
    if (refused.allowed) throw new Error('it was empty')
    expect(refused.refusedBy).toEqual({ budget: narrow, key: 'ada' })
    expect(refused.retryAfterSeconds).toBeGreaterThan(3590)
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3600)
  }
  expect(await left({ budget: wide, key: 'all' })).toBe(7)
})

test('T28: of a hundred at once on two instances as many are given as the widest holds, and none of the others is spent', async () => {
  const keys = Array.from({ length: 100 }, (_, index) => `somebody ${index % 50}`)
  const answers = await Promise.all(
    keys.map((key, index) => takeTogether(index % 2 === 0 ? db : other, both(key))),
  )
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(10)
  expect(answers.filter((answer) => !answer.allowed && answer.refusedBy.budget === wide)).toHaveLength(90)
  let spent = 0
  for (const key of new Set(keys)) spent += 3 - (await left({ budget: narrow, key }))
  expect(spent).toBe(10)
})

test('T28: parallel takes of overlapping buckets wait for each other without an end in a deadlock, and none is lost', async () => {
  const budget: Budget = { ...wide, capacity: 200 }
  const of = (names: readonly string[]) => names.map((key): Bucket => ({ budget, key }))
  const orders = [['a', 'b', 'c'], ['a', 'c'], ['b', 'c', 'd'], ['b', 'd'], ['a'], ['c', 'd']]
  const taken = new Map<string, number>()
  await Promise.all(
    Array.from({ length: 120 }, async (_, at) => {
      const names = orders[at % orders.length] ?? []
      const answer = await takeTogether(at % 2 === 0 ? db : other, of(names))
      expect(answer).toEqual({ allowed: true })
      for (const name of names) taken.set(name, (taken.get(name) ?? 0) + 1)
      // Every third succeeds, and gets back what it took.
      if (at % 3 !== 0) return
      await refundTogether(at % 2 === 0 ? other : db, of(names))
      for (const name of names) taken.set(name, (taken.get(name) ?? 0) - 1)
    }),
  )
  for (const [name, count] of taken)
    expect([name, await left({ budget, key: name })]).toEqual([name, 200 - count])
})

test('hostile keys are buckets of their own, of the same small size', async () => {
  const keys = [
    "'; drop table limit_buckets; --",
    '\u0000',
    '{"a","b"}',
    'x'.repeat(1_000_000),
    '',
    'NULL',
    '\ud800',
  ]
  const buckets = keys.map((key): Bucket => ({ budget: narrow, key }))
  expect(await takeTogether(db, buckets)).toEqual({ allowed: true })
  const rows = await db.selectFrom('limitBuckets').select('key').execute()
  expect(rows).toHaveLength(keys.length)
  for (const { key } of rows) expect(key).toMatch(/^narrow:[\w-]{22}$/)
  await refundTogether(db, buckets)
  for (const bucket of buckets) expect(await left(bucket)).toBe(3)
})
