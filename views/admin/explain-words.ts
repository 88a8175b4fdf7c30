/** Why a step of the explanation came out as it did, in words: for pages, and for places that know text alone. */
import { fillText, lengthOfTime, timeFormat } from '../messages/messages.ts'
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

/** What the sentence of a reason is filled with. */
export interface SentenceValues {
  readonly name?: string
  readonly other?: string
  readonly scopes: string
  readonly number?: string
  readonly time: string
}

/** The lines that tell a reason as plain text: its sentence, who did it and when, and what was lost by it. */
export function reasonLines(messages: Messages, reason: ShownReason): readonly string[] {
  const { consoleExplain: texts } = messages
  const { at, by, because, lost = [] } = reason
  const facts = [
    ...(at === undefined ? [] : [`${texts.when}: ${momentText(messages, at)}`]),
    ...(by === undefined ? [] : [`${texts.by}: ${actorName(messages, by)}`]),
    ...(because === undefined ? [] : [`${texts.because}: ${because}`]),
  ]
  return [
    fillText(texts[reason.code], { ...sentenceValues(messages, reason) }),
    ...(facts.length === 0 ? [] : [facts.join(' · ')]),
    ...lost.map((each) => {
      const { scope, owner } = each
      const when = each.at === undefined ? '' : momentText(messages, each.at)
      return fillText(lostSentence(messages, each), { scope, owner, at: when })
    }),
  ]
}

/** What stands in the places of a reason's sentence. */
export function sentenceValues(messages: Messages, reason: ShownReason): SentenceValues {
  const { name, limit, scopes = [] } = reason
  const other = limit === undefined ? reason.other : limitText(messages, limit)
  return {
    ...(name !== undefined && { name }),
    ...(other !== undefined && { other }),
    scopes: scopes.length === 0 ? messages.console.none : scopes.join(', '),
    ...(limit !== undefined && { number: numberText(messages, limit.remaining) }),
    time: lengthOfTime(messages, limit?.retryAfterSeconds ?? 1),
  }
}

/** Whoever did something, by the name people know them by. */
export function actorName({ consoleExplain }: Messages, { kind, name }: ShownActor): string {
  const { system, operator, anonymous } = consoleExplain
  return { system, operator, anonymous, account: name, client: name, other: name }[kind]
}

/** The sentence about a scope that is not there, with its marks. */
export function lostSentence({ consoleExplain: texts }: Messages, { how }: ShownLost): string {
  return {
    never: texts.lostNever,
    permission: texts.lostPermission,
    role: texts.lostRole,
    api: texts.lostApi,
    other: texts.lostOther,
  }[how]
}

function limitText(messages: Messages, { requests, per }: ShownLimit): string {
  return typeof per === 'object'
    ? rateText(messages, { requests, ...per })
    : quotaText(messages, { requests, period: per })
}

function momentText(messages: Messages, time: Date): string {
  return `${timeFormat(messages, { dateStyle: 'medium', timeStyle: 'short' }).format(time)} UTC`
}
