import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { heading } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText, waitingTime } from '../messages/messages.ts'

/** What the page for a forgotten password shows. It posts `login`. */
export interface ForgottenPageProps extends PageProps {
  readonly action: string
  readonly login?: string | undefined
  readonly problem?: 'login_missing' | 'too_many_requests' | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The sign-in that the person came from, if there is one. */
  readonly backUrl?: string | undefined
}

/** The page that asks whose password is forgotten. */
export function forgottenPage(props: ForgottenPageProps): Html {
  const { brand, messages, problem, login, backUrl } = props
  const { recovery } = messages
  const when = waitingTime(messages, props.retryAfterSeconds)
  return pageLayout({
    brand,
    messages,
    title: recovery.title,
    hasProblem: problem !== undefined,
    content: html`
      ${heading(recovery.title, recovery.lead)}
      ${
        problem === 'too_many_requests' &&
        alert({ kind: 'problem', content: fillText(recovery.tooManyRequests, { when }) })
      }
      ${postForm({
        action: props.action,
        content: html`
          ${textField({
            name: 'login',
            label: messages.signIn.login,
            autocomplete: 'username',
            inputmode: 'email',
            value: login,
            autofocus: true,
            error: problem === 'login_missing' ? recovery.loginMissing : undefined,
          })}
          ${button({ text: recovery.submit, kind: 'primary' })}
        `,
      })}
      ${backUrl !== undefined && backLine(backUrl, recovery.back)}
    `,
  })
}

/** What the page shows after a link was asked for: the same for everybody, whoever has an account. */
export interface ForgottenSentPageProps extends PageProps {
  readonly minutes: number
  readonly backUrl?: string | undefined
}

/** The page that says to look into one's mail. */
export function forgottenSentPage({ brand, messages, minutes, backUrl }: ForgottenSentPageProps): Html {
  const { recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: recovery.sentTitle,
    content: html`
      ${heading(recovery.sentTitle, fillText(recovery.sentText, { minutes }))}
      <p class="body-text">${recovery.sentNothing}</p>
      ${backUrl !== undefined && backLine(backUrl, recovery.back)}
    `,
  })
}

/** What the page shows for a link that is used, expired, replaced, or of another purpose: all the same (T10). */
export interface LinkUnusablePageProps extends PageProps {
  /** Where another link can be asked for, if that is a page of its own. */
  readonly againUrl?: string | undefined
}

/** The page of a mailed link that does not work any more. */
export function linkUnusablePage({ brand, messages, againUrl }: LinkUnusablePageProps): Html {
  const { recovery } = messages
  return pageLayout({
    brand,
    messages,
    title: recovery.linkTitle,
    content: html`
      ${heading(recovery.linkTitle, recovery.linkText)}
      ${
        againUrl === undefined
          ? alert({ kind: 'notice', content: recovery.linkNext })
          : linkButton({ text: recovery.linkAskAgain, url: againUrl })
      }
    `,
  })
}

function backLine(url: string, text: string): Html {
  return html`<p class="card-line"><a href="${url}">${text}</a></p>`
}
