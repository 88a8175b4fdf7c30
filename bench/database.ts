import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedDatabase } from '../src/platform/db/embedded.ts'
import { migrate } from '../src/platform/db/migrate.ts'

/** A migrated database of the measurements' own: the embedded PostgreSQL, as durable as in use. */
export async function startDatabase(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  // If we are root, PostgreSQL runs as another user and must be able to enter.
  await chmod(dataDirectory, 0o711)
  const database = await startEmbeddedDatabase({ dataDirectory, log: () => {}, settings })
  const stop = async (): Promise<void> => {
    await database.stop()
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await migrate(database.url, join(import.meta.dirname, '../migrations'), () => {})
    return { url: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
