import { alert } from '../components/alert.ts'
import { emptyState, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, filterBar, sheet, ticks } from './parts.ts'

interface Named {
  readonly id: string
  readonly email: string
}

interface ShownApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
}

/** The APIs at which permissions can be given. */
export function chooseApiForAccountContent(
  frame: ConsoleFrame,
  account: Named,
  list: {
    readonly apis: readonly ShownApi[]
    readonly search: string
    readonly firstUrl: string | undefined
    readonly nextUrl: string | undefined
  },
): Html {
  const { messages } = frame
  const { consoleAccounts: texts, console } = messages
  const url = `${accountUrl(account.id)}/permissions`
  return html`${pageHeading({
    title: texts.chooseTitle,
    lead: fillText(texts.chooseLead, { name: account.email }),
    back: backTo(frame, account),
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

/** Something that can be given, and whether it was. */
interface Givable {
  readonly name: string
  readonly description: string
  readonly isHeld: boolean
}

/** What can be given at one API, and what was. */
export interface AtApi {
  readonly api: ShownApi
  readonly isLastOwner: boolean
  readonly scopes: readonly Givable[]
  readonly roles: readonly (Givable & { readonly id: string })[]
}

/** The form that gives and takes at one API. What was held when it was shown goes along, so that only what is changed here changes. */
export function accountPermissionsContent(frame: ConsoleFrame, account: Named, at: AtApi): Html {
  const { consoleAccounts: texts, console } = frame.messages
  const { api, isLastOwner, scopes, roles } = at
  const url = accountUrl(account.id)
  const fields = html`${scopes.filter(({ isHeld }) => isHeld).map(({ name }) => hidden('had_scope', name))}
    ${roles.filter(({ isHeld }) => isHeld).map(({ id }) => hidden('had_role', id))}
    ${panel({
      id: 'roles',
      title: texts.roles,
      content: roles.length === 0 ? emptyState(texts.noRoles) : roleTicks(texts.roles, roles),
    })}
    ${panel({
      id: 'scopes',
      title: texts.scopes,
      description: texts.scopesLead,
      content: scopes.length === 0 ? emptyState(texts.noScopes) : scopeTicks(texts.scopes, scopes),
    })}
    <div class="button-row">
      ${button({ text: console.save, kind: 'primary' })}
      <a class="button secondary" href="${url}">${console.cancel}</a>
    </div>`
  return html`${pageHeading({
    title: fillText(texts.atTitle, { name: account.email, api: api.name }),
    lead: html`<code>${api.identifier}</code>`,
    back: backTo(frame, account),
  })}
  ${isLastOwner && alert({ kind: 'problem', content: texts.lastOwner })}
  ${consoleForm(frame, { action: `${url}/permissions/${api.id}`, content: fields })}`
}

function roleTicks(legend: string, roles: AtApi['roles']): Html {
  const entries = roles.map(({ id, name, description, isHeld }) => ({
    name: 'role',
    value: id,
    title: name,
    ...(description !== '' && { description }),
    checked: isHeld,
  }))
  return ticks(legend, entries)
}

function scopeTicks(legend: string, scopes: AtApi['scopes']): Html {
  const entries = scopes.map(({ name, description, isHeld }) => ({
    name: 'scope',
    value: name,
    title: html`<code>${name}</code>`,
    description,
    checked: isHeld,
  }))
  return ticks(legend, entries)
}

function hidden(name: string, value: string): Html {
  return html`<input ${attributes({ type: 'hidden', name, value })} />`
}

function backTo({ messages }: ConsoleFrame, { id, email }: Named) {
  return { text: fillText(messages.consoleAccounts.backTo, { name: email }), url: accountUrl(id) }
}
