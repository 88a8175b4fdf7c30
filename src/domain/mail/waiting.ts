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
