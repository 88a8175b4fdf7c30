import { alert } from '../components/alert.ts'
import { authenticatorApp } from '../components/authenticator-app.ts'
import { button, linkButton } from '../components/button.ts'
import { heading } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { orDivider, passkeyForm } from '../components/passkey-form.ts'
import type { QrDrawing } from '../components/qr-code.ts'
import { recoveryCodesPanel } from '../components/recovery-codes.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** Why the page is shown again. */
export type EnrolProblem = 'wrong_code' | 'expired' | 'too_many' | 'passkey_not_added' | 'passkey_expired'

/** What the page shows that sets up a second factor while somebody signs in. */
export interface EnrolPageProps extends PageProps {
  /** The path of the sign-in; the forms post below it. */
  readonly path: string
  /** Without it, only a passkey will do. */
  readonly app?:
    | { readonly enrolmentId: string; readonly drawing: QrDrawing; readonly key: string }
    | undefined
  /** What the browser is asked to make a passkey of; without it there is no such button. */
  readonly passkey?: { readonly options: string } | undefined
  readonly problem?: EnrolProblem | undefined
}

/** The page on which a person sets up a second factor because one is needed. */
export function enrolPage(props: EnrolPageProps): Html {
  const { messages, brand, path, app, passkey, problem } = props
  const { enrolment, secondFactor, signIn } = messages
  return pageLayout({
    brand,
    messages,
    title: enrolment.title,
    hasProblem: problem !== undefined,
    scripts: passkey === undefined ? [] : ['passkeys.js'],
    content: html`
      ${heading(enrolment.title, app === undefined ? enrolment.leadPasskey : enrolment.leadRequired)}
      ${problem !== undefined && problem !== 'wrong_code' && alert({ kind: 'problem', content: problemText(problem, messages) })}
      ${app === undefined && passkey === undefined && alert({ kind: 'notice', content: secondFactor.noWay })}
      ${passkey !== undefined && passkeyPart(props, passkey.options)}
      ${app !== undefined && passkey !== undefined && orDivider(messages)}
      ${
        app !== undefined &&
        html`<h2 class="section-title">${enrolment.appTitle}</h2>
          ${authenticatorApp({
            messages,
            action: `${path}/enrol`,
            ...app,
            error: problem === 'wrong_code' ? enrolment.wrongCode : undefined,
          })}`
      }
      <div class="way-out">
        ${postForm({
          action: `${path}/switch`,
          content: button({ text: secondFactor.switchAccount, kind: 'quiet' }),
        })}
        ${postForm({
          action: `${path}/cancel`,
          content: button({ text: signIn.cancel, kind: 'quiet', name: 'decision', value: 'cancel' }),
        })}
      </div>
    `,
  })
}

function passkeyPart({ messages, path, app }: EnrolPageProps, options: string): Html {
  const { passkeys } = messages
  return passkeyForm({
    kind: 'register',
    action: `${path}/enrol/passkey`,
    options,
    messages,
    text: passkeys.add,
    look: app === undefined ? 'primary' : 'secondary',
    content: html`<p class="hint">${passkeys.addHint}</p>`,
    without: app === undefined ? passkeys.without : undefined,
  })
}

function problemText(
  problem: Exclude<EnrolProblem, 'wrong_code'>,
  { enrolment, passkeys }: Messages,
): string {
  switch (problem) {
    case 'expired':
      return enrolment.expired
    case 'too_many':
      return enrolment.tooMany
    case 'passkey_not_added':
      return passkeys.notAdded
    case 'passkey_expired':
      return passkeys.expired
  }
}

/** What the page shows that has new recovery codes. */
export interface NewRecoveryCodesPageProps extends PageProps {
  readonly codes: readonly string[]
  readonly downloadAction: string
  /** Where the sign-in goes on. */
  readonly continueUrl: string
}

/** The page that shows new recovery codes, once. */
export function newRecoveryCodesPage(props: NewRecoveryCodesPageProps): Html {
  const { messages, brand } = props
  const { recoveryCodes } = messages
  return pageLayout({
    brand,
    messages,
    title: recoveryCodes.title,
    content: html`
      ${heading(recoveryCodes.title, recoveryCodes.lead)} ${recoveryCodesPanel(props)}
      <div class="way-out">${linkButton({ text: recoveryCodes.saved, url: props.continueUrl })}</div>
    `,
  })
}

/** What the page shows after a recovery code was used. */
export interface RecoveryCodeUsedPageProps extends PageProps {
  readonly left: number
  readonly replaceAction: string
  readonly continueUrl: string
}

/** The page that says how many recovery codes are left, and offers new ones. */
export function recoveryCodeUsedPage(props: RecoveryCodeUsedPageProps): Html {
  const { messages, brand, left } = props
  const { recoveryCodes } = messages
  const lead = left === 0 ? recoveryCodes.usedLastLead : fillText(recoveryCodes.usedLead, { count: left })
  return pageLayout({
    brand,
    messages,
    title: recoveryCodes.usedTitle,
    content: html`
      ${heading(recoveryCodes.usedTitle, lead)}
      ${postForm({
        action: props.replaceAction,
        content: html`<p>${recoveryCodes.usedAdvice}</p>
          <p>${recoveryCodes.replaceHint}</p>
          ${button({ text: recoveryCodes.replace, kind: 'primary' })}`,
      })}
      <div class="way-out">
        <a class="button quiet" href="${props.continueUrl}">${recoveryCodes.later}</a>
      </div>
    `,
  })
}
