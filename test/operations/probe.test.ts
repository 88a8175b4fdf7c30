import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DatabaseProbe } from '../../src/platform/db/probe.ts'
import { createDatabaseProbe } from '../../src/platform/db/probe.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const migrationsDirectory = join(import.meta.dirname, '../../migrations')
let database: TestDatabase
let proxy: TcpProxy
let probe: DatabaseProbe

beforeAll(async () => {
  database = await createTestDatabase()
})

beforeEach(async () => {
  proxy = await startTcpProxy(database.url)
  probe = createDatabaseProbe({ url: proxy.url, migrationsDirectory })
})

afterEach(async () => {
  await probe.close()
  await proxy.close()
})

afterAll(() => database.drop())

async function execute(sql: string): Promise<void> {
  const connection = await openConnection({ url: database.url, applicationName: 'test' })
  await connection.query(sql)
  await connection.close()
}

test('a migrated database that can be written to has nothing to complain about', async () => {
  expect(await Promise.all([probe.reachable(), probe.migrated()])).toEqual([undefined, undefined])
})

test('a connection that died since the last question says nothing about the database now', async () => {
  await probe.reachable()
  proxy.reset()
  expect(await probe.reachable()).toBeUndefined()
})

test('R9: a database that swallows everything is found out, and fine again when it answers', async () => {
  await probe.reachable()
  proxy.swallow()
  const began = performance.now()
  await expect(probe.reachable()).rejects.toThrow()
  expect(performance.now() - began).toBeLessThan(4000)
  proxy.restore()
  expect(await probe.reachable()).toBeUndefined()
})

test('an older schema and a read-only database are told apart; a newer schema is fine', async () => {
  await execute(`insert into schema_migrations (name, checksum) values ('9999_later.sql', '')`)
  expect(await probe.migrated()).toBeUndefined()
  await execute(`create table kept as select * from schema_migrations; delete from schema_migrations`)
  expect(await probe.migrated()).toBe('older than this version')
  await execute('insert into schema_migrations select * from kept')
  await execute(
    `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
  )
  proxy.reset()
  expect(await probe.reachable()).toBe('read-only')
})
