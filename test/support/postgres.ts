/** Databases for tests: real ones, migrated, and nobody else's. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import { openConnection } from '../../src/platform/db/open.ts'
import { patienceMilliseconds } from './until.ts'

/** A database of one's own. */
export interface TestDatabase {
  readonly url: string
  /** Ends whatever is still connected and removes the database. */
  readonly drop: () => Promise<void>
}

/** Clones the migrated template; call once in a file's `beforeAll` and `drop` in its `afterAll`. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`template ${inject('testServer').template} strategy file_copy`)
}

/** A database without any table, for tests that migrate it themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template template0')
}

/** The same server and role, another database. */
export function withDatabaseName(url: string, name: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${name}`)
}

async function createDatabase(source: string): Promise<TestDatabase> {
  const { url } = inject('testServer')
  const name = `latchkey_test_${randomBytes(6).toString('hex')}`
  await execute(url, `create database ${name} ${source}`)
  return {
    url: withDatabaseName(url, name),
    drop: () => dropDatabase(url, name),
  }
}

/** A worker of the server's own, which sweeps the tables, may be in it and cannot be sent away; it leaves by itself. */
async function dropDatabase(url: string, name: string): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds
  for (;;) {
    try {
      return await execute(url, `drop database if exists ${name} with (force)`)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await delay(250)
    }
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const connection = await openConnection({ url, applicationName: 'latchkey tests' })
  try {
    await connection.query(sql)
  } finally {
    await connection.close()
  }
}
