import { alert } from '../components/alert.ts'
import { emptyState, pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { fieldError, textField } from '../components/field.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { confirmContent, consoleForm, ticks } from './parts.ts'
import { roleUrl } from './roles-page.ts'

/** What was typed, or what is there. */
export interface TypedRole {
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
}

/** Why a role was not saved. */
export type RoleFormProblem =
  | 'nameInvalid'
  | 'descriptionInvalid'
  | 'nameTaken'
  | 'scopesInvalid'
  | 'changedMeanwhile'

/** The form of a role: a new one, or one that is changed. */
export interface RoleFormProps {
  readonly api: {
    readonly id: string
    readonly name: string
    readonly scopes: readonly { readonly name: string; readonly description: string }[]
  }
  readonly role: { readonly id: string; readonly name: string; readonly version: number } | undefined
  readonly typed: TypedRole
  readonly problem: RoleFormProblem | undefined
}

/** The page with the form. */
export function roleFormContent(frame: ConsoleFrame, props: RoleFormProps): Html {
  const { consoleRoles: texts, console } = frame.messages
  const { api, role, problem } = props
  const back =
    role === undefined
      ? { text: texts.toList, url: '/admin/roles' }
      : { text: fillText(texts.backTo, { name: role.name }), url: roleUrl(role.id) }
  const apiUrl = `/admin/apis/${encodeURIComponent(api.id)}`
  const alertText = alertOf(frame, problem)
  const content = html`${fields(frame, props)}
    <div class="button-row">
      ${button({ text: role === undefined ? texts.create : console.save, kind: 'primary' })}
      <a class="button secondary" href="${back.url}">${console.cancel}</a>
    </div>`
  return html`${pageHeading({
    title:
      role === undefined
        ? fillText(texts.newTitle, { api: api.name })
        : fillText(texts.changeTitle, { role: role.name }),
    back,
  })}
  ${alertText !== undefined && alert({ kind: 'problem', content: alertText })}
  ${consoleForm(frame, {
    action: role === undefined ? `${apiUrl}/roles/new` : `${roleUrl(role.id)}/change`,
    hidden: { version: role && String(role.version) },
    content,
  })}`
}

function alertOf({ messages }: ConsoleFrame, problem: RoleFormProblem | undefined): string | undefined {
  return problem === 'changedMeanwhile' ? messages.console.changedMeanwhile : undefined
}

function fields({ messages }: ConsoleFrame, { api, typed, problem }: RoleFormProps): Html {
  const { consoleRoles: texts } = messages
  const ofName = problem === 'nameInvalid' || problem === 'nameTaken' ? texts[problem] : undefined
  const words = html`${textField({
    name: 'name',
    label: texts.name,
    autocomplete: 'off',
    value: typed.name,
    error: ofName,
  })}
  ${textField({
    name: 'description',
    label: texts.description,
    autocomplete: 'off',
    value: typed.description,
    hint: texts.descriptionHint,
    error: problem === 'descriptionInvalid' ? texts.descriptionInvalid : undefined,
    optional: true,
  })}`
  const scopes = api.scopes.map(({ name, description }) => ({
    name: 'scope',
    value: name,
    title: html`<code>${name}</code>`,
    description,
    checked: typed.scopes.includes(name),
  }))
  const isWrong = problem === 'scopesInvalid'
  return html`${panel({ id: 'words', title: texts.name, content: words })}
  ${panel({
    id: 'scopes',
    title: texts.scopes,
    content:
      scopes.length === 0
        ? emptyState(texts.noScopesAtApi)
        : html`${ticks(texts.scopesLegend, scopes, { describedBy: isWrong ? 'scope-error' : undefined })}
          ${isWrong && fieldError('scope', texts.scopesInvalid)}`,
  })}`
}

/** The page that asks before a role is deleted. */
export function confirmDeleteRoleContent(
  frame: ConsoleFrame,
  {
    role,
    members,
  }: {
    readonly role: { readonly id: string; readonly name: string; readonly scopes: readonly string[] }
    readonly members: number
  },
): Html {
  const { consoleRoles: texts } = frame.messages
  return confirmContent({
    frame,
    title: fillText(texts.deleteTitle, { role: role.name }),
    consequences: [
      fillText(texts.deleteMembers, { count: String(members) }),
      losesText(frame, role.scopes),
      texts.deleteUndo,
    ],
    action: `${roleUrl(role.id)}/delete`,
    submit: texts.delete,
    cancelUrl: roleUrl(role.id),
  })
}

/** What whoever loses a role loses with it. */
export function losesText({ messages }: ConsoleFrame, scopes: readonly string[]): string {
  const { consoleRoles: texts } = messages
  return scopes.length === 0 ? texts.losesNothing : fillText(texts.loses, { scopes: scopes.join(', ') })
}
