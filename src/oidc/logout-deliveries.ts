/**
 * Back-channel logout (OpenID Connect Back-Channel Logout 1.0), delivered by a queue: the person who signs out does not
 * wait for other people's servers, and a client that was down for a while is told when it is back.
 * Owns `logout_deliveries`.
 */
import { sql } from 'kysely'
import { record } from '../domain/audit/record.ts'
import { systemAct } from '../domain/audit/act.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'

/** One client to be told of one logout. */
export interface LogoutDelivery {
  readonly id: string
  readonly clientId: string
  readonly accountId: string | undefined
  readonly sid: string | undefined
  readonly attempts: number
}

/** Tells a client; rejects when it could not be told. */
export type DeliverLogout = (delivery: LogoutDelivery) => Promise<void>

/** After this many attempts, over about nine hours, a client is given up on. */
const mostAttempts = 12
// Longer than any delivery can take, so that no other instance takes it up meanwhile.
const leaseSeconds = 60
const batchSize = 20

/** Puts a logout in the queue. */
export async function enqueueLogout(
  db: Database,
  delivery: Omit<LogoutDelivery, 'attempts'>,
  now: Date,
): Promise<void> {
  const { id, clientId, accountId, sid } = delivery
  await db
    .insertInto('logoutDeliveries')
    .values({
      id,
      clientId,
      accountId: accountId ?? null,
      sid: sid ?? null,
      createdAt: now,
      nextAttemptAt: now,
    })
    .execute()
}

/** Delivers what is due; answers how many were tried. Any number of instances may do so at the same time. */
export async function deliverLogouts(
  { db, deliver }: { readonly db: Database; readonly deliver: DeliverLogout },
  now: Date,
): Promise<number> {
  const due = await claimDue(db, now)
  await Promise.all(due.map((delivery) => deliverOne({ db, deliver }, delivery, now)))
  return due.length
}

async function claimDue(db: Database, now: Date): Promise<LogoutDelivery[]> {
  const rows = await db
    .updateTable('logoutDeliveries')
    .set({
      attempts: sql`attempts + 1`,
      nextAttemptAt: new Date(now.getTime() + leaseSeconds * 1000),
    })
    .where('id', 'in', (due) =>
      due
        .selectFrom('logoutDeliveries')
        .select('id')
        .where('nextAttemptAt', '<=', now)
        .orderBy('nextAttemptAt')
        .limit(batchSize)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'clientId', 'accountId', 'sid', 'attempts'])
    .execute()
  return rows.map((row) => ({ ...row, accountId: row.accountId ?? undefined, sid: row.sid ?? undefined }))
}

async function deliverOne(
  { db, deliver }: { readonly db: Database; readonly deliver: DeliverLogout },
  delivery: LogoutDelivery,
  now: Date,
): Promise<void> {
  const problem = await deliver(delivery).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
  )
  if (problem !== undefined && delivery.attempts < mostAttempts)
    return postpone(db, delivery, { problem, now })
  await inTransaction(db, async (trx) => {
    const deleted = await trx.deleteFrom('logoutDeliveries').where('id', '=', delivery.id).executeTakeFirst()
    if (deleted.numDeletedRows === 0n) return
    await record(
      trx,
      {
        type: problem === undefined ? 'logout.delivered' : 'logout.undeliverable',
        target: { type: 'client', id: delivery.clientId },
        details: { account_id: delivery.accountId, attempts: delivery.attempts },
      },
      systemAct(now),
    )
  })
}

async function postpone(
  db: Database,
  { id, attempts }: LogoutDelivery,
  { problem, now }: { readonly problem: string; readonly now: Date },
): Promise<void> {
  // 5 s, 10 s, 20 s … up to an hour apart.
  const waitSeconds = Math.min(3600, 5 * 2 ** (attempts - 1)) * (attempts > 8 ? 4 : 1)
  await db
    .updateTable('logoutDeliveries')
    .set({ nextAttemptAt: new Date(now.getTime() + waitSeconds * 1000), lastProblem: problem.slice(0, 500) })
    .where('id', '=', id)
    .execute()
}

/** How the queue stands: how many logouts clients have not been told of, since when, and what the last problem was. */
export async function waitingLogouts(db: Database): Promise<{
  readonly waiting: number
  readonly oldest: Date | undefined
  readonly lastProblem: string | undefined
}> {
  const { rows } = await sql<{ waiting: number; oldest: Date | null; lastProblem: string | null }>`
    select count(*)::int as waiting, min(created_at) as oldest, (select last_problem from logout_deliveries
      where last_problem is not null order by created_at desc limit 1) as last_problem
    from logout_deliveries`.execute(db)
  const [row] = rows
  return {
    waiting: row?.waiting ?? 0,
    oldest: row?.oldest ?? undefined,
    lastProblem: row?.lastProblem ?? undefined,
  }
}
