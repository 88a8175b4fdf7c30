import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { eventColumns, eventOfRow } from './search.ts'
import type { EventRow, RecordedEvent } from './search.ts'

/** Where a person's own list goes on, at the door. */
export const activityQuery = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .catch(undefined),
})

/** Whose activity, and from where on. */
export interface ActivityQuery {
  readonly accountId: string
  readonly after?: string | undefined
  readonly limit: number
}

/** What happened to an account and what it did, the newest first. */
export async function activityOf(
  db: Database,
  { accountId, after, limit }: ActivityQuery,
): Promise<Page<RecordedEvent>> {
  const before = after === undefined ? sql`true` : sql`id < ${after}::bigint`
  // Two index scans that end early, instead of everything the account was ever part of.
  const { rows } = await sql<EventRow>`
    select * from (
      (select ${sql.raw(eventColumns)} from audit_events
        where target_type = 'account' and target_id = ${accountId} and ${before} order by id desc limit ${limit + 1})
      union
      (select ${sql.raw(eventColumns)} from audit_events
        where actor_type = 'account' and actor_id = ${accountId} and ${before} order by id desc limit ${limit + 1})
    ) events order by id desc limit ${limit + 1}`.execute(db)
  const items = rows.slice(0, limit).map(eventOfRow)
  return { items, next: rows.length > limit ? String(items.at(-1)?.id) : undefined }
}
