import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { heading, outsideAddress, statusMark } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { successIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'

/** What the page behind a link shows that confirms an address. Opening it confirms nothing; its button does. */
export interface VerifyEmailPageProps extends PageProps {
  readonly action: string
  /** The address that the account will have, if it is to have another. */
  readonly newEmail?: string | undefined
}

/** The page that asks to confirm an address. */
export function verifyEmailPage({ brand, messages, action, newEmail }: VerifyEmailPageProps): Html {
  const { recovery } = messages
  const isChange = newEmail !== undefined
  const title = isChange ? recovery.changeTitle : recovery.verifyTitle
  const text = isChange ? fill(recovery.changeText, { email: outsideAddress(newEmail) }) : recovery.verifyText
  return pageLayout({
    brand,
    messages,
    title,
    content: html`
      ${heading(title, text)}
      ${postForm({ action, content: button({ text: recovery.verifySubmit, kind: 'primary' }) })}
    `,
  })
}

/** What the page shows afterwards. */
export interface EmailVerifiedPageProps extends PageProps {
  readonly outcome: 'confirmed' | 'changed' | 'email_taken'
  readonly continueUrl: string
}

/** The page that says what came of it. */
export function emailVerifiedPage({ brand, messages, outcome, continueUrl }: EmailVerifiedPageProps): Html {
  const { recovery } = messages
  const onward = linkButton({ text: recovery.toAccount, url: continueUrl })
  if (outcome === 'email_taken') {
    const content = html`
      ${heading(recovery.linkTitle)} ${alert({ kind: 'notice', content: recovery.changeTaken })} ${onward}
    `
    return pageLayout({ brand, messages, title: recovery.linkTitle, content })
  }
  const isChange = outcome === 'changed'
  const title = isChange ? recovery.changedTitle : recovery.verifiedTitle
  return pageLayout({
    brand,
    messages,
    title,
    content: html`
      ${statusMark('success', successIcon())}
      ${heading(title, isChange ? recovery.changedText : recovery.verifiedText)} ${onward}
    `,
  })
}
