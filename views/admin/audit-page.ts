import { alert } from '../components/alert.ts'
import { dataTable, emptyState, moment, pageHeading, pager, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { breakableName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { actorText, partyText, sentenceOf } from './audit-parts.ts'
import type { ShownEvent } from './audit-parts.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, sheet } from './parts.ts'

/** The filters as they were typed. */
export type TypedFilters = Readonly<
  Record<'type' | 'actor' | 'target' | 'address' | 'request' | 'from' | 'until', string>
>

/** What the page of the log shows. */
export interface AuditPageProps {
  readonly filters: TypedFilters
  /** The filters that made no sense. */
  readonly wrong: readonly (keyof TypedFilters)[]
  /** The filters that are set, for the export. */
  readonly set: Readonly<Record<string, string>>
  /** Types by group, each with the sentence of the inventory. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly events: readonly ShownEvent[]
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

const path = '/admin/audit'

/** The page of the audit log. */
export function auditContent(frame: ConsoleFrame, props: AuditPageProps): Html {
  const { messages } = frame
  const { consoleAudit: texts } = messages
  const { events, wrong, firstUrl, nextUrl } = props
  return html`${pageHeading({ title: texts.title, lead: texts.lead })} ${filterForm(messages, props)}
  ${wrong.length > 0 && alert({ kind: 'problem', content: wrongText(messages, wrong) })}
  ${
    events.length === 0
      ? wrong.length === 0 && nothing(messages, props)
      : html`${sheet(eventTable(messages, events))} ${pager(messages, { first: firstUrl, next: nextUrl })}
        ${exportPanel(frame, props)}`
  }`
}

function nothing({ console, consoleAudit }: Messages, { set }: AuditPageProps): Html {
  if (Object.keys(set).length === 0) return emptyState(consoleAudit.empty)
  return emptyState(
    console.nothingFound,
    html`<a class="button secondary" href="${path}">${console.clear}</a>`,
  )
}

function wrongText({ consoleAudit }: Messages, wrong: AuditPageProps['wrong']): string {
  return fillText(consoleAudit.notUnderstood, { fields: wrong.map((name) => consoleAudit[name]).join(', ') })
}

function eventTable(messages: Messages, events: readonly ShownEvent[]): Html {
  const { consoleAudit: texts } = messages
  return dataTable({
    caption: texts.title,
    columns: [texts.when, texts.type, texts.by, texts.on, texts.via],
    rows: events.map((event) => [
      moment(messages, event.occurredAt),
      html`<span class="event"
        ><a href="${`${path}/${event.id}`}">${sentenceOf(messages, event)}</a
        ><code class="event-type">${breakableName(event.type)}</code></span
      >`,
      actorText(messages, event),
      event.target && partyText(messages, event.target),
      event.address && html`<code class="network-address">${event.address}</code>`,
    ]),
  })
}

function filterForm(messages: Messages, props: AuditPageProps): Html {
  const { console, consoleAudit: texts } = messages
  const { filters, set } = props
  const field = (name: keyof TypedFilters, extra: Readonly<Record<string, string>> = {}) =>
    html`<label class="filter"
      ><span class="filter-label">${texts[name]}</span
      ><input
        ${attributes({
          class: 'input',
          type: 'search',
          name,
          value: filters[name],
          autocomplete: 'off',
          spellcheck: 'false',
          'aria-invalid': props.wrong.includes(name) && 'true',
          ...extra,
        })}
    /></label>`
  return html`<form class="filters" method="get" action="${path}" role="search">
    ${typeSelect(messages, props)} ${field('actor', { title: texts.actorHint })}
    ${field('target', { title: texts.targetHint })} ${field('address')} ${field('request')}
    ${field('from', { type: 'datetime-local' })} ${field('until', { type: 'datetime-local' })}
    <div class="filter-buttons">
      <button class="button secondary" type="submit">${console.search}</button>
      ${Object.keys(set).length > 0 && html`<a class="button quiet" href="${path}">${console.clear}</a>`}
    </div>
  </form>`
}

function typeSelect(messages: Messages, { filters, groups }: AuditPageProps): Html {
  const { consoleAudit: texts } = messages
  const option = (value: string, text: string) =>
    html`<option ${attributes({ value, selected: value === filters.type })}>${text}</option>`
  return html`<label class="filter"
    ><span class="filter-label">${texts.type}</span>
    <select class="input select" name="type">
      ${option('', texts.anyType)}
      ${[...groups].map(
        ([group, types]) =>
          html`<optgroup label="${group}">
            ${types.length > 1 && option(`${group}.*`, fillText(texts.whole, { group }))}
            ${types.map((type) => option(type, type))}
          </optgroup>`,
      )}
    </select></label
  >`
}

function exportPanel(frame: ConsoleFrame, { set }: AuditPageProps): Html {
  const { consoleAudit: texts } = frame.messages
  return panel({
    id: 'export',
    title: texts.export,
    description: texts.exportLead,
    content: consoleForm(frame, {
      action: `${path}/export`,
      hidden: set,
      content: html`<div class="button-row">
        ${button({ text: texts.csv, kind: 'secondary', name: 'format', value: 'csv' })}
        ${button({ text: texts.jsonl, kind: 'secondary', name: 'format', value: 'jsonl' })}
      </div>`,
    }),
  })
}
