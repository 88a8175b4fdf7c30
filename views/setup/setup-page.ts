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

/** Why the form is shown again, each belonging to one field. */
export type SetupProblem = 'invalid_email' | 'name_missing' | NewPasswordProblem

/** What the page for the first administrator shows. It posts `email`, `name`, `password` and, if given, `token`. */
export interface SetupPageProps extends PageProps {
  readonly action: string
  /** The one-time secret of the link, sent along unseen. */
  readonly token?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  /** NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password is the only factor. */
  readonly minimumPasswordLength: number
  readonly problem?: SetupProblem | undefined
}

/** What the page shows once the administrator exists. */
export interface SetupDonePageProps extends PageProps {
  readonly email: string
  readonly continueUrl?: string | undefined
}

/** The page that makes the first administrator, reached by a link that works once. */
export function setupPage(props: SetupPageProps): Html {
  const { brand, messages, problem, action, token } = props
  const { setup } = messages
  return pageLayout({
    brand,
    messages,
    title: setup.title,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${heading(setup.title, fill(setup.intro, { brand: brand.name }))}
      ${postForm({ action, hidden: { token }, content: fields(props) })}
    `,
  })
}

/** The page for a setup link that was used already or has expired. */
export function setupLinkInvalidPage({ brand, messages }: PageProps): Html {
  const { setup } = messages
  return pageLayout({
    brand,
    messages,
    title: setup.linkInvalidTitle,
    content: html`
      ${heading(setup.linkInvalidTitle, setup.linkInvalid)}
      ${alert({ kind: 'notice', content: setup.linkInvalidNext })}
    `,
  })
}

/** The page that says the first administrator is ready. */
export function setupDonePage({ brand, messages, email, continueUrl }: SetupDonePageProps): Html {
  const { setup } = messages
  return pageLayout({
    brand,
    messages,
    title: setup.doneTitle,
    content: html`
      ${statusMark('success', successIcon())}
      ${heading(setup.doneTitle, fill(setup.doneText, { email: outsideAddress(email) }))}
      ${continueUrl !== undefined && linkButton({ text: setup.doneContinue, url: continueUrl })}
    `,
  })
}

function fields(props: SetupPageProps): Html {
  const { messages, email, name, problem } = props
  const { setup } = messages
  const focused = focusedField(problem)
  return html`
    ${textField({
      name: 'email',
      type: 'email',
      label: setup.email,
      autocomplete: 'username',
      value: email,
      error: problem === 'invalid_email' ? setup.invalidEmail : undefined,
      autofocus: focused === 'email',
    })}
    ${textField({
      name: 'name',
      label: setup.name,
      autocomplete: 'name',
      autocapitalize: 'words',
      value: name,
      error: problem === 'name_missing' ? setup.nameMissing : undefined,
      autofocus: focused === 'name',
    })}
    ${newPasswordField({
      label: setup.password,
      minimumLength: props.minimumPasswordLength,
      problem: passwordProblem(problem),
      autofocus: focused === 'password',
      messages,
    })}
    ${button({ text: setup.submit, kind: 'primary' })}
  `
}

function focusedField(problem: SetupProblem | undefined): 'email' | 'name' | 'password' {
  if (problem === undefined || problem === 'invalid_email') return 'email'
  return problem === 'name_missing' ? 'name' : 'password'
}

function passwordProblem(problem: SetupProblem | undefined): NewPasswordProblem | undefined {
  return problem === 'invalid_email' || problem === 'name_missing' ? undefined : problem
}
