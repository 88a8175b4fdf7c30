import { AsyncLocalStorage } from 'node:async_hooks'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'

interface Joined {
  readonly transaction: Database
  readonly afterCommit: (() => void)[]
}

const joined = new AsyncLocalStorage<Joined>()

/**
 * Runs `work` in one transaction that the library's adapter joins: what a door writes and what the library writes because
 * of it commit together. The library's adapter has no parameter to pass a transaction in.
 */
export async function joinTransaction<T>(
  db: Database,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  const afterCommit: (() => void)[] = []
  const outcome = await inTransaction(db, (transaction) =>
    joined.run({ transaction, afterCommit }, () => work(transaction)),
  )
  for (const tell of afterCommit) tell()
  return outcome
}

/** The transaction that was joined, or else `db`. */
export function joinedDatabase(db: Database): Database {
  return joined.getStore()?.transaction ?? db
}

/** Runs `tell` when what was joined has committed, and never if it was rolled back; at once if nothing was joined. */
export function onceCommitted(tell: () => void): void {
  const store = joined.getStore()
  if (store === undefined) tell()
  else store.afterCommit.push(tell)
}
