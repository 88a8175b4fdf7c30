import { button, buttonRow } from '../components/button.ts'
import { heading, outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { clockIcon, leaveIcon, problemIcon, shieldIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { deviceNotice } from './consent-device.ts'
import type { ConsentDevice } from './consent-device.ts'
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
  /** Whether somebody who administers this server has checked who operates it. */
  readonly verified?: boolean | undefined
  /** Whether `redirectHost` is no host, but an app on the device of the person. */
  readonly onDevice?: boolean | undefined
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
  /** For how long it would, at most. */
  readonly offlineSeconds?: number | undefined
  /** The device that would be let in, if it is not for this browser. */
  readonly device?: ConsentDevice | undefined
}

/** The page on which a person lets an app in, or does not. */
export function consentPage(props: ConsentPageProps): Html {
  const { messages, brand, client, device } = props
  const { consent } = messages
  const title = device === undefined ? consent.title : messages.device.confirmTitle
  return pageLayout({
    brand,
    messages,
    title: fillText(title, { client: client.name }),
    content: html`
      ${clientBadge(client)} ${heading(fill(title, { client: outsideName(client.name) }))}
      ${device !== undefined && deviceNotice(device, messages)}
      ${postForm({
        action: props.action,
        content: html`
          ${offeredFields(props.scopes)} ${accountRow(props.account, messages)}
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

/** The values of the boxes go along, so that the answer is about the very page that was seen. */
function offeredFields(scopes: readonly ConsentScope[]): Html[] {
  return scopes.flatMap(({ box: value }) =>
    value === undefined ? [] : [html`<input ${attributes({ type: 'hidden', name: 'offered', value })} />`],
  )
}

/** For how long, where one is sent, and who is behind the app. */
function facts(props: ConsentPageProps): Html {
  const { consent } = props.messages
  const { onDevice, redirectHost } = props.client
  const target = fill(onDevice === true ? consent.redirectDevice : consent.redirect, {
    host: outsideName(redirectHost),
  })
  return html`<ul class="facts">
    <li>${clockIcon()}<span>${duration(props)}</span></li>
    ${props.device === undefined && html`<li>${leaveIcon()}<span>${target}</span></li>`} ${trustFact(props)}
  </ul>`
}

function duration({ messages, offline, offlineSeconds, device }: ConsentPageProps): string {
  const { consent } = messages
  if (!offline) return device === undefined ? consent.online : messages.device.accessShort
  if (offlineSeconds === undefined) return consent.offline
  return fillText(consent.offlineFor, { time: lengthOfTime(messages, offlineSeconds) })
}

function trustFact({ brand, client, messages }: ConsentPageProps): Html | undefined {
  if (client.firstParty) return undefined
  const { consent } = messages
  const values = { client: outsideName(client.name), brand: brand.name }
  if (client.verified === true)
    return html`<li class="fact-good">${shieldIcon()}<span>${fill(consent.verified, values)}</span></li>`
  return html`<li>${problemIcon()}<span>${fill(consent.notOurs, values)}</span></li>`
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
