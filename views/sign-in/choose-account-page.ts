import { button } from '../components/button.ts'
import { breakable, heading, outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { addPersonIcon, crossIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { avatar } from './consent-parties.ts'

/** One account that signed in in this browser. */
export interface ListedAccount {
  readonly id: string
  readonly name?: string | undefined
  readonly email: string
  /** Whether going on as it needs no sign-in. */
  readonly isSignedIn: boolean
}

/** What the page shows. It posts `account` (an id), `remove` (an id) or `other`. */
export interface ChooseAccountPageProps extends PageProps {
  readonly action: string
  readonly cancelAction: string
  /** The app that asked, if one did. */
  readonly clientName?: string | undefined
  readonly accounts: readonly ListedAccount[]
}

/** The page on which a person says as whom to go on. */
export function chooseAccountPage(props: ChooseAccountPageProps): Html {
  const { messages, brand, clientName } = props
  const { chooseAccount, signIn } = messages
  const lead =
    clientName === undefined ? undefined : fill(signIn.toContinueTo, { client: outsideName(clientName) })
  return pageLayout({
    brand,
    messages,
    title: chooseAccount.title,
    content: html`
      ${heading(chooseAccount.title, lead)}
      ${postForm({
        action: props.action,
        content: html`<ul class="account-list">
          ${props.accounts.map((account) => accountItem(account, messages))}
          <li>
            <button class="account-choice" type="submit" name="other" value="yes">
              <span class="avatar plain" aria-hidden="true">${addPersonIcon()}</span>
              <span class="account-name">${chooseAccount.another}</span>
            </button>
          </li>
        </ul>`,
      })}
      ${postForm({
        action: props.cancelAction,
        content: button({ text: signIn.cancel, kind: 'quiet', name: 'decision', value: 'cancel' }),
      })}
    `,
  })
}

/** An account of no session can be taken from the list; the one that is signed in would only come back. */
function accountItem(account: ListedAccount, { chooseAccount }: Messages): Html {
  const { id, name, email, isSignedIn } = account
  const hasName = name !== undefined && name.trim() !== ''
  return html`<li>
    <button class="account-choice" type="submit" name="account" ${attributes({ value: id })}>
      ${avatar(hasName ? name : email)}
      <span class="account-who">
        ${hasName && html`<bdi class="account-name">${name}</bdi>`}
        <bdi class="account-email">${breakable(email)}</bdi>
      </span>
      <span class="account-state">${isSignedIn ? chooseAccount.signedIn : chooseAccount.signedOut}</span>
    </button>
    ${
      !isSignedIn &&
      html`<button
        class="icon-button"
        type="submit"
        name="remove"
        ${attributes({ value: id, 'aria-label': fillText(chooseAccount.remove, { account: email }) })}
      >
        ${crossIcon()}
      </button>`
    }
  </li>`
}
