import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'

/** How a queue stands. */
export interface WaitingMails {
  readonly waiting: number
  /** Since when the oldest has waited. */
  readonly oldest: Date | undefined
  /** What the last attempt that failed was told. */
  readonly lastProblem: string | undefined
}

/** A mail to somebody that has not left yet. */
export interface WaitingMail {
  readonly kind: string
  readonly recipient: string
  readonly createdAt: Date
}

/** The mails of an account that have not left yet, without what is in them. */
export function waitingMailsOf(db: Database, accountId: string): Promise<readonly WaitingMail[]> {
  return db
    .selectFrom('mails')
    .select(['kind', 'recipient', 'createdAt'])
    .where('accountId', '=', accountId)
    .where('kind', '<>', 'nothing')
    .orderBy('createdAt')
    .execute()
}

/** Looks at the mails that have not left yet; those that are never sent are no mails. */
export async function waitingMails(db: Database): Promise<WaitingMails> {
  const { rows } = await sql<{ waiting: number; oldest: Date | null; lastProblem: string | null }>`
    select count(*)::int as waiting, min(created_at) as oldest,
      (select last_problem from mails where last_problem is not null order by created_at desc limit 1) as last_problem
    from mails where kind <> 'nothing'`.execute(db)
  const [row] = rows
  return {
    waiting: row?.waiting ?? 0,
    oldest: row?.oldest ?? undefined,
    lastProblem: row?.lastProblem ?? undefined,
  }
}
