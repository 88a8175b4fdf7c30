/**
 * The embedded PostgreSQL of "trying it" mode: a real server, started and stopped with ours, its data kept in the data
 * folder. One of our servers at a time uses it: the one that holds an advisory lock in it on a connection of its own,
 * which ends with that server however it ends. A PostgreSQL that outlived its server is therefore simply taken over.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { initialise } from './embedded-cluster.ts'
import type { Installation } from './embedded-cluster.ts'
import { EmbeddedDatabaseError } from './embedded-error.ts'
import { ownerOf, prepareHome, readHome } from './embedded-home.ts'
import type { Home } from './embedded-home.ts'
import type { Postmaster } from './embedded-postmaster.ts'
import { ensureRunning, findPostmaster, stopPostmaster } from './embedded-postmaster.ts'
import { findPrograms, findServerUser } from './embedded-programs.ts'
import { isDatabaseUnavailable } from './failures.ts'
import type { Connection } from './open.ts'
import { openConnection } from './open.ts'

/** Where the data is, who is told, and how careful to be. */
export interface EmbeddedOptions {
  readonly dataDirectory: string
  readonly log: (message: string) => void
  /** False for tests alone: faster, and lost with the machine. */
  readonly durable?: boolean
  /** Settings of PostgreSQL in place of ours, for measurements: ours are for a machine that has other things to do. */
  readonly settings?: Readonly<Record<string, string>>
  /** False for tests that take the database away: otherwise it is started again when it is lost. */
  readonly restartWhenLost?: boolean
  /** How long another server that uses the data may take to leave. */
  readonly ownerLeavesMilliseconds?: number
}

/** A running embedded database, ours until it is stopped. */
export interface EmbeddedDatabase {
  /** For the role `latchkey`, which owns the database of that name and may do nothing else. */
  readonly url: string
  /** For the superuser, in the maintenance database. */
  readonly administratorUrl: string
  /** The process id of PostgreSQL as it is now. */
  readonly processId: () => Promise<number | undefined>
  /** Ends all sessions, stops PostgreSQL and returns when it has stopped. */
  readonly stop: () => Promise<void>
}

const lockKey = 5_918_273_640
// A session ends soon after the process that held it, and a server that stops says so within seconds.
const lockWaitMilliseconds = 3000
const lockPollMilliseconds = 100
const restartMilliseconds = 500

/** Starts the database of this data folder, creating it the first time. */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const preferredUser = await findServerUser()
  const home = await prepareHome(options.dataDirectory, preferredUser)
  const user = await ownerOf(home, preferredUser)
  const programs = await findPrograms(home.path, user)
  const { durable = true, settings = {} } = options
  const installation = { home, programs, user, durable, settings }
  await initialise(installation)
  const guard = await openGuard(installation, options)
  const postmaster = await ensureRunning(installation)
  return {
    url: urlOf(postmaster, 'latchkey', home.password),
    administratorUrl: urlOf(postmaster, 'postgres', home.administratorPassword),
    processId: async () => (await findPostmaster(home))?.pid,
    stop: async () => {
      await guard.release()
      await stopPostmaster(installation)
    },
  }
}

/** Finds the database of this data folder if it runs, for a program beside the server. */
export async function findEmbeddedDatabase(dataDirectory: string): Promise<{ url: string } | undefined> {
  const home = await readHome(dataDirectory)
  const postmaster = home && (await findPostmaster(home))
  if (home === undefined || postmaster === undefined || !postmaster.ready) return undefined
  const url = urlOf(postmaster, 'latchkey', home.password)
  try {
    const connection = await openConnection({
      url,
      applicationName: 'latchkey',
    })
    await connection.close()
    return { url }
  } catch (error) {
    if (isDatabaseUnavailable(error)) return undefined
    throw error
  }
}

/** Holds the lock, and gets both the server and the lock back when they are lost. */
async function openGuard(
  installation: Installation,
  options: EmbeddedOptions,
): Promise<{ release: () => Promise<void> }> {
  const releasing = new AbortController()
  let recovery = Promise.resolve()
  const onLost = () => {
    if (releasing.signal.aborted || options.restartWhenLost === false) return
    options.log('the embedded database was lost and is started again')
    recovery = recover()
  }
  const recover = async () => {
    while (!releasing.signal.aborted) {
      try {
        held = await takeDatabase(installation, options, onLost)
        return
      } catch (error) {
        options.log(error instanceof Error ? error.message : String(error))
        await delay(restartMilliseconds)
      }
    }
  }
  let held = await takeDatabase(installation, options, onLost)
  return {
    release: async () => {
      releasing.abort()
      await recovery
      await held.close()
    },
  }
}

/** Starts the server if it does not run, and takes the lock, which somebody else may be about to give up. */
async function takeDatabase(
  installation: Installation,
  { ownerLeavesMilliseconds = lockWaitMilliseconds }: EmbeddedOptions,
  onLost: () => void,
): Promise<Connection> {
  const { home } = installation
  let refusedAt: number | undefined
  for (;;) {
    const postmaster = await ensureRunning(installation)
    let problem: unknown = new EmbeddedDatabaseError(
      'in_use',
      `Another server is already using the database in ${home.dataDirectory}.`,
    )
    try {
      const connection = await takeLock(postmaster, home, onLost)
      if (connection !== undefined) return connection
    } catch (error) {
      // It was being stopped by its former user.
      if (!isDatabaseUnavailable(error)) throw error
      problem = error
    }
    // From the first refusal on: the time that PostgreSQL took to start is not spent by another owner.
    refusedAt ??= performance.now()
    if (performance.now() - refusedAt >= ownerLeavesMilliseconds) throw problem
    await delay(lockPollMilliseconds)
  }
}

/** A connection that holds the lock, with the database and its role there; undefined if another one holds it. */
async function takeLock(
  postmaster: Postmaster,
  home: Home,
  onLost: () => void,
): Promise<Connection | undefined> {
  let ours = false
  const connection = await openConnection({
    url: urlOf(postmaster, 'postgres', home.administratorPassword),
    applicationName: 'latchkey owner',
    onEnd: () => ours && onLost(),
  })
  try {
    const [lock] = await connection.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      lockKey,
    ])
    if (lock?.taken === true) {
      await provide(connection, home)
      ours = true
      return connection
    }
  } catch (error) {
    connection.destroy()
    throw error
  }
  await connection.close()
  return undefined
}

/** The database and the role that owns it: the server's own connections are no superuser's. */
async function provide(connection: Connection, home: Home): Promise<void> {
  const [found] = await connection.query<{ role: boolean; database: boolean }>(
    `select exists (select from pg_roles where rolname = 'latchkey') as role,
            exists (select from pg_database where datname = 'latchkey') as database`,
  )
  // Written into the statement because it takes no parameters there; our own base64url needs no quoting.
  if (found?.role !== true) await connection.query(`create role latchkey login password '${home.password}'`)
  if (found?.database !== true) await connection.query('create database latchkey owner latchkey')
}

function urlOf(postmaster: Postmaster, role: 'latchkey' | 'postgres', password: string): string {
  if (postmaster.socketDirectory === undefined) {
    return `postgres://${role}:${password}@127.0.0.1:${postmaster.port}/${role}`
  }
  const place = new URLSearchParams({ host: postmaster.socketDirectory, port: String(postmaster.port) })
  return `postgres://${role}:${password}@/${role}?${place.toString()}`
}
