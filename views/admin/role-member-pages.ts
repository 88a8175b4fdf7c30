import { alert } from '../components/alert.ts'
import { emptyState, pageHeading } from '../components/app-parts.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm, filterBar } from './parts.ts'
import { losesText } from './role-form-page.ts'
import { resultRows, roleUrl } from './roles-page.ts'

interface Named {
  readonly type: 'account' | 'client'
  readonly id: string
  readonly name: string
}

interface RoleOfPage {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
}

/** The page on which somebody is found and given a role. */
export function addMemberContent(
  frame: ConsoleFrame,
  {
    role,
    search,
    found,
  }: {
    readonly role: RoleOfPage
    readonly search: string
    readonly found: readonly (Named & { readonly person?: string | undefined; readonly hasIt: boolean })[]
  },
): Html {
  const { messages } = frame
  const { consoleRoles: texts, console } = messages
  const url = `${roleUrl(role.id)}/add`
  return html`${pageHeading({
    title: fillText(texts.addTitle, { role: role.name }),
    back: { text: fillText(texts.backTo, { name: role.name }), url: roleUrl(role.id) },
  })}
  ${filterBar({ messages, action: url, search: { value: search, label: texts.addSearch } })}
  ${
    found.length === 0
      ? emptyState(search === '' ? texts.addLead : console.nothingFound)
      : resultRows(
          found.map((owner) => ({
            title: outsideAddress(owner.name),
            badge: texts[owner.type],
            lines: [
              ...(owner.person === undefined ? [] : [outsideName(owner.person)]),
              html`<code>${owner.id}</code>`,
            ],
            actions: owner.hasIt
              ? html`<span class="badge quiet">${texts.hasIt}</span>`
              : giveForm(frame, url, owner),
          })),
        )
  }`
}

function giveForm(frame: ConsoleFrame, action: string, { type, id, name }: Named): Html {
  const { consoleRoles: texts } = frame.messages
  return consoleForm(frame, {
    action,
    hidden: { type, owner: id },
    content: html`<button
      class="button secondary"
      type="submit"
      ${attributes({ 'aria-label': fillText(texts.giveTo, { name }) })}
    >
      ${texts.give}
    </button>`,
  })
}

/** The page that asks before a role is taken from somebody. */
export function confirmRemoveMemberContent(
  frame: ConsoleFrame,
  props: {
    readonly role: RoleOfPage
    readonly owner: Named
    readonly isLastOwner: boolean
    readonly isAdministration: boolean
  },
): Html {
  const { consoleRoles: texts } = frame.messages
  const { role, owner, isLastOwner, isAdministration } = props
  return html`${isLastOwner && alert({ kind: 'problem', content: texts.lastOwner })}
  ${confirmContent({
    frame,
    title: fillText(texts.removeTitle, { role: role.name, name: owner.name }),
    consequences: [losesText(frame, role.scopes), ...(isAdministration ? [texts.removeAdmin] : [])],
    action: `${roleUrl(role.id)}/members/${owner.type}/${encodeURIComponent(owner.id)}/remove`,
    submit: texts.remove,
    cancelUrl: roleUrl(role.id),
  })}`
}
