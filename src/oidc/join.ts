import { AsyncLocalStorage } from 'node:async_hooks'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'

const joined = new AsyncLocalStorage<Database>()

/**
 * Runs `work` in one transaction that the library's adapter joins: what a door writes and what the library writes because
 * of it commit together. The library's adapter has no parameter to pass a transaction in.
 */
export function joinTransaction<T>(db: Database, work: (transaction: Database) => Promise<T>): Promise<T> {
  return inTransaction(db, (transaction) => joined.run(transaction, () => work(transaction)))
}

/** The transaction that was joined, or else `db`. */
export function joinedDatabase(db: Database): Database {
  return joined.getStore() ?? db
}
