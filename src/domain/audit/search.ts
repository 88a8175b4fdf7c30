import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { pageMembers } from '../../platform/db/page.ts'
import type { Page } from '../../platform/db/page.ts'
import { checkedText, isIdText } from '../../platform/text.ts'
import { auditEvents } from './events.ts'
import type { AuditEventType } from './events.ts'

/** An event as it was recorded. Its details have the names their writer chose. */
export interface RecordedEvent {
  readonly id: number
  readonly occurredAt: Date
  readonly type: string
  readonly actor: Party
  readonly target: Party | undefined
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly requestId: string | undefined
  readonly details: Readonly<Record<string, unknown>>
}

/** Who acted, or whom it was about. */
export interface Party {
  readonly type: string
  readonly id: string | undefined
}

const idText = checkedText((text) => (isIdText(text) ? undefined : 'is not an id'))
const eventTypes = Object.keys(auditEvents).filter((name): name is AuditEventType => name in auditEvents)

/** A search at the door: every member narrows it. `from` is included, `until` is not. */
export const eventSearch = z.strictObject({
  ...pageMembers,
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a place in this list')
    .optional(),
  type: z.enum(eventTypes, { error: 'is not a type of event' }).optional(),
  target: z
    .strictObject({
      type: z.enum(['account', 'client', 'api', 'api_key', 'role', 'grant', 'signing_key', 'session']),
      id: idText,
    })
    .optional(),
  actor: z
    .strictObject({
      type: z.enum(['account', 'client', 'operator', 'system', 'anonymous']),
      id: idText.optional(),
    })
    .optional(),
  /** Any of these types, for groups of them. */
  types: z.array(z.enum(eventTypes)).max(eventTypes.length).optional(),
  address: checkedText((text) =>
    /^[\da-fA-F.:]{2,45}$/.test(text) ? undefined : 'is not an address',
  ).optional(),
  requestId: idText.optional(),
  from: z.date().optional(),
  until: z.date().optional(),
})

/** A parsed search. */
export type EventSearch = Readonly<z.output<typeof eventSearch>>

/** A row of `eventColumns`. Only this room reads it. */
export interface EventRow {
  readonly id: number
  readonly occurredAt: Date
  readonly type: string
  readonly actorType: string
  readonly actorId: string | null
  readonly targetType: string | null
  readonly targetId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
  readonly details: unknown
}

/** The columns of an `EventRow`. */
export const eventColumns = `id, occurred_at, type, actor_type, actor_id, target_type, target_id, address, user_agent,
  request_id, details`

const storedDetails = z.record(z.string(), z.unknown())

/** A page of events, the newest first. */
export async function searchEvents(db: Database, search: EventSearch): Promise<Page<RecordedEvent>> {
  const rows = await readRows(db, search)
  const items = rows.slice(0, search.limit).map(eventOfRow)
  return { items, next: rows.length > search.limit ? String(items.at(-1)?.id) : undefined }
}

/** Every event that a search finds, in bounded batches, for exports. What is recorded meanwhile is not part of it. */
export async function* eachEvent(
  db: Database,
  search: Omit<EventSearch, 'limit' | 'after'>,
): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
  let after: string | undefined
  do {
    const rows = await readRows(db, { ...search, after, limit: batchSize - 1 })
    if (rows.length > 0) yield rows.map(eventOfRow)
    after = rows.length < batchSize ? undefined : String(rows.at(-1)?.id)
  } while (after !== undefined)
}

/** One event; undefined if there is none with this id. */
export async function findEvent(db: Database, id: string): Promise<RecordedEvent | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const { rows } = await sql<EventRow>`
    select ${sql.raw(eventColumns)} from audit_events where id = ${id}::bigint`.execute(db)
  return rows[0] && eventOfRow(rows[0])
}

const batchSize = 1000

/** One row more than asked for, which tells whether there are more. */
async function readRows(db: Database, search: EventSearch): Promise<EventRow[]> {
  // Within a span of time its own order is read, or an old month would be looked for from the newest event on.
  const order = isOfSpan(search) ? sql`occurred_at desc, id desc` : sql`id desc`
  const { rows } = await sql<EventRow>`
    select ${sql.raw(eventColumns)}
    from audit_events where ${sql.join(conditionsOf(search), sql` and `)}
    order by ${order} limit ${search.limit + 1}`.execute(db)
  return rows
}

function isOfSpan({ from, until }: Pick<EventSearch, 'from' | 'until'>): boolean {
  return from !== undefined || until !== undefined
}

function conditionsOf(search: EventSearch): RawBuilder<unknown>[] {
  const { after, type, types, target, actor, address, requestId, from, until } = search
  return [
    sql`true`,
    ...(after === undefined ? [] : [beyond(after, search)]),
    ...(types === undefined ? [] : [sql`type = any(${[...types]}::text[])`]),
    ...(address === undefined ? [] : [sql`address = ${address}`]),
    ...(requestId === undefined ? [] : [sql`request_id = ${requestId}`]),
    ...(type === undefined ? [] : [sql`type = ${type}`]),
    ...(target === undefined ? [] : [sql`target_type = ${target.type} and target_id = ${target.id}`]),
    ...(actor === undefined ? [] : [sql`actor_type = ${actor.type}`]),
    ...(actor?.id === undefined ? [] : [sql`actor_id = ${actor.id}`]),
    ...(from === undefined ? [] : [sql`occurred_at >= ${from}`]),
    ...(until === undefined ? [] : [sql`occurred_at < ${until}`]),
  ]
}

/** Events are never removed, so the place is an event, and its time is where it was. */
function beyond(after: string, search: EventSearch): RawBuilder<unknown> {
  if (!isOfSpan(search)) return sql`id < ${after}::bigint`
  return sql`(occurred_at, id) < (select occurred_at, id from audit_events where id = ${after}::bigint)`
}

/** The event of a row. */
export function eventOfRow(row: EventRow): RecordedEvent {
  const { id, occurredAt, type, actorType, actorId, targetType, targetId } = row
  return {
    id,
    occurredAt,
    type,
    actor: { type: actorType, id: actorId ?? undefined },
    target: targetType === null ? undefined : { type: targetType, id: targetId ?? undefined },
    address: row.address ?? undefined,
    userAgent: row.userAgent ?? undefined,
    requestId: row.requestId ?? undefined,
    details: storedDetails.parse(row.details),
  }
}
