/**
 * The audit log: what happened, to whom, by whom, from where, when.
 * Owns `audit_events`. Rows are only ever added, in the transaction of the change they tell of: no event, no change.
 * Details are small, public facts; a secret, a password or a token never enters them.
 */
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import type { Act } from './act.ts'
import type { AuditEventType } from './events.ts'

/** What happened, and to whom. */
export interface AuditEvent {
  readonly type: AuditEventType
  readonly target?: { readonly type: AuditTarget; readonly id: string }
  readonly details?: Readonly<Record<string, AuditDetail>>
}

/** The kinds of thing an event can be about. */
export type AuditTarget =
  | 'account'
  | 'client'
  | 'api'
  | 'api_key'
  | 'role'
  | 'grant'
  | 'signing_key'
  | 'session'

/** What a detail may hold: plain values and lists of them. */
export type AuditDetail = string | number | boolean | null | undefined | readonly string[]

/** An event as a row, ready to be inserted by whoever joins it to other writes. */
export interface AuditRow {
  readonly occurredAt: Date
  readonly type: AuditEventType
  readonly actorType: Act['actor']['type']
  readonly actorId: string | null
  readonly targetType: AuditTarget | null
  readonly targetId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
  readonly details: string
}

const insertEvent = statement(
  'audit_record',
  `insert into audit_events
    (occurred_at, type, actor_type, actor_id, target_type, target_id, address, user_agent, request_id, details)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
)

/** Records one event in the caller's transaction. */
export async function record(db: Database, event: AuditEvent, act: Act): Promise<void> {
  const row = auditRow(event, act)
  await run(db, insertEvent, [
    row.occurredAt,
    row.type,
    row.actorType,
    row.actorId,
    row.targetType,
    row.targetId,
    row.address,
    row.userAgent,
    row.requestId,
    row.details,
  ])
}

/** The row for an event: `details` is JSON text. Hostile text is bounded, and NUL, which PostgreSQL refuses, replaced. */
export function auditRow(event: AuditEvent, act: Act): AuditRow {
  const { actor } = act
  return {
    occurredAt: act.now,
    type: event.type,
    actorType: actor.type,
    actorId: 'id' in actor ? storable(actor.id, 200) : null,
    targetType: event.target?.type ?? null,
    targetId: event.target === undefined ? null : storable(event.target.id, 200),
    address: act.address ?? null,
    userAgent: act.userAgent === undefined ? null : storable(act.userAgent, 400),
    requestId: act.requestId ?? null,
    details: JSON.stringify(storableDetails({ ...event.details, by_key: act.keyId })),
  }
}

function storableDetails(details: Readonly<Record<string, AuditDetail>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, storableDetail(value)] as const),
  )
}

function storableDetail(value: AuditDetail): unknown {
  if (typeof value === 'string') return storable(value, 1000)
  if (Array.isArray(value)) return value.slice(0, 200).map((item: string) => storable(item, 300))
  return value
}

// PostgreSQL stores neither U+0000 nor half a surrogate pair; a request with one must not turn into a failed insert.
function storable(text: string, maximumLength: number): string {
  return text.slice(0, maximumLength).toWellFormed().replaceAll('\u0000', '\uFFFD')
}
