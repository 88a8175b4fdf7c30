import { accountNameField } from '../components/account-name-field.ts'
import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { heading, outsideAddress, statusMark } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { successIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { newPasswordField, newPasswordScripts } from '../components/password-strength.ts'
import type { NewPasswordProblem } from '../components/password-strength.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'

/** Why the form is shown again. */
export type SignUpProblem = NewPasswordProblem | 'name_missing'

/** What the page behind a sign-up link or an invitation shows. It posts `name` and `password`. */
export interface SignUpCompletePageProps extends PageProps {
  readonly action: string
  readonly email: string
  readonly name?: string | undefined
  readonly invited: boolean
  readonly minimumPasswordLength: number
  readonly problem?: SignUpProblem | undefined
}

/** The page that makes the account. */
export function signUpCompletePage(props: SignUpCompletePageProps): Html {
  const { brand, messages, problem, email, invited } = props
  const { signUp } = messages
  const title = invited ? signUp.invitationTitle : signUp.completeTitle
  const lead = invited ? signUp.invitationLead : signUp.completeLead
  return pageLayout({
    brand,
    messages,
    title,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${heading(title, fill(lead, { brand: brand.name, email: outsideAddress(email) }))}
      ${postForm({ action: props.action, content: fields(props) })}
    `,
  })
}

/** What the page shows once the account is there, or when somebody made one meanwhile. */
export interface SignUpDonePageProps extends PageProps {
  readonly email: string
  readonly continueUrl: string
}

/** The page that says the account is ready. */
export function signUpDonePage({ brand, messages, email, continueUrl }: SignUpDonePageProps): Html {
  const { signUp, recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: signUp.doneTitle,
    content: html`
      ${statusMark('success', successIcon())}
      ${heading(signUp.doneTitle, fill(signUp.doneText, { email: outsideAddress(email) }))}
      ${linkButton({ text: recovery.doneContinue, url: continueUrl })}
    `,
  })
}

/** The page for an address that has got an account since the link was mailed; its reader owns the address. */
export function signUpTakenPage({ brand, messages, continueUrl }: SignUpDonePageProps): Html {
  const { signUp, recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: recovery.linkTitle,
    content: html`
      ${heading(recovery.linkTitle)} ${alert({ kind: 'notice', content: signUp.taken })}
      ${linkButton({ text: recovery.doneContinue, url: continueUrl })}
    `,
  })
}

function fields(props: SignUpCompletePageProps): Html {
  const { messages, email, name, problem } = props
  const { signUp } = messages
  const passwordProblem = problem === 'name_missing' ? undefined : problem
  return html`
    ${accountNameField(email, messages)}
    ${textField({
      name: 'name',
      label: signUp.name,
      autocomplete: 'name',
      autocapitalize: 'words',
      hint: signUp.nameHint,
      value: name,
      error: problem === 'name_missing' ? signUp.nameMissing : undefined,
      autofocus: passwordProblem === undefined,
    })}
    ${newPasswordField({
      label: signUp.password,
      minimumLength: props.minimumPasswordLength,
      problem: passwordProblem,
      autofocus: passwordProblem !== undefined,
      messages,
    })}
    ${button({ text: signUp.completeSubmit, kind: 'primary' })}
  `
}
