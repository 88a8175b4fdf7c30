/**
 * An embedded database that leaves nothing behind: for tests, measurements and generated files. Not durable.
 */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedDatabase } from './embedded.ts'
import { startEmbeddedDatabase } from './embedded.ts'
import { readHome } from './embedded-home.ts'
import { findPostmaster } from './embedded-postmaster.ts'

/** What may differ from test to test. */
export interface TemporaryOptions {
  readonly log?: (message: string) => void
  readonly restartWhenLost?: boolean
}

const prefix = 'latchkey-temporary-'

/** Starts an empty database in the system's folder for temporary files; `stop` removes every trace of it. */
export async function startTemporaryDatabase(options: TemporaryOptions = {}): Promise<EmbeddedDatabase> {
  await removeAbandoned()
  const dataDirectory = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  // If we are root, PostgreSQL runs as another user and must be able to enter.
  await chmod(dataDirectory, 0o711)
  const remove = () => rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  try {
    const database = await startEmbeddedDatabase({ log: () => {}, ...options, dataDirectory, durable: false })
    return {
      ...database,
      stop: async () => {
        await database.stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** A run that was killed could not clean up; the next one does it. The folder's name tells whose it was. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN
    if (!Number.isSafeInteger(owner) || isAlive(owner)) continue
    const dataDirectory = join(tmpdir(), name)
    const home = await readHome(dataDirectory).catch(() => undefined)
    const postmaster = home && (await findPostmaster(home))
    if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGQUIT')
    // PostgreSQL ends by itself when its files are gone, and may still write while they go.
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10 }).catch(() => {})
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
