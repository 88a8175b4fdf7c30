/**
 * One PostgreSQL server process: started, found again and stopped. What runs is known from `postmaster.pid`, which
 * PostgreSQL keeps in its data and which may be left over from a crash.
 */
import { execFile, spawn } from 'node:child_process'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Installation } from './embedded-cluster.ts'
import { EmbeddedDatabaseError, reasonOf } from './embedded-error.ts'
import type { Home } from './embedded-home.ts'
import { exited, isAlive, sendSignal, servesCluster } from './embedded-process.ts'
import { programEnvironment } from './embedded-programs.ts'
import { removeOutsideSocket, serverArguments } from './embedded-settings.ts'

const execute = promisify(execFile)

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
const largestLogBytes = 1_000_000

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
