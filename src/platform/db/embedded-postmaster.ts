/**
 * One PostgreSQL server process: made, started, found again and stopped. What runs is known from `postmaster.pid`,
 * which PostgreSQL keeps in its data and which may be left over from a crash.
 */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { EmbeddedDatabaseError } from './embedded-error.ts'
import type { Home } from './embedded-home.ts'
import { makeServerFolder } from './embedded-home.ts'
import { exited, isAlive, sendSignal, servesCluster } from './embedded-process.ts'
import type { Programs, ServerUser } from './embedded-programs.ts'
import { majorVersion, programEnvironment } from './embedded-programs.ts'

const execute = promisify(execFile)

/** What is needed to run the server of one home. */
export interface Installation {
  readonly home: Home
  readonly programs: Programs
  readonly user: ServerUser | undefined
  /** False for tests alone: faster, and lost with the machine. */
  readonly durable: boolean
}

/** A server that runs. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** Undefined where there are no Unix sockets and the server listens on the loopback. */
  readonly socketDirectory: string | undefined
  readonly ready: boolean
}

const pollMilliseconds = 10
const startDeadlineMilliseconds = 60_000
const stopDeadlineMilliseconds = 10_000
const socketPort = 5432
const outsideSocketPrefix = '/tmp/latchkey-socket-'
const largestLogBytes = 1_000_000
// The kernel allows 107 bytes (103 on macOS) for `<folder>/.s.PGSQL.5432`.
const longestSocketDirectoryBytes = 85

/** Creates the data files unless they exist. They appear complete or not at all. */
export async function initialise({ home, programs, user, durable }: Installation): Promise<void> {
  const version = await readFile(join(home.cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version?.trim() === majorVersion) return
  if (version !== undefined) {
    throw new EmbeddedDatabaseError(
      'other_version',
      `The data in ${home.cluster} belongs to PostgreSQL ${version.trim()}, and this version brings PostgreSQL ${majorVersion}.`,
    )
  }
  await removeUnfinished(home)
  const unfinished = join(home.path, `new-${randomBytes(4).toString('hex')}`)
  const passwordFile = `${unfinished}.password`
  await makeServerFolder(unfinished, user)
  try {
    await writeFile(passwordFile, `${home.administratorPassword}\n`, { mode: 0o600 })
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid)
    await execute(programs.initdb, initdbArguments(unfinished, passwordFile, durable), {
      ...user,
      cwd: home.path,
      env: programEnvironment,
    })
    await rename(unfinished, home.cluster)
  } catch (error) {
    // Somebody who started at the same moment was faster, and theirs is as good.
    if (await isFile(join(home.cluster, 'PG_VERSION'))) return
    throw new EmbeddedDatabaseError(
      'failed',
      `PostgreSQL could not create its data: ${reasonOf(error)}`,
      error,
    )
  } finally {
    await rm(passwordFile, { force: true })
    await rm(unfinished, { recursive: true, force: true })
  }
}

function initdbArguments(directory: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Built in, so that sorting depends neither on the machine nor on the version of a library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]
}

/** Starts the server and waits until it takes connections, or joins the one that already runs. */
export async function ensureRunning(installation: Installation): Promise<Postmaster> {
  const deadline = performance.now() + startDeadlineMilliseconds
  let reason = 'it did not become ready within a minute'
  while (performance.now() < deadline) {
    const running = await findPostmaster(installation.home)
    if (running?.ready === true) return running
    if (running === undefined) {
      const outcome = await start(installation, deadline)
      if (typeof outcome !== 'string') return outcome
      reason = outcome
      if (!(await mayStillStart(installation.home, reason))) break
    }
    await delay(pollMilliseconds * 5)
  }
  throw new EmbeddedDatabaseError(
    'failed',
    `PostgreSQL did not start: ${reason} (see ${installation.home.log}).`,
  )
}

/** Of two that start at once one finds the lock file; after a crash old processes need a moment to end. */
async function mayStillStart(home: Home, reason: string): Promise<boolean> {
  if (/shared memory block|lock file/.test(reason)) return true
  return (await findPostmaster(home)) !== undefined
}

/** Finds the running server of this home. A leftover `postmaster.pid` is not taken for one. */
export async function findPostmaster(home: Home): Promise<Postmaster | undefined> {
  const file = join(home.cluster, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => '')
  const [pidText, , , portText, socketDirectory, , , status] = text.split('\n')
  const pid = Number(pidText)
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (!isAlive(pid)) {
    await removeOutsideSocket(socketDirectory)
    return undefined
  }
  if (!(await servesCluster(pid, home.cluster))) {
    // The number belongs to another program now. PostgreSQL would refuse to start because of it.
    await rm(file, { force: true })
    return undefined
  }
  return {
    pid,
    port: Number(portText),
    socketDirectory: socketDirectory === '' ? undefined : socketDirectory,
    ready: status?.trim() === 'ready',
  }
}

/** Asks the server to end its sessions and stop, ever more firmly, and returns when it has. */
export async function stopPostmaster({ home, programs, user }: Installation): Promise<void> {
  if (process.platform === 'win32') {
    await execute(programs.pgCtl, ['stop', '--mode=fast', '--wait', `--pgdata=${home.cluster}`], {
      ...user,
      env: programEnvironment,
    }).catch(() => {})
    return
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    const running = await findPostmaster(home)
    if (running === undefined) return
    sendSignal(running.pid, signal)
    const deadline = performance.now() + stopDeadlineMilliseconds
    while (performance.now() < deadline) {
      await delay(pollMilliseconds)
      if ((await findPostmaster(home)) !== undefined) continue
      await exited(running.pid)
      return removeOutsideSocket(running.socketDirectory)
    }
  }
}

/** Returns the server, or the reason why it ended. */
async function start(installation: Installation, deadline: number): Promise<Postmaster | string> {
  const { home, programs, user } = installation
  if (((await sizeOf(home.log)) ?? 0) > largestLogBytes) await rm(home.log)
  const log = await open(home.log, 'a', 0o600)
  if (user !== undefined) await log.chown(user.uid, user.gid)
  const child = spawn(programs.postgres, await serverArguments(installation), {
    ...user,
    cwd: home.path,
    env: programEnvironment,
    // A session of its own: the terminal's Ctrl-C is for us, and we stop the server when we no longer need it.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  let failure: Error | undefined
  child.on('error', (error) => (failure = error))
  child.unref()
  try {
    while (performance.now() < deadline) {
      if (failure !== undefined) return reasonOf(failure)
      if (child.exitCode !== null || child.signalCode !== null) return await lastMessage(home)
      const running = await findPostmaster(home)
      if (running?.ready === true && running.pid === child.pid) return running
      await delay(pollMilliseconds)
    }
    return 'it did not become ready in time'
  } finally {
    await log.close()
  }
}

async function serverArguments({ home, user, durable }: Installation): Promise<string[]> {
  const settings: Record<string, string> = {
    ...(await listenSettings(home, user)),
    max_connections: '120',
    shared_buffers: '32MB',
    max_wal_size: '256MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    // One small machine: no helpers for input and output, replication or parallel plans.
    io_method: 'sync',
    max_logical_replication_workers: '0',
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements may hold personal data.
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return [
    '-D',
    home.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function listenSettings(home: Home, user: ServerUser | undefined): Promise<Record<string, string>> {
  if (process.platform === 'win32') {
    return { listen_addresses: '127.0.0.1', port: String(await freePort()), unix_socket_directories: '' }
  }
  const directory = await socketDirectory(home, user)
  return {
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: `"${directory.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  }
}

async function socketDirectory(home: Home, user: ServerUser | undefined): Promise<string> {
  const inside = join(home.path, 'socket')
  if (Buffer.byteLength(inside) <= longestSocketDirectoryBytes) {
    await makeServerFolder(inside, user)
    return inside
  }
  // A new name each time, as anybody may write to /tmp; postmaster.pid tells the others which it is.
  const outside = await mkdtemp(outsideSocketPrefix)
  if (user !== undefined) await chown(outside, user.uid, user.gid)
  return outside
}

async function removeOutsideSocket(directory: string | undefined): Promise<void> {
  if (
    directory?.startsWith(outsideSocketPrefix) !== true ||
    directory.includes('/', outsideSocketPrefix.length)
  )
    return
  await rm(directory, { recursive: true, force: true })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : socketPort))
    })
  })
}

async function removeUnfinished(home: Home): Promise<void> {
  const anHourAgo = Date.now() - 3_600_000
  for (const name of await readdir(home.path)) {
    if (!name.startsWith('new-')) continue
    const path = join(home.path, name)
    const entry = await stat(path).catch(() => undefined)
    if (entry !== undefined && entry.mtimeMs < anHourAgo) await rm(path, { recursive: true, force: true })
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}

async function lastMessage(home: Home): Promise<string> {
  const lines = (await readFile(home.log, 'utf8').catch(() => '')).split('\n')
  const told =
    lines.filter((line) => /FATAL|PANIC|error/i.test(line)).at(-1) ?? lines.findLast((line) => line !== '')
  return (told ?? 'it ended without a message').replace(/^.*?(FATAL|PANIC):\s*/, '')
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const told = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : error.message
  return told.trim().split('\n').at(-1) ?? error.message
}
