import { alert } from '../components/alert.ts'
import { linkButton } from '../components/button.ts'
import { heading, statusMark } from '../components/card.ts'
import { successIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { choosePasswordPage } from './choose-password.ts'
import type { ChoosePasswordProps } from './choose-password.ts'

/** What the page shows on which a person who forgot their password sets another. It posts `password`. */
export interface ResetPageProps extends ChoosePasswordProps {
  readonly action: string
}

/** The page behind a mailed link. It says what ends, before it does. */
export function resetPage(props: ResetPageProps): Html {
  const { recovery } = props.messages
  return choosePasswordPage(props, {
    title: recovery.setTitle,
    action: props.action,
    submit: recovery.setSubmit,
    beforeSubmit: alert({ kind: 'notice', content: recovery.setEnds }),
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
