/** Issuing an API key: whom it stands for, for which API, and what it may do. */
import { alert } from '../components/alert.ts'
import { emptyState, pageHeading, panel, rows } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { keyFields } from './key-form.ts'
import type { KeyFieldsProps } from './key-form.ts'
import { numberText } from './key-parts.ts'
import type { ShownOwner } from './key-parts.ts'
import { consoleForm, filterBar } from './parts.ts'

const path = '/admin/keys'

/** The address of a step, with what was chosen before it. */
export function issueUrl(chosen: { readonly owner?: ShownOwner; readonly api?: string }): string {
  const { owner, api } = chosen
  const query = new URLSearchParams({
    ...(owner !== undefined && { owner: `${owner.type}:${owner.id}` }),
    ...(api !== undefined && { api }),
  })
  return `${path}/new?${query.toString()}`
}

/** The first step. */
export interface ChooseOwnerProps {
  readonly search: string
  readonly owners: readonly ShownOwner[]
  /** False when the administrator may see neither accounts nor clients. */
  readonly maySearch: boolean
}

/** Choosing whom the key stands for. */
export function chooseOwnerContent(frame: ConsoleFrame, props: ChooseOwnerProps): Html {
  const { messages } = frame
  const { consoleKeyForm: texts, consoleKeys } = messages
  const { search, owners, maySearch } = props
  const found = rows(
    owners.map((owner) => ({
      title: outsideAddress(owner.name),
      badge: owner.isDisabled ? texts.isDisabled : consoleKeys[owner.type],
      lines: [html`<code>${owner.id}</code>`],
      actions:
        !owner.isDisabled &&
        html`<a
          class="button secondary"
          href="${issueUrl({ owner })}"
          aria-label="${fillText(texts.chooseNamed, { name: owner.name })}"
          >${texts.choose}</a
        >`,
    })),
  )
  const none = search === '' ? undefined : emptyState(texts.ownerNone)
  return html`${heading(frame)}
  ${panel({
    id: 'owner',
    title: texts.stepOwner,
    description: texts.stepOwnerLead,
    content: maySearch
      ? html`${filterBar({ messages, action: `${path}/new`, search: { value: search, label: texts.ownerSearch } })}
        ${owners.length > 0 ? found : none}`
      : emptyState(texts.ownerHidden),
  })}`
}

/** An API at which the owner holds something. */
export interface OfferedApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
  readonly isDisabled: boolean
  readonly scopes: number
}

/** Choosing the API. */
export function chooseApiContent(
  frame: ConsoleFrame,
  { owner, apis }: { readonly owner: ShownOwner; readonly apis: readonly OfferedApi[] },
): Html {
  const { messages } = frame
  const { consoleKeyForm: texts } = messages
  const name = outsideName(owner.name)
  const toRoles = frame.may('roles:read')
    ? html`<a class="button secondary" href="/admin/roles">${texts.toRoles}</a>`
    : undefined
  return html`${heading(frame)}
  ${panel({
    id: 'api',
    title: texts.stepApi,
    description: fill(texts.stepApiLead, { owner: name }),
    action: html`<a class="button quiet" href="${issueUrl({})}">${texts.otherOwner}</a>`,
    content:
      apis.length === 0
        ? emptyState(fill(texts.apiNone, { owner: name }), toRoles)
        : html`${rows(apis.map((api) => apiRow(frame, owner, api)))}
            <p class="hint">${texts.apiElsewhere}</p>`,
  })}`
}

function apiRow({ messages }: ConsoleFrame, owner: ShownOwner, api: OfferedApi) {
  const { consoleKeyForm: texts } = messages
  return {
    title: outsideName(api.name),
    ...(api.isDisabled && { badge: texts.isDisabled }),
    lines: [
      outsideName(api.identifier),
      fillText(texts.scopesHeld, { count: numberText(messages, api.scopes) }),
    ],
    actions:
      !api.isDisabled &&
      html`<a
        class="button secondary"
        href="${issueUrl({ owner, api: api.id })}"
        aria-label="${fillText(texts.chooseNamed, { name: api.name })}"
        >${texts.choose}</a
      >`,
  }
}

/** The last step. */
export interface IssueProps {
  readonly owner: ShownOwner
  readonly api: { readonly id: string; readonly name: string; readonly identifier: string }
  /** Names this form, so that sending it twice makes one key. */
  readonly once: string
  readonly fields: KeyFieldsProps
  /** What is wrong with all of it. */
  readonly problem?: string | undefined
}

/** Saying what the key may do. */
export function issueContent(frame: ConsoleFrame, props: IssueProps): Html {
  const { messages } = frame
  const { consoleKeyForm: texts, consoleKeys } = messages
  const { owner, api, once, fields, problem } = props
  return html`${heading(frame)} ${problem !== undefined && alert({ kind: 'problem', content: problem })}
  ${panel({
    id: 'settings',
    title: texts.stepSettings,
    content: html`<dl class="chosen">
        <div>
          <dt>${consoleKeys.owner}</dt>
          <dd>${outsideName(owner.name)} <a href="${issueUrl({})}">${texts.otherOwner}</a></dd>
        </div>
        <div>
          <dt>${consoleKeys.api}</dt>
          <dd>
            ${outsideName(api.name)} (${outsideName(api.identifier)})
            <a href="${issueUrl({ owner })}">${texts.otherApi}</a>
          </dd>
        </div>
      </dl>
      ${consoleForm(frame, {
        action: `${path}/new`,
        hidden: { owner: `${owner.type}:${owner.id}`, api: api.id, once },
        content: html`${keyFields(messages, fields)} ${button({ text: texts.makeIt, kind: 'primary' })}`,
      })}`,
  })}`
}

function heading({ messages }: ConsoleFrame): Html {
  const { consoleKeyForm: texts, consoleKeys } = messages
  return pageHeading({ title: texts.issueTitle, back: { text: consoleKeys.title, url: path } })
}

/** The page for a form that was sent before: it made its key then. */
export function alreadyIssuedContent({ messages }: ConsoleFrame, keyId: string): Html {
  const { consoleKeyForm: texts, consoleKeys } = messages
  return html`${pageHeading({ title: texts.alreadyTitle, back: { text: consoleKeys.title, url: path } })}
    ${alert({ kind: 'notice', content: `${texts.already} ${texts.alreadyLost}` })}
    <p class="button-row">
      <a class="button primary" href="${`${path}/${keyId}`}">${texts.toKey}</a>
      <a class="button secondary" ${attributes({ href: `${path}/new` })}>${consoleKeys.issue}</a>
    </p>`
}
