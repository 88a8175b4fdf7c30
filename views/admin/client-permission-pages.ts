import { emptyState, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, filterBar, sheet, ticks } from './parts.ts'

/** Whose permissions they are. */
export interface PermittedClient {
  readonly id: string
  readonly name: string
}

/** An API to choose. */
export interface ChoosableApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
}

/** The APIs at which permissions can be given. */
export function chooseApiContent(
  frame: ConsoleFrame,
  client: PermittedClient,
  list: {
    readonly apis: readonly ChoosableApi[]
    readonly search: string
    readonly firstUrl: string | undefined
    readonly nextUrl: string | undefined
  },
): Html {
  const { messages } = frame
  const { consoleClientPermissions: texts, console } = messages
  const url = `/admin/clients/${client.id}/permissions`
  return html`${pageHeading({
    title: texts.chooseTitle,
    lead: fillText(texts.chooseLead, { name: client.name }),
    back: backTo(frame, client),
  })}
  ${filterBar({ messages, action: url, search: { value: list.search, label: texts.searchApis } })}
  ${
    list.apis.length === 0
      ? emptyState(list.search === '' ? texts.noApis : console.nothingFound)
      : sheet(
          rows(
            list.apis.map(({ id, name, identifier }) => ({
              title: html`<a href="${`${url}/${id}`}">${name}</a>`,
              lines: [html`<code>${identifier}</code>`],
            })),
          ),
        )
  }
  ${pager(messages, { first: list.firstUrl, next: list.nextUrl })}`
}

/** What can be given at one API, and what was. */
export interface PermissionsAtApi {
  readonly api: ChoosableApi
  readonly scopes: readonly {
    readonly name: string
    readonly description: string
    readonly isDirect: boolean
  }[]
  readonly roles: readonly {
    readonly id: string
    readonly name: string
    readonly description: string
    readonly isHeld: boolean
  }[]
}

/** The form that gives and takes at one API. What was held when it was shown goes along, so that only what is changed here changes. */
export function permissionsContent(frame: ConsoleFrame, client: PermittedClient, at: PermissionsAtApi): Html {
  const { consoleClientPermissions: texts, console } = frame.messages
  const url = `/admin/clients/${client.id}`
  const { api, scopes, roles } = at
  const hadScopes = scopes.filter(({ isDirect }) => isDirect).map(({ name }) => name)
  const hadRoles = roles.filter(({ isHeld }) => isHeld).map(({ id }) => id)
  const fields = html`${hadScopes.map((value) => hidden('had_scope', value))}
    ${hadRoles.map((value) => hidden('had_role', value))}
    ${panel({
      id: 'scopes',
      title: texts.scopes,
      description: texts.takeHint,
      content:
        scopes.length === 0
          ? emptyState(
              texts.noScopes,
              linkButton({ text: texts.toScopes, url: `/admin/apis/${api.id}`, kind: 'secondary' }),
            )
          : ticks(
              texts.scopes,
              scopes.map(({ name, description, isDirect }) => ({
                name: 'scope',
                value: name,
                title: html`<code>${name}</code>`,
                description,
                checked: isDirect,
              })),
              { isLegendHidden: true },
            ),
    })}
    ${panel({
      id: 'roles',
      title: texts.roles,
      description: roles.length === 0 ? texts.noRoles : texts.rolesLead,
      content:
        roles.length > 0 &&
        ticks(
          texts.roles,
          roles.map(({ id, name, description, isHeld }) => ({
            name: 'role',
            value: id,
            title: name,
            ...(description !== '' && { description }),
            checked: isHeld,
          })),
          { isLegendHidden: true },
        ),
    })}
    <div class="button-row">
      ${button({ text: texts.save, kind: 'primary' })}
      <a class="button secondary" href="${url}">${console.cancel}</a>
    </div>`
  return html`${pageHeading({
    title: fillText(texts.atTitle, { name: client.name, api: api.name }),
    lead: html`<code>${api.identifier}</code>`,
    back: backTo(frame, client),
  })}
  ${consoleForm(frame, { action: `${url}/permissions/${api.id}`, content: fields })}`
}

function hidden(name: string, value: string): Html {
  return html`<input ${attributes({ type: 'hidden', name, value })} />`
}

function backTo({ messages }: ConsoleFrame, { id, name }: PermittedClient) {
  return { text: fillText(messages.consoleClients.toClient, { name }), url: `/admin/clients/${id}` }
}
