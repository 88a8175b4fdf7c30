import { button, buttonRow } from '../components/button.ts'
import { heading, outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { clockIcon, leaveIcon, problemIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accountRow, clientBadge } from './consent-parties.ts'
import { scopeGroups } from './consent-scopes.ts'
import type { ConsentScope } from './consent-scopes.ts'
import { safeUrl } from '../safe-url.ts'

/** The app that asks. */
export interface ConsentClient {
  readonly name: string
  /** Shown only when it is a path on this origin: pages load nothing from elsewhere. */
  readonly logoUri?: string | undefined
  readonly uri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
  /** The host that the answer is sent to, so that a borrowed name can be noticed. */
  readonly redirectHost: string
  /** Whether the installation itself operates the app. */
  readonly firstParty: boolean
}

/** The person who is asked. */
export interface ConsentAccount {
  readonly name?: string | undefined
  readonly email: string
}

/** What the consent page shows. It posts `decision`, which is `allow`, `deny` or `switch`. */
export interface ConsentPageProps extends PageProps {
  readonly action: string
  readonly client: ConsentClient
  readonly account: ConsentAccount
  readonly scopes: readonly ConsentScope[]
  /** Whether the app would keep its access without the person present. */
  readonly offline: boolean
}

/** The page on which a person lets an app in, or does not. */
export function consentPage(props: ConsentPageProps): Html {
  const { messages, brand, client } = props
  const { consent } = messages
  return pageLayout({
    brand,
    messages,
    title: fillText(consent.title, { client: client.name }),
    content: html`
      ${clientBadge(client)} ${heading(fill(consent.title, { client: outsideName(client.name) }))}
      ${postForm({
        action: props.action,
        content: html`
          ${accountRow(props.account, messages)}
          <p class="scopes-intro">${fill(consent.itMay, { client: outsideName(client.name) })}</p>
          ${scopeGroups(props.scopes, messages)} ${facts(props)}
          ${buttonRow(
            button({ text: consent.allow, kind: 'primary', name: 'decision', value: 'allow' }),
            button({ text: consent.deny, kind: 'secondary', name: 'decision', value: 'deny' }),
          )}
        `,
      })}
      ${clientLinks(client, messages)}
    `,
  })
}

function facts({ brand, client, offline, messages }: ConsentPageProps): Html {
  const { consent } = messages
  const warning = fill(consent.notOurs, { client: outsideName(client.name), brand: brand.name })
  return html`<ul class="facts">
    <li>${clockIcon()}<span>${offline ? consent.offline : consent.online}</span></li>
    <li>${leaveIcon()}<span>${fill(consent.redirect, { host: outsideName(client.redirectHost) })}</span></li>
    ${!client.firstParty && html`<li>${problemIcon()}<span>${warning}</span></li>`}
  </ul>`
}

function clientLinks(client: ConsentClient, messages: Messages): Html | undefined {
  const { website, policy, terms, documents } = messages.consent
  const links = (
    [
      [client.uri, website],
      [client.policyUri, policy],
      [client.tosUri, terms],
    ] as const
  ).filter(([url]) => url !== undefined && safeUrl(url) !== undefined)
  if (links.length === 0) return undefined
  const items = links.map(
    ([url, text]) => html`<li><a href="${url}" rel="noopener noreferrer" target="_blank">${text}</a></li>`,
  )
  return html`<nav class="card-links" aria-label="${fillText(documents, { client: client.name })}">
    <ul>
      ${items}
    </ul>
  </nav>`
}
