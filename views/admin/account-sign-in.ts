/** The panel of the page of an account that says how somebody signs in. */
import { factList, moment, panel } from '../components/app-parts.ts'
import type { EnrolledApp } from '../components/authenticator-app.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm } from './parts.ts'

/** How somebody signs in; nothing of what proves it. */
export interface ShownSignIn {
  readonly passwordSince: Date | undefined
  readonly passwordDisabled: Date | undefined
  /** Somebody else chose it, and the person did not replace it yet. */
  readonly passwordTemporary: boolean
  readonly app: EnrolledApp | undefined
  readonly passkeys: readonly {
    readonly id: string
    readonly name: string
    readonly createdAt: Date
    readonly lastUsedAt: Date | undefined
  }[]
  readonly recoveryCodesLeft: number
  readonly devices: number
  readonly devicesTrusted: number
}

/** Whose sign-in it is, and what may be done about it. */
interface SignInPanelProps {
  readonly account: { readonly id: string; readonly disabledAt: Date | undefined }
  readonly signIn: ShownSignIn
  readonly mayChange: boolean
  readonly mailIsSent: boolean
}

/** The panel. */
export function signInPanel(frame: ConsoleFrame, props: SignInPanelProps): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const { signIn, mayChange, mailIsSent } = props
  return panel({
    id: 'sign-in',
    title: texts.signIn,
    description: texts.signInLead,
    content: html`${factList([
      [texts.password, passwordText(messages, signIn)],
      [texts.app, appText(messages, props)],
      [texts.passkeys, passkeyLines(messages, props)],
      [texts.recoveryCodes, codesText(messages, props)],
      [texts.devices, devicesText(messages, signIn)],
    ])}
    ${mayChange && actionsOf(frame, props)}
    ${mayChange && !mailIsSent && html`<p class="hint">${texts.noMail}</p>`}`,
  })
}

function actionsOf(frame: ConsoleFrame, { account, signIn, mailIsSent }: SignInPanelProps): Html {
  const { consoleAccounts: texts, consoleFactors } = frame.messages
  const url = accountUrl(account.id)
  const hasFactors = signIn.app !== undefined || signIn.passkeys.length > 0 || signIn.recoveryCodesLeft > 0
  return html`<div class="button-row">
    ${
      mailIsSent &&
      account.disabledAt === undefined &&
      consoleForm(frame, {
        action: `${url}/reset-password`,
        content: button({ text: texts.sendReset, kind: 'secondary' }),
      })
    }
    ${signIn.passwordSince && linkButton({ text: texts.giveUpPassword, url: `${url}/give-up-password`, kind: 'danger' })}
    ${hasFactors && linkButton({ text: consoleFactors.removeAll, url: `${url}/remove-factors`, kind: 'danger' })}
  </div>`
}

function passwordText(messages: Messages, signIn: ShownSignIn): HtmlValue {
  const { passwordSince, passwordDisabled, passwordTemporary } = signIn
  const { consoleAccounts: texts } = messages
  if (passwordDisabled) return fill(texts.passwordDisabled, { when: moment(messages, passwordDisabled) })
  if (passwordSince === undefined) return texts.noPassword
  const said = passwordTemporary ? texts.passwordTemporary : texts.passwordSince
  return fill(said, { when: moment(messages, passwordSince) })
}

function appText(messages: Messages, { signIn: { app }, ...props }: SignInPanelProps): HtmlValue {
  const { consoleAccounts: texts, consoleFactors, console } = messages
  if (app === undefined) return console.none
  const remove = removeLink(messages, props, { factor: 'authenticator-app', what: consoleFactors.removeApp })
  if (app.disabledAt !== undefined)
    return html`${fill(texts.appLocked, { when: moment(messages, app.disabledAt) })} ${remove}`
  const since = {
    when: moment(messages, app.createdAt, 'day'),
    used: used(messages, app.lastUsedAt),
  }
  return html`${fill(texts.appSince, since)} ${remove}`
}

function passkeyLines(messages: Messages, { signIn: { passkeys }, ...props }: SignInPanelProps): HtmlValue {
  const { consoleAccounts: texts, consoleFactors, console } = messages
  if (passkeys.length === 0) return console.none
  return html`<ul>
    ${passkeys.map(
      ({ id, name, createdAt, lastUsedAt }) =>
        html`<li>
          ${fill(texts.passkeyLine, {
            name: outsideName(name),
            when: moment(messages, createdAt, 'day'),
            used: used(messages, lastUsedAt),
          })}
          ${removeLink(messages, props, { factor: id, what: fill(consoleFactors.removePasskey, { passkey: outsideName(name) }) })}
        </li>`,
    )}
  </ul>`
}

function codesText(
  messages: Messages,
  { signIn: { recoveryCodesLeft }, ...props }: SignInPanelProps,
): HtmlValue {
  if (recoveryCodesLeft === 0) return '0'
  const what = messages.consoleFactors.removeCodes
  return html`${String(recoveryCodesLeft)} ${removeLink(messages, props, { factor: 'recovery-codes', what })}`
}

function devicesText({ consoleAccounts: texts }: Messages, { devices, devicesTrusted }: ShownSignIn): string {
  if (devicesTrusted === 0) return String(devices)
  return fillText(texts.devicesTrusted, { count: String(devices), trusted: String(devicesTrusted) })
}

/** A link to the page that asks; what it removes is heard where it is not seen beside it. */
function removeLink(
  { consoleFactors: texts }: Messages,
  { account, mayChange }: Pick<SignInPanelProps, 'account' | 'mayChange'>,
  { factor, what }: { readonly factor: string; readonly what: HtmlValue },
): Html | undefined {
  if (!mayChange) return undefined
  const url = `${accountUrl(account.id)}/factors/${factor}/remove`
  return html`<a href="${url}">${texts.remove}<span class="visually-hidden"> ${what}</span></a>`
}

function used(messages: Messages, at: Date | undefined): Html {
  return at === undefined ? html`${messages.console.never.toLowerCase()}` : moment(messages, at)
}
