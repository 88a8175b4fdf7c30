/** The audit log at the command line. */
import { auditEvents } from '../domain/audit/events.ts'
import { exportFormats, linesOf } from '../domain/audit/lines.ts'
import { record } from '../domain/audit/record.ts'
import { eachEvent, eventSearch, searchEvents } from '../domain/audit/search.ts'
import type { Party, RecordedEvent } from '../domain/audit/search.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { defineCommand } from './command.ts'
import { choice, text, time } from './option.ts'
import type { Given } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { emptyText, listing, pageOptions } from './listing.ts'
import { table } from './output.ts'

const filterOptions = {
  type: text('type', 'The type of event, such as account.disabled; audit types lists them.'),
  target: text('kind:id', 'Whom it was about, such as account:acc_4fTq.'),
  actor: text('kind[:id]', 'Who did it, such as operator or account:acc_4fTq.'),
  from: time('Only what happened at this time or later.'),
  until: time('Only what happened before this time.'),
}

const list = defineCommand({
  words: 'audit list',
  summary: 'Lists what happened, the newest first.',
  options: { ...pageOptions, ...filterOptions },
  examples: [
    'audit list --limit 50',
    'audit list --type sign_in.failed --from 2026-11-01T00:00:00Z',
    'audit list --target client:client_4fTq',
  ],
  run: async (context, given) => {
    const filters = filtersOf(given)
    const { limit, after } = given
    const search = parseOrRefuse(eventSearch, { limit, after, ...filters }, 'invalid_request')
    const searched = Object.values(filters).some((filter) => filter !== undefined)
    return listing({
      page: await searchEvents(await context.openDatabase(), search),
      columns: ['time', 'event', 'by', 'about', 'address', 'details'],
      row: (event) => [
        event.occurredAt,
        event.type,
        partyText(event.actor),
        event.target && partyText(event.target),
        event.address,
        detailsText(event),
      ],
      json: eventJson,
      empty: emptyText(searched, 'Nothing has been recorded yet.'),
      more: 'audit list',
    })
  },
})

const exportCommand = defineCommand({
  words: 'audit export',
  summary: 'Writes what happened as a file, the newest first, whole or what the options find.',
  notes: ['It is read in batches, so it may be of any size. That it was exported is recorded.'],
  options: {
    ...filterOptions,
    format: choice(exportFormats, 'An event a line as JSON, unless given.'),
  },
  examples: [
    'audit export > audit.jsonl',
    'audit export --format csv --from 2026-11-01T00:00:00Z > audit.csv',
  ],
  run: async (context, { format = 'jsonl', ...given }) => {
    const search = parseOrRefuse(eventSearch, filtersOf(given), 'invalid_request')
    const db = await context.openDatabase()
    const said = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value instanceof Date ? value.toISOString() : value}`],
    )
    await record(db, { type: 'audit.exported', details: { format, filters: said } }, context.act)
    return { json: null, blocks: [], stream: linesOf(eachEvent(db, search), format) }
  },
})

const types = defineCommand({
  words: 'audit types',
  summary: 'Lists the types of event and when each is written.',
  examples: ['audit types'],
  run: async () => {
    const entries = Object.entries(auditEvents)
    return {
      json: { items: entries.map(([type, meaning]) => ({ type, meaning })), next: null },
      blocks: [table(['type', 'written when'], entries)],
    }
  },
})

/** The commands about the audit log. */
export const auditCommands: readonly Command[] = [list, exportCommand, types]

function filtersOf(given: Given<typeof filterOptions>) {
  const { type, target, actor, from, until } = given
  return { type, target: readParty('target', target), actor: readParty('actor', actor), from, until }
}

function readParty(option: string, text: string | undefined) {
  if (text === undefined) return undefined
  const [type = '', id, ...rest] = text.split(':')
  if (rest.length > 0 || (option === 'target' && id === undefined)) {
    throw new CliError('usage', `--${option} must be a kind and an id, such as account:acc_4fTq.`)
  }
  return id === undefined ? { type } : { type, id }
}

function partyText({ type, id }: Party): string {
  return id === undefined ? type : `${type} ${id}`
}

function detailsText({ details }: RecordedEvent): string | undefined {
  const parts = Object.entries(details).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return parts.length === 0 ? undefined : parts.join(' ')
}

function eventJson(event: RecordedEvent) {
  return {
    id: event.id,
    occurred_at: event.occurredAt,
    type: event.type,
    actor: { type: event.actor.type, id: event.actor.id ?? null },
    target: event.target === undefined ? null : { type: event.target.type, id: event.target.id ?? null },
    address: event.address ?? null,
    user_agent: event.userAgent ?? null,
    request_id: event.requestId ?? null,
    details: event.details,
  }
}
