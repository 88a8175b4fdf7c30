import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { ActivityKind } from './recorder.ts'

/** A span of time: `from` is included, `to` is not. */
export interface ActivitySpan {
  readonly from: Date
  readonly to: Date
}

/** How often something had one outcome within an hour. */
export interface HourOfActivity {
  readonly hour: Date
  readonly kind: ActivityKind
  readonly outcome: string
  readonly number: number
}

/** Whoever something was done for, and how often. */
export interface BusySubject {
  readonly subject: string
  readonly number: number
  /** How many of these were refused. */
  readonly denied: number
}

/** Everything by hour, kind and outcome, the oldest first. As much as has been written so far. */
export async function activityByHour(
  db: Database,
  { from, to }: ActivitySpan,
): Promise<readonly HourOfActivity[]> {
  const { rows } = await sql<HourOfActivity>`
    select hour, kind, outcome, sum(number)::float8 as number from activity_hours
    where hour >= ${from} and hour < ${to} group by hour, kind, outcome order by hour, kind, outcome`.execute(
    db,
  )
  return rows
}

/** For whom the most was done of a kind, the busiest first. */
export async function busiestSubjects(
  db: Database,
  { from, to, kind, limit }: ActivitySpan & { readonly kind: ActivityKind; readonly limit: number },
): Promise<readonly BusySubject[]> {
  const { rows } = await sql<BusySubject>`
    select subject, sum(number)::float8 as number,
      coalesce(sum(number) filter (where outcome <> 'allowed'), 0)::float8 as denied
    from activity_hours where hour >= ${from} and hour < ${to} and kind = ${kind} and subject <> ''
    group by subject order by sum(number) desc, subject limit ${limit}`.execute(db)
  return rows
}
