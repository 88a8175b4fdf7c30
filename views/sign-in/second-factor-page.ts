import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { heading, outsideName } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { orDivider, passkeyForm } from '../components/passkey-form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText, waitingTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** Why the page is shown again. */
export type SecondFactorProblem =
  | 'wrong_code'
  | 'wrong_recovery_code'
  | 'too_many_attempts'
  | 'locked_code'
  | 'locked_recovery'
  | 'passkey_refused'
  | 'passkey_expired'

/** What is asked for on the page: the code of an app, a recovery code, or a passkey alone. */
export type SecondFactorWay = 'totp' | 'recovery_code' | 'passkey'

/** What the page of the second factor shows. Its forms post `code`, `remember` and `credential`. */
export interface SecondFactorPageProps extends PageProps {
  readonly way: SecondFactorWay
  /** The path of the sign-in; the forms post below it. */
  readonly path: string
  /** Who is signing in, as they are called. */
  readonly accountName: string
  /** The ways there are besides the one that is shown. */
  readonly otherWays: readonly SecondFactorWay[]
  /** What a passkey is asked; without it there is no such button. */
  readonly passkey?: { readonly options: string } | undefined
  /** For how many days the device can be remembered; without it the box is not there. */
  readonly rememberDays?: number | undefined
  readonly problem?: SecondFactorProblem | undefined
  readonly retryAfterSeconds?: number | undefined
}

const problemId = 'problem'

/** The page on which a person proves a second factor. */
export function secondFactorPage(props: SecondFactorPageProps): Html {
  const { messages, brand, way, path, problem, passkey } = props
  const { secondFactor, signIn } = messages
  const title = way === 'recovery_code' ? secondFactor.recoveryTitle : secondFactor.title
  return pageLayout({
    brand,
    messages,
    title,
    hasProblem: problem !== undefined,
    scripts: passkey === undefined ? [] : ['passkeys.js'],
    content: html`
      ${heading(title, fill(secondFactor.lead, { account: outsideName(props.accountName) }))}
      ${problem !== undefined && alert(problemAlert(problem, props))} ${mainForm(props)}
      ${passkey !== undefined && passkeyPart(props, passkey.options)} ${otherWays(props)}
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

function mainForm(props: SecondFactorPageProps): Html | undefined {
  const { way, path, messages, problem } = props
  const { secondFactor } = messages
  if (way === 'passkey') return undefined
  const isRecovery = way === 'recovery_code'
  return postForm({
    action: isRecovery ? `${path}/recovery-code` : `${path}/second-factor`,
    content: html`
      ${textField({
        name: 'code',
        label: isRecovery ? secondFactor.recoveryCode : secondFactor.code,
        hint: isRecovery ? secondFactor.recoveryHint : secondFactor.codeHint,
        autocomplete: isRecovery ? 'off' : 'one-time-code',
        inputmode: isRecovery ? 'text' : 'numeric',
        autofocus: true,
        errorId: problem === 'wrong_code' || problem === 'wrong_recovery_code' ? problemId : undefined,
      })}
      ${!isRecovery && rememberBox(props)} ${button({ text: secondFactor.submit, kind: 'primary' })}
    `,
  })
}

function passkeyPart(props: SecondFactorPageProps, options: string): Html {
  const { messages, way, path } = props
  const alone = way === 'passkey'
  return html`${!alone && orDivider(messages)}
  ${passkeyForm({
    kind: 'authenticate',
    action: `${path}/second-factor/passkey`,
    options,
    messages,
    text: messages.passkeys.use,
    look: alone ? 'primary' : 'secondary',
    content: alone && rememberBox(props),
    without: alone ? messages.passkeys.without : undefined,
  })}`
}

function rememberBox({ messages, rememberDays: days }: SecondFactorPageProps): Html | undefined {
  if (days === undefined) return undefined
  const { remember, rememberHint } = messages.secondFactor
  return html`<div class="tick-box">
    <input id="remember" type="checkbox" name="remember" value="yes" aria-describedby="remember-hint" />
    <label for="remember">${fillText(remember, { days })}</label>
    <p class="hint" id="remember-hint">${rememberHint}</p>
  </div>`
}

/** Links, because they lead to another page of the same step and change nothing. */
function otherWays({ messages, path, otherWays: ways }: SecondFactorPageProps): Html {
  const { secondFactor } = messages
  const links = [
    ways.includes('totp') && html`<li><a href="${path}">${secondFactor.useApp}</a></li>`,
    ways.includes('recovery_code') &&
      html`<li><a href="${`${path}?way=recovery-code`}">${secondFactor.useRecovery}</a></li>`,
  ]
  return html`<nav class="other-ways" aria-label="${secondFactor.otherWays}">
    <ul>
      ${links}
    </ul>
    ${!ways.includes('recovery_code') && html`<p class="hint">${secondFactor.lost}</p>`}
  </nav>`
}

function problemAlert(problem: SecondFactorProblem, { messages, retryAfterSeconds }: SecondFactorPageProps) {
  const when = waitingTime(messages, retryAfterSeconds)
  return {
    kind: 'problem' as const,
    id: problemId,
    content: fillText(problemText(problem, messages), { when }),
  }
}

function problemText(problem: SecondFactorProblem, { secondFactor, passkeys }: Messages): string {
  switch (problem) {
    case 'wrong_code':
      return secondFactor.wrongCode
    case 'wrong_recovery_code':
      return secondFactor.wrongRecoveryCode
    case 'too_many_attempts':
      return secondFactor.tooManyAttempts
    case 'locked_code':
      return secondFactor.lockedCode
    case 'locked_recovery':
      return secondFactor.lockedRecovery
    case 'passkey_refused':
      return passkeys.refusedBeside
    case 'passkey_expired':
      return passkeys.expired
  }
}
