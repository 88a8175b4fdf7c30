/** The fields of an API key, for making one and for changing it. */
import { fieldError, textField } from '../components/field.ts'
import { textArea } from '../components/text-area.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { selectField, ticks } from './parts.ts'
import { numberText } from './key-parts.ts'

/** When a key ends, as the form says it. */
export const keyExpiries = ['30', '90', '180', '365', 'never'] as const

/** What was typed, as it was typed. */
export interface KeyFormValues {
  readonly name: string
  readonly scopes: readonly string[]
  /** One of `keyExpiries`, or `keep` where there is something to keep. */
  readonly expiry: string
  readonly addresses: string
  readonly rateRequests: string
  readonly rateSeconds: string
  readonly rateBurst: string
  readonly quotaRequests: string
  readonly quotaPeriod: string
}

/** What is wrong with it, by field: the sentence that says so. */
export type KeyFormProblems = Readonly<
  Partial<Record<'name' | 'scopes' | 'expiry' | 'addresses' | 'rate' | 'quota', string>>
>

/** A scope that can be ticked. */
export interface OfferedScope {
  readonly name: string
  readonly description: string
}

/** A scope that cannot, or no longer, and why. */
export interface WithheldScope extends OfferedScope {
  readonly why: string
  /** It has it already, so it may be left where it is. */
  readonly isHeldByKey: boolean
}

/** Everything the fields show. */
export interface KeyFieldsProps {
  readonly values: KeyFormValues
  readonly problems: KeyFormProblems
  readonly offered: readonly OfferedScope[]
  readonly withheld: readonly WithheldScope[]
  /** The words for leaving the end as it is; for a key that is there. */
  readonly keepExpiry?: string | undefined
}

/** The fields. */
export function keyFields(messages: Messages, props: KeyFieldsProps): Html {
  const { consoleKeyForm: texts } = messages
  const { values, problems } = props
  return html`${textField({
    name: 'name',
    label: texts.keyName,
    hint: texts.keyNameHint,
    autocomplete: 'off',
    value: values.name,
    error: problems.name,
  })}
  ${scopeFields(messages, props)} ${expiryField(messages, props)}
  ${textArea({
    name: 'addresses',
    label: texts.addresses,
    hint: texts.addressesHint,
    value: values.addresses,
    error: problems.addresses,
    optional: true,
  })}
  ${limitFields(messages, props)}`
}

function scopeFields(messages: Messages, { values, problems, offered, withheld }: KeyFieldsProps): Html {
  const { consoleKeyForm: texts } = messages
  const kept = withheld.filter(({ isHeldByKey }) => isHeldByKey)
  const others = withheld.filter(({ isHeldByKey }) => !isHeldByKey)
  const tick = ({ name, description }: OfferedScope) => ({
    name: 'scope',
    value: name,
    title: name,
    description,
    checked: values.scopes.includes(name),
  })
  const entries = [
    ...offered.map(tick),
    ...kept.map(({ why, ...scope }) => tick({ ...scope, description: why })),
  ]
  const isWrong = problems.scopes !== undefined
  return html`<div class="field wide">
    ${ticks(texts.scopes, entries, { describedBy: `scopes-hint${isWrong ? ' scopes-error' : ''}` })}
    <p class="hint" id="scopes-hint">${texts.scopesHint}</p>
    ${problems.scopes !== undefined && fieldError('scopes', problems.scopes)}
    ${
      others.length > 0 &&
      html`<details class="withheld">
        <summary>${fillText(texts.notOffered, { count: numberText(messages, others.length) })}</summary>
        <ul>
          ${others.map(({ name, description, why }) => html`<li><strong>${name}</strong> ${description} <span class="hint">${why}</span></li>`)}
        </ul>
      </details>`
    }
  </div>`
}

function expiryField(messages: Messages, { values, problems, keepExpiry }: KeyFieldsProps): Html {
  const { consoleKeyForm: texts } = messages
  const words = {
    '30': texts.expiry30,
    '90': texts.expiry90,
    '180': texts.expiry180,
    '365': texts.expiry365,
    never: texts.expiryNever,
  }
  const keep = keepExpiry === undefined ? [] : [{ value: 'keep', text: keepExpiry }]
  return html`${selectField({
    name: 'expiry',
    label: texts.expiry,
    value: values.expiry,
    hint: texts.expiryHint,
    error: problems.expiry,
    choices: [...keep, ...keyExpiries.map((value) => ({ value, text: words[value] }))],
  })}`
}

function limitFields(messages: Messages, { values, problems }: KeyFieldsProps): Html {
  const { consoleKeyForm: texts } = messages
  const number = { autocomplete: 'off', inputmode: 'numeric', optional: true } as const
  return html`<fieldset class="field group">
    <legend class="label">${texts.limits}</legend>
    <p class="hint">${texts.limitsLead}</p>
    <div class="field-pair">
      ${textField({ ...number, name: 'rate_requests', label: texts.rateRequests, value: values.rateRequests, error: problems.rate })}
      ${textField({ ...number, name: 'rate_seconds', label: texts.rateSeconds, value: values.rateSeconds })}
    </div>
    ${textField({ ...number, name: 'rate_burst', label: texts.rateBurst, hint: texts.rateBurstHint, value: values.rateBurst })}
    <div class="field-pair">
      ${textField({ ...number, name: 'quota_requests', label: texts.quotaRequests, value: values.quotaRequests, error: problems.quota })}
      ${selectField({
        name: 'quota_period',
        label: texts.quotaPeriod,
        value: values.quotaPeriod,
        choices: [
          { value: '', text: texts.quotaNone },
          { value: 'day', text: texts.quotaDay },
          { value: 'month', text: texts.quotaMonth },
        ],
      })}
    </div>
  </fieldset>`
}
