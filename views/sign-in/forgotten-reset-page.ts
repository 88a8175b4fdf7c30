import { accountNameField } from '../components/account-name-field.ts'
import { button, linkButton } from '../components/button.ts'
import { heading, outsideAddress, statusMark } from '../components/card.ts'
import { alert } from '../components/alert.ts'
import { postForm } from '../components/form.ts'
import { successIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { newPasswordField, newPasswordScripts } from '../components/password-strength.ts'
import type { NewPasswordProblem } from '../components/password-strength.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'

/** What the page shows on which a person who forgot their password sets another. It posts `password`. */
export interface ResetPageProps extends PageProps {
  readonly action: string
  readonly email: string
  readonly minimumPasswordLength: number
  readonly problem?: NewPasswordProblem | undefined
}

/** The page behind a mailed link. It says what ends, before it does. */
export function resetPage(props: ResetPageProps): Html {
  const { brand, messages, problem, email } = props
  const { recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: recovery.setTitle,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${heading(recovery.setTitle, fill(recovery.setFor, { email: outsideAddress(email) }))}
      ${postForm({
        action: props.action,
        content: html`
          ${accountNameField(email, messages)}
          ${newPasswordField({
            label: recovery.password,
            minimumLength: props.minimumPasswordLength,
            problem,
            autofocus: true,
            messages,
          })}
          ${alert({ kind: 'notice', content: recovery.setEnds })}
          ${button({ text: recovery.setSubmit, kind: 'primary' })}
        `,
      })}
    `,
  })
}

/** What the page shows once the password is set. Nobody is signed in by it. */
export interface ResetDonePageProps extends PageProps {
  readonly continueUrl: string
}

/** The page that says the password is set. */
export function resetDonePage({ brand, messages, continueUrl }: ResetDonePageProps): Html {
  const { recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: recovery.doneTitle,
    content: html`
      ${statusMark('success', successIcon())} ${heading(recovery.doneTitle, recovery.doneText)}
      ${linkButton({ text: recovery.doneContinue, url: continueUrl })}
    `,
  })
}
