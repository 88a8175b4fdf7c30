import { linkButton } from '../components/button.ts'
import { heading } from '../components/card.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'

/** What our own pages have to say when there is no session to show them with. */
export type OwnMessage = 'signed_out' | 'sign_in_over' | 'not_signed_in' | 'ended' | 'too_weak' | 'confirm'

/** What the page shows, and where its button leads. */
export interface OwnMessagePageProps extends PageProps {
  readonly message: OwnMessage
  readonly continueUrl: string
}

/** A page that says what happened to the person's session, and leads on. */
export function ownMessagePage({ brand, messages, message, continueUrl }: OwnMessagePageProps): Html {
  const texts = messages.ownSession
  const said = {
    signed_out: [texts.signedOutTitle, texts.signedOut, texts.signInAgain],
    sign_in_over: [texts.overTitle, texts.over, texts.tryAgain],
    not_signed_in: [texts.notSignedInTitle, texts.notSignedIn, texts.signIn],
    ended: [texts.endedTitle, texts.ended, texts.signInAgain],
    too_weak: [texts.tooWeakTitle, texts.tooWeak, texts.back],
    confirm: [texts.confirmTitle, texts.confirm, texts.confirmNow],
  } as const satisfies Record<OwnMessage, readonly string[]>
  const [title, sentence, button] = said[message]
  return pageLayout({
    brand,
    messages,
    title,
    hasProblem: message !== 'signed_out' && message !== 'confirm',
    content: html`${heading(title, fillText(sentence, { brand: brand.name }))}
    ${linkButton({ text: button, url: continueUrl })}`,
  })
}
