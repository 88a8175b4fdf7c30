import { button } from './components/button.ts'
import { heading } from './components/card.ts'
import { postForm } from './components/form.ts'
import { pageLayout } from './components/layout.ts'
import type { PageProps } from './components/layout.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

/** What the page sends on. */
export interface OnwardPageProps extends PageProps {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** A form that sends itself, for what has to travel by POST; without script it has a button. */
export function onwardPage({ brand, messages, action, fields }: OnwardPageProps): Html {
  const { chooseAccount } = messages
  return pageLayout({
    brand,
    messages,
    title: chooseAccount.onwardTitle,
    scripts: ['onward.js'],
    content: html`
      ${heading(chooseAccount.onwardTitle, chooseAccount.onwardText)}
      ${postForm({
        id: 'onward',
        action,
        hidden: fields,
        content: button({ text: chooseAccount.onward, kind: 'primary' }),
      })}
    `,
  })
}
