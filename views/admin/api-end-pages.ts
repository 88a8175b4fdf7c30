import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { usesSentences } from './api-uses.ts'
import type { ShownUses } from './api-uses.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent } from './parts.ts'

/** An API that is about to be stopped, and what hangs on it. */
export interface ApiToEnd extends ShownUses {
  readonly id: string
  readonly name: string
}

/** How it is stopped, or let go on. */
export type ApiEnd = 'disable' | 'enable' | 'delete'

/** The page that asks before an API is disabled, enabled or deleted. */
export function apiEndContent(frame: ConsoleFrame, how: ApiEnd, api: ApiToEnd): Html {
  const { consoleApiEnd: texts } = frame.messages
  const titles = { disable: texts.disableTitle, enable: texts.enableTitle, delete: texts.deleteTitle }
  return confirmContent({
    frame,
    title: fillText(titles[how], { name: api.name }),
    consequences: consequencesOf(frame.messages, how, api),
    action: `/admin/apis/${api.id}/${how}`,
    submit: texts[how],
    cancelUrl: `/admin/apis/${api.id}`,
  })
}

function consequencesOf({ consoleApiEnd: texts }: Messages, how: ApiEnd, api: ApiToEnd): readonly string[] {
  if (how === 'enable') return [texts.enableMeans]
  if (how === 'disable') return [texts.disableMeans, texts.disableRequests]
  return [texts.tokens, ...usesSentences(api, texts), texts.forever]
}
