import { linkButton } from './components/button.ts'
import { heading } from './components/card.ts'
import { alert } from './components/alert.ts'
import { pageLayout } from './components/layout.ts'
import type { PageProps } from './components/layout.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { fill } from './messages/messages.ts'

/** What the page at `/` shows. Nothing about versions, and nothing that only an operator should know. */
export interface HomePageProps extends PageProps {
  readonly isRunning: boolean
  /** Where the two discovery documents are (OpenID Connect Discovery §4, RFC 8414 §3). */
  readonly documents: {
    readonly openidConfiguration: string
    readonly authorizationServer: string
  }
}

/** The page for people who open the server's address itself. */
export function homePage({ brand, messages, isRunning, documents }: HomePageProps): Html {
  const { home } = messages
  return pageLayout({
    brand,
    messages,
    title: home.title,
    content: html`
      ${heading(home.title, fill(home.intro, { brand: brand.name }))}
      ${isRunning ? alert({ kind: 'success', content: home.running }) : alert({ kind: 'problem', content: home.notRunning })}
      <p class="body-text">${home.usually}</p>
      ${linkButton({ text: home.account, url: '/account' })}
      <section class="support" aria-labelledby="developers">
        <h2 id="developers">${home.developers}</h2>
        <ul class="link-list">
          <li><a href="${documents.openidConfiguration}">${home.openidConfiguration}</a></li>
          <li><a href="${documents.authorizationServer}">${home.authorizationServer}</a></li>
        </ul>
      </section>
    `,
  })
}
