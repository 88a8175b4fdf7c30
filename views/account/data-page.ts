import { moment, pageHeading, panel } from '../components/app-parts.ts'
import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { heading } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** The page of the person's data: download, and deletion. */
export function dataPage(
  { messages, csrfToken }: AccountFrame,
  { graceDays }: { readonly graceDays: number },
): AccountPage {
  const { account, accountAccess: texts } = messages
  return {
    current: '/account/data',
    title: account.navData,
    content: html`
      ${pageHeading({ title: account.navData, lead: texts.dataLead })}
      ${panel({
        id: 'export',
        title: texts.exportPanel,
        description: texts.exportText,
        content: postForm({
          action: '/account/data/export',
          hidden: { csrf: csrfToken },
          content: button({ text: texts.exportButton, kind: 'secondary' }),
        }),
      })}
      ${panel({
        id: 'delete',
        kind: 'danger',
        title: texts.deletePanel,
        description: fillText(texts.deleteText, { days: graceDays }),
        content: html`<div class="actions">
          <a class="button danger-quiet" href="/account/data/delete">${texts.deleteButton}</a>
        </div>`,
      })}
    `,
  }
}

/** Why the deletion was not taken. */
export type DeletionProblem = 'mismatch' | 'last_administrator'

/** What the page shows that asks before an account is deleted. */
export interface DeletePageProps {
  readonly dueAt: Date
  readonly problem?: DeletionProblem | undefined
}

/** The page that asks before an account is deleted. */
export function deletePage(
  { messages, csrfToken, brand }: AccountFrame,
  { dueAt, problem }: DeletePageProps,
): AccountPage {
  const { account, accountAccess: texts } = messages
  return {
    current: '/account/data',
    title: texts.deleteTitle,
    hasProblem: problem !== undefined,
    content: html`
      ${pageHeading({ title: texts.deleteTitle, back: { text: account.navData, url: '/account/data' } })}
      ${
        problem === 'last_administrator' &&
        alert({ kind: 'problem', content: fillText(texts.deleteLastAdministrator, { brand: brand.name }) })
      }
      ${panel({
        id: 'delete',
        kind: 'danger',
        title: texts.deletePanel,
        content: html`
          <p>${fill(texts.deleteConsequences, { date: moment(messages, dueAt, 'day') })}</p>
          <p>${texts.deleteKeep}</p>
          ${postForm({
            action: '/account/data/delete',
            hidden: { csrf: csrfToken },
            content: html`
              ${textField({
                name: 'email',
                type: 'email',
                label: texts.deleteConfirm,
                autocomplete: 'off',
                error: problem === 'mismatch' ? texts.deleteMismatch : undefined,
              })}
              <div class="actions">
                ${button({ text: texts.deleteButton, kind: 'danger' })}
                ${linkButton({ text: messages.app.cancel, url: '/account/data', kind: 'secondary' })}
              </div>
            `,
          })}
        `,
      })}
    `,
  }
}

/** The page for somebody whose account is to be deleted, and who is signed out by now. */
export function deletedPage({ brand, messages, dueAt }: PageProps & { readonly dueAt: Date }): Html {
  const { accountAccess: texts } = messages
  return pageLayout({
    brand,
    messages,
    title: texts.deletedTitle,
    scripts: ['times.js'],
    content: html`${heading(texts.deletedTitle, fill(texts.deletedText, { date: moment(messages, dueAt, 'day') }))}
    ${linkButton({ text: messages.ownSession.signInAgain, url: '/account', kind: 'secondary' })}`,
  })
}
