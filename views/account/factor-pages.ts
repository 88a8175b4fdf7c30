/** The pages of the authenticator app and of recovery codes. */
import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { authenticatorApp } from '../components/authenticator-app.ts'
import type { QrDrawing } from '../components/qr-code.ts'
import { button, linkButton } from '../components/button.ts'
import { postForm } from '../components/form.ts'
import { recoveryCodesPanel } from '../components/recovery-codes.ts'
import { html } from '../html.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

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
