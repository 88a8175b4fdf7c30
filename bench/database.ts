import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedDatabase } from '../src/platform/db/embedded.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { openConnection } from '../src/platform/db/open.ts'

/** A migrated database of the measurements' own. */
export interface MeasuredDatabase {
  readonly url: string
  /** Writes to its files what it holds in memory alone, so that this is not done while something is measured. */
  readonly settle: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts one: the embedded PostgreSQL, as durable as in use. */
export async function startDatabase(
  settings: Readonly<Record<string, string>> = {},
): Promise<MeasuredDatabase> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  // If we are root, PostgreSQL runs as another user and must be able to enter.
  await chmod(dataDirectory, 0o711)
  const { url, administratorUrl, ...database } = await startEmbeddedDatabase({
    dataDirectory,
    log: () => {},
    settings,
  })
  const stop = async (): Promise<void> => {
    await database.stop()
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await migrate(url, join(import.meta.dirname, '../migrations'), () => {})
    return { url, settle: () => checkpoint(administratorUrl), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function checkpoint(administratorUrl: string): Promise<void> {
  const connection = await openConnection({ url: administratorUrl, applicationName: 'latchkey bench' })
  try {
    await connection.query('checkpoint')
  } finally {
    await connection.close()
  }
}
