import { successIcon } from '../components/icons.ts'
import { button, linkButton } from '../components/button.ts'
import { heading, outsideName, statusMark } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import { safeUrl } from '../safe-url.ts'

/** What the page shows that asks before a session ends (OpenID Connect RP-Initiated Logout §2). */
export interface SignOutPageProps extends PageProps {
  readonly action: string
  /** The value that ties the answer to the session; sent as `xsrf`. */
  readonly xsrf: string
  /** The app that asks, if one does. */
  readonly clientName?: string | undefined
}

/** What the page shows after a session has ended. */
export interface SignedOutPageProps extends PageProps {
  readonly clientName?: string | undefined
  /** Where the app can be found again. */
  readonly continueUrl?: string | undefined
}

/** The page that asks whether to sign out. It posts `xsrf`, and `logout=yes` unless the person stays. */
export function signOutPage({ brand, messages, action, xsrf, clientName }: SignOutPageProps): Html {
  const { signOut } = messages
  const lead =
    clientName === undefined
      ? fill(signOut.fromHere, { brand: brand.name })
      : fill(signOut.fromApp, { client: outsideName(clientName), brand: brand.name })
  return pageLayout({
    brand,
    messages,
    title: signOut.title,
    content: html`
      ${heading(signOut.title, lead)}
      ${postForm({
        action,
        hidden: { xsrf },
        content: html`
          <p class="body-text">${signOut.explanation}</p>
          <div class="stack">
            ${button({ text: signOut.confirm, kind: 'primary', name: 'logout', value: 'yes' })}
            ${button({ text: signOut.stay, kind: 'secondary' })}
          </div>
        `,
      })}
    `,
  })
}

/** The page after signing out, for when no app waits for the person. */
export function signedOutPage({ brand, messages, clientName, continueUrl }: SignedOutPageProps): Html {
  const { signOut } = messages
  const canContinue =
    clientName !== undefined && continueUrl !== undefined && safeUrl(continueUrl) !== undefined
  return pageLayout({
    brand,
    messages,
    title: signOut.doneTitle,
    content: html`
      ${statusMark('success', successIcon())}
      ${heading(signOut.doneTitle, fill(signOut.doneText, { brand: brand.name }))}
      ${
        canContinue &&
        linkButton({
          text: fill(signOut.doneContinue, { client: outsideName(clientName) }),
          url: continueUrl,
        })
      }
    `,
  })
}
