/** How a key was used, as charts and as numbers. */
import { dataTable, emptyState } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { timeFormat } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { numberText } from './key-parts.ts'
import { barChart } from './charts.ts'

/** The spans that can be looked at. */
export const usageSpans = ['day', 'month', 'quarter'] as const

/** One of them. */
export type UsageSpan = (typeof usageSpans)[number]

/** Uses over time; the oldest first, also where nothing happened. */
export interface KeyUsageProps {
  readonly span: UsageSpan
  readonly points: readonly { readonly at: Date; readonly allowed: number; readonly refused: number }[]
  readonly outcomes: readonly { readonly outcome: string; readonly number: number }[]
}

/** The charts with the choice of their span. */
export function keyUsage(messages: Messages, keyId: string, usage: KeyUsageProps): Html {
  const { consoleKey: texts } = messages
  const { span, points, outcomes } = usage
  const chart = (title: string, value: (point: (typeof points)[number]) => number): Html =>
    barChart({
      title,
      points: points.map((point) => ({ label: labelOf(messages, point.at, span), value: value(point) })),
      columns: [span === 'day' ? texts.hour : texts.day, texts.number],
      tableLabel: texts.asText,
    })
  return html`${spanChoice(messages, keyId, span)}
  ${
    outcomes.length === 0
      ? emptyState(texts.noUse)
      : html`<div class="chart-pair">
            ${chart(texts.allowed, ({ allowed }) => allowed)}
            ${chart(texts.refused, ({ refused }) => refused)}
          </div>
          ${dataTable({
            caption: texts.usage,
            columns: [texts.outcome, texts.number],
            rows: outcomes.map(({ outcome, number }) => [
              outcomeText(messages, outcome),
              numberText(messages, number),
            ]),
          })}`
  }`
}

function spanChoice({ consoleKey: texts }: Messages, keyId: string, chosen: UsageSpan): Html {
  const names = { day: texts.spanDay, month: texts.spanMonth, quarter: texts.spanQuarter }
  return html`<nav class="segments" aria-label="${texts.span}">
    ${usageSpans.map((span) => {
      const url = `/admin/keys/${keyId}?span=${span}#usage`
      return span === chosen
        ? html`<a href="${url}" aria-current="true">${names[span]}</a>`
        : html`<a href="${url}">${names[span]}</a>`
    })}
  </nav>`
}

function labelOf(messages: Messages, at: Date, span: UsageSpan): string {
  const style =
    span === 'day'
      ? ({ weekday: 'short', hour: '2-digit', minute: '2-digit' } as const)
      : ({ day: 'numeric', month: 'short' } as const)
  return timeFormat(messages, style).format(at)
}

function outcomeText({ consoleKey: texts }: Messages, outcome: string): string {
  const names: Readonly<Record<string, string>> = {
    allowed: texts.outcomeAllowed,
    address_not_allowed: texts.outcomeAddress,
    insufficient_scope: texts.outcomeScope,
    rate_limited: texts.outcomeRate,
    quota_exceeded: texts.outcomeQuota,
  }
  return (Object.hasOwn(names, outcome) ? names[outcome] : undefined) ?? outcome
}
