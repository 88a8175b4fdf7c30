import { alert } from '../components/alert.ts'
import { factList, moment, pageHeading, panel } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideAddress, outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accessPanel, activityPanel } from './account-panels.ts'
import type { ShownEvent } from './account-panels.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { incidentUrl } from './incident-page.ts'
import type { ShownStanding } from './incident-page.ts'
import { consoleForm } from './parts.ts'
import { permissionsPanel } from './permissions-panel.ts'
import type { ShownHeldScope } from './permissions-panel.ts'

/** How somebody signs in; nothing of what proves it. */
export interface ShownSignIn {
  readonly passwordSince: Date | undefined
  readonly passwordDisabled: Date | undefined
  readonly app:
    | {
        readonly createdAt: Date
        readonly lastUsedAt: Date | undefined
        readonly disabledAt: Date | undefined
      }
    | undefined
  readonly passkeys: readonly {
    readonly name: string
    readonly createdAt: Date
    readonly lastUsedAt: Date | undefined
  }[]
  readonly recoveryCodesLeft: number
  readonly devices: number
  readonly devicesTrusted: number
}

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
    [texts.email, html`${account.email} (${verified})`],
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

function signInPanel(
  frame: ConsoleFrame,
  { account, signIn, mayChange, mailIsSent }: AccountPageProps,
): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const url = accountUrl(account.id)
  const hasFactors = signIn.app !== undefined || signIn.passkeys.length > 0 || signIn.recoveryCodesLeft > 0
  const actions = html`<div class="button-row">
    ${
      mailIsSent &&
      account.disabledAt === undefined &&
      consoleForm(frame, {
        action: `${url}/reset-password`,
        content: button({ text: texts.sendReset, kind: 'secondary' }),
      })
    }
    ${signIn.passwordSince && linkButton({ text: texts.giveUpPassword, url: `${url}/give-up-password`, kind: 'danger' })}
    ${hasFactors && linkButton({ text: texts.removeFactors, url: `${url}/remove-factors`, kind: 'danger' })}
  </div>`
  return panel({
    id: 'sign-in',
    title: texts.signIn,
    description: texts.signInLead,
    content: html`${factList([
      [texts.password, passwordText(messages, signIn)],
      [texts.app, appText(messages, signIn)],
      [texts.passkeys, passkeyLines(messages, signIn)],
      [texts.recoveryCodes, String(signIn.recoveryCodesLeft)],
      [
        texts.devices,
        signIn.devicesTrusted === 0
          ? String(signIn.devices)
          : fillText(texts.devicesTrusted, {
              count: String(signIn.devices),
              trusted: String(signIn.devicesTrusted),
            }),
      ],
    ])}
    ${mayChange && actions} ${mayChange && !mailIsSent && html`<p class="hint">${texts.noMail}</p>`}`,
  })
}

function passwordText(messages: Messages, { passwordSince, passwordDisabled }: ShownSignIn): HtmlValue {
  const { consoleAccounts: texts } = messages
  if (passwordDisabled) return fill(texts.passwordDisabled, { when: moment(messages, passwordDisabled) })
  return passwordSince
    ? fill(texts.passwordSince, { when: moment(messages, passwordSince) })
    : texts.noPassword
}

function appText(messages: Messages, { app }: ShownSignIn): HtmlValue {
  const { consoleAccounts: texts, console } = messages
  if (app === undefined) return console.none
  if (app.disabledAt !== undefined) return fill(texts.appLocked, { when: moment(messages, app.disabledAt) })
  return fill(texts.appSince, {
    when: moment(messages, app.createdAt, 'day'),
    used: used(messages, app.lastUsedAt),
  })
}

function passkeyLines(messages: Messages, { passkeys }: ShownSignIn): HtmlValue {
  const { consoleAccounts: texts, console } = messages
  if (passkeys.length === 0) return console.none
  return html`<ul>
    ${passkeys.map(
      ({ name, createdAt, lastUsedAt }) =>
        html`<li>
          ${fill(texts.passkeyLine, {
            name: outsideName(name),
            when: moment(messages, createdAt, 'day'),
            used: used(messages, lastUsedAt),
          })}
        </li>`,
    )}
  </ul>`
}

function used(messages: Messages, at: Date | undefined): Html {
  return at === undefined ? html`${messages.console.never.toLowerCase()}` : moment(messages, at)
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
