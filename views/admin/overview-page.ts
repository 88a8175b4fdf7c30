import { linkButton } from '../components/button.ts'
import { dataTable, emptyState, pageHeading, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText, timeFormat } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { numberText } from './key-parts.ts'
import { barChart, tiles } from './charts.ts'

/** A count for each hour of the span, the oldest first. */
export type Series = readonly { readonly hour: Date; readonly number: number }[]

/** Whoever was served most. */
export interface ShownCaller {
  readonly name: string
  /** Undefined where whoever looks may not see more. */
  readonly url: string | undefined
  readonly verified: number
  readonly refused: number
}

/** What the first page shows. */
export interface OverviewProps {
  readonly span: 'day' | 'week'
  readonly signIns: Series
  readonly failedSignIns: number
  readonly tokens: Series
  readonly verifications: Series
  readonly denials: Series
  readonly callers: readonly ShownCaller[]
  readonly keys: readonly ShownCaller[]
}

/** The content of the first page. */
export function overviewContent(frame: ConsoleFrame, props: OverviewProps): Html {
  const { messages } = frame
  const texts = messages.consoleOverview
  const { span, signIns, tokens, verifications, denials } = props
  const charts = [
    [texts.signInsOverTime, signIns],
    [texts.tokensOverTime, tokens],
    [texts.verificationsOverTime, verifications],
    [texts.denialsOverTime, denials],
  ] as const
  return html`${pageHeading({
      title: texts.title,
      lead: fillText(texts.lead, { days: texts[span] }),
      action: spans(messages, span),
    })}
    ${numbers(messages, props)}
    <div class="chart-grid">
      ${charts.map(([title, series], index) => panel({ id: `chart-${index}`, title, content: chart(messages, title, series) }))}
    </div>
    ${busiest(frame, props)}`
}

function spans({ consoleOverview: texts }: Messages, chosen: OverviewProps['span']): Html {
  return html`<nav class="segments" aria-label="${texts.span}">
    ${(['day', 'week'] as const).map((span) =>
      span === chosen
        ? html`<a href="${`/admin?span=${span}`}" aria-current="true">${texts[span]}</a>`
        : html`<a href="${`/admin?span=${span}`}">${texts[span]}</a>`,
    )}
  </nav>`
}

function numbers(messages: Messages, props: OverviewProps): Html {
  const { consoleOverview: texts } = messages
  const number = new Intl.NumberFormat(messages.language)
  const share = new Intl.NumberFormat(messages.language, { style: 'percent', maximumFractionDigits: 1 })
  const verified = total(props.verifications)
  const denied = total(props.denials)
  return tiles([
    {
      label: texts.signIns,
      value: number.format(total(props.signIns)),
      hint: fillText(texts.failedSignIns, { count: number.format(props.failedSignIns) }),
    },
    { label: texts.tokens, value: number.format(total(props.tokens)) },
    { label: texts.verifications, value: number.format(verified) },
    {
      label: texts.denials,
      value: number.format(denied),
      hint: fillText(texts.deniedShare, { share: share.format(verified === 0 ? 0 : denied / verified) }),
    },
  ])
}

function chart(messages: Messages, title: string, series: Series): Html {
  const { consoleOverview: texts } = messages
  const label = timeFormat(messages, { weekday: 'short', hour: '2-digit', minute: '2-digit' })
  return barChart({
    title,
    points: series.map(({ hour, number }) => ({ label: label.format(hour), value: number })),
    columns: [texts.hour, texts.number],
    tableLabel: texts.asText,
  })
}

function busiest(frame: ConsoleFrame, { callers, keys }: OverviewProps): Html {
  const { messages } = frame
  const { consoleOverview: texts } = messages
  if (callers.length === 0) {
    const connect = frame.may('clients:read')
      ? linkButton({ text: texts.connect, url: '/admin/clients' })
      : undefined
    return emptyState(texts.nothing, connect)
  }
  const table = (caption: string, name: string, shown: readonly ShownCaller[]): Html =>
    dataTable({
      caption,
      columns: [name, texts.verified, texts.refused],
      rows: shown.map((caller) => [
        caller.url === undefined ? caller.name : html`<a href="${caller.url}">${caller.name}</a>`,
        numberText(messages, caller.verified),
        numberText(messages, caller.refused),
      ]),
    })
  return html`${panel({
    id: 'callers',
    title: texts.topCallers,
    description: texts.topCallersLead,
    content: table(texts.topCallers, texts.caller, callers),
  })}
  ${
    keys.length > 0 &&
    panel({
      id: 'keys',
      title: texts.topKeys,
      description: texts.topKeysLead,
      content: table(texts.topKeys, texts.key, keys),
    })
  }`
}

function total(series: Series): number {
  return series.reduce((sum, { number }) => sum + number, 0)
}
