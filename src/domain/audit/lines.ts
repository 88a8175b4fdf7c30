/** The audit log as lines of a file: JSON for programs, CSV for spreadsheets. */
import type { RecordedEvent } from './search.ts'

/** The forms of the file. */
export const exportFormats = ['csv', 'jsonl'] as const

/** One of them. */
export type ExportFormat = (typeof exportFormats)[number]

const columns = [
  'id',
  'occurred_at',
  'type',
  'actor_type',
  'actor_id',
  'target_type',
  'target_id',
  'address',
  'user_agent',
  'request_id',
  'details',
] as const

/** The text of the file, a batch at a time. */
export async function* linesOf(
  batches: AsyncIterable<readonly RecordedEvent[]>,
  format: ExportFormat,
): AsyncGenerator<string, void, undefined> {
  if (format === 'csv') yield `${columns.join(',')}\r\n`
  const line = format === 'csv' ? csvLine : jsonLine
  for await (const events of batches) yield events.map(line).join('')
}

function jsonLine(event: RecordedEvent): string {
  const { id, occurredAt, type, actor, target, address, userAgent, requestId, details } = event
  const json = {
    id,
    occurred_at: occurredAt.toISOString(),
    type,
    actor: { type: actor.type, id: actor.id ?? null },
    target: target === undefined ? null : { type: target.type, id: target.id ?? null },
    address: address ?? null,
    user_agent: userAgent ?? null,
    request_id: requestId ?? null,
    details,
  }
  return `${JSON.stringify(json)}\n`
}

function csvLine({ id, occurredAt, type, actor, target, ...event }: RecordedEvent): string {
  const cells = [
    String(id),
    occurredAt.toISOString(),
    type,
    actor.type,
    actor.id,
    target?.type,
    target?.id,
    event.address,
    event.userAgent,
    event.requestId,
    JSON.stringify(event.details),
  ]
  return `${cells.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`
}

/**
 * A cell (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front of it: a browser may call
 * itself anything, and a name of a file is a name of a command there.
 */
function csvCell(text: string): string {
  const safe = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
