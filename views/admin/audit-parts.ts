/** What both pages of the audit log show: parties, and the sentence of a type. */
import { outsideAddress } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** Who acted, or whom it was about. */
export interface ShownParty {
  readonly type: string
  readonly id?: string | undefined
  /** What people call it; nothing if it is gone or none of the reader's business. */
  readonly name?: string | undefined
  /** The page about it. */
  readonly url?: string | undefined
}

/** An event as a list shows it. */
export interface ShownEvent {
  readonly id: number
  readonly occurredAt: Date
  readonly type: string
  /** The sentence of the inventory, for a type that the catalogue of the page does not know. */
  readonly meaning: string
  readonly actor: ShownParty
  /** The API key with which they acted. */
  readonly byKey: ShownParty | undefined
  readonly target: ShownParty | undefined
  readonly address: string | undefined
}

/** What an event of this type means, in the language of the page. */
export function sentenceOf(
  messages: Messages,
  { type, meaning }: Pick<ShownEvent, 'type' | 'meaning'>,
): string {
  const sentences: Readonly<Record<string, string>> = messages.consoleAuditEvents
  const key = type.replaceAll('.', '_')
  return Object.hasOwn(sentences, key) ? (sentences[key] ?? meaning) : meaning
}

/** Who acted, and with which API key if they did it with one. */
export function actorText(messages: Messages, { actor, byKey }: Pick<ShownEvent, 'actor' | 'byKey'>): Html {
  const who = partyText(messages, actor)
  return byKey === undefined ? who : html`<span class="parties">${who} ${partyText(messages, byKey)}</span>`
}

/** A party by the name people know, with its kind and id. */
export function partyText({ consoleAudit }: Messages, { type, id, name, url }: ShownParty): Html {
  const kinds: Readonly<Record<string, string>> = consoleAudit
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : type
  if (id === undefined) return html`<span class="party">${kind}</span>`
  const text =
    name === undefined ? html`<code class="whole cut" title="${id}">${id}</code>` : outsideAddress(name)
  return html`<span class="party"
    >${url === undefined ? text : html`<a href="${url}">${text}</a>`}<span class="party-kind"
      >${kind}</span
    ></span
  >`
}
