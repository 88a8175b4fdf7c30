/**
 * The audit log as a file. It is read in batches and written as the receiver takes it, so a million events need no more
 * memory than a thousand, and the browser shows how far it is.
 */
import { Readable } from 'node:stream'
import { record } from '../../domain/audit/record.ts'
import { eachEvent } from '../../domain/audit/search.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { filtersOf, readFilters, setFilters } from './audit-filters.ts'
import type { Visit } from './route.ts'

type Format = 'csv' | 'jsonl'

const contentTypes: Readonly<Record<Format, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
}
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

/** Sends every event that the filters of the form find, and records that it did. */
export async function exportEvents({ db, ctx, form, act, now, leadTo }: Visit): Promise<void> {
  const format = form.fields['format']
  if (format !== 'csv' && format !== 'jsonl') return leadTo('/admin/audit')
  const filters = filtersOf((name) => form.fields[name])
  const { search, wrong } = await readFilters(db, filters)
  if (wrong.length > 0) return leadTo(`/admin/audit?${new URLSearchParams(setFilters(filters)).toString()}`)
  const said = Object.entries(setFilters(filters)).map(([name, value]) => `${name}=${value}`)
  await record(db, { type: 'audit.exported', details: { format, filters: said } }, act)
  const body = Readable.from(linesOf(eachEvent(db, search), format), { objectMode: false })
  // A file that ends early must not look whole: without the end of its encoding the browser says that it failed.
  body.on('error', () => ctx.res.destroy())
  ctx.status = 200
  ctx.set('Content-Type', contentTypes[format])
  ctx.set('Content-Disposition', `attachment; filename="audit-${now.toISOString().slice(0, 10)}.${format}"`)
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
}

/** The text of the file, a batch at a time. */
export async function* linesOf(
  batches: AsyncIterable<readonly RecordedEvent[]>,
  format: Format,
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
