import { accountNameField } from '../components/account-name-field.ts'
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { choice } from '../components/choice.ts'
import { passwordField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { newPasswordField, newPasswordScripts } from '../components/password-strength.ts'
import type { NewPasswordProblem } from '../components/password-strength.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText, waitingTime } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** Why the form is shown again. */
export type PasswordPageProblem = 'wrong' | 'too_many' | NewPasswordProblem

/** What the page shows. */
export interface PasswordPageProps {
  readonly hasPassword: boolean
  readonly minimumLength: number
  readonly problem?: PasswordPageProblem | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** The page on which a person changes the password (ASVS 6.2.2, 6.2.3). */
export function passwordPage(frame: AccountFrame, props: PasswordPageProps): AccountPage {
  const { messages } = frame
  const { account, accountProfile: texts } = messages
  const { problem, retryAfterSeconds } = props
  return {
    current: '/account/security',
    title: texts.passwordTitle,
    hasProblem: problem !== undefined,
    scripts: newPasswordScripts,
    content: html`
      ${pageHeading({
        title: texts.passwordTitle,
        lead: texts.passwordLead,
        back: { text: account.navSecurity, url: '/account/security' },
      })}
      ${
        problem === 'too_many' &&
        alert({
          kind: 'problem',
          content: fillText(texts.tooManyPasswords, { when: waitingTime(messages, retryAfterSeconds) }),
        })
      }
      ${panel({
        id: 'password-panel',
        title: texts.newPassword,
        content: passwordForm(frame, props),
      })}
    `,
  }
}

function passwordForm({ messages, csrfToken, person }: AccountFrame, props: PasswordPageProps): Html {
  const { accountProfile: texts } = messages
  const { problem } = props
  const isNewWrong = problem !== undefined && problem !== 'wrong' && problem !== 'too_many'
  return postForm({
    action: '/account/security/password',
    hidden: { csrf: csrfToken },
    content: html`
      ${accountNameField(person.email, messages)}
      ${
        props.hasPassword &&
        passwordField({
          name: 'current',
          label: texts.currentPassword,
          autocomplete: 'current-password',
          error: problem === 'wrong' ? texts.wrongPassword : undefined,
          autofocus: problem === undefined || problem === 'wrong',
          messages,
        })
      }
      ${newPasswordField({
        label: texts.newPassword,
        minimumLength: props.minimumLength,
        problem: isNewWrong ? problem : undefined,
        autofocus: isNewWrong,
        messages,
      })}
      ${choice({
        name: 'others',
        label: texts.signOutOthers,
        hint: texts.signOutOthersHint,
        checked: true,
      })}
      ${button({ text: texts.changePassword, kind: 'primary' })}
    `,
  })
}
