import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireApiKey } from '../../../src/domain/api-keys/find.ts'
import { parseApiKeyInput, rotation } from '../../../src/domain/api-keys/input.ts'
import { deleteApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../../src/domain/api-keys/rotate.ts'
import { scopeUsageOf, unusedScopes, usageOf } from '../../../src/domain/api-keys/usage-reports.ts'
import { createUsageRecorder } from '../../../src/domain/api-keys/usage.ts'
import type { UsageRecorder } from '../../../src/domain/api-keys/usage.ts'
import type { KeyUse } from '../../../src/domain/api-keys/usage-counts.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import { openDatabase } from '../../../src/platform/db/open.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { give, makeApi, makeClient } from '../apis/support.ts'
import { act, hostileTexts, now } from '../clients/support.ts'
import { makeApiKey, making } from './support.ts'
import { waitingCount } from '../../race/support.ts'
import { openPool, openRoom } from '../../support/room.ts'

let db: Database
let other: Database
let url: string
let close: () => Promise<void>
let owner: Owner
beforeAll(async () => {
  ;({ db, other, url, close } = await openRoom())
  await makeApi(db, 'api', ['read', 'write'])
  owner = await makeClient(db, 'client')
  await give(db, 'api', owner, ['read', 'write'])
})
afterAll(() => close())

const make = async () => (await makeApiKey(db, { owner, apiId: 'api', scopes: ['read', 'write'] })).key
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const day = { from: at(-720), to: at(720) }
const recorders = (number: number): UsageRecorder[] =>
  Array.from({ length: number }, () => createUsageRecorder({ db, flushSeconds: 3600 }))
const use = (keyId: string, more: Partial<KeyUse> = {}): KeyUse => ({
  keyId,
  slot: 1,
  outcome: 'allowed',
  scopes: [],
  address: '203.0.113.7',
  userAgent: 'curl/8',
  at: now,
  ...more,
})

async function rowsAbout(keyId: string): Promise<unknown> {
  const { rows } = await sql`select (select count(*) from api_key_usage where key_id = ${keyId}) as counts,
    (select count(*) from api_key_scope_usage where key_id = ${keyId}) as scopes`.execute(db)
  return rows[0]
}

test('uses are counted by hour and outcome, and nothing is written before a flush', async () => {
  const { id } = await make()
  const [recorder] = recorders(1)
  for (let number = 0; number < 1000; number += 1)
    recorder?.record(use(id, { at: at(number % 2 === 0 ? 0 : 60) }))
  recorder?.record(use(id, { outcome: 'rate_limited' }))
  expect(await usageOf(db, id, day)).toEqual([])
  await recorder?.flush()
  await recorder?.flush()
  const counts = [
    { hour: now, outcome: 'allowed', verifications: 500 },
    { hour: now, outcome: 'rate_limited', verifications: 1 },
    { hour: at(60), outcome: 'allowed', verifications: 500 },
  ]
  expect(await usageOf(db, id, day)).toEqual(counts)
  expect(await usageOf(db, id, { from: at(60), to: at(120) })).toEqual(counts.slice(2))
  await recorder?.close()
  expect(await usageOf(db, id, day)).toEqual(counts)
})

test('two recorders that write at the same moment, again and again, add up exactly', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, make))
  const both = recorders(2)
  for (let round = 0; round < 10; round += 1) {
    for (const recorder of both) {
      for (const { id } of round % 2 === 0 ? keys : keys.toReversed()) {
        recorder.record(use(id, { scopes: ['read'], at: at(round) }))
        recorder.record(use(id, { outcome: 'forbidden', at: at(round), slot: 1 }))
      }
    }
    await Promise.all(both.map((recorder) => recorder.flush()))
  }
  for (const { id } of keys) {
    expect(await usageOf(db, id, day)).toEqual([
      { hour: now, outcome: 'allowed', verifications: 20 },
      { hour: now, outcome: 'forbidden', verifications: 20 },
    ])
    expect(await scopeUsageOf(db, id)).toEqual([{ scope: 'read', firstUsedAt: now, lastUsedAt: at(9) }])
    expect(await unusedScopes(db, id)).toEqual(['write'])
  }
  await Promise.all(both.map((recorder) => recorder.close()))
})

test('the last use of each secret is kept, whoever writes it first', async () => {
  const { id } = await make()
  const [early, late] = recorders(2)
  early?.record(use(id, { at: at(5), address: '203.0.113.5', userAgent: 'early' }))
  late?.record(use(id, { at: at(6), address: undefined, userAgent: undefined }))
  await late?.flush()
  await early?.flush()
  expect((await requireApiKey(db, id)).secrets[0]).toMatchObject({
    lastUsedAt: at(6),
    lastUsedAddress: undefined,
    lastUsedUserAgent: undefined,
  })
  await Promise.all([early?.close(), late?.close()])
})

test('a use of a secret is never taken for one of the secret that took its place', async () => {
  const { id } = await make()
  const [recorder] = recorders(1)
  recorder?.record(use(id, { at: at(1) }))
  for (const [version, minutes] of [
    [1, 2],
    [2, 3],
  ] as const) {
    const wanted = parseApiKeyInput(rotation, { id, version, overlapSeconds: 0 })
    await rotateApiKey(db, { making, rotation: wanted }, { ...act, now: at(minutes) })
  }
  await recorder?.close()
  const { secrets } = await requireApiKey(db, id)
  expect(secrets.map(({ slot, lastUsedAt }) => [slot, lastUsedAt])).toEqual([
    [1, undefined],
    [2, undefined],
  ])
  expect(await usageOf(db, id, day)).toMatchObject([{ verifications: 1 }])
})

test('keys deleted meanwhile and ids nobody has do not keep the others from being written', async () => {
  const [gone, here] = [await make(), await make()]
  const [recorder] = recorders(1)
  for (const id of [gone.id, here.id, '000000000000']) recorder?.record(use(id, { scopes: ['read'] }))
  await deleteApiKey(db, gone.id, act)
  await recorder?.flush()
  expect(await usageOf(db, gone.id, day)).toEqual([])
  expect(await usageOf(db, here.id, day)).toMatchObject([{ verifications: 1 }])
  await recorder?.close()
})

test('a key that is deleted while its use is being written leaves nothing of it behind', async () => {
  const { id } = await make()
  const deleted = await db.transaction().execute(async (trx) => {
    const recorder = createUsageRecorder({ db: trx, flushSeconds: 3600 })
    recorder.record(use(id, { scopes: ['read'] }))
    await recorder.close()
    const deleting = deleteApiKey(other, id, act)
    await expect.poll(() => waitingCount({ db })).toBe(1)
    return { deleting }
  })
  await deleted.deleting
  expect(await rowsAbout(id)).toEqual({ counts: 0, scopes: 0 })
})

test('what was counted of a key whose deletion is under way is not written', async () => {
  const { id } = await make()
  const recorder = createUsageRecorder({ db: other, flushSeconds: 3600 })
  recorder.record(use(id, { scopes: ['read'] }))
  const written = await db.transaction().execute(async (trx) => {
    await deleteApiKey(trx, id, act)
    const writing = recorder.flush()
    await expect.poll(() => waitingCount({ db })).toBe(1)
    return { writing }
  })
  await written.writing
  expect(await rowsAbout(id)).toEqual({ counts: 0, scopes: 0 })
  await recorder.close()
})

test('thousands of keys are written without comparing each with each, however the statement was planned', async () => {
  const pool = openPool(url, 1)
  const recorder = createUsageRecorder({ db: pool, flushSeconds: 3600 })
  recorder.record(use((await make()).id))
  await recorder.close()
  // The session that wrote knows the statement; a plan for any values is what it comes to after a few writes.
  const prepared = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where name = 'api_key_usage_write'`.execute(pool)
  const plan = await sql`explain (generic_plan) ${sql.raw(prepared.rows[0]?.statement ?? '')}`.execute(pool)
  await pool.destroy()
  const lines = plan.rows.map((row) => Object.values(row ?? {}).join())
  const asked = lines.flatMap((line, at) =>
    line.includes('CTE Scan on present') ? [lines[at - 1]?.trim()] : [],
  )
  expect(asked).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^SubPlan \d+$/)))
  expect(lines.filter((line) => line.includes('hashed SubPlan'))).toHaveLength(3)
})

test('headers with hostile text do not keep anything from being written', async () => {
  const { id } = await make()
  const [recorder] = recorders(1)
  for (const [number, userAgent] of Object.values(hostileTexts).entries()) {
    recorder?.record(use(id, { userAgent, address: userAgent, at: at(number) }))
    await recorder?.flush()
  }
  expect(await usageOf(db, id, day)).toMatchObject([{ verifications: Object.keys(hostileTexts).length }])
  expect((await requireApiKey(db, id)).secrets[0]?.lastUsedUserAgent).toHaveLength(400)
  await recorder?.close()
})

test('a write that fails keeps what was counted, within bounds, and fails no caller', async () => {
  const keys = await Promise.all(Array.from({ length: 3 }, make))
  const [first, second, third] = keys.map(({ id }) => id)
  const broken = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    maxConnections: 1,
    applicationName: 'latchkey tests',
    onConnectionError: () => {},
  })
  const errors: unknown[] = []
  let current = broken
  const recorder = createUsageRecorder({
    // The database goes away and comes back.
    get db() {
      return current
    },
    flushSeconds: 3600,
    mostKeys: 2,
    onError: (error) => errors.push(error),
  })
  for (const id of [first, second, third]) recorder.record(use(id ?? ''))
  await expect(recorder.flush()).rejects.toThrow()
  for (const id of [first, second, third]) recorder.record(use(id ?? '', { outcome: 'forbidden' }))
  expect(recorder.droppedUses()).toBe(2)
  await recorder.close()
  expect(errors).toHaveLength(1)
  current = db
  await broken.destroy()
  await recorder.flush()
  for (const id of [first, second]) {
    expect(await usageOf(db, id ?? '', day)).toMatchObject([
      { outcome: 'allowed', verifications: 1 },
      { outcome: 'forbidden', verifications: 1 },
    ])
  }
  expect(await usageOf(db, third ?? '', day)).toEqual([])
})

test('a timer writes by itself', async () => {
  const { id } = await make()
  const recorder = createUsageRecorder({ db, flushSeconds: 0.05 })
  recorder.record(use(id))
  await expect.poll(() => usageOf(db, id, day)).toHaveLength(1)
  await recorder.close()
})
