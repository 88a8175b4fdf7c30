/**
 * What a command works with: who acts and when, the configuration, and the database, which is opened when the first
 * command asks for it and closed by whoever called the command.
 */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Act } from '../domain/audit/act.ts'
import { createSeal } from '../platform/crypto/seal.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import { findEmbeddedDatabase, startEmbeddedDatabase } from '../platform/db/embedded.ts'
import { readHome } from '../platform/db/embedded-home.ts'
import { migrationStatus } from '../platform/db/migrate.ts'
import { openDatabase } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { completeTryingConfig } from '../trying.ts'
import { CliError } from './failures.ts'
import { count, printable } from './output.ts'

/** What a command works with. */
export interface Context {
  readonly act: Act
  /** Throws if the environment is not fit to work with. */
  readonly config: () => Config
  /** Where the database is; with `create`, an embedded one is made if there is none. */
  readonly databaseUrl: (options?: { readonly create?: boolean }) => Promise<string>
  /** The database, if its schema is the one this program knows. */
  readonly openDatabase: () => Promise<Database>
  readonly openSeal: () => Promise<Seal>
}

/** A context, and the way to end everything that it began. */
export interface OpenContext {
  readonly context: Context
  readonly close: () => Promise<void>
}

/** The folder of the migrations. */
export const migrationsDirectory = join(import.meta.dirname, '../../migrations')

const connectTimeoutMilliseconds = 5000
// An operator waits longer than a page would: ending everything of a busy client is one transaction.
const statementTimeoutMilliseconds = 60_000

/** Makes the context of one command. */
export function openContext({ act, config }: Pick<Context, 'act' | 'config'>): OpenContext {
  const opened = new AsyncDisposableStack()
  let url: Promise<string> | undefined
  const databaseUrl: Context['databaseUrl'] = (options = {}) =>
    (url ??= findUrl(config(), { create: options.create ?? false, opened }))
  return {
    context: {
      act,
      config,
      databaseUrl,
      openDatabase: async () => {
        const found = await databaseUrl()
        await requireKnownSchema(found)
        return opened.adopt(openDatabase(databaseOptions(found)), (db) => db.destroy())
      },
      openSeal: async () => createSeal(await findSealingKeys(config(), await databaseUrl())),
    },
    close: () => opened.disposeAsync(),
  }
}

async function findUrl(
  config: Config,
  { create, opened }: { readonly create: boolean; readonly opened: AsyncDisposableStack },
): Promise<string> {
  if (config.databaseUrl !== undefined) return config.databaseUrl
  const { dataDirectory } = config
  const running = await findEmbeddedDatabase(dataDirectory)
  if (running !== undefined) return running.url
  if (!create && (await readHome(dataDirectory)) === undefined) {
    throw new CliError(
      'configuration',
      `There is no database in ${dataDirectory} yet. Start the server once, run: latchkey migrate up, or set DATABASE_URL or DATA_DIR.`,
    )
  }
  const log = (message: string) => void process.stderr.write(`${printable(message)}\n`)
  const database = opened.adopt(await startEmbeddedDatabase({ dataDirectory, log }), ({ stop }) => stop())
  return database.url
}

function databaseOptions(url: string) {
  return {
    url,
    maxConnections: 2,
    applicationName: 'latchkey command line',
    connectTimeoutMilliseconds,
    statementTimeoutMilliseconds,
    // Whoever waits for an answer is told as well.
    onConnectionError: () => {},
  }
}

async function requireKnownSchema(url: string): Promise<void> {
  const { pending, unknown } = await migrationStatus(url, migrationsDirectory)
  if (unknown.length > 0) {
    throw new CliError(
      'schema_newer',
      'The database was migrated by a newer version of this program; use that one.',
    )
  }
  if (pending.length > 0) {
    throw new CliError(
      'schema_pending',
      `The database lacks ${count(pending.length, 'migration')}. Run: latchkey migrate up`,
    )
  }
}

async function findSealingKeys(config: Config, databaseUrl: string) {
  if (config.sealingKeys.length > 0) return config.sealingKeys
  const completed = await completeTryingConfig({ ...config, databaseUrl })
  return completed.sealingKeys
}
