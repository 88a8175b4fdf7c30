import { emptyState, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'

/** A scope that is held at an API, and why. */
export interface ShownHeldScope {
  readonly apiId: string
  readonly apiIdentifier: string
  readonly scope: string
  readonly direct: boolean
  readonly roles: readonly { readonly id: string; readonly name: string }[]
}

/** What an account or a client may do at each API, on its page; `url` is the page's. Nothing where whoever looks may not see it. */
export function permissionsPanel(
  frame: ConsoleFrame,
  { url, permissions }: { readonly url: string; readonly permissions: readonly ShownHeldScope[] | undefined },
): Html | undefined {
  if (permissions === undefined) return undefined
  const { consolePermissions: texts } = frame.messages
  const mayGive = frame.may('roles:write')
  const link = (text: string, at: string) => linkButton({ text, url: at, kind: 'secondary' })
  const give = mayGive ? link(texts.give, `${url}/permissions`) : undefined
  const byApi = Map.groupBy(permissions, ({ apiId }) => apiId)
  return panel({
    id: 'permissions',
    title: texts.title,
    description: texts.panelLead,
    action: permissions.length > 0 ? give : undefined,
    content:
      permissions.length === 0
        ? emptyState(texts.none, give)
        : rows(
            [...byApi].map(([apiId, scopes]) => ({
              title: html`<a href="${`/admin/apis/${apiId}`}"><code>${scopes[0]?.apiIdentifier}</code></a>`,
              lines: scopes.map((held) => html`<code>${held.scope}</code> ${whyHeld(frame.messages, held)}`),
              ...(mayGive && { actions: link(texts.change, `${url}/permissions/${apiId}`) }),
            })),
          ),
  })
}

function whyHeld({ consolePermissions: texts }: Messages, { direct, roles }: ShownHeldScope): string {
  const why = [
    ...(direct ? [texts.directly] : []),
    ...roles.map(({ name }) => fillText(texts.byRole, { role: name })),
  ]
  return why.join(', ')
}
