/**
 * The server as a process: start what is needed in order, serve until a signal, and close in reverse order. Whatever
 * prevents a start is told in a sentence on standard error, with exit code 1 and nothing left running.
 */
import cluster from 'node:cluster'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import { migrate } from '../platform/db/migrate.ts'
import { createLog } from '../platform/log.ts'
import type { Logger } from '../platform/log.ts'
import { startFailure } from './failures.ts'
import { prepareGreeting } from './greet.ts'
import { startInstance } from './instance.ts'
import { openManagement } from './open-management.ts'
import { aborted, endOnUncaughtErrors, watchStopSignals } from './signals.ts'
import { StartError } from './start-error.ts'
import { runWorker } from './worker.ts'
import { killWorkers, startWorkers } from './workers.ts'
import { startTrying } from '../trying.ts'
import type { Completed } from '../trying.ts'

const migrations = join(import.meta.dirname, '../../migrations')
const now = () => new Date()
// After requests were cut off; with the default of SHUTDOWN_SECONDS all of it stays below 25 s.
const closingMilliseconds = 3000
const forcedClosingMilliseconds = 2000

/** Runs the process to its end and exits: as the server, or as one of its workers. */
export async function run(environment: Readonly<Record<string, string | undefined>>): Promise<never> {
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    await serveUntilStopped(environment)
    return process.exit(0)
  } catch (error) {
    process.stderr.write(`${startFailure(error)}\n`)
    return process.exit(1)
  }
}

async function serveUntilStopped(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig(environment)
  const log = createLog(config.logLevel)
  endOnUncaughtErrors(log)
  if (cluster.isPrimary) return serve(config, log)
  const { config: completed } = await complete(config, log)
  return runWorker(completed, { now, log, announce: announcing(config) })
}

async function serve(given: Config, log: Logger): Promise<void> {
  await using started = new AsyncDisposableStack()
  let forced: Promise<never> | undefined
  const stopping = watchStopSignals({
    log,
    inTerminal: given.mode === 'trying',
    onForce: () => void (forced ??= endAtOnce(started)),
  })
  const cut = new AbortController()
  const management = await openManagement(given, log)
  started.defer(() => management.stop(cut.signal))
  const { config, stop } = await complete(given, log)
  started.defer(stop)
  await migrate(config.databaseUrl, migrations, (message) => log.info(message))
  const serving =
    config.workers > 1
      ? await startWorkers(config, log)
      : await startInstance(config, { now, log, announce: announcing(config) })
  started.defer(() => serving.stop(cut.signal))
  management.answerWith(serving.management)
  flushCompileCache()
  log.info({ issuer: config.issuer, host: config.host, port: config.port, mode: config.mode }, 'serving')
  if (config.mode === 'trying') process.stdout.write(await prepareGreeting(config, now()))

  await aborted(stopping)
  limitStopping(config, cut, log)
  serving.beginDrain()
  await delay(config.drainDelaySeconds * 1000)
  // Going on would end the process as if everything had been finished.
  await forced
}

/** Only where somebody sits at a terminal. */
function announcing({ mode }: Config): ((text: string) => void) | undefined {
  return mode === 'trying' ? (text) => void process.stdout.write(text) : undefined
}

/** In production everything is given; the trying mode makes what is not. */
async function complete(config: Config, log: Logger): Promise<Completed> {
  if (config.mode === 'trying') return startTrying(config, (message) => log.info(message))
  const { databaseUrl } = config
  if (databaseUrl === undefined) throw new StartError('DATABASE_URL: is required in production')
  return { config: { ...config, databaseUrl }, stop: async () => {} }
}

/** Requests may take until the limit; what does not close soon after is left to the system. */
function limitStopping(config: Config, cut: AbortController, log: Logger): void {
  setTimeout(() => {
    log.warn('requests that took too long were cut off')
    cut.abort()
    setTimeout(() => {
      log.fatal('the server did not close in time and ends')
      process.exit(1)
    }, closingMilliseconds)
  }, config.shutdownSeconds * 1000)
}

/** For whoever asks twice: nothing is finished, but the embedded database is not left running if it stops quickly. */
async function endAtOnce(started: AsyncDisposableStack): Promise<never> {
  killWorkers()
  setTimeout(() => process.exit(1), forcedClosingMilliseconds)
  await started.disposeAsync().catch(() => {})
  return process.exit(1)
}
