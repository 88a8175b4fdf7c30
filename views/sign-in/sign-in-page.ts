import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { heading, outsideName } from '../components/card.ts'
import { passwordField, textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText, waitingTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** Why the page is shown again. Unknown account and wrong password are one problem, so that neither can be told. */
export type SignInProblem = 'wrong_credentials' | 'too_many_attempts' | 'overloaded' | 'expired'

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
  /** Where somebody goes who forgot their password; without it there is no such link. */
  readonly forgottenUrl?: string | undefined
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
    content: html`
      ${heading(messages.signIn.title, lead === false ? undefined : lead)}
      ${problem !== undefined && alert(problemAlert(problem, props))}
      ${postForm({ action: props.action, content: fields(props) })}
      ${props.signUpUrl !== undefined && signUpLine(props.signUpUrl, messages)}
      ${cancelAction !== undefined && cancelForm(cancelAction, messages)}
    `,
  })
}

function fields({ messages, login, problem, forgottenUrl }: SignInPageProps): Html {
  const typedBefore = login !== undefined && login !== ''
  const errorId = problem === 'wrong_credentials' ? problemId : undefined
  return html`
    ${textField({
      name: 'login',
      label: messages.signIn.login,
      autocomplete: 'username',
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

function problemAlert(problem: SignInProblem, { messages, retryAfterSeconds }: SignInPageProps) {
  const kind = problem === 'expired' ? ('notice' as const) : ('problem' as const)
  const when = waitingTime(messages, retryAfterSeconds)
  return { kind, id: problemId, content: fillText(messages.signIn[problemTexts[problem]], { when }) }
}

const problemTexts = {
  wrong_credentials: 'wrongCredentials',
  too_many_attempts: 'tooManyAttempts',
  overloaded: 'overloaded',
  expired: 'expired',
} as const satisfies Record<SignInProblem, keyof Messages['signIn']>

function signUpLine(url: string, { signIn }: Messages): Html {
  return html`<p class="card-line">${signIn.noAccount} <a href="${url}">${signIn.createAccount}</a></p>`
}

function cancelForm(action: string, messages: Messages): Html {
  const text = messages.signIn.cancel
  return postForm({ action, content: button({ text, kind: 'quiet', name: 'decision', value: 'cancel' }) })
}
