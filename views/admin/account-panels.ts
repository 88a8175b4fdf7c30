/** Panels of the page of an account: what stands for it, and what happened. */
import { emptyState, factList, moment, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { countText } from './incident-page.ts'
import type { ShownStanding } from './incident-page.ts'

/** An event of the audit log. */
export interface ShownEvent {
  readonly type: string
  readonly occurredAt: Date
  readonly address: string | undefined
}

interface OfAccount {
  readonly account: { readonly id: string; readonly email: string }
}

/** Counts that lead to where single ones end. */
export function accessPanel(
  frame: ConsoleFrame,
  { account, standing }: OfAccount & { readonly standing: ShownStanding },
): Html {
  const { consoleAccounts: texts, language } = frame.messages
  const id = encodeURIComponent(account.id)
  const linked = (scope: string, count: number, url: string) => {
    const text = countText(language, count)
    return frame.may(scope) ? html`<a href="${url}">${text}</a>` : text
  }
  return panel({
    id: 'access',
    title: texts.access,
    description: texts.accessLead,
    content: factList([
      [texts.sessions, linked('sessions:read', standing.sessions, `/admin/sessions?account=${id}`)],
      [texts.grants, linked('sessions:read', standing.grants, `/admin/grants?account=${id}`)],
      [texts.keys, linked('keys:read', standing.keys, `/admin/keys?owner=${id}`)],
    ]),
  })
}

/** The last events. */
export function activityPanel(
  frame: ConsoleFrame,
  { account, events }: OfAccount & { readonly events: readonly ShownEvent[] | undefined },
): Html | undefined {
  if (events === undefined) return undefined
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const id = encodeURIComponent(account.id)
  return panel({
    id: 'activity',
    title: texts.activity,
    action: linkButton({ text: texts.allActivity, url: `/admin/audit?target=${id}`, kind: 'secondary' }),
    content:
      events.length === 0
        ? emptyState(texts.noActivity)
        : rows(
            events.map(({ type, occurredAt, address }) => ({
              title: eventText(messages, type),
              lines: [
                html`${moment(messages, occurredAt)}${address !== undefined && html` · ${address}`} ·
                  <code>${type}</code>`,
              ],
            })),
          ),
  })
}

function eventText({ consoleAuditEvents }: Messages, type: string): string {
  const [, text] =
    Object.entries(consoleAuditEvents).find(([name]) => name === type.replaceAll('.', '_')) ?? []
  return text ?? type
}
