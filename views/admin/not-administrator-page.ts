import { linkButton } from '../components/button.ts'
import { heading } from '../components/card.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'

/** For somebody who signed in at the console and administers nothing here. */
export function notAdministratorPage({ brand, messages }: PageProps): Html {
  const texts = messages.console
  return pageLayout({
    brand,
    messages,
    title: texts.strangerTitle,
    hasProblem: true,
    content: html`${heading(texts.strangerTitle, fillText(texts.stranger, { brand: brand.name }))}
    ${linkButton({ text: texts.toOwnPage, url: '/account' })}`,
  })
}
