/**
 * An embedded database that leaves nothing behind: for tests, measurements and generated files. Not durable.
 */
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
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
// Linux keeps this folder in memory: cloning a database is several times faster there, and never waits for a disk.
const memoryFolder = '/dev/shm'
const enoughBytes = 2 * 1024 ** 3

/** Starts an empty database in memory or in the system's folder for temporary files; `stop` removes every trace of it. */
export async function startTemporaryDatabase(options: TemporaryOptions = {}): Promise<EmbeddedDatabase> {
  const folder = await folderWithRoom()
  await removeAbandoned(folder)
  const dataDirectory = await mkdtemp(join(folder, `${prefix}${process.pid}-`))
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

/** In a container the memory's folder is often a few megabytes small. */
async function folderWithRoom(): Promise<string> {
  const memory = await statfs(memoryFolder).catch(() => undefined)
  return memory !== undefined && memory.bavail * memory.bsize >= enoughBytes ? memoryFolder : tmpdir()
}

/** A run that was killed could not clean up; the next one does it. The folder's name tells whose it was. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN
    if (!Number.isSafeInteger(owner) || isAlive(owner)) continue
    const dataDirectory = join(folder, name)
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
