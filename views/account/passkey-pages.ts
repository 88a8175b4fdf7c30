/** The pages on which a passkey is added, named and removed. */
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { passkeyForm } from '../components/passkey-form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'
import type { PasskeyView } from './security-page.ts'

const current = '/account/security'

/** Why a passkey was not added. */
export type AddPasskeyProblem = 'expired' | 'rejected' | 'already_registered' | 'too_many' | 'name'

/** What the page needs that adds a passkey. */
export interface AddPasskeyProps {
  /** What the browser is to be asked, as JSON. */
  readonly options: string
  readonly most: number
  readonly problem?: AddPasskeyProblem | undefined
}

/** The page on which a passkey is added. */
export function addPasskeyPage({ messages, csrfToken }: AccountFrame, props: AddPasskeyProps): AccountPage {
  const { account, passkeys: words, accountSecurity: texts } = messages
  const { options, most, problem } = props
  const sentences = {
    expired: words.expired,
    rejected: words.notAdded,
    already_registered: words.alreadyAdded,
    too_many: fillText(words.tooMany, { count: most }),
    name: texts.nameInvalid,
  }
  return {
    current,
    title: words.add,
    hasProblem: problem !== undefined,
    scripts: ['passkeys.js'],
    content: html`
      ${pageHeading({
        title: words.add,
        lead: words.addHint,
        back: { text: account.navSecurity, url: current },
      })}
      ${problem && alert({ kind: 'problem', content: sentences[problem] })}
      ${panel({
        id: 'passkey',
        title: texts.passkeysPanel,
        content: passkeyForm({
          kind: 'register',
          action: '/account/security/passkeys/add',
          options,
          messages,
          text: words.add,
          look: 'primary',
          hidden: { csrf: csrfToken },
          without: words.without,
          content: textField({
            name: 'name',
            label: words.name,
            hint: words.nameHint,
            autocomplete: 'off',
            optional: true,
          }),
        }),
      })}
    `,
  }
}

/** The page of one passkey: its name, and its end. */
export function passkeyPage(
  { messages, csrfToken }: AccountFrame,
  { passkey, isNameInvalid = false }: { readonly passkey: PasskeyView; readonly isNameInvalid?: boolean },
): AccountPage {
  const { account, passkeys: words, accountSecurity: texts } = messages
  const path = `/account/security/passkeys/${passkey.id}`
  const form = (action: string, content: Html): Html =>
    postForm({ action: `${path}/${action}`, hidden: { csrf: csrfToken }, content })
  return {
    current,
    title: passkey.name,
    hasProblem: isNameInvalid,
    content: html`
      ${pageHeading({
        title: outsideName(passkey.name),
        back: { text: account.navSecurity, url: current },
      })}
      ${panel({
        id: 'name-panel',
        title: words.name,
        content: form(
          'rename',
          html`${textField({
            name: 'name',
            label: words.name,
            hint: words.nameHint,
            autocomplete: 'off',
            value: passkey.name,
            error: isNameInvalid ? texts.nameInvalid : undefined,
          })}
          ${button({ text: texts.passkeyRename, kind: 'secondary' })}`,
        ),
      })}
      ${panel({
        id: 'remove-panel',
        kind: 'danger',
        title: texts.passkeyRemove,
        description: texts.passkeyRemoveText,
        content: form('remove', button({ text: texts.passkeyRemove, kind: 'danger' })),
      })}
    `,
  }
}
