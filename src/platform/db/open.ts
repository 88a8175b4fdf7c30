/**
 * The way to PostgreSQL: the pool behind Kysely, the named statements of the hot paths, and single
 * connections for those that need one to themselves (migrations, the change listener, the embedded
 * database's lock). The only file that imports the driver.
 */
import { Client, Pool, types } from 'pg'
import type { ClientConfig, PoolClient } from 'pg'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { DB } from './schema.ts'

/** What rooms take: the pool, or a transaction in its place. */
export type Database = Kysely<DB>

/** How to reach the database, and how long anything may take. */
export interface OpenOptions {
  readonly url: string
  readonly maxConnections: number
  readonly applicationName: string
  /** Bounds a new connection and the wait for a free one. */
  readonly connectTimeoutMilliseconds?: number
  readonly statementTimeoutMilliseconds?: number
  /** Told of every connection that is lost, whether idle or in use. */
  readonly onConnectionError: (error: Error) => void
}

/** SQL that is parsed and planned once per connection and known there by its name. */
export interface Statement<Row extends object> {
  readonly name: string
  readonly text: string
  readonly row?: Row
}

const defaultConnectTimeoutMilliseconds = 1000
// Who opens a connection of their own is starting or migrating, and would rather wait than begin again.
const ownConnectTimeoutMilliseconds = 10_000
const defaultStatementTimeoutMilliseconds = 3000
const idleTimeoutMilliseconds = 30_000
// A server that stopped answering cannot keep its own statement timeout, so the driver waits a little longer.
const readGraceMilliseconds = 500
const farewellMilliseconds = 500

const namesByText = new Map<string, string>()
const pools = new WeakMap<object, Pool>()

/** Opens the pool. Nothing is connected until the first query; `db.destroy()` closes it. */
export function openDatabase(options: OpenOptions): Database {
  const pool = new Pool({
    ...connectionConfig(options),
    max: options.maxConnections,
    idleTimeoutMillis: idleTimeoutMilliseconds,
    idle_in_transaction_session_timeout: 10_000,
  })
  // Without a listener on the pool and on each client, a lost connection ends the process (F5): the
  // pool listens only while a client is idle, not while a transaction holds it.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', options.onConnectionError))
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: namingPool(pool) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  pools.set(db, pool)
  const destroy = db.destroy.bind(db)
  db.destroy = async () => {
    await destroy()
    // Kysely leaves a pool open that it has never used itself, and `run` does not go through it.
    if (!pool.ending) await pool.end()
  }
  return db
}

/** How the connections of the pool are used right now. */
export function poolUsage(db: Database): { total: number; idle: number; waiting: number } {
  const pool = pools.get(db)
  return { total: pool?.totalCount ?? 0, idle: pool?.idleCount ?? 0, waiting: pool?.waitingCount ?? 0 }
}

/** Declares a named statement. The name is unique in the program; columns are aliased as the caller wants them. */
export function statement<Row extends object>(name: string, text: string): Statement<Row> {
  for (const [knownText, knownName] of namesByText) {
    if (knownName === name && knownText !== text) throw new Error(`two statements are named ${name}`)
  }
  namesByText.set(text, name)
  return { name, text }
}

/** Runs a named statement on the pool or, when `db` is a transaction, inside it. Rows come back as they are. */
export function run<Row extends object>(
  db: Database,
  { name, text }: Statement<Row>,
  values: readonly unknown[],
): Promise<Row[]> {
  const pool = db.isTransaction ? undefined : pools.get(db)
  if (pool === undefined) return runThroughKysely(db, text, values)
  return new Promise((resolve, reject) => {
    pool.connect((connectError, client, release) => {
      if (connectError !== undefined || client === undefined) return reject(connectError)
      // Not `pool.query`: that closes the connection after any error, a refused duplicate included.
      client.query<Row>({ name, text, values: [...values] }, (error: Error | null, result) => {
        release(isReadTimeout(error))
        if (error === null || error === undefined) return resolve(result.rows)
        Error.captureStackTrace(error)
        reject(error)
      })
    })
  })
}

async function runThroughKysely<Row extends object>(
  db: Database,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await db.withoutPlugins().executeQuery<Row>(CompiledQuery.raw(text, [...values]))
  return rows
}

/** One connection outside the pool. */
export interface Connection {
  readonly query: <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>
  /** Ends the session politely; after a loss it returns at once. */
  readonly close: () => Promise<void>
  /** Drops the socket without a word, for a connection that no longer answers. */
  readonly destroy: () => void
}

/** How a single connection is opened and what it reports. */
export interface ConnectionOptions {
  readonly url: string
  readonly applicationName: string
  readonly connectTimeoutMilliseconds?: number
  /** Unset for work that may take long, such as a migration. */
  readonly statementTimeoutMilliseconds?: number
  readonly onNotification?: (payload: string) => void
  /** Called once when the connection ends, whoever ended it. */
  readonly onEnd?: () => void
}

/** Opens one connection, to be closed by the caller. Text without values may hold several statements. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const client = new Client(
    connectionConfig({
      statementTimeoutMilliseconds: 0,
      connectTimeoutMilliseconds: ownConnectTimeoutMilliseconds,
      ...options,
    }),
  )
  // A loss is seen by whoever waits for an answer, and through onEnd (F5).
  client.on('error', () => {})
  client.on('notification', ({ payload }) => options.onNotification?.(payload ?? ''))
  await client.connect()
  client.on('end', () => options.onEnd?.())
  return {
    query: async <Row extends object>(text: string, values?: readonly unknown[]) => {
      const result = await (values === undefined
        ? client.query<Row>(text)
        : client.query<Row>(text, [...values]))
      return result.rows
    },
    close: async () => {
      // A network that swallows everything would never let the farewell through.
      const giveUp = setTimeout(() => client.connection.stream.destroy(), farewellMilliseconds)
      await client.end().catch(() => {})
      clearTimeout(giveUp)
    },
    destroy: () => void client.connection.stream.destroy(),
  }
}

function connectionConfig(options: Omit<ConnectionOptions, 'onNotification' | 'onEnd'>): ClientConfig {
  const statementTimeout = options.statementTimeoutMilliseconds ?? defaultStatementTimeoutMilliseconds
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMilliseconds ?? defaultConnectTimeoutMilliseconds,
    ...(statementTimeout > 0 && {
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + readGraceMilliseconds,
    }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    types: { getTypeParser },
  }
}

type TypeId = Parameters<typeof types.getTypeParser>[0]

/** int8 as a number, as everything we count fits; the rest as the driver does it. */
function getTypeParser(oid: TypeId, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === types.builtins.INT8 && format !== 'binary') return parseSafeInteger
  return types.getTypeParser(oid, format)
}

function parseSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('the database returned an integer beyond 2^53')
  return value
}

/** The pool as Kysely wants it, sending registered texts under their names. */
function namingPool(pool: Pool): PostgresPool {
  const wrapped = new WeakMap<PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const known = wrapped.get(client)
      if (known !== undefined) return known
      const naming = namingClient(client)
      wrapped.set(client, naming)
      return naming
    },
  }
}

function namingClient(client: PoolClient): PostgresPoolClient {
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query<R>(
    sql: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql !== 'string') throw new Error('cursors are not used')
    const name = namesByText.get(sql)
    const values = [...parameters]
    const answer = name === undefined ? client.query(sql, values) : client.query({ name, text: sql, values })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its rows are only the writer of the SQL knows
    return answer.catch((error: unknown) => {
      // The answer may still arrive and be taken for the next query's.
      if (isReadTimeout(error)) client.connection.stream.destroy()
      throw error
    }) as Promise<PostgresQueryResult<R>>
  }
  return { query, release: (destroy) => client.release(destroy) }
}

function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}
