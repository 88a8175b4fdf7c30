import { alert } from '../components/alert.ts'
import { factList, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ShownClientType } from './client-list-page.ts'
import { secretsPanel } from './client-secret-pages.ts'
import type { ShownClientSecret } from './client-secret-pages.ts'
import { endPanel } from './end-panel.ts'
import type { ConsoleFrame } from './frame.ts'
import { permissionsPanel } from './permissions-panel.ts'
import type { ShownHeldScope } from './permissions-panel.ts'

/** A client as its page shows it. */
export interface ShownClient {
  readonly id: string
  readonly name: string
  readonly type: ShownClientType
  /** Registered by the server itself. */
  readonly isOurs: boolean
  readonly isDisabled: boolean
  readonly isFirstParty: boolean
  readonly isVerified: boolean
  readonly isPkceRequired: boolean
  readonly redirectUris: readonly string[]
  readonly authMethod: string
  /** The one name of its certificate, for a client that authenticates with it. */
  readonly certificateNames: readonly { readonly member: string; readonly name: string }[]
  readonly grantTypes: readonly string[]
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Undefined for one that does not authenticate with a secret. */
  readonly secrets: readonly ShownClientSecret[] | undefined
  /** Undefined if whoever looks may not see them. */
  readonly permissions: readonly ShownHeldScope[] | undefined
  readonly people: number
  readonly keys: number
  readonly asksAbout: readonly { readonly id: string; readonly name: string }[]
}

/** The page of one client. */
export function clientContent(frame: ConsoleFrame, client: ShownClient): Html {
  const { consoleClients: texts } = frame.messages
  const url = `/admin/clients/${client.id}`
  const actions = html`<div class="button-row">
    ${!client.isOurs && linkButton({ text: texts.connect, url: `${url}/connect` })}
    ${!client.isOurs && frame.may('clients:write') && linkButton({ text: texts.change, url: `${url}/change`, kind: 'secondary' })}
  </div>`
  return html`${pageHeading({
    title: outsideName(client.name),
    lead: client.isOurs ? texts.oursLead : texts[`${client.type}Means`],
    back: { text: texts.toList, url: '/admin/clients' },
    action: actions,
  })}
  ${client.isDisabled && alert({ kind: 'notice', content: texts.disabledNotice })}
  ${panel({ id: 'facts', title: texts.facts, content: facts(frame.messages, client) })}
  ${permissionsPanel(frame, { url, permissions: client.permissions })}
  ${client.type === 'api' && asksPanel(frame, client)} ${!client.isOurs && secretsPanel(frame, client)}
  ${belongingsPanel(frame, client)} ${!client.isOurs && endPanel(frame, { kind: 'client', ...client })}`
}

function facts(messages: Messages, client: ShownClient): Html {
  const { consoleClients: texts, console } = messages
  const lines: (readonly [string, HtmlValue])[] = [
    [texts.id, html`<code>${client.id}</code>`],
    [texts.type, client.isOurs ? texts.ours : texts[client.type]],
    [texts.state, client.isDisabled ? console.disabled : console.enabled],
    [texts.authMethod, html`<code>${client.authMethod}</code>`],
    ...client.certificateNames.map(({ member, name }) => [member, html`<code>${name}</code>`] as const),
  ]
  if (client.grantTypes.length > 0) {
    lines.push([texts.grantTypes, html`<code>${client.grantTypes.join(', ')}</code>`])
  }
  if (client.redirectUris.length > 0) {
    lines.push([
      texts.redirectUris,
      html`<ul>
        ${client.redirectUris.map((uri) => html`<li><code>${uri}</code></li>`)}
      </ul>`,
    ])
    lines.push([texts.pkce, client.isPkceRequired ? texts.required : texts.notRequired])
    lines.push([texts.firstParty, client.isFirstParty ? console.yes : console.no])
    lines.push([texts.verified, client.isVerified ? console.yes : console.no])
  }
  lines.push([texts.created, moment(messages, client.createdAt)])
  lines.push([texts.changedAt, moment(messages, client.updatedAt)])
  return factList(lines)
}

function asksPanel({ messages }: ConsoleFrame, { asksAbout }: ShownClient): Html {
  const { consoleClients: texts } = messages
  return panel({
    id: 'asks',
    title: texts.asks,
    content:
      asksAbout.length === 0
        ? html`<p class="hint">${texts.asksNothing}</p>`
        : rows(
            asksAbout.map(({ id, name }) => ({ title: html`<a href="${`/admin/apis/${id}`}">${name}</a>` })),
          ),
  })
}

function belongingsPanel(frame: ConsoleFrame, { id, keys, people, type }: ShownClient): Html {
  const { consoleClients: texts } = frame.messages
  const link = (text: string, url: string, isOpen: boolean): HtmlValue =>
    isOpen ? html`<a href="${url}">${text}</a>` : text
  const entries: (readonly [string, HtmlValue])[] = [
    [
      texts.keys,
      link(String(keys), `/admin/keys?owner=${encodeURIComponent(id)}`, frame.may('keys:read') && keys > 0),
    ],
  ]
  if (type !== 'service' && type !== 'api') {
    const url = `/admin/grants?client=${encodeURIComponent(id)}`
    entries.push([texts.people, link(String(people), url, frame.may('sessions:read') && people > 0)])
  }
  return panel({
    id: 'belongings',
    title: texts.more,
    content: html`${factList(entries)}
    ${
      frame.may('audit:read') &&
      html`<p><a href="${`/admin/audit?target=${encodeURIComponent(`client:${id}`)}`}">${texts.audit}</a></p>`
    }`,
  })
}
