import { accountNameField } from '../components/account-name-field.ts'
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

/** For whom a password is chosen, and why the last one was refused. */
export interface ChoosePasswordProps extends PageProps {
  readonly email: string
  readonly minimumPasswordLength: number
  readonly problem?: NewPasswordProblem | undefined
}

/** What differs between the pages on which one password is chosen and nothing else. */
interface ChoosePasswordParts {
  readonly title: string
  /** Where the form posts `password`. */
  readonly action: string
  readonly submit: string
  /** Above the form. */
  readonly before?: Html | undefined
  /** Between the field and the button. */
  readonly beforeSubmit?: Html | undefined
  /** Below the form. */
  readonly after?: Html | undefined
}

/** The page on which a person chooses a password of their own for the account they are told. */
export function choosePasswordPage(props: ChoosePasswordProps, parts: ChoosePasswordParts): Html {
  const { brand, messages, problem, email, minimumPasswordLength: minimumLength } = props
  const { recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: parts.title,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${heading(parts.title, fill(recovery.setFor, { email: outsideAddress(email) }))} ${parts.before}
      ${postForm({
        action: parts.action,
        content: html`
          ${accountNameField(email, messages)}
          ${newPasswordField({ label: recovery.password, minimumLength, problem, autofocus: true, messages })}
          ${parts.beforeSubmit} ${button({ text: parts.submit, kind: 'primary' })}
        `,
      })}
      ${parts.after}
    `,
  })
}
