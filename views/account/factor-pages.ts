/** The pages on which one sign-in method is set up, changed or removed. */
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { authenticatorApp } from '../components/authenticator-app.ts'
import type { QrDrawing } from '../components/qr-code.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { passkeyForm } from '../components/passkey-form.ts'
import { recoveryCodesPanel } from '../components/recovery-codes.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'
import type { PasskeyView } from './security-page.ts'

const current = '/account/security'

/** An authenticator app that is being set up. */
export interface AppSetupProps {
  readonly enrolmentId: string
  readonly drawing: QrDrawing
  readonly key: string
  readonly problem?: 'rejected' | 'expired' | 'limited' | undefined
}

/** The page on which an authenticator app is set up. */
export function appSetupPage({ messages, csrfToken }: AccountFrame, props: AppSetupProps): AccountPage {
  const { account, enrolment, accountSecurity: texts } = messages
  const { problem, ...setup } = props
  return {
    current,
    title: enrolment.appTitle,
    hasProblem: problem !== undefined,
    content: html`
      ${pageHeading({ title: enrolment.appTitle, back: { text: account.navSecurity, url: current } })}
      ${problem === 'expired' && alert({ kind: 'problem', content: enrolment.expired })}
      ${problem === 'limited' && alert({ kind: 'problem', content: enrolment.tooMany })}
      ${panel({
        id: 'app',
        title: texts.appSetUp,
        content: authenticatorApp({
          ...setup,
          messages,
          action: '/account/security/app',
          hidden: { csrf: csrfToken },
          error: problem === 'rejected' ? enrolment.wrongCode : undefined,
        }),
      })}
    `,
  }
}

/** The page that asks before the authenticator app is removed. */
export function removeAppPage({ messages, csrfToken }: AccountFrame): AccountPage {
  const { account, accountSecurity: texts } = messages
  return {
    current,
    title: texts.appRemoveTitle,
    content: html`
      ${pageHeading({
        title: texts.appRemoveTitle,
        lead: texts.appRemoveText,
        back: { text: account.navSecurity, url: current },
      })}
      ${postForm({
        action: '/account/security/app/remove',
        hidden: { csrf: csrfToken },
        content: html`<div class="actions">
          ${button({ text: texts.appRemove, kind: 'danger' })}
          ${linkButton({ text: messages.app.cancel, url: current, kind: 'secondary' })}
        </div>`,
      })}
    `,
  }
}

/** Recovery codes that are shown this once. */
export function newCodesPage(
  { messages, csrfToken }: AccountFrame,
  { codes }: { readonly codes: readonly string[] },
): AccountPage {
  const { recoveryCodes, accountSecurity: texts } = messages
  return {
    current,
    title: recoveryCodes.title,
    content: html`
      ${pageHeading({ title: recoveryCodes.title, lead: recoveryCodes.lead })}
      ${panel({
        id: 'codes',
        title: texts.codesPanel,
        content: html`${recoveryCodesPanel({
          messages,
          codes,
          downloadAction: '/account/security/recovery-codes/download',
          hidden: { csrf: csrfToken },
        })}
        ${linkButton({ text: texts.codesDone, url: current })}`,
      })}
    `,
  }
}

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
