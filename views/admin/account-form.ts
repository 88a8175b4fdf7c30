import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { choice } from '../components/choice.ts'
import { passwordField, textField } from '../components/field.ts'
import { newPasswordProblemText } from '../components/password-strength.ts'
import type { NewPasswordProblem } from '../components/password-strength.ts'
import { outsideAddress } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { accountUrl } from './accounts-page.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm, selectField } from './parts.ts'

/** What was typed, or what is there. */
export interface TypedAccount {
  readonly email: string
  readonly emailVerified: boolean
  readonly username: string
  readonly name: string
  readonly locale: string
}

/** What is wrong with which field. */
export interface AccountFieldProblems {
  readonly email?: 'emailInvalid' | 'emailTaken' | undefined
  readonly username?: 'usernameInvalid' | 'usernameTaken' | undefined
  readonly name?: 'nameInvalid' | undefined
  readonly locale?: 'localeInvalid' | undefined
}

/** A form with what was typed. */
export interface AccountFormProps {
  readonly typed: TypedAccount
  readonly problems: AccountFieldProblems
}

/** The page on which an account is changed. */
export function changeAccountContent(
  frame: ConsoleFrame,
  props: AccountFormProps & {
    readonly account: { readonly id: string; readonly email: string }
    readonly version: number
    readonly isChangedMeanwhile: boolean
  },
): Html {
  const { consoleAccounts: texts, console } = frame.messages
  const { account, version, isChangedMeanwhile } = props
  const url = accountUrl(account.id)
  const content = html`${accountFields(frame.messages, props)}
    <div class="button-row">
      ${button({ text: console.save, kind: 'primary' })}
      <a class="button secondary" href="${url}">${console.cancel}</a>
    </div>`
  return html`${pageHeading({
    title: fill(texts.changeTitle, { name: outsideAddress(account.email) }),
    back: { text: fillText(texts.backTo, { name: account.email }), url },
  })}
  ${isChangedMeanwhile && alert({ kind: 'problem', content: console.changedMeanwhile })}
  ${panel({
    id: 'change',
    title: texts.facts,
    content: consoleForm(frame, { action: `${url}/change`, hidden: { version: String(version) }, content }),
  })}`
}

/** The page of new accounts: an invitation, or one that is made here. */
export function newAccountContent(
  frame: ConsoleFrame,
  props: AccountFormProps & {
    readonly minimumLength: number
    readonly passwordProblem: NewPasswordProblem | undefined
    readonly invite: InviteProps
  },
): Html {
  const { messages } = frame
  const { consoleAccounts: texts } = messages
  const { minimumLength, passwordProblem: problem, invite } = props
  const content = html`${accountFields(messages, props)}
  ${passwordField({
    name: 'password',
    label: texts.passwordLabel,
    autocomplete: 'new-password',
    hint: fillText(texts.passwordHint, { length: minimumLength }),
    error: newPasswordProblemText({ problem, minimumLength, messages }),
    optional: true,
    messages,
  })}
  ${button({ text: texts.create, kind: 'secondary' })}`
  return html`${pageHeading({
    title: texts.newTitle,
    lead: texts.newLead,
    back: { text: texts.toList, url: '/admin/accounts' },
  })}
  ${invitePanel(frame, invite)}
  ${panel({
    id: 'create',
    title: texts.createTitle,
    description: texts.createLead,
    content: consoleForm(frame, { action: '/admin/accounts/new', content }),
  })}`
}

/** An invitation that is being written. */
export interface InviteProps {
  readonly mailIsSent: boolean
  readonly email: string
  readonly problem: 'emailInvalid' | 'emailTaken' | undefined
  readonly role: string
  /** Roles the administrator may give along. */
  readonly roles: readonly { readonly id: string; readonly name: string }[]
}

/** The form that invites somebody. */
export function invitePanel(frame: ConsoleFrame, props: InviteProps): Html {
  const { consoleAccounts: texts } = frame.messages
  const { mailIsSent, email, problem, role, roles } = props
  const content = html`${textField({
    name: 'invited',
    label: texts.email,
    type: 'email',
    autocomplete: 'off',
    value: email,
    error: problem && texts[problem],
  })}
  ${
    roles.length > 0 &&
    selectField({
      name: 'role',
      label: texts.inviteRole,
      value: role,
      choices: [
        { value: '', text: texts.inviteNoRole },
        ...roles.map(({ id, name }) => ({ value: id, text: name })),
      ],
    })
  }
  ${button({ text: texts.invite, kind: 'primary' })}`
  return panel({
    id: 'invite',
    title: texts.inviteTitle,
    description: mailIsSent ? texts.inviteLead : texts.noMail,
    content: mailIsSent && consoleForm(frame, { action: '/admin/invitations', content }),
  })
}

function accountFields({ consoleAccounts: texts }: Messages, { typed, problems }: AccountFormProps): Html {
  const line = (name: 'username' | 'name' | 'locale', hint: string) => {
    const problem = problems[name]
    return textField({
      name,
      label: texts[name],
      autocomplete: 'off',
      value: typed[name],
      hint,
      error: problem && texts[problem],
      optional: true,
    })
  }
  return html`${textField({
    name: 'email',
    label: texts.email,
    type: 'email',
    autocomplete: 'off',
    value: typed.email,
    error: problems.email && texts[problems.email],
  })}
  ${choice({
    name: 'email_verified',
    label: texts.emailVerifiedLabel,
    checked: typed.emailVerified,
    hint: texts.emailVerifiedHint,
  })}
  ${line('name', texts.optional)} ${line('username', texts.optional)} ${line('locale', texts.localeHint)}`
}
