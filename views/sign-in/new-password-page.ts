import { accountNameField } from '../components/account-name-field.ts'
import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { heading, outsideAddress } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { newPasswordField, newPasswordScripts } from '../components/password-strength.ts'
import type { NewPasswordProblem } from '../components/password-strength.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'

/** What the page shows on which a person replaces a password that somebody else chose. It posts `password`. */
export interface NewPasswordPageProps extends PageProps {
  /** The path of the sign-in; the forms post below it. */
  readonly path: string
  readonly email: string
  readonly minimumPasswordLength: number
  readonly problem?: NewPasswordProblem | undefined
}

/** The page between a password that was given out and everything else. */
export function newPasswordPage(props: NewPasswordPageProps): Html {
  const { brand, messages, path, problem, email } = props
  const { ownPassword, recovery, signIn } = messages
  return pageLayout({
    brand,
    messages,
    title: ownPassword.title,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${heading(ownPassword.title, fill(recovery.setFor, { email: outsideAddress(email) }))}
      ${alert({ kind: 'notice', content: ownPassword.why })}
      ${postForm({
        action: `${path}/new-password`,
        content: html`
          ${accountNameField(email, messages)}
          ${newPasswordField({
            label: recovery.password,
            minimumLength: props.minimumPasswordLength,
            problem,
            autofocus: true,
            messages,
          })}
          ${button({ text: ownPassword.submit, kind: 'primary' })}
        `,
      })}
      ${postForm({
        action: `${path}/cancel`,
        content: button({ text: signIn.cancel, kind: 'quiet', name: 'decision', value: 'cancel' }),
      })}
    `,
  })
}
