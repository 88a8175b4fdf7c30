/** A database for the tests of a room, whose functions take it first, as its doors and the jobs of a server call them. */
import { openDatabase } from '../../src/platform/db/open.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { createTestDatabase } from './postgres.ts'
import { patienceMilliseconds } from './until.ts'

/** A migrated database of a test's own, and a pool on it. */
export interface Room {
  readonly db: Database
  /** Another pool on it, as another instance has one. */
  readonly other: Database
  readonly url: string
  readonly close: () => Promise<void>
}

/** Opens one; close it in `afterAll`. */
export async function openRoom(): Promise<Room> {
  const { url, drop } = await createTestDatabase()
  const [db, other] = [openPool(url), openPool(url)]
  return {
    db,
    other,
    url,
    close: async () => {
      await Promise.all([db.destroy(), other.destroy()])
      await drop()
    },
  }
}

/**
 * A pool of a test's own. It waits for a connection and an answer as long as a busy machine
 * needs; how soon a server gives up is what other tests are about.
 */
export function openPool(url: string, maxConnections = 10): Database {
  return openDatabase({
    url,
    maxConnections,
    applicationName: 'latchkey tests',
    connectTimeoutMilliseconds: patienceMilliseconds,
    statementTimeoutMilliseconds: patienceMilliseconds,
    onConnectionError: () => {},
  })
}
