/**
 * One PostgreSQL for the whole run, with a migrated template that each test file clones: an embedded one, or the
 * server of TEST_DATABASE_URL, whose role must be allowed to create databases.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/platform/db/migrate.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import { startTemporaryDatabase } from '../../src/platform/db/temporary.ts'
import { withDatabaseName } from './postgres.ts'
import { makeRsaKeys } from './signing-keys.ts'
import type { RsaKeys } from './signing-keys.ts'

/** Where the tests create their databases, and which one they clone. */
export interface TestServer {
  readonly url: string
  readonly template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly testServer: TestServer
    readonly rsaKeys: RsaKeys
  }
}

const migrations = join(import.meta.dirname, '../../migrations')

/** Starts the server and migrates the template; the returned function removes both. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer(process.env['TEST_DATABASE_URL'])
  const template = `latchkey_template_${randomBytes(4).toString('hex')}`
  try {
    await execute(server.url, `create database ${template}`)
    await migrate(withDatabaseName(server.url, template), migrations, () => {})
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('testServer', { url: server.url, template })
  project.provide('rsaKeys', await makeRsaKeys())
  return async () => {
    await execute(server.url, `drop database if exists ${template} with (force)`)
    await server.stop()
  }
}

async function startServer(url: string | undefined): Promise<{ url: string; stop: () => Promise<void> }> {
  if (url !== undefined) return { url, stop: async () => {} }
  const database = await startTemporaryDatabase()
  // The tests use the role the server uses, which is no superuser; only this is added.
  await execute(database.administratorUrl, 'alter role latchkey createdb')
  return database
}

async function execute(url: string, sql: string): Promise<void> {
  const connection = await openConnection({ url, applicationName: 'latchkey tests' })
  try {
    await connection.query(sql)
  } finally {
    await connection.close()
  }
}
