import { emptyState, moment, pageHeading, panel } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** A scope an app holds: in the API's own words, or in ours if it is one of OpenID Connect. */
export interface GrantedScope {
  readonly name: string
  readonly description: string | undefined
  readonly apiName?: string | undefined
}

/** An app as the page shows it. */
export interface AppView {
  readonly clientId: string
  readonly name: string
  readonly firstParty: boolean
  readonly since: Date
  readonly scopes: readonly GrantedScope[]
}

/** The page of connected apps. */
export function appsPage(frame: AccountFrame, apps: readonly AppView[]): AccountPage {
  const { messages } = frame
  const { account, accountAccess: texts } = messages
  return {
    current: '/account/apps',
    title: account.navApps,
    content: html`
      ${pageHeading({ title: account.navApps, lead: texts.appsLead })}
      ${apps.length === 0 ? emptyState(texts.noApps) : apps.map((app, index) => appPanel(frame, app, index))}
    `,
  }
}

/** The page that asks before an app loses its access. */
export function revokeAppPage({ messages, csrfToken }: AccountFrame, app: AppView): AccountPage {
  const { account, accountAccess: texts } = messages
  return {
    current: '/account/apps',
    title: fillText(texts.revokeTitle, { app: app.name }),
    content: html`
      ${pageHeading({
        title: fill(texts.revokeTitle, { app: outsideName(app.name) }),
        lead: texts.revokeText,
        back: { text: account.navApps, url: '/account/apps' },
      })}
      ${postForm({
        action: `/account/apps/${app.clientId}/revoke`,
        hidden: { csrf: csrfToken },
        content: html`<div class="actions">
          ${button({ text: texts.revoke, kind: 'danger' })}
          ${linkButton({ text: messages.app.cancel, url: '/account/apps', kind: 'secondary' })}
        </div>`,
      })}
    `,
  }
}

function appPanel({ messages, brand }: AccountFrame, app: AppView, index: number): Html {
  const { accountAccess: texts } = messages
  return panel({
    id: `app-${index}`,
    title: outsideName(app.name),
    description: html`${fill(texts.appSince, { date: moment(messages, app.since, 'day') })}${
      app.firstParty && html` · ${fill(texts.ofUs, { brand: brand.name })}`
    }`,
    action: html`<a
      class="button danger-quiet"
      href="${`/account/apps/${app.clientId}/revoke`}"
      aria-label="${fillText(texts.revokeNamed, { app: app.name })}"
      >${texts.revoke}</a
    >`,
    content:
      app.scopes.length > 0 &&
      html`<p>${texts.appMay}</p>
        <ul class="plain-list">
          ${app.scopes.map((scope) => html`<li>${sentenceOf(messages, scope)}</li>`)}
        </ul>`,
  })
}

function sentenceOf({ scopes }: Messages, { name, description, apiName }: GrantedScope): Html {
  if (description !== undefined) return html`${outsideName(description)} (${outsideName(apiName ?? '')})`
  const known = Object.entries(scopes).find(([each]) => each === name)
  return html`${known?.[1] ?? name}`
}
