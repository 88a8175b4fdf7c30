import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import type { AuditEventType } from '../audit/events.ts'
import { record } from '../audit/record.ts'

/** Which account is meant. */
export interface AccountId {
  readonly id: string
}

/** What came of disabling: the last owner of the installation who can sign in stays. */
export type DisableOutcome = 'disabled' | 'already_disabled' | 'last_administrator' | 'not_found'

/** Disables an account: it can no longer sign in. The caller ends its sessions and tokens in the same transaction. */
export function disableAccount(db: Database, { id }: AccountId, act: Act): Promise<DisableOutcome> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await lockingOwners(transaction)
      .updateTable('accounts')
      .set({ disabledAt: act.now, ...touched(act.now) })
      .where('id', '=', id)
      .where('disabledAt', 'is', null)
      .where((row) => row.or([row('owner', '=', false), anotherOwner(id)]))
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n)
      return tell(transaction, { id, type: 'account.disabled', outcome: 'disabled' }, act)
    const state = await readState(transaction, id)
    if (state === undefined) return 'not_found'
    return state.disabledAt === null ? 'last_administrator' : 'already_disabled'
  })
}

/** What came of enabling. */
export type EnableOutcome = 'enabled' | 'already_enabled' | 'not_found'

/** Lets a disabled account sign in again. */
export function enableAccount(db: Database, { id }: AccountId, act: Act): Promise<EnableOutcome> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set({ disabledAt: null, ...touched(act.now) })
      .where('id', '=', id)
      .where('disabledAt', 'is not', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n)
      return tell(transaction, { id, type: 'account.enabled', outcome: 'enabled' }, act)
    return (await readState(transaction, id)) === undefined ? 'not_found' : 'already_enabled'
  })
}

/** What came of deleting. */
export type DeleteOutcome = 'deleted' | 'last_administrator' | 'not_found'

/** Deletes an account with its permissions and roles. The caller ends its sessions and tokens in the same transaction. */
export function deleteAccount(db: Database, { id }: AccountId, act: Act): Promise<DeleteOutcome> {
  return inTransaction(db, async (transaction) => {
    const { numDeletedRows } = await lockingOwners(transaction)
      .deleteFrom('accounts')
      .where('id', '=', id)
      .where((row) => row.or([row('owner', '=', false), row('disabledAt', 'is not', null), anotherOwner(id)]))
      .executeTakeFirstOrThrow()
    if (numDeletedRows > 0n)
      return tell(transaction, { id, type: 'account.deleted', outcome: 'deleted' }, act)
    return (await readState(transaction, id)) === undefined ? 'not_found' : 'last_administrator'
  })
}

/** What came of making somebody an administrator. */
export type GrantOutcome = 'granted' | 'already_administrator' | 'not_found'

/** Makes an account an owner of the installation: the flag gives it that role (migration 0018), unless it has another. */
export function grantAdministrator(db: Database, { id }: AccountId, act: Act): Promise<GrantOutcome> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set({ administrator: true, ...touched(act.now) })
      .where('id', '=', id)
      .where('administrator', '=', false)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) {
      return tell(transaction, { id, type: 'account.administrator_granted', outcome: 'granted' }, act)
    }
    return (await readState(transaction, id)) === undefined ? 'not_found' : 'already_administrator'
  })
}

/** What came of taking it back. */
export type WithdrawOutcome = 'withdrawn' | 'not_administrator' | 'last_administrator' | 'not_found'

/** Makes an administrator an ordinary account, whatever roles it had; never the last owner who can sign in. */
export function withdrawAdministrator(db: Database, { id }: AccountId, act: Act): Promise<WithdrawOutcome> {
  return inTransaction(db, async (transaction) => {
    const { numUpdatedRows } = await lockingOwners(transaction)
      .updateTable('accounts')
      .set({ administrator: false, ...touched(act.now) })
      .where('id', '=', id)
      .where('administrator', '=', true)
      .where((row) => row.or([row('owner', '=', false), anotherOwner(id)]))
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) {
      return tell(transaction, { id, type: 'account.administrator_withdrawn', outcome: 'withdrawn' }, act)
    }
    const state = await readState(transaction, id)
    if (state === undefined) return 'not_found'
    return state.administrator ? 'last_administrator' : 'not_administrator'
  })
}

/**
 * The statement's first part names the owners who can sign in, and locks those it looks at in the order of
 * their ids: of two owners who remove each other at once, the second waits and then finds itself the last.
 */
function lockingOwners(db: Database) {
  return db.with('owners', (query) =>
    query
      .selectFrom('accounts')
      .select('id')
      .where('owner', '=', true)
      .where('disabledAt', 'is', null)
      .orderBy('id')
      .forUpdate(),
  )
}

function anotherOwner(id: string) {
  return sql<boolean>`exists (select from owners where owners.id <> ${id})`
}

function touched(now: Date) {
  return { updatedAt: now, version: sql<number>`version + 1` }
}

async function readState(db: Database, id: string) {
  return db
    .selectFrom('accounts')
    .select(['administrator', 'disabledAt'])
    .where('id', '=', id)
    .executeTakeFirst()
}

async function tell<Outcome>(
  db: Database,
  { id, type, outcome }: { id: string; type: AuditEventType; outcome: Outcome },
  act: Act,
): Promise<Outcome> {
  await record(db, { type, target: { type: 'account', id } }, act)
  return outcome
}
