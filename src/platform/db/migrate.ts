/**
 * Brings the database to the schema this code expects. Owns `schema_migrations`: which files of the migrations folder
 * have run, and what was in them. Forward only: a file that has run is never edited, and a database that knows more
 * than the code is left alone.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from './open.ts'
import { openConnection } from './open.ts'

/** Why the database was not migrated. */
export type MigrationProblem =
  | 'newer_schema'
  | 'changed_migration'
  | 'misplaced_migration'
  | 'busy'
  | 'failed'

/** The database cannot be brought to the expected schema. The message is one sentence for an operator. */
export class MigrationError extends Error {
  readonly problem: MigrationProblem

  constructor(problem: MigrationProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'MigrationError'
    this.problem = problem
  }
}

/** What has run, what has not, and what does not fit. */
export interface MigrationStatus {
  readonly applied: readonly { readonly name: string; readonly appliedAt: Date }[]
  readonly pending: readonly string[]
  /** Recorded in the database, but not in the folder: the schema is newer than the code. */
  readonly unknown: readonly string[]
  /** Recorded with other contents than the file has now. */
  readonly changed: readonly string[]
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

// Any number, as long as every version of this program uses the same.
const lockKey = 7_214_530_981
const lockWaitMilliseconds = 60_000
const lockPollMilliseconds = 100
// A migration that waits for a table lock holds up everybody behind it, so it gives up early and comes back.
const tableLockTimeout = '2s'
const mostAttempts = 5
const retryMilliseconds = 500
const endsTransaction = /^\s*(commit|rollback|begin\s*;|start\s+transaction|end\s+transaction)\b/im

/** Runs the pending migrations, each in its own transaction. Instances that start together run each of them once. */
export async function migrate(
  url: string,
  directory: string,
  log: (message: string) => void,
): Promise<MigrationStatus> {
  const migrations = await readMigrations(directory)
  const connection = await openConnection({ url, applicationName: 'latchkey migrations' })
  try {
    await takeLock(connection)
    await connection.query(`create table if not exists schema_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
    const pending = plan(migrations, await readApplied(connection))
    for (const migration of pending) {
      await applyWithRetries(connection, migration)
      log(`migrated ${migration.name}`)
    }
    return compare(migrations, await readApplied(connection))
  } finally {
    // Ending the session gives the lock back.
    await connection.close()
  }
}

/** Compares the folder with the database and changes nothing. */
export async function migrationStatus(url: string, directory: string): Promise<MigrationStatus> {
  const migrations = await readMigrations(directory)
  const connection = await openConnection({ url, applicationName: 'latchkey migrations' })
  try {
    const [table] = await connection.query<{ exists: boolean }>(
      `select to_regclass('schema_migrations') is not null as exists`,
    )
    return compare(migrations, table?.exists === true ? await readApplied(connection) : [])
  } finally {
    await connection.close()
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  const numbers = names.map((name) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1])
  const misplaced = names.find(
    (_, index) => numbers[index] === undefined || numbers.indexOf(numbers[index]) !== index,
  )
  if (misplaced !== undefined) {
    throw new MigrationError('misplaced_migration', `The migration ${misplaced} has no number of its own.`)
  }
  return Promise.all(
    names.map(async (name) => {
      // A checkout on Windows may have changed the line ends, which changes nothing.
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n')
      if (endsTransaction.test(sql)) {
        throw new MigrationError(
          'misplaced_migration',
          `The migration ${name} must leave its transaction open.`,
        )
      }
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

function readApplied(connection: Connection): Promise<AppliedMigration[]> {
  return connection.query<AppliedMigration>(
    'select name, checksum, applied_at as "appliedAt" from schema_migrations order by name',
  )
}

function compare(migrations: readonly Migration[], applied: readonly AppliedMigration[]): MigrationStatus {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  const appliedNames = new Set(applied.map(({ name }) => name))
  return {
    applied: applied.map(({ name, appliedAt }) => ({ name, appliedAt })),
    pending: migrations.filter(({ name }) => !appliedNames.has(name)).map(({ name }) => name),
    unknown: applied.filter(({ name }) => !checksums.has(name)).map(({ name }) => name),
    changed: applied
      .filter(({ name, checksum }) => checksums.has(name) && checksums.get(name) !== checksum)
      .map(({ name }) => name),
  }
}

function plan(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const status = compare(migrations, applied)
  const [unknown] = status.unknown
  if (unknown !== undefined) {
    throw new MigrationError(
      'newer_schema',
      `The database has a newer schema than this version knows (it contains ${unknown}). Start the newer version.`,
    )
  }
  const [changed] = status.changed
  if (changed !== undefined) {
    throw new MigrationError('changed_migration', `The migration ${changed} was changed after it ran here.`)
  }
  const newest = applied.at(-1)?.name ?? ''
  const late = status.pending.find((name) => name < newest)
  if (late !== undefined) {
    throw new MigrationError(
      'misplaced_migration',
      `The migration ${late} comes before ${newest}, which already ran.`,
    )
  }
  return migrations.filter(({ name }) => status.pending.includes(name))
}

async function takeLock(connection: Connection): Promise<void> {
  const deadline = performance.now() + lockWaitMilliseconds
  while (performance.now() < deadline) {
    const [lock] = await connection.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      lockKey,
    ])
    if (lock?.taken === true) return
    await delay(lockPollMilliseconds)
  }
  throw new MigrationError(
    'busy',
    'Another instance has been migrating the database for a minute; try again later.',
  )
}

async function applyWithRetries(connection: Connection, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await apply(connection, migration)
    } catch (error) {
      if (!isLockTimeout(error)) throw failure(migration, error)
      if (attempt === mostAttempts) {
        throw new MigrationError(
          'busy',
          `The migration ${migration.name} could not get its table locks; try again later.`,
        )
      }
    }
    await delay(retryMilliseconds * attempt)
  }
}

async function apply(connection: Connection, { name, sql, checksum }: Migration): Promise<void> {
  await connection.query(`begin; set local lock_timeout = '${tableLockTimeout}'`)
  try {
    await connection.query(sql)
    await connection.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await connection.query('commit')
  } catch (error) {
    // If the connection is gone, so is the transaction, and the first error is the one to tell.
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

function failure(migration: Migration, error: unknown): MigrationError {
  const reason = error instanceof Error ? error.message : String(error)
  return new MigrationError(
    'failed',
    `The migration ${migration.name} failed and left nothing behind: ${reason}`,
    error,
  )
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}
