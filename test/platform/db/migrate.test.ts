import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MigrationError, migrate, migrationStatus } from '../../../src/platform/db/migrate.ts'
import type { Connection } from '../../../src/platform/db/open.ts'
import { openConnection } from '../../../src/platform/db/open.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { createEmptyDatabase } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

const realMigrations = join(import.meta.dirname, '../../../migrations')
const silent = () => {}
let database: TestDatabase
let connection: Connection
let directory: string

beforeEach(async () => {
  database = await createEmptyDatabase()
  connection = await openConnection({ url: database.url, applicationName: 'test' })
  directory = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'))
  await write('0001_notes.sql', 'create table notes (id int); insert into notes values (1);')
})

afterEach(async () => {
  await connection.close()
  await database.drop()
  await rm(directory, { recursive: true })
})

const write = (name: string, sql: string) => writeFile(join(directory, name), sql)
const names = (migrations: readonly { readonly name: string }[]) => migrations.map(({ name }) => name)

async function problemOf(work: Promise<unknown>): Promise<MigrationError> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  if (!(error instanceof MigrationError)) throw new Error('expected a MigrationError', { cause: error })
  return error
}

async function tableExists(name: string): Promise<boolean> {
  const [row] = await connection.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    name,
  ])
  return row?.found === true
}

test('migrators that start at the same moment run each migration once', async () => {
  await write('0002_more.sql', 'select pg_sleep(0.2); insert into notes values (2);')
  const told: string[] = []
  const log = (message: string) => void told.push(message)
  const statuses = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, directory, log)))
  expect(told).toEqual(['migrated 0001_notes.sql', 'migrated 0002_more.sql'])
  for (const status of statuses) expect(names(status.applied)).toEqual(['0001_notes.sql', '0002_more.sql'])
  expect(await connection.query('select id from notes order by id')).toEqual([{ id: 1 }, { id: 2 }])
})

test('running again changes nothing', async () => {
  await migrate(database.url, directory, silent)
  const told: string[] = []
  await migrate(database.url, directory, (message) => told.push(message))
  expect(told).toEqual([])
})

test('a database of a newer schema is refused and left alone', async () => {
  await write('0002_newer.sql', 'create table newer (id int)')
  await migrate(database.url, directory, silent)
  await rm(join(directory, '0002_newer.sql'))
  const error = await problemOf(migrate(database.url, directory, silent))
  expect(error.problem).toBe('newer_schema')
  expect(error.message).toContain('0002_newer.sql')
  expect((await migrationStatus(database.url, directory)).unknown).toEqual(['0002_newer.sql'])
})

test('a migration that was changed after it ran is refused', async () => {
  await migrate(database.url, directory, silent)
  await write('0001_notes.sql', 'create table notes (id bigint)')
  await write('0002_more.sql', 'create table more (id int)')
  expect((await problemOf(migrate(database.url, directory, silent))).problem).toBe('changed_migration')
  expect((await migrationStatus(database.url, directory)).changed).toEqual(['0001_notes.sql'])
  expect(await tableExists('more')).toBe(false)
})

test('line ends of another system are no change', async () => {
  await write('0001_notes.sql', 'create table notes\n(id int);\n')
  await migrate(database.url, directory, silent)
  await write('0001_notes.sql', 'create table notes\r\n(id int);\r\n')
  expect((await migrate(database.url, directory, silent)).changed).toEqual([])
})

test('a migration that fails in the middle leaves nothing, and can be corrected and run', async () => {
  await write(
    '0002_broken.sql',
    'create table half (id int); insert into half values (1); select 1/0; select 2;',
  )
  const error = await problemOf(migrate(database.url, directory, silent))
  expect(error.problem).toBe('failed')
  expect(error.message).toContain('division by zero')
  expect(await tableExists('half')).toBe(false)
  expect((await migrationStatus(database.url, directory)).pending).toEqual(['0002_broken.sql'])
  await write('0002_broken.sql', 'create table half (id int)')
  await migrate(database.url, directory, silent)
  expect(await tableExists('half')).toBe(true)
})

test('a migration that ends its own transaction is refused before it runs', async () => {
  await write('0002_commits.sql', 'create table early (id int);\nCOMMIT;\nselect 1/0;')
  expect((await problemOf(migrate(database.url, directory, silent))).problem).toBe('misplaced_migration')
  expect(await tableExists('early')).toBe(false)
})

test('a migration numbered below one that already ran is refused', async () => {
  await write('0003_third.sql', 'create table third (id int)')
  await migrate(database.url, directory, silent)
  await write('0002_late.sql', 'create table late (id int)')
  expect((await problemOf(migrate(database.url, directory, silent))).problem).toBe('misplaced_migration')
})

test('two migrations with the same number are refused', async () => {
  await write('0001_other.sql', 'create table other (id int)')
  expect((await problemOf(migrate(database.url, directory, silent))).problem).toBe('misplaced_migration')
})

test('a migration that cannot lock its table gives way and comes back', async () => {
  await migrate(database.url, directory, silent)
  await write('0002_alter.sql', 'alter table notes add column body text')
  const holder = await openConnection({ url: database.url, applicationName: 'test' })
  await holder.query('begin; lock table notes in access exclusive mode')
  const migration = migrate(database.url, directory, silent)
  await until(async () => (await countWaiting()) === 1)
  await until(async () => (await countWaiting()) === 0)
  await holder.close()
  expect(names((await migration).applied)).toEqual(['0001_notes.sql', '0002_alter.sql'])
})

test('the status of an empty database lists everything as pending and creates nothing', async () => {
  expect(await migrationStatus(database.url, directory)).toEqual({
    applied: [],
    pending: ['0001_notes.sql'],
    unknown: [],
    changed: [],
  })
  expect(await tableExists('schema_migrations')).toBe(false)
})

test('the real migrations run on an empty database with a role that is no superuser', async () => {
  await cp(realMigrations, join(directory, 'real'), { recursive: true })
  const status = await migrate(database.url, join(directory, 'real'), silent)
  expect(status.pending).toEqual([])
  const [role] = await connection.query<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_roles where rolname = current_user',
  )
  if (process.env['TEST_DATABASE_URL'] === undefined) expect(role?.superuser).toBe(false)
})

async function countWaiting(): Promise<number> {
  const [row] = await connection.query<{ waiting: number }>(
    `select count(*)::int8 as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  )
  return row?.waiting ?? 0
}
