/** A PostgreSQL of a test's own, which it may crash. Durable, as what was acknowledged must be there afterwards. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { until } from '../support/until.ts'

/** A database that can be taken away. */
export interface OwnDatabase {
  readonly url: string
  /** Ends PostgreSQL as a crash does: no checkpoint, all connections cut. Returns when it has ended. */
  readonly crash: () => Promise<void>
  /** Starts it on the same data; returns when it takes connections. */
  readonly start: () => Promise<void>
  /** Stops it and removes its data. */
  readonly drop: () => Promise<void>
}

const migrations = join(import.meta.dirname, '../../migrations')

/** Starts one, migrated. */
export async function startOwnDatabase(): Promise<OwnDatabase> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-fault-'))
  // If we are root, PostgreSQL runs as another user and must be able to enter.
  await chmod(dataDirectory, 0o711)
  const open = () => startEmbeddedDatabase({ dataDirectory, log: () => {}, restartWhenLost: false })
  let database = await open()
  const { url } = database
  await migrate(url, migrations, () => {})
  return {
    url,
    crash: async () => {
      const processId = await database.processId()
      if (processId === undefined) throw new Error('it does not run')
      process.kill(processId, 'SIGQUIT')
      await until(async () => (await database.processId()) === undefined)
    },
    start: async () => {
      database = await open()
      if (database.url !== url) throw new Error('it started somewhere else')
    },
    drop: async () => {
      await database.stop()
      await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
