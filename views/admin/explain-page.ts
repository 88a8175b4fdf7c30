/** What would happen with a credential: the form, and the answer with its reasons. */
import { alert } from '../components/alert.ts'
import { moment, pageHeading, panel } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { problemIcon, successIcon } from '../components/icons.ts'
import { textArea } from '../components/text-area.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { numberText, quotaText, rateText } from './key-parts.ts'
import { consoleForm } from './parts.ts'

const path = '/admin/explain'

/** What was asked, but for the credential, which is never shown again. */
export interface ExplainValues {
  readonly scope: string
  readonly address: string
  readonly cost: string
  readonly api: string
}

/** What is wrong with it, by field. */
export type ExplainProblems = Readonly<Partial<Record<keyof ExplainValues | 'credential', string>>>

/** The form. */
export function explainFormContent(
  frame: ConsoleFrame,
  {
    values,
    problems = {},
    apis,
  }: {
    readonly values: ExplainValues
    readonly problems?: ExplainProblems
    /** Identifiers to choose from. */
    readonly apis: readonly string[]
  },
): Html {
  const { consoleExplain: texts } = frame.messages
  const optional = { autocomplete: 'off', optional: true } as const
  const fields = html`${textArea({
      name: 'credential',
      label: texts.credential,
      hint: texts.credentialHint,
      value: '',
      error: problems.credential,
      rows: 4,
      optional: true,
    })}
    ${textField({ ...optional, name: 'scope', label: texts.scope, hint: texts.scopeHint, value: values.scope, error: problems.scope })}
    <div class="field-pair">
      ${textField({ ...optional, name: 'address', label: texts.address, hint: texts.addressHint, value: values.address, error: problems.address })}
      ${textField({ ...optional, name: 'cost', label: texts.cost, hint: texts.costHint, value: values.cost, error: problems.cost, inputmode: 'numeric' })}
    </div>
    ${textField({ ...optional, name: 'api', label: texts.api, hint: texts.apiHint, value: values.api, error: problems.api, list: 'api-identifiers' })}
    <datalist id="api-identifiers">
      ${apis.map((identifier) => html`<option ${attributes({ value: identifier })}></option>`)}
    </datalist>
    ${button({ text: texts.submit, kind: 'primary' })}`
  return html`${pageHeading({ title: texts.title, lead: texts.lead })}
  ${panel({ id: 'ask', title: texts.credential, content: consoleForm(frame, { action: path, content: fields }) })}`
}

/** Whoever did something, as the page names them. */
export interface ShownActor {
  readonly kind: 'account' | 'client' | 'system' | 'operator' | 'anonymous' | 'other'
  readonly id: string | undefined
  readonly name: string
}

/** Why a scope is not there. */
export interface ShownLost {
  readonly scope: string
  readonly how: 'never' | 'permission' | 'role' | 'api' | 'other'
  readonly owner: string
  readonly at: Date | undefined
}

/** What came of a step. */
export interface ShownReason {
  readonly code: ReasonText
  readonly name?: string | undefined
  readonly other?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly at?: Date | undefined
  readonly by?: ShownActor | undefined
  readonly because?: string | undefined
  readonly limit?: ShownLimit | undefined
  readonly lost?: readonly ShownLost[] | undefined
}

/** A limit that was looked at. */
export interface ShownLimit {
  readonly requests: number
  readonly per: 'day' | 'month' | { readonly seconds: number; readonly burst?: number | undefined }
  readonly remaining: number
  readonly retryAfterSeconds: number | undefined
}

/** One step. */
export type ShownStep = {
  readonly name: 'credential' | 'audience' | 'owner' | 'address' | 'permission' | 'limits'
} & (
  | { readonly outcome: 'passed' | 'failed'; readonly reason: ShownReason }
  | { readonly outcome: 'not_reached' }
)

type ReasonText = keyof Messages['consoleExplain']

/** The answer and its reasons. */
export interface ExplainedProps {
  readonly answer: string
  readonly accepted: boolean
  readonly asker: { readonly client: string; readonly api: string | undefined } | undefined
  readonly keyId: string | undefined
  readonly steps: readonly ShownStep[]
}

/** The content of the answer. */
export function explainedContent({ messages }: ConsoleFrame, props: ExplainedProps): Html {
  const { consoleExplain: texts } = messages
  const { answer, accepted, asker, keyId, steps } = props
  const failed = steps.find((step) => step.outcome === 'failed')
  return html`${pageHeading({
      title: accepted ? texts.accepted : texts.refused,
      back: { text: texts.title, url: path },
    })}
    ${alert({
      kind: accepted ? 'success' : 'problem',
      content: failed?.outcome === 'failed' ? sentenceOf(messages, failed.reason) : texts.acceptedLead,
    })}
    ${panel({
      id: 'steps',
      title: texts.steps,
      description: texts.stepsLead,
      content: html`<ol class="explained">
        ${steps.map((step) => stepItem(messages, step))}
      </ol>`,
    })}
    ${panel({
      id: 'answer',
      title: texts.answer,
      description:
        asker === undefined
          ? texts.answerLead
          : html`${texts.answerLead}
            ${fill(texts.askedBy, { client: outsideName(asker.client), api: outsideName(asker.api ?? asker.client) })}`,
      content: html`<div class="snippet">
        <pre
          tabindex="0"
          role="region"
          ${attributes({ 'aria-label': texts.answer })}
        ><code id="answer-bytes">${answer}</code></pre>
      </div>`,
    })}
    <p class="button-row">
      ${linkButton({ text: texts.again, url: path, kind: 'primary' })}
      ${
        keyId !== undefined &&
        html`<a class="button secondary" href="${`/admin/keys/${keyId}`}"
          >${fill(texts.toKey, { name: keyId })}</a
        >`
      }
    </p>`
}

function stepItem(messages: Messages, step: ShownStep): Html {
  const { consoleExplain: texts } = messages
  const icon = { passed: successIcon(), failed: problemIcon(), not_reached: undefined }[step.outcome]
  const kind = { passed: 'success', failed: 'problem', not_reached: 'quiet' }[step.outcome]
  return html`<li
    class="explained-step"
    ${attributes({ 'data-step': step.name, 'data-outcome': step.outcome })}
  >
    <span class="step-mark ${kind}" aria-hidden="true">${icon}</span>
    <div>
      <h3>${texts[`step_${step.name}`]} <span class="badge ${kind}">${texts[step.outcome]}</span></h3>
      ${step.outcome === 'not_reached' ? html`<p class="hint">${texts.notReached}</p>` : reasonText(messages, step.reason)}
    </div>
  </li>`
}

function reasonText(messages: Messages, reason: ShownReason): Html {
  const { consoleExplain: texts } = messages
  const facts: (readonly [string, HtmlValue])[] = [
    ...(reason.at === undefined ? [] : [[texts.when, moment(messages, reason.at)] as const]),
    ...(reason.by === undefined ? [] : [[texts.by, actorText(messages, reason.by)] as const]),
    ...(reason.because === undefined ? [] : [[texts.because, outsideName(reason.because)] as const]),
  ]
  return html`<p ${attributes({ 'data-reason': reason.code })}>${sentenceOf(messages, reason)}</p>
    ${
      facts.length > 0 &&
      html`<p class="hint">
        ${facts.map(([name, value], index) => html`${index > 0 && ' · '}${name}: ${value}`)}
      </p>`
    }
    ${
      reason.lost !== undefined &&
      reason.lost.length > 0 &&
      html`<ul class="consequences">
        ${reason.lost.map((lost) => html`<li>${lostText(messages, lost)}</li>`)}
      </ul>`
    }`
}

function sentenceOf(messages: Messages, reason: ShownReason): Html {
  const { consoleExplain: texts, console } = messages
  const { limit } = reason
  const other = limit === undefined ? reason.other : limitText(messages, limit)
  return fill(texts[reason.code], {
    name: reason.name === undefined ? undefined : outsideName(reason.name),
    other: other === undefined ? undefined : outsideName(other),
    scopes:
      reason.scopes === undefined || reason.scopes.length === 0 ? console.none : reason.scopes.join(', '),
    number: limit === undefined ? undefined : numberText(messages, limit.remaining),
    time: lengthOfTime(messages, limit?.retryAfterSeconds ?? 1),
  })
}

function limitText(messages: Messages, { requests, per }: ShownLimit): string {
  return typeof per === 'object'
    ? rateText(messages, { requests, ...per })
    : quotaText(messages, { requests, period: per })
}

function actorText(messages: Messages, { kind, id, name }: ShownActor): Html {
  const { system, operator, anonymous } = messages.consoleExplain
  if (kind === 'account' || kind === 'client') {
    return html`<a href="${`/admin/${kind}s/${encodeURIComponent(id ?? '')}`}">${outsideName(name)}</a>`
  }
  const names = { system, operator, anonymous, other: name }
  return html`${names[kind]}`
}

function lostText(messages: Messages, { scope, how, owner, at }: ShownLost): Html {
  const { consoleExplain: texts } = messages
  const sentences = {
    never: texts.lostNever,
    permission: texts.lostPermission,
    role: texts.lostRole,
    api: texts.lostApi,
    other: texts.lostOther,
  }
  return fill(sentences[how], {
    scope: html`<strong>${scope}</strong>`,
    owner: outsideName(owner),
    at: at === undefined ? undefined : moment(messages, at),
  })
}
