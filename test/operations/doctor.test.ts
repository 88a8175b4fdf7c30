/** What the doctor finds in the database: keys and people are counted, however many there are. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { databaseChecks } from '../../src/composition/doctor/database.ts'
import { findingOf } from '../../src/composition/doctor/finding.ts'
import { checkStored } from '../../src/composition/doctor/stored.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { rotateApiKey } from '../../src/domain/api-keys/rotate.ts'
import { inspectDatabase } from '../../src/platform/db/inspect.ts'
import { makeApiKey, making } from '../support/api-keys.ts'
import type { TestKey } from '../support/api-keys.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, World } from '../support/world.ts'

const now = () => new Date()
let world: World
let api: TestApi
let makeKey: (more?: Readonly<Record<string, unknown>>) => Promise<TestKey>

beforeAll(async () => {
  world = await openWorld()
  const client = await world.makeClient({ metadata: { grant_types: [] } })
  const owner = { type: 'client', id: client.id } as const
  api = await world.makeApi({ scopes: ['read'], introspectors: [client] })
  await world.permit(owner, api, ['read'])
  makeKey = (more) => makeApiKey(world, { owner, api, ...(more !== undefined && { more }) })
})
afterAll(() => world.close())

async function found(code: string, settings: Partial<Config> = {}) {
  const findings = await checkStored(world.db, { ...world.config, ...settings }, now)
  const finding = findings.find((each) => each.code === code)
  expect(finding, code).toBeDefined()
  return finding
}

test('a key is idle when none of its secrets was used for 90 days; all of them are counted, up to a hundred', async () => {
  expect(await found('idle_api_keys')).toMatchObject({ level: 'ok' })
  const [idle, rotated, used] = [await makeKey(), await makeKey(), await makeKey()]
  for (const { id } of [idle, rotated]) await usedDaysAgo(id, 91)
  const rotation = { id: rotated.id, version: 1, overlapSeconds: 600 }
  await rotateApiKey(world.db, { making, rotation }, systemAct(now()))
  await usedDaysAgo(used.id, 89)
  expect(await found('idle_api_keys')).toMatchObject({ level: 'advice', about: '2' })
  await sql`update api_key_secrets set last_used_at = now() where key_id = ${rotated.id} and last_used_at is null`.execute(
    world.db,
  )
  expect(await found('idle_api_keys')).toMatchObject({ level: 'advice', about: '1' })
  await sql`update api_keys set disabled_at = now() where id = ${idle.id}`.execute(world.db)
  expect(await found('idle_api_keys')).toMatchObject({ level: 'ok' })
  await copyKey(rotated.id, 101)
  // More than a page of them, and behind them keys that are no finding.
  await makeKey()
  expect(await found('idle_api_keys')).toMatchObject({ level: 'advice', about: '100+' })
  expect(await found('endless_api_keys')).toMatchObject({ level: 'advice', about: '100+' })
})

test('keys under an older pepper are advice, keys under one that is not there are a problem', async () => {
  const [first] = world.config.keyPeppers
  const next = { id: 'next', key: Buffer.alloc(32, 9) }
  expect(await found('api_key_peppers_current')).toMatchObject({ level: 'ok' })
  expect(await found('api_key_peppers_there')).toMatchObject({ level: 'ok' })
  if (first === undefined) throw new Error('the world has a pepper')
  const turned = { keyPeppers: [next, first] }
  expect(await found('api_key_peppers_current', turned)).toMatchObject({ level: 'advice', about: '100+' })
  expect(await found('api_key_peppers_there', turned)).toMatchObject({ level: 'ok' })
  const lost = { keyPeppers: [next] }
  expect(await found('api_key_peppers_there', lost)).toMatchObject({ level: 'problem', about: '100+' })
  // What is over is refused anyway.
  await sql`update api_keys set disabled_at = now()`.execute(world.db)
  expect(await found('api_key_peppers_current', turned)).toMatchObject({ level: 'ok' })
  expect(await found('api_key_peppers_there', lost)).toMatchObject({ level: 'ok' })
})

test('v5.0.0-6.3.3: whoever administers with a password alone is counted', async () => {
  expect(await found('administrators_without_factor')).toMatchObject({ level: 'ok' })
  const { id } = await world.makeAccount()
  await sql`update accounts set administrator = true where id = ${id}`.execute(world.db)
  expect(await found('administrators_without_factor')).toMatchObject({ level: 'advice', about: '1' })
})

test('a purpose without a signing key is named', async () => {
  expect(await found('signing_keys')).toMatchObject({ level: 'ok' })
  await sql`delete from signing_keys where purpose = 'cookies'`.execute(world.db)
  expect(await found('signing_keys')).toMatchObject({ level: 'problem', about: 'cookies' })
})

test.each([
  [14, 'problem'],
  [15, 'advice'],
  [17, 'advice'],
  [18, 'ok'],
  [19, 'ok'],
])('PostgreSQL %i is %s: 18 is what is tested', async (majorVersion, level) => {
  const facts = { ...(await inspectDatabase(world.db, now)), majorVersion }
  const check = databaseChecks(facts, world.config).find(({ code }) => code === 'database_version')
  expect(check && findingOf(check).level).toBe(level)
})

/** As many more keys of the same kind, each with one secret that was used a hundred days ago. */
async function copyKey(keyId: string, count: number): Promise<void> {
  await sql`insert into api_keys select copy.* from api_keys k, generate_series(1, ${count}) n,
    jsonb_populate_record(k, jsonb_build_object('id', 'copy' || lpad(n::text, 8, '0'))) copy
    where k.id = ${keyId}`.execute(world.db)
  await sql`insert into api_key_secrets select copy.* from api_key_secrets s, generate_series(1, ${count}) n,
    jsonb_populate_record(s, jsonb_build_object('key_id', 'copy' || lpad(n::text, 8, '0'), 'expires_at', null,
      'last_used_at', now() - interval '100 days')) copy
    where s.key_id = ${keyId} and s.slot = 1`.execute(world.db)
}

async function usedDaysAgo(keyId: string, days: number): Promise<void> {
  const created = sql`now() - make_interval(days => 200)`
  await sql`update api_keys set created_at = ${created} where id = ${keyId}`.execute(world.db)
  await sql`update api_key_secrets set created_at = ${created}, last_used_at = now() - make_interval(days => ${days})
    where key_id = ${keyId}`.execute(world.db)
}
