/** Why a step of the explanation came out as it did, as a part of a page. */
import { moment } from '../components/app-parts.ts'
import { outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { actorName, lostSentence, sentenceValues } from './explain-words.ts'
import type { ShownActor, ShownLost, ShownReason } from './explain-words.ts'

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
  const { name, other, ...plain } = sentenceValues(messages, reason)
  return fill(messages.consoleExplain[reason.code], {
    ...plain,
    name: name === undefined ? undefined : outsideName(name),
    other: other === undefined ? undefined : outsideName(other),
  })
}

function actorText(messages: Messages, { kind, id, name }: ShownActor): Html {
  if (kind === 'account' || kind === 'client') {
    return html`<a href="${`/admin/${kind}s/${encodeURIComponent(id ?? '')}`}">${outsideName(name)}</a>`
  }
  return html`${actorName(messages, { kind, id, name })}`
}

function lostText(messages: Messages, lost: ShownLost): Html {
  return fill(lostSentence(messages, lost), {
    scope: html`<strong>${lost.scope}</strong>`,
    owner: outsideName(lost.owner),
    at: lost.at === undefined ? undefined : moment(messages, lost.at),
  })
}
