/**
 * An embedded database that leaves nothing behind: for tests, measurements and generated files. Not durable.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedDatabase } from './embedded.ts'
import { startEmbeddedDatabase } from './embedded.ts'

/** What may differ from test to test. */
export interface TemporaryOptions {
  readonly log?: (message: string) => void
  readonly restartWhenLost?: boolean
}

/** Starts an empty database in the system's folder for temporary files; `stop` removes every trace of it. */
export async function startTemporaryDatabase(options: TemporaryOptions = {}): Promise<EmbeddedDatabase> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-'))
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
