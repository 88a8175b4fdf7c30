/**
 * The deletion of an account by its owner: asked for, and done after a while in which they may change their mind. Owns
 * `account_deletions`. The last owner of the installation cannot go, neither when it is asked for nor when it is done.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'

/** How long a person may change their mind. */
export const deletionGraceDays = 14

/** When an account goes whose owner asks for it at this time. */
export function deletionDueAt(now: Date): Date {
  return new Date(now.getTime() + deletionGraceDays * 86_400_000)
}

/** A deletion that waits for its time. */
export interface PendingDeletion {
  readonly requestedAt: Date
  readonly dueAt: Date
}

/** Which account. */
export interface DeletionOf {
  readonly accountId: string
}

/** What came of asking for it. */
export type DeletionRequest = 'requested' | 'already_requested' | 'last_administrator' | 'not_found'

/** Asks for the deletion of an account. The caller ends its sessions in the same transaction. */
export function requestDeletion(db: Database, { accountId }: DeletionOf, act: Act): Promise<DeletionRequest> {
  return inTransaction(db, async (trx) => {
    const dueAt = deletionDueAt(act.now)
    const { numAffectedRows } = await sql`
      insert into account_deletions (account_id, requested_at, due_at)
      select a.id, ${act.now}, ${dueAt} from accounts a where a.id = ${accountId}
        and (not a.owner or exists (select from accounts other
          where other.owner and other.disabled_at is null and other.id <> a.id
            and not exists (select from account_deletions going where going.account_id = other.id)))
      on conflict do nothing`.execute(trx)
    if (numAffectedRows !== 1n) return whyNotRequested(trx, accountId)
    const target = { type: 'account', id: accountId } as const
    const details = { due_at: dueAt.toISOString() }
    await record(trx, { type: 'account.deletion_requested', target, details }, act)
    return 'requested'
  })
}

async function whyNotRequested(trx: Database, accountId: string): Promise<DeletionRequest> {
  if ((await findDeletion(trx, accountId)) !== undefined) return 'already_requested'
  const account = await trx.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst()
  return account === undefined ? 'not_found' : 'last_administrator'
}

/** Keeps an account that was to be deleted. */
export function cancelDeletion(
  db: Database,
  { accountId }: DeletionOf,
  act: Act,
): Promise<'cancelled' | 'not_requested'> {
  return inTransaction(db, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom('accountDeletions')
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'not_requested'
    const target = { type: 'account', id: accountId } as const
    await record(trx, { type: 'account.deletion_cancelled', target }, act)
    return 'cancelled'
  })
}

/** The deletion that waits, if one does. */
export async function findDeletion(db: Database, accountId: string): Promise<PendingDeletion | undefined> {
  return db
    .selectFrom('accountDeletions')
    .select(['requestedAt', 'dueAt'])
    .where('accountId', '=', accountId)
    .executeTakeFirst()
}

/** The accounts whose time has come, the earliest first. */
export async function dueDeletions(db: Database, now: Date): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('accountDeletions')
    .select('accountId')
    .where('dueAt', '<=', now)
    .orderBy('dueAt')
    .limit(100)
    .execute()
  return rows.map(({ accountId }) => accountId)
}

/** Takes a deletion that is due, so that whoever changes their mind at the same moment is either in time or too late. */
export async function takeDueDeletion(db: Database, { accountId }: DeletionOf, now: Date): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('accountDeletions')
    .where('accountId', '=', accountId)
    .where('dueAt', '<=', now)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}
