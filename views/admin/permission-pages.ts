/** What an account or a client may do at APIs: shown on its page, and the pages on which it is given and taken. */
import { alert } from '../components/alert.ts'
import { emptyState, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, filterBar, sheet, ticks } from './parts.ts'

/** Whose permissions they are, and where their own page is. */
export interface PermittedOwner {
  readonly name: string
  readonly url: string
}

interface ShownApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
}

/** The APIs at which permissions can be given. */
export function chooseApiContent(
  frame: ConsoleFrame,
  owner: PermittedOwner,
  list: {
    readonly apis: readonly ShownApi[]
    readonly search: string
    readonly firstUrl: string | undefined
    readonly nextUrl: string | undefined
  },
): Html {
  const { messages } = frame
  const { consolePermissions: texts, console } = messages
  const url = `${owner.url}/permissions`
  return html`${pageHeading({
    title: texts.chooseTitle,
    lead: fillText(texts.chooseLead, { name: owner.name }),
    back: backTo(frame, owner),
  })}
  ${filterBar({ messages, action: url, search: { value: list.search, label: texts.searchApis } })}
  ${
    list.apis.length === 0
      ? emptyState(list.search === '' ? texts.noApis : console.nothingFound)
      : sheet(
          rows(
            list.apis.map(({ id, name, identifier }) => ({
              title: html`<a href="${`${url}/${id}`}">${outsideName(name)}</a>`,
              lines: [html`<code>${identifier}</code>`],
            })),
          ),
        )
  }
  ${pager(messages, { first: list.firstUrl, next: list.nextUrl })}`
}

/** Something that can be given, and whether it was. */
interface Givable {
  readonly name: string
  readonly description: string
  readonly isHeld: boolean
}

/** What can be given at one API, and what was. */
export interface PermissionsAtApi {
  readonly api: ShownApi
  readonly isLastOwner: boolean
  readonly scopes: readonly Givable[]
  readonly roles: readonly (Givable & { readonly id: string })[]
}

/** The form that gives and takes at one API. What was held when it was shown goes along, so that only what is changed here changes. */
export function permissionsContent(frame: ConsoleFrame, owner: PermittedOwner, at: PermissionsAtApi): Html {
  const { consolePermissions: texts, consoleAccounts, console } = frame.messages
  const { api, isLastOwner, scopes, roles } = at
  const fields = html`${scopes.filter(({ isHeld }) => isHeld).map(({ name }) => hidden('had_scope', name))}
    ${roles.filter(({ isHeld }) => isHeld).map(({ id }) => hidden('had_role', id))}
    ${rolesPanel(frame, roles)} ${scopesPanel(frame, at)}
    <div class="button-row">
      ${button({ text: console.save, kind: 'primary' })}
      <a class="button secondary" href="${owner.url}">${console.cancel}</a>
    </div>`
  return html`${pageHeading({
    title: fillText(texts.atTitle, { name: owner.name, api: api.name }),
    lead: html`<code>${api.identifier}</code>`,
    back: backTo(frame, owner),
  })}
  ${isLastOwner && alert({ kind: 'problem', content: consoleAccounts.lastOwner })}
  ${consoleForm(frame, { action: `${owner.url}/permissions/${api.id}`, content: fields })}`
}

function rolesPanel({ messages }: ConsoleFrame, roles: PermissionsAtApi['roles']): Html {
  const { consolePermissions: texts } = messages
  const entries = roles.map(({ id, name, description, isHeld }) => ({
    name: 'role',
    value: id,
    title: name,
    ...(description !== '' && { description }),
    checked: isHeld,
  }))
  return panel({
    id: 'roles',
    title: texts.roles,
    description: roles.length === 0 ? texts.noRoles : texts.rolesLead,
    content: roles.length > 0 && ticks(texts.roles, entries, { isLegendHidden: true }),
  })
}

function scopesPanel({ messages }: ConsoleFrame, { api, scopes }: PermissionsAtApi): Html {
  const { consolePermissions: texts } = messages
  const entries = scopes.map(({ name, description, isHeld }) => ({
    name: 'scope',
    value: name,
    title: html`<code>${name}</code>`,
    description,
    checked: isHeld,
  }))
  const toScopes = linkButton({ text: texts.toScopes, url: `/admin/apis/${api.id}`, kind: 'secondary' })
  return panel({
    id: 'scopes',
    title: texts.scopes,
    description: texts.scopesLead,
    content:
      scopes.length === 0
        ? emptyState(texts.noScopes, toScopes)
        : ticks(texts.scopes, entries, { isLegendHidden: true }),
  })
}

function hidden(name: string, value: string): Html {
  return html`<input ${attributes({ type: 'hidden', name, value })} />`
}

function backTo({ messages }: ConsoleFrame, { name, url }: PermittedOwner) {
  return { text: fillText(messages.consolePermissions.backTo, { name }), url }
}
