import { readDetails } from '../../domain/audit/changes.ts'
import { auditEvents } from '../../domain/audit/events.ts'
import { findEvent, searchEvents } from '../../domain/audit/search.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { Refusal } from '../../platform/errors.ts'
import { auditEventContent } from '../../../views/admin/audit-event-page.ts'
import type { AuditEventProps } from '../../../views/admin/audit-event-page.ts'
import { auditContent } from '../../../views/admin/audit-page.ts'
import type { ShownEvent, ShownParty } from '../../../views/admin/audit-parts.ts'
import { exportEvents } from './audit-export.ts'
import { filtersOf, groupsOfTypes, readFilters, setFilters } from './audit-filters.ts'
import { keyPartyOf, partiesOf, textOf } from './audit-parties.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/audit'
const eventsOnPage = 25
const aroundMilliseconds = 10 * 60_000

async function showLog(visit: Visit): Promise<void> {
  const { db, query, frame, show } = visit
  const filters = filtersOf((name) => query.get(name))
  const { search, wrong } = await readFilters(db, filters)
  const after = placeOf(query)
  const { items, next } =
    wrong.length > 0
      ? { items: [], next: undefined }
      : await searchEvents(db, { ...search, after, limit: eventsOnPage })
  const partyOf = await partiesOf(visit, items)
  const set = setFilters(filters)
  const content = auditContent(frame, {
    filters,
    wrong,
    set,
    groups: groupsOfTypes(),
    events: items.map((event) => shownEvent(event, partyOf)),
    firstUrl: after === undefined ? undefined : addressOf(set),
    nextUrl: next === undefined ? undefined : addressOf({ ...set, after: next }),
  })
  show({ title: frame.messages.consoleAudit.title, current: path, content }, wrong.length > 0 ? 400 : 200)
}

async function showEvent(visit: Visit): Promise<void> {
  const { db, params, frame, show } = visit
  const event = await findEvent(db, params['id'] ?? '')
  if (event === undefined) throw new Refusal('not_found', 'There is no such event.')
  const { userAgent, requestId } = event
  const content = auditEventContent(frame, {
    event: { ...shownEvent(event, await partiesOf(visit, [event])), userAgent, requestId },
    details: readDetails(event.details),
    related: relatedTo(event),
  })
  show({ title: frame.messages.consoleAudit.title, current: path, content })
}

function shownEvent(
  event: RecordedEvent,
  partyOf: (party: RecordedEvent['actor']) => ShownParty,
): ShownEvent {
  const { id, occurredAt, type, actor, target, address } = event
  const byKey = keyPartyOf(event)
  const meanings: Readonly<Record<string, string>> = auditEvents
  const meaning = Object.hasOwn(meanings, type) ? (meanings[type] ?? type) : type
  return {
    id,
    occurredAt,
    type,
    meaning,
    actor: partyOf(actor),
    byKey: byKey && partyOf(byKey),
    target: target && partyOf(target),
    address,
  }
}

function relatedTo(event: RecordedEvent): AuditEventProps['related'] {
  const { actor, target, address, requestId, occurredAt } = event
  const at = (milliseconds: number) =>
    new Date(occurredAt.getTime() + milliseconds).toISOString().slice(0, 19)
  return [
    ...(actor.id === undefined
      ? []
      : [{ text: 'sameActor', url: addressOf({ actor: textOf(actor) }) } as const]),
    ...(target === undefined
      ? []
      : [{ text: 'sameTarget', url: addressOf({ target: textOf(target) }) } as const]),
    ...(requestId === undefined
      ? []
      : [{ text: 'sameRequest', url: addressOf({ request: requestId }) } as const]),
    ...(address === undefined ? [] : [{ text: 'sameAddress', url: addressOf({ address }) } as const]),
    {
      text: 'around',
      url: addressOf({ from: at(-aroundMilliseconds), until: at(aroundMilliseconds + 1000) }),
    },
  ]
}

/** A place that is none is the beginning: the list is still what was asked for. */
function placeOf(query: URLSearchParams): string | undefined {
  const after = query.get('after') ?? ''
  return /^\d{1,15}$/.test(after) ? after : undefined
}

function addressOf(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

/** The pages of the audit log. */
export const auditPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/audit', needs: 'audit:read', handle: showLog },
  { method: 'GET', path: '/audit/:id', needs: 'audit:read', handle: showEvent },
  { method: 'POST', path: '/audit/export', needs: 'audit:read', handle: exportEvents },
]
