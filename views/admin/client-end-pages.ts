import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent } from './parts.ts'

/** A client that is about to be stopped, and what hangs on it. */
export interface ClientToEnd {
  readonly id: string
  readonly name: string
  readonly people: number
  readonly keys: number
}

/** How it is stopped, or let go on. */
export type ClientEnd = 'disable' | 'enable' | 'delete'

/** The page that asks before a client is disabled, enabled or deleted. */
export function clientEndContent(frame: ConsoleFrame, how: ClientEnd, client: ClientToEnd): Html {
  const { consoleClientEnd: texts } = frame.messages
  const { id, name } = client
  const titles = { disable: texts.disableTitle, enable: texts.enableTitle, delete: texts.deleteTitle }
  return html`${confirmContent({
    frame,
    title: fillText(titles[how], { name }),
    consequences: consequencesOf(frame.messages, how, client),
    action: `/admin/clients/${id}/${how}`,
    submit: texts[how],
    cancelUrl: `/admin/clients/${id}`,
  })}`
}

function consequencesOf(
  { consoleClientEnd: texts }: Messages,
  how: ClientEnd,
  client: ClientToEnd,
): string[] {
  if (how === 'enable') return [texts.enableAgain]
  const { name, people, keys } = client
  const ends = [
    people === 0
      ? texts.noPeople
      : people === 1
        ? texts.onePerson
        : fillText(texts.people, { count: people }),
    texts.tokens,
    ...(keys === 0 ? [] : [keys === 1 ? texts.oneKeyEnds : fillText(texts.keysEnd, { count: keys })]),
  ]
  if (how === 'disable') return [fillText(texts.disableRefused, { name }), ...ends]
  return [...ends, texts.deleteSecrets, texts.deleteForever]
}
