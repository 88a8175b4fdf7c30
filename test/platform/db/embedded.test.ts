import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { EmbeddedDatabase, EmbeddedOptions } from '../../../src/platform/db/embedded.ts'
import { findEmbeddedDatabase, startEmbeddedDatabase } from '../../../src/platform/db/embedded.ts'
import { EmbeddedDatabaseError } from '../../../src/platform/db/embedded-error.ts'
import { openConnection } from '../../../src/platform/db/open.ts'
import { until } from '../../support/until.ts'

const isRoot = process.getuid?.() === 0
const silent = () => {}
let folder: string
let dataDirectory: string
let running: EmbeddedDatabase[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-embedded-'))
  // So that root's PostgreSQL user may enter.
  await chmod(folder, 0o711)
  dataDirectory = join(folder, 'data of "tests"')
  running = []
})

afterEach(async () => {
  await Promise.all(running.map((database) => database.stop()))
  await rm(folder, { recursive: true, force: true })
})

async function start(
  directory = dataDirectory,
  options: Pick<EmbeddedOptions, 'ownerLeavesMilliseconds'> = {},
): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({
    dataDirectory: directory,
    log: silent,
    durable: false,
    ...options,
  })
  running.push(database)
  return database
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const connection = await openConnection({ url, applicationName: 'test' })
  try {
    return await connection.query<Row>(sql)
  } finally {
    await connection.close()
  }
}

async function problemOf(work: Promise<unknown>): Promise<EmbeddedDatabaseError> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  if (!(error instanceof EmbeddedDatabaseError)) throw new Error('expected a refusal', { cause: error })
  expect(error.message).not.toContain('\n')
  return error
}

/** Starts another process that runs the database, and waits until it does. */
async function startServer(): Promise<{
  kill: (signal: NodeJS.Signals) => Promise<void>
  processId: number
}> {
  const program = join(import.meta.dirname, 'embedded-server.ts')
  const child = spawn(process.execPath, [program, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = z.tuple([z.string()]).parse(await once(createInterface(child.stdout), 'line'))
  const { processId } = z.object({ processId: z.number() }).parse(JSON.parse(line))
  return {
    processId,
    kill: async (signal) => {
      child.kill(signal)
      await once(child, 'exit')
    },
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}

test('a second start continues with the same data, and nothing runs in between', async () => {
  const first = await start()
  await query(first.url, 'create table kept (id int); insert into kept values (7)')
  const processId = (await first.processId()) ?? 0
  await first.stop()
  expect(isAlive(processId)).toBe(false)
  const second = await start()
  expect(await query(second.url, 'select id from kept')).toEqual([{ id: 7 }])
})

test('the server works as a role that is no superuser, with UTF-8, over a socket with a password', async () => {
  const { url, administratorUrl } = await start()
  expect(
    await query(
      url,
      `select rolsuper, rolcreatedb, rolcreaterole, current_setting('server_encoding') as encoding,
        current_setting('password_encryption') as passwords, inet_server_addr() as address, upper('straß é') as upper
       from pg_roles where rolname = current_user`,
    ),
  ).toEqual([
    {
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      encoding: 'UTF8',
      passwords: 'scram-sha-256',
      address: null,
      upper: 'STRAß É',
    },
  ])
  await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(
    /password authentication/,
  )
  await expect(query(administratorUrl.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/)
  const description = await stat(join(dataDirectory, 'embedded-database.json'))
  expect(description.mode & 0o777).toBe(0o600)
})

test('a second server on the same data folder is refused in one sentence, and the first goes on', async () => {
  const first = await start()
  const error = await problemOf(start())
  expect(error.problem).toBe('in_use')
  expect(error.message).toContain(dataDirectory)
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('of two first starts at the same moment one succeeds, and the other is refused', async () => {
  const outcomes = await Promise.allSettled([start(), start()])
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect((await problemOf(Promise.reject(refused?.reason as Error))).problem).toBe('in_use')
})

test('however long PostgreSQL takes to start, a start that waits for nobody is not refused', async () => {
  await start(dataDirectory, { ownerLeavesMilliseconds: 0 })
  expect((await problemOf(start(dataDirectory, { ownerLeavesMilliseconds: 0 }))).problem).toBe('in_use')
})

test('after kill -9 of the server its database is taken over with the data', async () => {
  const server = await startServer()
  const found = await findEmbeddedDatabase(dataDirectory)
  await query(found?.url ?? '', 'create table kept (id int)')
  await server.kill('SIGKILL')
  expect(isAlive(server.processId)).toBe(true)
  const database = await start()
  expect(await database.processId()).toBe(server.processId)
  expect(await query(database.url, 'select count(*) as count from kept')).toEqual([{ count: 0 }])
})

test('after kill -9 of everything a start recovers', async () => {
  const server = await startServer()
  await server.kill('SIGKILL')
  process.kill(server.processId, 'SIGKILL')
  const database = await start()
  expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a lock file whose process number belongs to another program does not prevent a start', async () => {
  const first = await start()
  const file = join(dataDirectory, 'postgres/data/postmaster.pid')
  const text = await readFile(file, 'utf8')
  await first.stop()
  await writeFile(file, text.replace(/^\d+/, String(process.pid)))
  const second = await start()
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('R1: PostgreSQL that is killed under the server is started again', async () => {
  const database = await start()
  const processId = (await database.processId()) ?? 0
  process.kill(processId, 'SIGKILL')
  const answers = async () => (await query(database.url, 'select 1')).length === 1
  await until(() => answers().catch(() => false))
  expect(await database.processId()).not.toBe(processId)
})

test('a program beside the server finds the database while it runs, and only then', async () => {
  expect(await findEmbeddedDatabase(dataDirectory)).toBeUndefined()
  const database = await start()
  expect(await findEmbeddedDatabase(dataDirectory)).toEqual({ url: database.url })
  await database.stop()
  expect(await findEmbeddedDatabase(dataDirectory)).toBeUndefined()
})

test('a path too long for a socket works, and leaves nothing in the folder for temporary files', async () => {
  const deep = join(dataDirectory, 'a'.repeat(100), 'b'.repeat(100))
  await mkdir(deep, { recursive: true, mode: 0o711 })
  const database = await start(deep)
  const directory = new URLSearchParams(database.url.split('?')[1]).get('host') ?? ''
  expect(directory.length).toBeLessThan(90)
  expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await database.stop()
  if (directory.startsWith('/tmp/latchkey-socket-')) await expect(stat(directory)).rejects.toThrow('ENOENT')
})

test('a data folder that is a file is refused in one sentence', async () => {
  await writeFile(dataDirectory, '')
  const error = await problemOf(start())
  expect(error.problem).toBe('unwritable_folder')
})

test.skipIf(isRoot)(
  'a data folder that cannot be written to is refused in one sentence (not as root, who may write anywhere)',
  async () => {
    await mkdir(dataDirectory, { mode: 0o500 })
    expect((await problemOf(start())).problem).toBe('unwritable_folder')
  },
)

test('a database whose files are gone is not silently replaced by an empty one', async () => {
  const first = await start()
  await first.stop()
  await rename(join(dataDirectory, 'postgres'), join(folder, 'moved'))
  expect((await problemOf(start())).problem).toBe('data_missing')
})

test('data of another version of PostgreSQL is refused', async () => {
  const first = await start()
  await first.stop()
  await writeFile(join(dataDirectory, 'postgres/data/PG_VERSION'), '17\n')
  const error = await problemOf(start())
  expect(error.problem).toBe('other_version')
  expect(error.message).toContain('PostgreSQL 17')
})
