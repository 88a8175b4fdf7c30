/**
 * Work that comes back: sweeping, rotating, delivering. Every instance starts the same jobs, and a lock in the database
 * lets one of them run each job at a time. The lock belongs to a transaction, so it ends with the connection of an
 * instance that crashed; between runs no connection is held.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './db/open.ts'

/** Something to be done again and again. */
export interface Job {
  readonly name: string
  /** From the end of one run to the beginning of the next, give or take a tenth. */
  readonly everyMilliseconds: number
  /** Aborted when the server stops, and when the lock is lost, because then another instance may begin. */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** What the jobs need. */
export interface JobsOptions {
  readonly db: Database
  readonly jobs: readonly Job[]
  /** Told of every run that failed; the job tries again after its period. */
  readonly onError: (jobName: string, error: unknown) => void
  /** Keeps apart the locks of programs that share a database. */
  readonly lockKeyspace: string
  /** From 0 up to 1, so that instances started together do not stay in step. */
  readonly random?: () => number
}

/** Jobs that are running. */
export interface RunningJobs {
  /** Starts no further run, aborts those under way and waits for their end. */
  readonly stop: () => Promise<void>
}

// Well below the time after which the database ends an idle transaction, which would give the lock away.
const lockCheckMilliseconds = 2000

/** Starts the jobs. The first run of each comes after a random part of its period, at most. */
export function startJobs(options: JobsOptions): RunningJobs {
  const stopping = new AbortController()
  const loops = options.jobs.map((job) => repeat(job, options, stopping.signal))
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

/**
 * Runs a job now if no instance is running it, and says whether it did. Throws what the job throws.
 */
export function runExclusively(
  { db, lockKeyspace }: Pick<JobsOptions, 'db' | 'lockKeyspace'>,
  job: Pick<Job, 'name' | 'run'>,
  stopping: AbortSignal,
): Promise<boolean> {
  return db.transaction().execute(async (lockHolder) => {
    if (!(await takeLock(lockHolder, `${lockKeyspace} ${job.name}`))) return false
    const finished = new AbortController()
    const lost = new AbortController()
    const watch = watchLock(lockHolder, { finished: finished.signal, lost })
    try {
      await job.run(AbortSignal.any([stopping, lost.signal]))
    } finally {
      finished.abort()
      await watch
    }
    lost.signal.throwIfAborted()
    return true
  })
}

async function repeat(job: Job, options: JobsOptions, stopping: AbortSignal): Promise<void> {
  const { random = Math.random } = options
  let pause = job.everyMilliseconds * random()
  while (await waited(pause, stopping)) {
    try {
      await runExclusively(options, job, stopping)
    } catch (error) {
      if (!stopping.aborted) options.onError(job.name, error)
    }
    pause = job.everyMilliseconds * (0.9 + 0.2 * random())
  }
}

/** False if the wait was cut short. A pending wait does not keep the process alive. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return delay(milliseconds, true, { signal, ref: false }).catch(() => false)
}

async function takeLock(lockHolder: Database, name: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as taken`.execute(lockHolder)
  return rows[0]?.taken === true
}

/** Asks from time to time whether the transaction that holds the lock is still there, which also keeps it there. */
async function watchLock(
  lockHolder: Database,
  { finished, lost }: { readonly finished: AbortSignal; readonly lost: AbortController },
): Promise<void> {
  while (await waited(lockCheckMilliseconds, finished)) {
    try {
      await sql`select 1`.execute(lockHolder)
    } catch (error) {
      lost.abort(error)
      return
    }
  }
}
