import { alert } from '../components/alert.ts'
import { factList, moment, pageHeading, panel } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accessPanel, activityPanel } from './account-panels.ts'
import type { ShownEvent } from './account-panels.ts'
import { signInPanel } from './account-sign-in.ts'
import type { ShownSignIn } from './account-sign-in.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { incidentUrl } from './incident-page.ts'
import type { ShownStanding } from './incident-page.ts'
import { consoleForm } from './parts.ts'
import { permissionsPanel } from './permissions-panel.ts'
import type { ShownHeldScope } from './permissions-panel.ts'

/** An account on its page. */
export interface ShownAccount {
  readonly id: string
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly username: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
  readonly administrator: boolean
  readonly disabledAt: Date | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The page of an account. */
export interface AccountPageProps {
  readonly account: ShownAccount
  readonly signIn: ShownSignIn
  readonly standing: ShownStanding
  /** Undefined where the administrator may not see it. */
  readonly permissions: readonly ShownHeldScope[] | undefined
  readonly events: readonly ShownEvent[] | undefined
  readonly deletionDueAt: Date | undefined
  readonly mayChange: boolean
  readonly mailIsSent: boolean
}

/** The content of the page. */
export function accountContent(frame: ConsoleFrame, props: AccountPageProps): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const { account, mayChange } = props
  const name = account.claims['name']
  const url = accountUrl(account.id)
  return html`${pageHeading({
    title: typeof name === 'string' ? outsideName(name) : outsideAddress(account.email),
    lead: typeof name === 'string' ? outsideAddress(account.email) : undefined,
    back: { text: texts.toList, url: '/admin/accounts' },
    action: mayChange
      ? linkButton({ text: texts.change, url: `${url}/change`, kind: 'secondary' })
      : undefined,
  })}
  ${notices(messages, props)}
  ${panel({ id: 'facts', title: texts.facts, content: factsOf(messages, account) })}
  ${signInPanel(frame, props)} ${accessPanel(frame, props)}
  ${permissionsPanel(frame, { url, permissions: props.permissions })} ${activityPanel(frame, props)}
  ${dangerPanel(frame, props)}`
}

function notices(messages: Messages, { account, deletionDueAt, mayChange }: AccountPageProps): Html {
  const { consoleAccounts: texts } = messages
  const { disabledAt } = account
  return html`${disabledAt && alert({ kind: 'problem', content: fill(texts.disabledSince, { when: moment(messages, disabledAt) }) })}
  ${deletionDueAt && alert({ kind: 'notice', content: fill(texts.deletionDue, { when: moment(messages, deletionDueAt) }) })}
  ${!mayChange && account.administrator && alert({ kind: 'notice', content: texts.moreThanYou })}`
}

function factsOf(messages: Messages, account: ShownAccount): Html {
  const { consoleAccounts: texts, console } = messages
  const { emailVerifiedAt, username, claims } = account
  const { name, locale, ...others } = claims
  const verified = emailVerifiedAt
    ? fill(texts.emailVerifiedAt, { when: moment(messages, emailVerifiedAt) })
    : texts.emailUnverified
  const facts: (readonly [string, HtmlValue])[] = [
    [texts.id, html`<code>${account.id}</code>`],
    [texts.email, html`${outsideAddress(account.email)} (${verified})`],
    [texts.username, username ?? texts.notGiven],
    [texts.name, typeof name === 'string' ? outsideName(name) : texts.notGiven],
    [texts.locale, typeof locale === 'string' ? locale : texts.notGiven],
  ]
  const other = Object.entries(others).filter(([, value]) => value !== undefined)
  if (other.length > 0) facts.push([texts.otherClaims, claimLines(other)])
  facts.push([texts.administrator, account.administrator ? console.yes : console.no])
  facts.push([texts.created, moment(messages, account.createdAt)])
  facts.push([texts.changed, moment(messages, account.updatedAt)])
  return factList(facts)
}

function claimLines(claims: readonly (readonly [string, unknown])[]): Html {
  return html`<ul>
    ${claims.map(
      ([name, value]) =>
        html`<li>
          <code>${name}</code>: ${typeof value === 'string' ? outsideName(value) : JSON.stringify(value)}
        </li>`,
    )}
  </ul>`
}

function dangerPanel(frame: ConsoleFrame, { account, mayChange }: AccountPageProps): Html | undefined {
  const { consoleAccounts: texts, consoleIncident } = frame.messages
  const url = accountUrl(account.id)
  const mayEnd = frame.may('sessions:write')
  if (!mayChange && !mayEnd) return undefined
  const toggle =
    account.disabledAt === undefined
      ? linkButton({ text: texts.disable, url: `${url}/disable`, kind: 'secondary' })
      : consoleForm(frame, {
          action: `${url}/enable`,
          content: button({ text: texts.enable, kind: 'secondary' }),
        })
  return panel({
    id: 'danger',
    title: texts.danger,
    description: mayEnd && consoleIncident.linkLead,
    kind: 'danger',
    content: html`<div class="button-row">
      ${mayEnd && linkButton({ text: consoleIncident.link, url: incidentUrl({ kind: 'account', id: account.id }), kind: 'danger' })}
      ${mayChange && toggle}
      ${mayChange && linkButton({ text: texts.delete, url: `${url}/delete`, kind: 'danger' })}
    </div>`,
  })
}
