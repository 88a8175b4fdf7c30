import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Change, Changes } from '../../../src/platform/db/changes.ts'
import { openChanges } from '../../../src/platform/db/changes.ts'
import type { Connection } from '../../../src/platform/db/open.ts'
import { openConnection } from '../../../src/platform/db/open.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

let database: TestDatabase
let connection: Connection
let proxy: TcpProxy
let changes: Changes
let heard: (Change | 'everything')[]

beforeAll(async () => {
  database = await createTestDatabase()
  connection = await openConnection({ url: database.url, applicationName: 'test' })
})

afterAll(async () => {
  await connection.close()
  await database.drop()
})

beforeEach(async () => {
  heard = []
  proxy = await startTcpProxy(database.url)
  changes = openChanges({ url: proxy.url, onError: () => {} })
  changes.subscribe((change) => heard.push(change))
  changes.onTrustLost(() => heard.push('everything'))
  await until(() => changes.isTrusted())
  expect(heard).toEqual(['everything'])
})

afterEach(async () => {
  await changes.close()
  await proxy.close()
})

const notify = (payload: string) =>
  connection.query('select pg_notify($1, $2)', ['latchkey_changes', payload])

/** Milliseconds from now to the last moment at which changes were trusted; waits until they no longer are. */
async function lastTrust(): Promise<number> {
  const began = performance.now()
  let lastTrustedAt = began
  for (;;) {
    // Taken before the question: however long this process is held up, nothing counts later than it was asked.
    const askedAt = performance.now()
    if (!changes.isTrusted()) return lastTrustedAt - began
    lastTrustedAt = askedAt
    await delay(2)
  }
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('a committed change is heard, and one that is rolled back is not', async () => {
  await connection.query('begin')
  await notify('{"kind":"client","id":"undone"}')
  await connection.query('rollback')
  await notify('{"kind":"client","id":"kept"}')
  await until(() => heard.length > 1)
  expect(heard.slice(1)).toEqual([{ kind: 'client', id: 'kept' }])
})

test('a row that changes is announced by the trigger of the migrations', async () => {
  await connection.query(`create table things (id text primary key);
    create trigger things_changed after insert or update or delete on things
      for each row execute function notify_change('thing', 'id');
    insert into things values ('a')`)
  await connection.query(`update things set id = 'b'`)
  await connection.query('delete from things')
  await until(() => heard.length > 3)
  expect(heard.slice(1)).toEqual(['a', 'b', 'b'].map((id) => ({ kind: 'thing', id })))
})

test('nobody is told after unsubscribing', async () => {
  const told: Change[] = []
  const unsubscribe = changes.subscribe((change) => told.push(change))
  unsubscribe()
  await notify('{"kind":"client","id":"a"}')
  await until(() => heard.length > 1)
  expect(told).toEqual([])
})

test.each(['', 'not json', '{"kind":"client"}', '{"kind":1,"id":"a"}', 'null'])(
  'a message nobody understands (%j) makes everybody forget everything',
  async (payload) => {
    await notify(payload)
    await until(() => heard.length > 1)
    expect(heard.slice(1)).toEqual(['everything'])
    expect(changes.isTrusted()).toBe(true)
  },
)

test('R2: a lost connection ends trust at once, and trust returns after everything was forgotten', async () => {
  proxy.reset()
  await until(() => !changes.isTrusted())
  await until(() => changes.isTrusted())
  // Once when trust was lost and once more before it returned.
  expect(heard).toEqual(['everything', 'everything', 'everything'])
  await notify('{"kind":"client","id":"after"}')
  await until(() => heard.length > 3)
  expect(heard.at(-1)).toEqual({ kind: 'client', id: 'after' })
})

test('R2: trust ends when PostgreSQL ends the session', async () => {
  await connection.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'latchkey changes' and datname = current_database()`,
  )
  await until(() => !changes.isTrusted())
  await until(() => changes.isTrusted())
})

test('a network that swallows everything ends trust within 700 ms, and a missed change cannot be missed', async () => {
  proxy.swallow()
  const trustedFor = lastTrust()
  await notify('{"kind":"client","id":"missed"}')
  expect(await trustedFor).toBeLessThanOrEqual(700)
  await until(() => heard.length > 1)
  proxy.restore()
  await until(() => changes.isTrusted())
  expect(heard.every((item) => item === 'everything')).toBe(true)
  expect(heard.length).toBeGreaterThan(2)
})

test('a process that was held up does not trust what it knew, and recovers without a new connection', async () => {
  block(750)
  expect(changes.isTrusted()).toBe(false)
  await until(() => changes.isTrusted())
  expect(heard).toEqual(['everything'])
})

test('an answer that waits to be read after the process was held up counts as an answer', async () => {
  const passOn = await proxy.holdAnswer()
  passOn()
  // It is there and nobody has read it, when the patience with it is over.
  block(500)
  await until(() => changes.isTrusted())
  expect(heard).toEqual(['everything'])
})

test('a change that came while the process was held up is heard before trust returns', async () => {
  const sent = notify('{"kind":"client","id":"meanwhile"}')
  block(750)
  let trustedTooEarly = false
  const watch = setInterval(() => {
    trustedTooEarly ||= changes.isTrusted() && heard.length === 1
  }, 0)
  await sent
  await until(() => changes.isTrusted())
  await until(() => heard.length > 1)
  clearInterval(watch)
  expect(heard.slice(1)).toEqual([{ kind: 'client', id: 'meanwhile' }])
})

test('closing ends trust and the session, even when the network swallows everything', async () => {
  proxy.swallow()
  const began = performance.now()
  await changes.close()
  expect(performance.now() - began).toBeLessThan(2000)
  expect(changes.isTrusted()).toBe(false)
})
