import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import { fillText, waitingTime } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** Why the form is shown again. */
export type EmailProblem = 'invalid' | 'same_address' | 'too_many'

/** What the page shows. */
export interface EmailProps {
  readonly email?: string | undefined
  readonly problem?: EmailProblem | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** The page on which a person asks for another address. */
export function emailPage({ messages, csrfToken }: AccountFrame, props: EmailProps): AccountPage {
  const { account, accountProfile: texts } = messages
  const { problem, retryAfterSeconds } = props
  const errors = { invalid: texts.invalidEmail, same_address: texts.sameEmail, too_many: undefined }
  return {
    current: '/account/profile',
    title: texts.emailTitle,
    hasProblem: problem !== undefined,
    content: html`
      ${pageHeading({ title: texts.emailTitle, back: { text: account.navProfile, url: '/account/profile' } })}
      ${
        problem === 'too_many' &&
        alert({
          kind: 'problem',
          content: fillText(texts.tooManyMails, { when: waitingTime(messages, retryAfterSeconds) }),
        })
      }
      ${panel({
        id: 'new-email',
        title: texts.newEmail,
        description: texts.emailHint,
        content: postForm({
          action: '/account/profile/email',
          hidden: { csrf: csrfToken },
          content: html`
            ${textField({
              name: 'email',
              type: 'email',
              label: texts.newEmail,
              autocomplete: 'email',
              value: props.email,
              error: problem === undefined ? undefined : errors[problem],
              autofocus: true,
            })}
            ${button({ text: texts.sendLink, kind: 'primary' })}
          `,
        }),
      })}
    `,
  }
}
