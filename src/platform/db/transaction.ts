import { retryOnConflict } from './failures.ts'
import type { Database } from './open.ts'

/**
 * Runs `work` in the caller's transaction, or in one of its own when `db` is the pool. One of its own is run again
 * when it lost against another, so `work` does nothing outside the database.
 */
export function inTransaction<T>(db: Database, work: (transaction: Database) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db)
  return retryOnConflict(() => db.transaction().execute(work))
}
