import { wholeCode } from '../components/card.ts'
import { html } from '../html.ts'
import type { HtmlValue } from '../html.ts'
import { lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** What a setting may be. Of a secret only whether it is set is ever known here. */
export type SettingValue =
  | string
  | number
  | boolean
  | undefined
  | readonly string[]
  | { readonly seconds: number }
  | { readonly isSet: boolean }

/** Settings by the names of the environment. */
export type ShownSettings = Readonly<Record<string, SettingValue>>

// What is longer has a line of its own on a phone.
const longValue = 18

/** The value as people read it. */
export function settingText(messages: Messages, value: SettingValue): HtmlValue {
  const { console, consoleSettings: texts } = messages
  if (value === undefined || value === '') return html`<span class="party-kind">${texts.notSet}</span>`
  if (typeof value === 'boolean') return value ? console.yes : console.no
  // As it is written in the environment.
  if (typeof value === 'string' && value.length > longValue) return wholeCode(value)
  if (typeof value === 'number' || typeof value === 'string') return html`<code>${value}</code>`
  if ('seconds' in value) {
    return value.seconds === 0
      ? texts.atOnce
      : html`${lengthOfTime(messages, value.seconds)}
          <span class="party-kind">(<code>${value.seconds}</code>)</span>`
  }
  if ('isSet' in value) return value.isSet ? texts.setNotShown : texts.notSet
  if (value.length === 0) return html`<span class="party-kind">${texts.notSet}</span>`
  return html`${value.map((item, index) => html`${index > 0 && html`<br />`}<code>${item}</code>`)}`
}
