import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  isDatabaseUnavailable,
  isUnstorableText,
  retryOnConflict,
} from '../../../src/platform/db/failures.ts'
import type { Connection, Database } from '../../../src/platform/db/open.ts'
import { openConnection, openDatabase, run, statement } from '../../../src/platform/db/open.ts'
import { CompiledQuery, sql } from 'kysely'
import type { TestDatabase } from '../../support/postgres.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

const insertThing = statement('test_insert_thing', 'insert into things (id, big_number) values ($1, $2)')
const countThings = statement<{ count: number }>('test_count_things', 'select count(*) as count from things')
const backend = statement<{ pid: number }>('test_backend', 'select pg_backend_pid() as pid')
const echo = statement<{ text: string }>('test_echo', 'select $1::text as text')

let database: TestDatabase
let watcher: Connection
let db: Database
const lost: Error[] = []

const open = (url: string, maxConnections = 4) =>
  openDatabase({
    url,
    maxConnections,
    applicationName: 'test',
    statementTimeoutMilliseconds: 500,
    onConnectionError: (error) => lost.push(error),
  })

beforeAll(async () => {
  database = await createTestDatabase()
  watcher = await openConnection({ url: database.url, applicationName: 'watcher' })
  await watcher.query(
    `create table things (id text primary key, big_number bigint, seen_at timestamptz, raw bytea)`,
  )
  db = open(database.url)
})

afterAll(async () => {
  await db.destroy()
  await watcher.close()
  await database.drop()
})

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a statement inside a transaction belongs to it', async () => {
  await expect(
    db.transaction().execute(async (trx) => {
      await run(trx, insertThing, ['undone', 1])
      expect(await run(trx, countThings, [])).toEqual([{ count: 1 }])
      expect(await run(db, countThings, [])).toEqual([{ count: 0 }])
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(await run(db, countThings, [])).toEqual([{ count: 0 }])
})

test('a statement is prepared under its name, on the pool and in a transaction', async () => {
  const prepared = sql<{ name: string }>`select name from pg_prepared_statements where name = 'test_echo'`
  const one = open(database.url, 1)
  await run(one, echo, ['a'])
  expect((await prepared.execute(one)).rows).toHaveLength(1)
  await one.destroy()
  const other = open(database.url, 1)
  await other.transaction().execute(async (trx) => {
    expect(await run(trx, echo, ['b'])).toEqual([{ text: 'b' }])
    expect((await prepared.execute(trx)).rows).toHaveLength(1)
  })
  await other.destroy()
})

test('a refused duplicate does not cost the connection', async () => {
  const one = open(database.url, 1)
  const [before] = await run(one, backend, [])
  await run(one, insertThing, ['twice', 1])
  const error = await failureOf(run(one, insertThing, ['twice', 1]))
  expect(error).toMatchObject({ code: '23505' })
  expect(isDatabaseUnavailable(error)).toBe(false)
  expect(await run(one, backend, [])).toEqual([before])
  await one.destroy()
})

test('counts are numbers, times are dates, bytes are buffers, and keys inside jsonb stay as they are', async () => {
  const { rows } =
    await sql`select 9007199254740991::int8 as big_number, now() as seen_at, '\\x01'::bytea as raw,
    '{"snake_case": 1}'::jsonb as json_value`.execute(db)
  expect(rows).toEqual([
    {
      bigNumber: 9007199254740991,
      seenAt: expect.any(Date),
      raw: Buffer.from([1]),
      jsonValue: { snake_case: 1 },
    },
  ])
  await expect(sql`select 9007199254740993::int8`.execute(db)).rejects.toThrow(RangeError)
})

test('two statements of one name are a mistake in the program', () => {
  expect(() => statement('test_echo', 'select 2')).toThrow(/two statements/)
})

test('F5: losing every connection, idle or inside a transaction, ends no process and is told', async () => {
  lost.length = 0
  await run(db, backend, [])
  const failed = db.transaction().execute(async (trx) => {
    await run(trx, backend, [])
    await watcher.query(
      `select pg_terminate_backend(pid, 1000) from pg_stat_activity where application_name = 'test' and datname = current_database()`,
    )
    await expect.poll(() => lost.length).toBeGreaterThan(0)
    await run(trx, backend, [])
  })
  expect(isDatabaseUnavailable(await failureOf(failed))).toBe(true)
  expect(await run(db, countThings, [])).toHaveLength(1)
})

test('a statement that takes too long is ended by the server, and is unavailability', async () => {
  expect(isDatabaseUnavailable(await failureOf(sql`select pg_sleep(5)`.execute(db)))).toBe(true)
})

test('a server that stops answering is given up within a second and a half, and its connection with it', async () => {
  const proxy = await startTcpProxy(database.url)
  const far = open(proxy.url, 2)
  await Promise.all([run(far, countThings, []), run(far, countThings, [])])
  expect(proxy.connectionCount()).toBe(2)
  proxy.swallow()
  const began = performance.now()
  const errors = await Promise.all([
    failureOf(run(far, countThings, [])),
    failureOf(far.executeQuery(CompiledQuery.raw('select 1'))),
  ])
  expect(performance.now() - began).toBeLessThan(1800)
  expect(errors.map(isDatabaseUnavailable)).toEqual([true, true])
  // An answer that came late would be taken for another question's.
  await expect.poll(() => proxy.connectionCount()).toBe(0)
  proxy.restore()
  await expect.poll(() => failureOf(run(far, countThings, []))).toBeUndefined()
  await far.destroy()
  await proxy.close()
})

test('nothing listening, and a pool with no free connection, are unavailability', async () => {
  const nowhere = open('postgres://a:b@127.0.0.1:1/x')
  expect(isDatabaseUnavailable(await failureOf(run(nowhere, countThings, [])))).toBe(true)
  const noSocket = open('postgres://a:b@/x?host=/nowhere')
  expect(isDatabaseUnavailable(await failureOf(run(noSocket, countThings, [])))).toBe(true)
  const one = open(database.url, 1)
  await one.transaction().execute(async () => {
    expect(isDatabaseUnavailable(await failureOf(run(one, countThings, [])))).toBe(true)
  })
  await Promise.all([nowhere.destroy(), noSocket.destroy(), one.destroy()])
})

test('whoever opens a connection of their own to a server that never answers is told so too', async () => {
  const proxy = await startTcpProxy(database.url)
  proxy.swallow()
  const own = { url: proxy.url, applicationName: 'test', connectTimeoutMilliseconds: 50 }
  expect(isDatabaseUnavailable(await failureOf(openConnection(own)))).toBe(true)
  await proxy.close()
})

test('a NUL byte is unstorable text and nothing else', async () => {
  const error = await failureOf(run(db, echo, ['a\0b']))
  expect(isUnstorableText(error)).toBe(true)
  expect(isDatabaseUnavailable(error)).toBe(false)
})

test('a transaction that lost against another is tried three times, and anything else once', async () => {
  let attempts = 0
  const fail = (code: string) => () => {
    attempts += 1
    return Promise.reject(Object.assign(new Error('conflict'), { code }))
  }
  await expect(retryOnConflict(fail('40001'))).rejects.toThrow('conflict')
  expect(attempts).toBe(3)
  await expect(retryOnConflict(fail('23505'))).rejects.toThrow('conflict')
  expect(attempts).toBe(4)
})

test('a pool that only ran statements is closed too', async () => {
  const brief = open(database.url, 2)
  const [session] = await run(brief, backend, [])
  await brief.destroy()
  await expect
    .poll(() => watcher.query('select 1 from pg_stat_activity where pid = $1', [session?.pid]))
    .toEqual([])
})
