import { panel } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { ConsoleFrame } from './frame.ts'
import { incidentUrl, subjectUrl } from './incident-page.ts'

/** The ways to stop a client or an API, on its page; nothing where whoever looks may take none of them. */
export function endPanel(
  frame: ConsoleFrame,
  subject: { readonly kind: 'client' | 'api'; readonly id: string; readonly isDisabled: boolean },
): Html | undefined {
  const { consoleClientEnd, consoleApiEnd } = frame.messages
  const texts = subject.kind === 'client' ? consoleClientEnd : consoleApiEnd
  const mayWrite = frame.may(subject.kind === 'client' ? 'clients:write' : 'apis:write')
  const mayEnd = frame.may('sessions:write')
  if (!mayWrite && !mayEnd) return undefined
  const url = subjectUrl(subject)
  const toggle = subject.isDisabled ? 'enable' : 'disable'
  return panel({
    id: 'end',
    title: texts.title,
    description: texts.lead,
    kind: 'danger',
    content: html`<div class="button-row">
      ${mayWrite && linkButton({ text: texts[toggle], url: `${url}/${toggle}`, kind: 'secondary' })}
      ${mayEnd && linkButton({ text: texts.end, url: incidentUrl(subject), kind: 'danger' })}
      ${mayWrite && linkButton({ text: texts.delete, url: `${url}/delete`, kind: 'danger' })}
    </div>`,
  })
}
