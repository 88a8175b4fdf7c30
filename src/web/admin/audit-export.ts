/**
 * The audit log as a file. It is read in batches and written as the receiver takes it, so a million events need no more
 * memory than a thousand, and the browser shows how far it is.
 */
import { Readable } from 'node:stream'
import { exportFormats, linesOf } from '../../domain/audit/lines.ts'
import type { ExportFormat } from '../../domain/audit/lines.ts'
import { record } from '../../domain/audit/record.ts'
import { eachEvent } from '../../domain/audit/search.ts'
import { filtersOf, readFilters, setFilters } from './audit-filters.ts'
import type { Visit } from './route.ts'

const contentTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
}

/** Sends every event that the filters of the form find, and records that it did. */
export async function exportEvents({ db, ctx, form, act, now, leadTo }: Visit): Promise<void> {
  const format = exportFormats.find((each) => each === form.fields['format'])
  if (format === undefined) return leadTo('/admin/audit')
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
