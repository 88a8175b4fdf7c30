import { mkdtemp, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { ensureKeys } from '../../src/domain/signing-keys/rotate.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { findEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import { rotationOf } from '../../src/composition/rotation.ts'
import { createEmptyDatabase, createTestDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { itemsOf, openProgram } from './support.ts'
import { openPool } from '../support/room.ts'

let empty: TestDatabase
let migrated: TestDatabase

beforeAll(async () => {
  empty = await createEmptyDatabase()
  migrated = await createTestDatabase()
})

afterAll(async () => {
  await empty.drop()
  await migrated.drop()
})

test('the exit code tells a database that is behind, ready, or ahead', async () => {
  const program = openProgram(empty.url)
  expect(await program.refusal(['clients', 'list'])).toMatchObject({ code: 'schema_pending', exitCode: 3 })
  const behind = await program.run(['migrate', 'status', '--json'])
  expect([behind.exitCode, JSON.parse(behind.stdout).state]).toEqual([4, 'pending'])
  const up = await program.json(['migrate', 'up'])
  expect(up).toMatchObject({ state: 'up_to_date', pending: [] })
  expect(await program.json(['migrate', 'up'])).toMatchObject({ migrated: [] })
  expect(await program.json(['migrate', 'status'])).toMatchObject({ state: 'up_to_date' })

  const connection = await openConnection({ url: empty.url, applicationName: 'test' })
  await connection.query(`insert into schema_migrations (name, checksum) values ('9999_later.sql', 'x')`)
  await connection.close()
  const ahead = await program.run(['migrate', 'status', '--json'])
  expect([ahead.exitCode, JSON.parse(ahead.stdout).state]).toEqual([5, 'newer'])
  expect(await program.refusal(['migrate', 'up'])).toMatchObject({ code: 'schema_newer', exitCode: 5 })
  expect(await program.refusal(['clients', 'list'])).toMatchObject({ code: 'schema_newer', exitCode: 3 })
})

test('a database that cannot be used exits with 3 and a sentence', async () => {
  const { url } = migrated
  const cases: [string, string][] = [
    ['postgres://nobody:x@127.0.0.1:1/none', 'database_unavailable'],
    [url.replace(/:[^:@/]+@/, ':wrong@'), 'configuration'],
    ['', 'configuration'],
  ]
  for (const [databaseUrl, code] of cases) {
    const { message, ...rest } = await openProgram(databaseUrl).refusal(['clients', 'list'])
    expect(rest, message).toEqual({ code, exitCode: 3 })
  }
})

test('in production what is missing is said at once, and only some commands need the secrets', async () => {
  const program = openProgram(migrated.url)
  const production = { NODE_ENV: 'production', ARGON2_MEMORY_KIBIBYTES: '19456' }
  const without = await program.refusal(['clients', 'list'], { env: production })
  expect(without).toMatchObject({ code: 'configuration', exitCode: 3 })
  const env = { ...production, ISSUER: 'https://login.example' }
  expect(await program.json(['clients', 'list'], { env })).toEqual({ items: [], next: null })
  const sealed = await program.refusal(['keys', 'rotate'], { env })
  expect(sealed).toMatchObject({ code: 'configuration', exitCode: 3 })
  expect(sealed.message).toContain('SEALING_KEYS')
})

test('keys are replaced by hand, but never with a seal that the servers cannot open', async () => {
  const program = openProgram(migrated.url)
  const key = randomBytes(32)
  const env = { SEALING_KEYS: `k1:${key.toString('base64')}` }
  expect(await program.refusal(['keys', 'rotate'], { env })).toMatchObject({
    code: 'conflict',
    exitCode: 1,
  })
  await makeKeys(key)
  expect(itemsOf(await program.json(['keys', 'list']))).toHaveLength(6)

  const announced = await program.json(['keys', 'rotate', '--purpose', 'ES256'], { env })
  expect(announced).toMatchObject({ created: [expect.any(String)], removed: [] })
  const es256 = async () =>
    itemsOf(await program.json(['keys', 'list'])).filter(({ purpose }) => purpose === 'ES256')
  expect((await es256()).map(({ state }) => state)).toEqual(['current', 'next'])

  const now = ['keys', 'rotate', '--purpose', 'ES256', '--immediately']
  expect(await program.refusal(now, { env })).toMatchObject({ code: 'not_confirmed', exitCode: 2 })
  await program.json([...now, '--yes'], { env })
  expect((await es256()).map(({ state }) => state)).toEqual(['retired', 'current'])

  const other = { SEALING_KEYS: `k2:${randomBytes(32).toString('base64')}` }
  expect(await program.refusal([...now, '--yes'], { env: other })).toMatchObject({
    code: 'configuration',
    exitCode: 3,
  })
  const both = { SEALING_KEYS: `${other.SEALING_KEYS},${env.SEALING_KEYS}` }
  expect(await program.json(['keys', 'reseal'], { env: both })).toEqual({ resealed: 7 })
  expect(await program.json(['keys', 'reseal'], { env: other })).toEqual({ resealed: 0 })
  // With the seal lost, replacing everything is the way back.
  const fresh = { SEALING_KEYS: `k3:${randomBytes(32).toString('base64')}` }
  await program.json(['keys', 'rotate', '--compromised', '--yes'], { env: fresh })
  const left = itemsOf(await program.json(['keys', 'list']))
  expect(left.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'current'))
})

test('what has expired is swept, and counted by table', async () => {
  const connection = await openConnection({ url: migrated.url, applicationName: 'test' })
  await connection.query(`insert into revoked_tokens (jti, revoked_at, expires_at)
    values ('old', now(), now() - interval '1 hour'), ('live', now(), now() + interval '1 hour')`)
  await connection.close()
  const { deleted } = await openProgram(migrated.url).json(['sweep'])
  expect(deleted).toMatchObject({ revoked_tokens: 1, oidc_sessions: 0 })
})

test('without a server the embedded database is started for the command, and stopped after it', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-cli-data-'))
  const program = openProgram('')
  const env = { DATA_DIR: dataDirectory }
  try {
    const none = await program.refusal(['clients', 'list'], { env })
    expect(none).toMatchObject({ code: 'configuration', exitCode: 3 })
    await program.json(['migrate', 'up'], { env })
    expect(await program.json(['clients', 'list'], { env })).toEqual({ items: [], next: null })
    expect(await findEmbeddedDatabase(dataDirectory)).toBeUndefined()
  } finally {
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  }
})

async function makeKeys(key: Buffer): Promise<void> {
  const db = openPool(migrated.url)
  const settings = { signingKeyPublishLeadSeconds: 60, signingKeyRotateAfterSeconds: 7200 }
  await ensureKeys(db, rotationOf(settings, createSeal([{ id: 'k1', key }])), systemAct(new Date()))
  await db.destroy()
}
