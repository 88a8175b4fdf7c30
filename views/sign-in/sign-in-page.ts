import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { heading, outsideName } from '../components/card.ts'
import { passwordField, textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { orDivider, passkeyForm } from '../components/passkey-form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText, waitingTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** Why the page is shown again. Unknown account and wrong password are one problem, so that neither can be told. */
export type SignInProblem =
  | 'wrong_credentials'
  | 'password_compromised'
  | 'too_many_attempts'
  | 'overloaded'
  | 'expired'
  | 'passkey_refused'
  | 'passkey_expired'

/** What the sign-in page shows. It posts `login` and `password`. */
export interface SignInPageProps extends PageProps {
  readonly action: string
  /** The app that asked, if one did. */
  readonly clientName?: string | undefined
  /** What was typed before, or `login_hint`. */
  readonly login?: string | undefined
  readonly problem?: SignInProblem | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Where "cancel" posts `decision=cancel`; without it there is no such button. */
  readonly cancelAction?: string | undefined
  /** For signing in with a passkey alone: where the answer is posted, and what is asked; without it there is no such way. */
  readonly passkey?: { readonly action: string; readonly options: string } | undefined
  /** Where somebody goes who forgot their password; without it there is no such link. */
  readonly forgottenUrl?: string | undefined
  /** Where the accounts of this browser are, if it has any. */
  readonly chooseUrl?: string | undefined
  /** Where somebody goes who has no account; without it there is no such link. */
  readonly signUpUrl?: string | undefined
}

const problemId = 'problem'

/** The page on which a person signs in with a password. */
export function signInPage(props: SignInPageProps): Html {
  const { messages, brand, clientName, problem, cancelAction } = props
  const lead =
    clientName !== undefined && fill(messages.signIn.toContinueTo, { client: outsideName(clientName) })
  return pageLayout({
    brand,
    messages,
    title: messages.signIn.title,
    hasProblem: problem !== undefined,
    scripts: props.passkey === undefined ? [] : ['passkeys.js'],
    content: html`
      ${heading(messages.signIn.title, lead === false ? undefined : lead)}
      ${problem !== undefined && alert(problemAlert(problem, props))}
      ${postForm({ action: props.action, content: fields(props) })}
      ${props.passkey !== undefined && passkeyWay(props.passkey, messages)}
      ${props.chooseUrl !== undefined && chooseLine(props.chooseUrl, messages)}
      ${props.signUpUrl !== undefined && signUpLine(props.signUpUrl, messages)}
      ${cancelAction !== undefined && cancelForm(cancelAction, messages)}
    `,
  })
}

function fields({ messages, login, problem, forgottenUrl, passkey }: SignInPageProps): Html {
  const typedBefore = login !== undefined && login !== ''
  const errorId = problem === 'wrong_credentials' ? problemId : undefined
  return html`
    ${textField({
      name: 'login',
      label: messages.signIn.login,
      // `webauthn` is last (HTML §4.10.18.7): the browser offers passkeys in this field.
      autocomplete: passkey === undefined ? 'username' : 'username webauthn',
      inputmode: 'email',
      value: login,
      autofocus: !typedBefore,
      errorId,
    })}
    ${passwordField({
      name: 'password',
      label: messages.signIn.password,
      autocomplete: 'current-password',
      autofocus: typedBefore,
      errorId,
      messages,
    })}
    ${
      forgottenUrl !== undefined &&
      html`<p class="field-link"><a href="${forgottenUrl}">${messages.signIn.forgotten}</a></p>`
    }
    ${button({ text: messages.signIn.submit, kind: 'primary' })}
  `
}

function problemAlert(problem: SignInProblem, props: SignInPageProps) {
  const { messages, retryAfterSeconds } = props
  const kind = notices.has(problem) ? ('notice' as const) : ('problem' as const)
  const when = waitingTime(messages, retryAfterSeconds)
  const text = fillText(problemTexts[problem](messages), { when })
  return {
    kind,
    id: problemId,
    content: problem === 'password_compromised' ? html`${text} ${wayToAnother(props)}` : text,
  }
}

/** Whoever was told that a password is no longer good wants another, and not to look for the way. */
function wayToAnother({ messages: { signIn }, forgottenUrl }: SignInPageProps): Html {
  return forgottenUrl === undefined
    ? html`${signIn.compromisedAsk}`
    : html`<a href="${forgottenUrl}">${signIn.compromisedByMail}</a>`
}

/** Problems that are nobody's mistake. */
const notices: ReadonlySet<SignInProblem> = new Set(['expired', 'passkey_expired'])

const problemTexts: Readonly<Record<SignInProblem, (messages: Messages) => string>> = {
  wrong_credentials: ({ signIn }) => signIn.wrongCredentials,
  password_compromised: ({ signIn }) => signIn.passwordCompromised,
  too_many_attempts: ({ signIn }) => signIn.tooManyAttempts,
  overloaded: ({ signIn }) => signIn.overloaded,
  expired: ({ signIn }) => signIn.expired,
  passkey_refused: ({ passkeys }) => passkeys.refused,
  passkey_expired: ({ passkeys }) => passkeys.expired,
}

function passkeyWay({ action, options }: NonNullable<SignInPageProps['passkey']>, messages: Messages): Html {
  const text = messages.passkeys.signIn
  return html`${orDivider(messages)}
  ${passkeyForm({ kind: 'authenticate', action, options, messages, text, autofill: true })}`
}

function chooseLine(url: string, { chooseAccount }: Messages): Html {
  return html`<p class="card-line"><a href="${url}">${chooseAccount.offer}</a></p>`
}

function signUpLine(url: string, { signIn }: Messages): Html {
  return html`<p class="card-line">${signIn.noAccount} <a href="${url}">${signIn.createAccount}</a></p>`
}

function cancelForm(action: string, messages: Messages): Html {
  const text = messages.signIn.cancel
  return postForm({ action, content: button({ text, kind: 'quiet', name: 'decision', value: 'cancel' }) })
}
