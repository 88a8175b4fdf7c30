import { once } from 'node:events'
import { createServer } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openConnection } from '../../src/platform/db/open.ts'
import { freePort } from '../support/free-port.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { ServerProcess } from './server-process.ts'
import { endServerProcess, startServerProcess } from './server-process.ts'

let database: TestDatabase
let dataDirectory: string
let server: ServerProcess | undefined

beforeAll(async () => {
  database = await createTestDatabase()
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-refusals-'))
})

afterEach(async () => {
  if (server !== undefined) await endServerProcess(server)
})

afterAll(async () => {
  await database.drop()
  await rm(dataDirectory, { recursive: true })
})

/** What is told on standard error, without what libraries say on their own. */
async function refusal(variables: Readonly<Record<string, string>>): Promise<string> {
  server = await startServerProcess({ DATA_DIR: dataDirectory, ...variables })
  expect(await server.exitCode).toBe(1)
  expect(server.output()).not.toContain('curl ')
  const told = server
    .errors()
    .split('\n')
    .filter((line) => !line.startsWith('oidc-provider WARNING'))
  return told.join('\n').trim()
}

test('production with nothing set lists all that is missing at once', async () => {
  const told = await refusal({ NODE_ENV: 'production' })
  for (const name of ['ISSUER', 'DATABASE_URL', 'SEALING_KEYS', 'KEY_PEPPERS']) {
    expect(told).toMatch(new RegExp(`^  - ${name}: .+`, 'm'))
  }
  expect(told).not.toContain('    at ')
})

test.each(['PORT', 'MANAGEMENT_PORT'])(
  'a taken %s is one sentence that names what to do',
  async (variable) => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    const told = await refusal({ DATABASE_URL: database.url, [variable]: String(port) })
    expect(told).toBe(
      `Port ${port} on 127.0.0.1 is already in use: stop what uses it, or choose another with ${variable}.`,
    )
    other.close()
  },
)

test('a taken port with several workers is told once, and leaves none of them behind', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const told = await refusal({ DATABASE_URL: database.url, PORT: String(port), WORKERS: '3' })
  expect(told.match(/already in use/g), told).toHaveLength(1)
  other.close()
})

test('a data folder that cannot be written to is one sentence', async () => {
  const file = join(dataDirectory, 'a-file')
  await writeFile(file, '')
  const told = await refusal({ DATA_DIR: join(file, 'data') })
  expect(told).toMatch(/^The data folder .*a-file\/data cannot be written to \(ENOTDIR\)\S*[^\n]*$/)
})

test('a database that cannot be reached is one sentence, without its password', async () => {
  const port = await freePort()
  const told = await refusal({ DATABASE_URL: `postgres://latchkey:geheim@127.0.0.1:${port}/latchkey` })
  expect(told).toMatch(/^The database cannot be reached \(ECONNREFUSED\)[^\n]*$/)
  expect(told).not.toContain('geheim')
})

test('keys that were sealed with another key are one sentence', async () => {
  const key = (byte: number) => `k${byte}:${Buffer.alloc(32, byte).toString('base64')}`
  const own = await createTestDatabase()
  server = await startServerProcess({
    DATABASE_URL: own.url,
    DATA_DIR: dataDirectory,
    SEALING_KEYS: key(1),
    KEY_PEPPERS: key(3),
  })
  await server.ready()
  await endServerProcess(server)
  const told = await refusal({ DATABASE_URL: own.url, SEALING_KEYS: key(2), KEY_PEPPERS: key(3) })
  expect(told).toMatch(
    /^The signing keys in the database cannot be opened: [^\n]*k1[^\n]*SEALING_KEYS[^\n]*$/,
  )
})

test('a database of a newer schema is one sentence', async () => {
  const connection = await openConnection({ url: database.url, applicationName: 'test' })
  await connection.query(`insert into schema_migrations (name, checksum) values ('9999_later.sql', '')`)
  await connection.close()
  const told = await refusal({ DATABASE_URL: database.url })
  expect(told).toMatch(/^[^\n]*9999_later[^\n]*$/)
})
