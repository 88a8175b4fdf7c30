import { tickIcon } from '../components/icons.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** One scope that the app asks for. */
export interface ConsentScope {
  readonly name: string
  /** The API's own sentence; the scopes of OpenID Connect have theirs in the catalogue and need none. */
  readonly description?: string | undefined
  /** The API that the scope belongs to; absent for the scopes of OpenID Connect. */
  readonly apiName?: string | undefined
  /** Whether it was not allowed before. */
  readonly isNew: boolean
  /** The value of its box, which is empty at first, if the person may refuse it by itself. */
  readonly box?: string | undefined
}

/** Everything that is asked for, about the person first, then API by API. */
export function scopeGroups(scopes: readonly ConsentScope[], messages: Messages): Html {
  const { consent } = messages
  const isMixed = scopes.some((scope) => scope.isNew) && scopes.some((scope) => !scope.isNew)
  const item = (scope: ConsentScope) => {
    const badge = scope.isNew && isMixed && consent.isNew
    const sentence = scopeSentence(scope, messages)
    if (scope.box === undefined) return scopeItem(sentence, badge)
    return scopeBox({ value: scope.box, id: `scope-${scopes.indexOf(scope)}` }, sentence, badge)
  }
  const identity = scopes.filter((scope) => scope.apiName === undefined && !isSilent(scope))
  const groups = [...Map.groupBy(scopes, (scope) => scope.apiName)].filter(
    ([apiName]) => apiName !== undefined,
  )

  const hasBoxes = scopes.some((scope) => scope.box !== undefined)
  return html`<div class="scope-groups">
    ${hasBoxes && html`<p class="hint">${consent.optional}</p>`}
    ${identity.length > 0 && scopeGroup(consent.aboutYou, identity.map(item))}
    ${identity.length === 0 && groups.length === 0 && scopeGroup(consent.aboutYou, [scopeItem(consent.onlySignIn)])}
    ${groups.map(([apiName, ofApi]) => scopeGroup(html`<bdi>${apiName}</bdi>`, ofApi.map(item)))}
  </div>`
}

/** `openid` only makes it OpenID Connect, and how long access lasts has a line of its own. */
function isSilent(scope: ConsentScope): boolean {
  return scope.name === 'openid' || scope.name === 'offline_access'
}

/** What a scope lets an app do: our own sentence, the API's, or, if there is none, the bare name. */
export function scopeSentence(scope: Omit<ConsentScope, 'isNew'>, { scopes }: Messages): HtmlValue {
  if (scope.apiName === undefined && isIdentityScope(scope.name, scopes)) return scopes[scope.name]
  const isDescribed = scope.description !== undefined && scope.description.trim() !== ''
  return isDescribed ? html`<bdi>${scope.description}</bdi>` : html`<code>${scope.name}</code>`
}

function isIdentityScope<Scopes extends object>(name: string, scopes: Scopes): name is keyof Scopes & string {
  return Object.hasOwn(scopes, name)
}

function scopeGroup(title: HtmlValue, items: readonly Html[]): Html {
  return html`<section class="scope-group">
    <h2>${title}</h2>
    <ul>
      ${items}
    </ul>
  </section>`
}

function scopeItem(text: HtmlValue, badge: string | false = false): Html {
  return html`<li>
    ${tickIcon()}<span>${text}${badge !== false && html` <span class="badge">${badge}</span>`}</span>
  </li>`
}

/** Nothing is ticked for anybody: what was not chosen was not agreed to. */
function scopeBox(
  box: { readonly id: string; readonly value: string },
  text: HtmlValue,
  badge: string | false,
): Html {
  const { id, value } = box
  return html`<li>
    <label class="scope-box" for="${id}">
      <input ${attributes({ type: 'checkbox', id, name: 'scope', value, autocomplete: 'off' })} />
      <span>${text}${badge !== false && html` <span class="badge">${badge}</span>`}</span>
    </label>
  </li>`
}
