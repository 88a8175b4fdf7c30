import { emptyState, factList, moment, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { filterBar, sheet } from './parts.ts'

/** A role in a list. */
export interface ShownRole {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
  readonly builtIn: boolean
}

/** Somebody who has a role. */
export interface ShownMember {
  readonly type: 'account' | 'client'
  readonly id: string
  /** Undefined for one that is no more. */
  readonly name: string | undefined
  readonly since: Date
}

interface ShownApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
}

/** A page of the roles of all APIs. */
export interface RolesProps {
  readonly apis: readonly (ShownApi & { readonly roles: readonly ShownRole[] })[]
  readonly search: string
  readonly firstUrl: string | undefined
  readonly nextUrl: string | undefined
}

const path = '/admin/roles'

/** The roles of each API. */
export function rolesContent(frame: ConsoleFrame, { apis, search, firstUrl, nextUrl }: RolesProps): Html {
  const { messages } = frame
  const { consoleRoles: texts, console } = messages
  return html`${pageHeading({
    title: texts.title,
    lead: texts.lead,
    action: linkButton({ text: texts.administrators, url: '/admin/administrators', kind: 'secondary' }),
  })}
  ${filterBar({ messages, action: path, search: { value: search, label: texts.searchLabel } })}
  ${apis.length === 0 && emptyState(search === '' ? texts.noApis : console.nothingFound)}
  ${apis.map((api, index) => apiPanel(frame, api, index))}
  ${pager(messages, { first: firstUrl, next: nextUrl })}`
}

function apiPanel(
  frame: ConsoleFrame,
  { id, name, identifier, roles }: RolesProps['apis'][number],
  index: number,
): Html {
  const { consoleRoles: texts } = frame.messages
  const add = frame.may('roles:write')
    ? linkButton({
        text: texts.add,
        url: `/admin/apis/${encodeURIComponent(id)}/roles/new`,
        kind: 'secondary',
      })
    : undefined
  return panel({
    id: `api-${index}`,
    title: outsideName(name),
    description: html`<code>${identifier}</code>`,
    action: roles.length > 0 ? add : undefined,
    content:
      roles.length === 0
        ? emptyState(texts.noRoles, add)
        : rows(
            roles.map((role) => ({
              title: html`<a href="${roleUrl(role.id)}">${role.name}</a>`,
              ...(role.builtIn && { badge: texts.builtIn }),
              lines: [...(role.description === '' ? [] : [role.description]), scopeCodes(role.scopes)],
            })),
          ),
  })
}

const fewScopes = 8

function scopeCodes(scopes: readonly string[]): Html {
  const shown = scopes.slice(0, fewScopes)
  const more = scopes.length - shown.length
  return html`${shown.map((scope) => html`<code>${scope}</code> `)}${more > 0 && `+${more}`}`
}

/** Who administers the installation. */
export function administratorsContent(
  frame: ConsoleFrame,
  {
    roles,
    mailIsSent,
  }: {
    readonly roles: readonly (ShownRole & {
      readonly members: readonly ShownMember[]
      readonly hasMore: boolean
    })[]
    readonly mailIsSent: boolean
  },
): Html {
  const { consoleRoles: texts } = frame.messages
  const mayInvite = mailIsSent && frame.may('accounts:write') && frame.may('administrators:write')
  return html`${pageHeading({
    title: texts.administrators,
    lead: texts.administratorsLead,
    back: { text: texts.toList, url: path },
    action: mayInvite ? linkButton({ text: texts.invite, url: '/admin/accounts/new' }) : undefined,
  })}
  ${roles.map((role) =>
    panel({
      id: role.id,
      title: html`<a href="${roleUrl(role.id)}">${role.name}</a>`,
      description: role.description,
      action: mayGive(frame) ? addLink(frame, role) : undefined,
      content: html`${role.members.length === 0 ? emptyState(texts.nobodyHolds) : memberRows(frame, role, role.members)}
      ${role.hasMore && linkButton({ text: texts.moreMembers, url: roleUrl(role.id), kind: 'quiet' })}`,
    }),
  )}`
}

function mayGive({ may }: ConsoleFrame): boolean {
  return may('roles:write') && may('administrators:write')
}

function addLink({ messages }: ConsoleFrame, { id }: { readonly id: string }): Html {
  return linkButton({ text: messages.consoleRoles.addMember, url: `${roleUrl(id)}/add`, kind: 'secondary' })
}

/** The page of one role. */
export function roleContent(
  frame: ConsoleFrame,
  props: {
    readonly role: ShownRole & { readonly apiId: string; readonly createdAt: Date; readonly updatedAt: Date }
    readonly api: ShownApi & {
      readonly scopes: readonly { readonly name: string; readonly description: string }[]
    }
    readonly members: readonly ShownMember[]
    readonly count: number
    readonly firstUrl: string | undefined
    readonly nextUrl: string | undefined
  },
): Html {
  const { messages } = frame
  const { consoleRoles: texts } = messages
  const { role, api, members, count, firstUrl, nextUrl } = props
  const mayWrite = api.id === 'management' ? mayGive(frame) : frame.may('roles:write')
  const url = roleUrl(role.id)
  const actions = html`<div class="button-row">
    ${linkButton({ text: texts.change, url: `${url}/change`, kind: 'secondary' })}
    ${linkButton({ text: texts.delete, url: `${url}/delete`, kind: 'danger' })}
  </div>`
  const given = api.scopes.filter(({ name }) => role.scopes.includes(name))
  return html`${pageHeading({
    title: outsideName(role.name),
    lead: html`${role.description} <code>${api.identifier}</code>`,
    back: { text: texts.toList, url: path },
    action: mayWrite && !role.builtIn ? actions : undefined,
  })}
  ${panel({
    id: 'scopes',
    title: texts.scopes,
    description: role.builtIn && texts.builtInLead,
    content:
      given.length === 0
        ? emptyState(texts.noScopes)
        : factList(given.map(({ name, description }) => [name, description] as const)),
  })}
  ${panel({
    id: 'members',
    title: html`${texts.members} (${String(count)})`,
    description: texts.membersLead,
    action: mayWrite ? addLink(frame, role) : undefined,
    content: html`${members.length === 0 ? emptyState(texts.noMembers) : memberRows(frame, role, members, mayWrite)}
    ${pager(messages, { first: firstUrl, next: nextUrl })}`,
  })}`
}

function memberRows(
  frame: ConsoleFrame,
  role: { readonly id: string },
  members: readonly ShownMember[],
  mayTake = mayGive(frame),
): Html {
  const { messages } = frame
  const { consoleRoles: texts } = messages
  return rows(
    members.map((member) => ({
      title: memberLink(frame, member),
      badge: texts[member.type],
      lines: [fill(texts.since, { when: moment(messages, member.since) })],
      actions: mayTake && member.name !== undefined ? removeLink(frame, role.id, member) : undefined,
    })),
  )
}

function memberLink({ messages }: ConsoleFrame, { type, id, name }: ShownMember): Html {
  if (name === undefined) return html`<code>${id}</code> (${messages.consoleRoles.gone})`
  const url = type === 'account' ? accountUrl(id) : `/admin/clients/${encodeURIComponent(id)}`
  return html`<a href="${url}">${outsideAddress(name)}</a>`
}

function removeLink({ messages }: ConsoleFrame, roleId: string, { type, id, name = id }: ShownMember): Html {
  const { consoleRoles: texts } = messages
  return html`<a
    class="button secondary"
    href="${`${roleUrl(roleId)}/members/${type}/${encodeURIComponent(id)}/remove`}"
    ${attributes({ 'aria-label': fillText(texts.removeFrom, { name }) })}
    >${texts.remove}</a
  >`
}

/** A list of rows on a sheet, for pages of search results. */
export function resultRows(entries: Parameters<typeof rows>[0]): Html {
  return sheet(rows(entries))
}

/** Where the page of a role is. */
export function roleUrl(id: string): string {
  return `${path}/${encodeURIComponent(id)}`
}
