/** Why a step of the explanation came out as it did, in a sentence. */
import { moment } from '../components/app-parts.ts'
import { outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { numberText, quotaText, rateText } from './key-parts.ts'

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

type ReasonText = keyof Messages['consoleExplain']

/** The sentence, who did it and when, and what was lost by it. */
export function reasonText(messages: Messages, reason: ShownReason): Html {
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

/** The sentence alone. */
export function sentenceOf(messages: Messages, reason: ShownReason): Html {
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
