import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { heading, outsideAddress } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText, waitingTime } from '../messages/messages.ts'

/** What the page shows on which a person asks for an account. It posts `email`. */
export interface SignUpPageProps extends PageProps {
  readonly action: string
  readonly email?: string | undefined
  readonly problem?: 'invalid_email' | 'too_many_requests' | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly backUrl?: string | undefined
}

/** The first page of making an account: only the address, because the rest is chosen by whoever reads its mail. */
export function signUpPage(props: SignUpPageProps): Html {
  const { brand, messages, problem } = props
  const { signUp, recovery } = messages
  const when = waitingTime(messages, props.retryAfterSeconds)
  return pageLayout({
    brand,
    messages,
    title: signUp.title,
    hasProblem: problem !== undefined,
    content: html`
      ${heading(signUp.title, fill(signUp.lead, { brand: brand.name }))}
      ${
        problem === 'too_many_requests' &&
        alert({ kind: 'problem', content: fillText(recovery.tooManyRequests, { when }) })
      }
      ${postForm({
        action: props.action,
        content: html`
          ${textField({
            name: 'email',
            type: 'email',
            label: signUp.email,
            autocomplete: 'email',
            value: props.email,
            autofocus: true,
            error: problem === 'invalid_email' ? signUp.invalidEmail : undefined,
          })}
          ${button({ text: signUp.submit, kind: 'primary' })}
        `,
      })}
      ${signInLine(props)}
    `,
  })
}

/** What the page shows after that, whether or not the address has an account. */
export interface SignUpSentPageProps extends PageProps {
  readonly email: string
  readonly hours: number
  readonly backUrl?: string | undefined
}

/** The page that says to look into one's mail. */
export function signUpSentPage(props: SignUpSentPageProps): Html {
  const { brand, messages, email, hours } = props
  const { signUp } = messages
  return pageLayout({
    brand,
    messages,
    title: signUp.sentTitle,
    content: html`
      ${heading(signUp.sentTitle, fill(signUp.sentText, { email: outsideAddress(email), hours }))}
      <p class="body-text">${signUp.sentNothing}</p>
      ${signInLine(props)}
    `,
  })
}

/** What the page shows where people cannot make accounts themselves. */
export interface SignUpClosedPageProps extends PageProps {
  readonly byInvitation: boolean
  readonly backUrl?: string | undefined
}

/** The page for whoever comes by an old link. */
export function signUpClosedPage(props: SignUpClosedPageProps): Html {
  const { brand, messages, byInvitation } = props
  const { signUp } = messages
  const text = byInvitation ? signUp.closedInvitation : signUp.closed
  return pageLayout({
    brand,
    messages,
    title: signUp.closedTitle,
    content: html` ${heading(signUp.closedTitle, fill(text, { brand: brand.name }))} ${signInLine(props)} `,
  })
}

function signInLine({
  messages,
  backUrl,
}: { readonly backUrl?: string | undefined } & PageProps): Html | false {
  const { signUp } = messages
  return (
    backUrl !== undefined &&
    html`<p class="card-line">${signUp.haveAccount} <a href="${backUrl}">${signUp.signIn}</a></p>`
  )
}
