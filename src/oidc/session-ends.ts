/**
 * Sessions of an account are ended by one and written by another at the same moment. A session that is written under another
 * cookie value is a row that a statement which deletes rows has not seen, so neither can find the other by rows alone: they
 * meet at a lock for each account. Whoever writes shares it with others who write; whoever ends has it alone. Both take it
 * before anything else of the account, so that nobody waits in a circle.
 */
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'

// The lock of its own statement: the next one sees what was committed while this one waited.
const keyOfAccount = `hashtextextended('sessions of account ' || $1, 0)`
const share = statement('sessions_go_on', `select pg_advisory_xact_lock_shared(${keyOfAccount})`)
const exclude = statement('sessions_begin_ending', `select pg_advisory_xact_lock(${keyOfAccount})`)

/** Waits for whoever ends sessions of the account; until the end of the transaction nobody else begins to. */
export async function holdSessions(transaction: Database, accountId: string): Promise<void> {
  await run(transaction, share, [accountId])
}

/** Waits for whoever writes a session of the account; until the end of the transaction nobody goes on with one. */
export async function beginEndingSessions(transaction: Database, accountId: string): Promise<void> {
  await run(transaction, exclude, [accountId])
}
