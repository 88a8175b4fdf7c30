/** What pages about API keys have in common. */
import { moment } from '../components/app-parts.ts'
import { outsideAddress } from '../components/card.ts'
import { copyButton } from '../components/copy.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fillText, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** Whoever a key stands for, as pages name them. */
export interface ShownOwner {
  readonly type: 'account' | 'client'
  readonly id: string
  /** The email of an account, the name of a client; the id if there is none. */
  readonly name: string
  readonly isDisabled: boolean
}

/** What a key is by itself. */
export type ShownState = 'active' | 'disabled' | 'expired' | 'revoked'

/** The state of a key, in words and colour. */
export function stateBadge({ consoleKeys: texts }: Messages, state: ShownState): Html {
  const kinds = { active: 'success', disabled: 'problem', expired: 'quiet', revoked: 'quiet' } as const
  return html`<span class="badge ${kinds[state]}">${texts[state]}</span>`
}

/** A link to the page of an owner. */
export function ownerLink({ type, id, name }: ShownOwner): Html {
  const url = `/admin/${type}s/${encodeURIComponent(id)}`
  return html`<a href="${url}">${outsideAddress(name)}</a>`
}

/** A time, or the word for there being none. */
export function momentOr(messages: Messages, time: Date | undefined, otherwise: string): HtmlValue {
  return time === undefined ? otherwise : moment(messages, time)
}

/** A number as it is written in the reader's language. */
export function numberText({ language }: Messages, number: number): string {
  return new Intl.NumberFormat(language).format(number)
}

/** A rate limit, as pages show it. */
export interface ShownRate {
  readonly requests: number
  readonly seconds: number
  readonly burst?: number | undefined
}

/** "100 requests in 1 minute", and how many of them in one go where that is less. */
export function rateText(messages: Messages, { requests, seconds, burst }: ShownRate): string {
  const { rateText: all, rateBurstText } = messages.consoleKey
  return fillText(burst === undefined ? all : rateBurstText, {
    requests: numberText(messages, requests),
    time: lengthOfTime(messages, seconds),
    ...(burst !== undefined && { burst: numberText(messages, burst) }),
  })
}

/** "1,000 requests a day". */
export function quotaText(
  messages: Messages,
  { requests, period }: { readonly requests: number; readonly period: 'day' | 'month' },
): string {
  const { quotaDayText, quotaMonthText } = messages.consoleKey
  return fillText(period === 'day' ? quotaDayText : quotaMonthText, {
    requests: numberText(messages, requests),
  })
}

/** A command to be copied, with a button that does so where there is a script. */
export function snippet(
  messages: Messages,
  { id, text, label }: { readonly id: string; readonly text: string; readonly label: string },
): Html {
  return html`<div class="snippet">
    <pre
      tabindex="0"
      role="region"
      ${attributes({ 'aria-label': label })}
    ><code ${attributes({ id })}>${text}</code></pre>
    ${copyButton(messages, id)}
  </div>`
}
