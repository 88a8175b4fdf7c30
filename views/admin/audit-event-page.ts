import { dataTable, factList, moment, pageHeading, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { partyText, sentenceOf } from './audit-parts.ts'
import type { ShownEvent } from './audit-parts.ts'
import type { ConsoleFrame } from './frame.ts'

/** One event with everything that was kept of it. */
export interface AuditEventProps {
  readonly event: ShownEvent & {
    readonly userAgent: string | undefined
    readonly requestId: string | undefined
  }
  readonly details: ShownDetails
  /** Searches that lead on from here. */
  readonly related: readonly {
    readonly text: 'sameActor' | 'sameTarget' | 'sameRequest' | 'sameAddress' | 'around'
    readonly url: string
  }[]
}

/** What an event says in its details. */
export interface ShownDetails {
  readonly changes: readonly {
    readonly member: string
    readonly before: string | undefined
    readonly after: string | undefined
  }[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly others: readonly (readonly [name: string, value: string])[]
}

/** The page of one event. */
export function auditEventContent(frame: ConsoleFrame, { event, details, related }: AuditEventProps): Html {
  const { messages } = frame
  const { consoleAudit: texts } = messages
  return html`${pageHeading({
    title: fillText(texts.eventTitle, { id: event.id }),
    lead: sentenceOf(messages, event),
    back: { text: texts.back, url: '/admin/audit' },
  })}
  ${panel({ id: 'facts', title: texts.facts, content: factList(factsOf(messages, event)) })}
  ${hasChanges(details) && changesPanel(messages, details)}
  ${
    details.others.length > 0 &&
    panel({
      id: 'details',
      title: texts.details,
      content: factList(details.others.map(([name, value]) => [name, html`<code>${value}</code>`])),
    })
  }
  ${panel({
    id: 'related',
    title: texts.related,
    content: html`<ul class="plain-list">
      ${related.map(({ text, url }) => html`<li><a href="${url}">${texts[text]}</a></li>`)}
    </ul>`,
  })}`
}

function factsOf(messages: Messages, event: AuditEventProps['event']): (readonly [string, HtmlValue])[] {
  const { consoleAudit: texts } = messages
  const facts: readonly (readonly [string, HtmlValue])[] = [
    [texts.type, html`<code>${event.type}</code>`],
    [
      texts.when,
      html`${moment(messages, event.occurredAt)}
        <code class="under">${event.occurredAt.toISOString()}</code>`,
    ],
    [texts.by, partyText(messages, event.actor)],
    [texts.byKey, event.byKey && partyText(messages, event.byKey)],
    [texts.on, event.target && partyText(messages, event.target)],
    [texts.address, event.address && html`<code>${event.address}</code>`],
    [texts.userAgent, event.userAgent],
    [texts.request, event.requestId && html`<code>${event.requestId}</code>`],
  ]
  return facts.filter(([, value]) => value !== undefined)
}

function hasChanges({ changes, added, removed }: ShownDetails): boolean {
  return changes.length + added.length + removed.length > 0
}

function changesPanel(messages: Messages, { changes, added, removed }: ShownDetails): Html {
  const { consoleAudit: texts } = messages
  const value = (text: string | undefined, kind: 'before' | 'after') =>
    text === undefined
      ? html`<span class="party-kind">${texts.notKept}</span>`
      : kind === 'before'
        ? html`<del class="diff">${text}</del>`
        : html`<ins class="diff">${text}</ins>`
  const list = (label: string, items: readonly string[], kind: 'before' | 'after') =>
    items.length > 0 &&
    html`<p class="diff-list">
      <strong>${label}</strong> ${items.map((item) => html`${value(item, kind)} `)}
    </p>`
  return panel({
    id: 'changes',
    title: texts.changes,
    description: texts.changesLead,
    content: html`${
      changes.length > 0 &&
      dataTable({
        caption: texts.changes,
        columns: [texts.member, texts.before, texts.after],
        rows: changes.map(({ member, before, after }) => [
          html`<strong>${member}</strong>`,
          value(before, 'before'),
          value(after, 'after'),
        ]),
      })
    }
    ${list(texts.added, added, 'after')} ${list(texts.removed, removed, 'before')}`,
  })
}
