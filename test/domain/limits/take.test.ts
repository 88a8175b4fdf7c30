import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { budgets } from '../../../src/domain/limits/budgets.ts'
import type { Budget } from '../../../src/domain/limits/budgets.ts'
import { refund, take } from '../../../src/domain/limits/take.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { sweepExpired } from '../../../src/platform/sweep.ts'
import type { Room } from '../../support/room.ts'
import { openPool, openRoom } from '../../support/room.ts'

const budget: Budget = { name: 'test', capacity: 10, refillPerSecond: 1 / 3600, whenUnavailable: 'deny' }
let room: Room
let db: Database
let other: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db, other } = room)
})
afterEach(() => db.deleteFrom('limitBuckets').execute())
afterAll(() => room.close())

/** Removes the buckets that are full again, and says how many. */
function sweep(from: Database): Promise<number> {
  return sweepExpired(from, { table: 'limit_buckets', batchSize: 4, graceSeconds: 0 }, new Date())
}

/** Makes it so much later for every bucket. */
async function letPass(seconds: number): Promise<void> {
  await sql`update limit_buckets set updated_at = updated_at - make_interval(secs => ${seconds}),
    full_at = full_at - make_interval(secs => ${seconds})`.execute(db)
}

test('a bucket gives what it holds, then says when the next comes, and a refusal spends nothing', async () => {
  for (let left = 9; left >= 0; left -= 1) {
    expect(await take(db, { budget, key: 'ada' })).toEqual({ allowed: true, remaining: left })
  }
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const refused = await take(db, { budget, key: 'ada' })
    if (refused.allowed) throw new Error('it was empty')
    expect(refused.retryAfterSeconds).toBeGreaterThan(3590)
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3600)
  }
  await letPass(3600)
  expect(await take(db, { budget, key: 'ada' })).toMatchObject({ allowed: true })
  expect(await take(db, { budget, key: 'ada' })).toMatchObject({ allowed: false })
})

test.each([1, 2, 3])(
  'T28 R5: of 100 parallel takes over two pools, exactly the capacity is given (round %i)',
  async (round) => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        take(index % 2 === 0 ? db : other, { budget, key: `race${round}` }),
      ),
    )
    const given = answers.flatMap((answer) => (answer.allowed ? [answer.remaining] : []))
    expect(given.sort((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const answer of answers) if (!answer.allowed) expect(answer.retryAfterSeconds).toBeGreaterThan(0)
  },
)

test('T28: parallel takes of different cost never give more than there is', async () => {
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const cost = 1 + (index % 4)
      const answer = await take(index % 2 === 0 ? db : other, { budget, key: 'costs', cost })
      return answer.allowed ? cost : 0
    }),
  )
  expect(answers.reduce((sum, cost) => sum + cost, 0)).toBe(10)
})

test('parallel takes after a rest give exactly what the rest brought back', async () => {
  await take(db, { budget, key: 'rest', cost: 10 })
  await letPass(4 * 3600)
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => take(index % 2 === 0 ? db : other, { budget, key: 'rest' })),
  )
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(4)
})

test('a bucket never holds more than its capacity, however long it rests and whatever is given back', async () => {
  await take(db, { budget, key: 'full' })
  await letPass(1_000_000)
  await refund(db, { budget, key: 'full', cost: 50 })
  expect(await take(db, { budget, key: 'full', cost: 10 })).toEqual({ allowed: true, remaining: 0 })
})

test('a clock that runs backwards neither gives nor takes anything', async () => {
  await take(db, { budget, key: 'clock', cost: 9 })
  await letPass(-3600)
  expect(await take(db, { budget, key: 'clock' })).toEqual({ allowed: true, remaining: 0 })
  expect(await take(db, { budget, key: 'clock' })).toMatchObject({ allowed: false })
})

test('what succeeded is given back, and others keep what they spent', async () => {
  await take(db, { budget, key: 'ada', cost: 5 })
  await take(db, { budget, key: 'eve', cost: 5 })
  await refund(db, { budget, key: 'ada', cost: 2 })
  expect(await take(db, { budget, key: 'ada' })).toEqual({ allowed: true, remaining: 6 })
  expect(await take(db, { budget, key: 'eve' })).toEqual({ allowed: true, remaining: 4 })
  expect(await take(db, { budget, key: 'ada' })).toEqual({ allowed: true, remaining: 5 })
  await refund(db, { budget, key: 'nobody' })
  expect(await take(db, { budget, key: 'nobody' })).toEqual({ allowed: true, remaining: 9 })
})

test('one key in two budgets is two buckets', async () => {
  await take(db, { budget, key: 'ada', cost: 10 })
  expect(await take(db, { budget: { ...budget, name: 'test2' }, key: 'ada' })).toMatchObject({
    allowed: true,
  })
})

test('hostile keys cost a small row each, say nothing of the key, and are all different', async () => {
  const keys = [
    '',
    '\u0000',
    "'; drop table limit_buckets; --",
    'x'.repeat(1_000_000),
    'ada@example.com',
    'ada@example.com ',
    'test:',
    '🦊',
  ]
  for (const key of keys) expect(await take(db, { budget, key })).toEqual({ allowed: true, remaining: 9 })
  const rows = await db.selectFrom('limitBuckets').select('key').execute()
  expect(rows).toHaveLength(keys.length)
  for (const { key } of rows) expect(key).toMatch(/^test:[\w-]{22}$/)
})

test('a cost that a budget can never give is a mistake of the caller', async () => {
  for (const cost of [0, -1, 11, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(take(db, { budget, key: 'ada', cost })).rejects.toThrow(RangeError)
  }
})

test('a sweep removes the buckets that are full again, and no other', async () => {
  for (let index = 0; index < 7; index += 1) await take(db, { budget, key: `old${index}` })
  await letPass(3601)
  await take(db, { budget, key: 'young', cost: 3 })
  await take(db, { budget, key: 'old0' })
  expect(await sweep(db)).toBe(6)
  expect(await sweep(db)).toBe(0)
  expect(await take(db, { budget, key: 'young' })).toEqual({ allowed: true, remaining: 6 })
  expect(await take(db, { budget, key: 'old0' })).toEqual({ allowed: true, remaining: 8 })
})

test('T28: a sweep leaves a bucket that somebody is taking from at that moment', async () => {
  await take(db, { budget, key: 'busy' })
  await letPass(3601)
  await db.transaction().execute(async (transaction) => {
    await take(transaction, { budget, key: 'busy', cost: 10 })
    expect(await sweep(other)).toBe(0)
  })
  expect(await take(db, { budget, key: 'busy' })).toMatchObject({ allowed: false })
})

test('T28: sweeping while others take gives nobody a fuller bucket', async () => {
  for (let round = 0; round < 5; round += 1) {
    const key = `swept${round}`
    await take(db, { budget, key })
    await letPass(3601)
    const sweeps = Array.from({ length: 10 }, () => sweep(other))
    const takes = Array.from({ length: 60 }, (_, index) =>
      take(index % 2 === 0 ? db : other, { budget, key }),
    )
    const answers = await Promise.all(takes)
    await Promise.all(sweeps)
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(10)
  }
})

test('while the database cannot be reached nothing that guards a secret is allowed', async () => {
  const unreachable = openPool('postgres://nobody@127.0.0.1:1/none')
  try {
    for (const known of Object.values(budgets)) {
      await expect(take(unreachable, { budget: known, key: 'ada' })).rejects.toThrow()
    }
    const lenient: Budget = { ...budget, whenUnavailable: 'allow' }
    expect(await take(unreachable, { budget: lenient, key: 'ada' })).toEqual({ allowed: true, remaining: 0 })
  } finally {
    await unreachable.destroy()
  }
})

test('T28: every budget of the server gives at least one try within ten minutes, so none locks anybody out', () => {
  for (const [name, known] of Object.entries(budgets)) {
    expect(known.name).toBe(name)
    expect(known.refillPerSecond * 601).toBeGreaterThanOrEqual(1)
  }
})
