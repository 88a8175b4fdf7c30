import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runExclusively, startJobs } from '../../src/platform/jobs.ts'
import type { Job, RunningJobs } from '../../src/platform/jobs.ts'
import { openConnection, openDatabase } from '../../src/platform/db/open.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { createTestDatabase, withDatabaseName } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { patienceMilliseconds, until } from '../support/until.ts'

let database: TestDatabase
let instances: readonly [Database, Database]
let running: RunningJobs[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  instances = [open('latchkey one'), open('latchkey two')]
})
afterEach(async () => {
  await Promise.all(running.map((jobs) => jobs.stop()))
  running = []
})
afterAll(async () => {
  await Promise.all(instances.map((db) => db.destroy()))
  await database.drop()
})

function open(applicationName: string): Database {
  return openDatabase({
    url: database.url,
    maxConnections: 3,
    applicationName,
    connectTimeoutMilliseconds: patienceMilliseconds,
    onConnectionError: () => {},
  })
}

function start(db: Database, jobs: readonly Job[], errors: unknown[] = []): RunningJobs {
  const started = startJobs({
    db,
    jobs,
    lockKeyspace: 'latchkey test jobs',
    onError: (jobName, error) => errors.push([jobName, error]),
  })
  running.push(started)
  return started
}

async function ask<Row extends object>(sql: string): Promise<Row | undefined> {
  const connection = await openConnection({ url: database.url, applicationName: 'latchkey tests' })
  try {
    return (await connection.query<Row>(sql))[0]
  } finally {
    await connection.close()
  }
}

function abortion(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

test('a job never runs twice at once, whichever instance runs it, and both get their turns', async () => {
  let atOnce = 0
  let mostAtOnce = 0
  const runs = [0, 0]
  for (const [index, db] of instances.entries()) {
    const run = async () => {
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      await new Promise((resolve) => setTimeout(resolve, 3))
      runs[index] = (runs[index] ?? 0) + 1
      atOnce -= 1
    }
    start(db, [{ name: 'shared', everyMilliseconds: 2, run }])
  }
  await until(() => Math.min(...runs) >= 20)
  expect(mostAtOnce).toBe(1)
})

test('of many attempts at the same moment one runs, and the others are told at once that it does', async () => {
  const open = Promise.withResolvers<void>()
  const stopping = new AbortController().signal
  const runs: string[] = []
  const attempt = (db: Database, name: string) =>
    runExclusively(
      { db, lockKeyspace: 'latchkey test jobs' },
      {
        name: 'contested',
        run: async () => {
          runs.push(name)
          await open.promise
        },
      },
      stopping,
    )
  let refusals = 0
  const attempts = [0, 1, 2, 3, 4, 5].map(async (index) => {
    const ran = await attempt(instances[index % 2 === 0 ? 0 : 1], `run ${index}`)
    if (!ran) refusals += 1
    return ran
  })
  await until(() => refusals === 5)
  open.resolve()
  expect((await Promise.all(attempts)).filter((ran) => ran)).toHaveLength(1)
  expect(runs).toHaveLength(1)
})

test('different jobs, and the same job in another keyspace, run side by side', async () => {
  const both = Promise.withResolvers<void>()
  let started = 0
  const run = async () => {
    started += 1
    if (started === 3) both.resolve()
    await both.promise
  }
  const stopping = new AbortController().signal
  const [db] = instances
  await Promise.all([
    runExclusively({ db, lockKeyspace: 'one' }, { name: 'a', run }, stopping),
    runExclusively({ db, lockKeyspace: 'one' }, { name: 'b', run }, stopping),
    runExclusively({ db: instances[1], lockKeyspace: 'two' }, { name: 'a', run }, stopping),
  ])
  expect(started).toBe(3)
})

test('a run that throws is reported, and the job goes on', async () => {
  const errors: unknown[] = []
  let runs = 0
  const run = async () => {
    runs += 1
    if (runs <= 3) throw new Error(`run ${runs} failed`)
  }
  start(instances[0], [{ name: 'failing', everyMilliseconds: 2, run }], errors)
  await until(() => runs >= 6)
  expect(errors).toEqual([1, 2, 3].map((count) => ['failing', new Error(`run ${count} failed`)]))
})

test('R1: while the database cannot be reached runs fail and are reported, and afterwards they go on', async () => {
  const errors: unknown[] = []
  let runs = 0
  const name = (await ask<{ name: string }>('select current_database() as name'))?.name ?? ''
  const broken = open('latchkey broken')
  const run = async () => {
    runs += 1
  }
  start(broken, [{ name: 'surviving', everyMilliseconds: 5, run }], errors)
  await until(() => runs >= 2)
  // Nobody can connect, and nobody stays connected.
  const server = await openConnection({
    url: withDatabaseName(database.url, 'postgres'),
    applicationName: 'latchkey tests',
  })
  await server.query(`alter database ${name} allow_connections false`)
  await server.query(terminate('latchkey broken'))
  await until(() => errors.length >= 3)
  const before = runs
  await server.query(`alter database ${name} allow_connections true`)
  await server.close()
  await until(() => runs >= before + 3)
  await running.pop()?.stop()
  await broken.destroy()
})

test('when the connection that holds the lock is lost, the run is told to stop and reported', async () => {
  const errors: unknown[] = []
  const aborted = Promise.withResolvers<unknown>()
  const lockHolder = open('latchkey lock holder')
  let started = false
  const run = async (signal: AbortSignal) => {
    started = true
    await abortion(signal)
    aborted.resolve(signal.reason)
  }
  const jobs = start(lockHolder, [{ name: 'losing', everyMilliseconds: 1, run }], errors)
  await until(() => started)
  await ask(terminate('latchkey lock holder'))
  expect(await aborted.promise).toBeInstanceOf(Error)
  await until(() => errors.length > 0)
  await jobs.stop()
  await lockHolder.destroy()
})

test('stopping aborts what runs, waits for its end, and starts nothing more', async () => {
  const errors: unknown[] = []
  let runs = 0
  let ended = false
  const run = async (signal: AbortSignal) => {
    runs += 1
    await abortion(signal)
    await new Promise((resolve) => setImmediate(resolve))
    ended = true
  }
  const jobs = start(instances[0], [{ name: 'long', everyMilliseconds: 1, run }], errors)
  await until(() => runs === 1)
  await jobs.stop()
  expect(ended).toBe(true)
  expect(runs).toBe(1)
  expect(errors).toEqual([])
  const held = await ask<{ count: number }>(`select count(*) from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`)
  expect(held?.count).toBe(0)
})

test('between runs no connection is held', async () => {
  let runs = 0
  const run = async () => {
    runs += 1
  }
  const jobs = startJobs({
    db: instances[0],
    jobs: [{ name: 'rare', everyMilliseconds: 60_000, run }],
    lockKeyspace: 'latchkey test jobs',
    onError: () => {},
    random: () => (runs === 0 ? 0 : 0.5),
  })
  running.push(jobs)
  await until(() => runs === 1)
  await until(async () => {
    const busy = await ask<{ count: number }>(`select count(*) from pg_stat_activity
      where application_name = 'latchkey one' and state <> 'idle'`)
    return busy?.count === 0
  })
})

test('waiting jobs do not keep a process alive', async () => {
  const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src/platform', path))
  const program = `
    import { openDatabase } from ${source('db/open.ts')}
    import { startJobs } from ${source('jobs.ts')}
    const db = openDatabase({ url: 'postgres://127.0.0.1:1/none', maxConnections: 1, applicationName: '', onConnectionError() {} })
    const job = { name: 'rare', everyMilliseconds: 1_000_000_000, run: async () => {} }
    startJobs({ db, jobs: [job], lockKeyspace: 'test', onError() {}, random: () => 0.5 })
    console.log('started')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    timeout: patienceMilliseconds,
  })
  expect(stdout).toBe('started\n')
})

function terminate(applicationName: string): string {
  return `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${applicationName}'`
}
