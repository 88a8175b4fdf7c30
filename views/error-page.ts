import { details, heading } from './components/card.ts'
import { pageLayout } from './components/layout.ts'
import type { PageProps } from './components/layout.ts'
import { html } from './html.ts'
import type { Html, HtmlValue } from './html.ts'
import { fillText, waitingTime } from './messages/messages.ts'

/** What the error page shows. */
export interface ErrorPageProps extends PageProps {
  readonly title?: string | undefined
  /** The error code, such as `invalid_request`. */
  readonly code: string
  /** The technical sentence that belongs to the code, for the developers of the app; it is English for everybody. */
  readonly description?: string | undefined
  readonly requestId: string
  readonly statusCode: number
}

/** What the pages for a missing page or an unavailable service show. */
export interface PlainErrorPageProps extends PageProps {
  readonly requestId?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** What happened, what to do next, and what support will ask for. */
export function errorPage(props: ErrorPageProps): Html {
  const { error } = props.messages
  const isOurs = props.statusCode >= 500
  const meaning = new Map(Object.entries(props.messages.requestErrors)).get(props.code)
  return problemPage(props, {
    title: props.title ?? (isOurs ? error.titleServer : error.titleRequest),
    what: isOurs ? error.whatServer : (meaning ?? error.whatRequest),
    next: isOurs ? error.nextServer : error.nextRequest,
    facts: [
      [error.code, html`<code>${props.code}</code>`],
      ...(props.description
        ? [[error.description, html`<span lang="en">${props.description}</span>`] as const]
        : []),
      [error.requestId, html`<code>${props.requestId}</code>`],
    ],
  })
}

/** The page for a sign-in that cannot go on: no mistake of anybody, and easily begun again. */
export function signInOverPage(props: PlainErrorPageProps): Html {
  const { error } = props.messages
  return problemPage(props, {
    title: error.signInOverTitle,
    what: error.signInOverText,
    next: error.signInOverNext,
    facts: requestFact(props),
  })
}

/** The page for an address that leads nowhere (404). */
export function notFoundPage(props: PlainErrorPageProps): Html {
  const { error } = props.messages
  return problemPage(props, {
    title: error.notFoundTitle,
    what: error.notFoundText,
    next: error.notFoundNext,
    facts: requestFact(props),
  })
}

/** The page for somebody who asks too often (429). */
export function tooManyRequestsPage(props: PlainErrorPageProps): Html {
  const { error } = props.messages
  return problemPage(props, {
    title: error.tooManyTitle,
    what: error.tooManyText,
    next: fillText(error.tooManyNext, { when: waitingTime(props.messages, props.retryAfterSeconds) }),
    facts: requestFact(props),
  })
}

/** The page for a time when the service cannot answer (503). */
export function unavailablePage(props: PlainErrorPageProps): Html {
  const { error } = props.messages
  return problemPage(props, {
    title: error.unavailableTitle,
    what: error.unavailableText,
    next: fillText(error.unavailableNext, { when: waitingTime(props.messages, props.retryAfterSeconds) }),
    facts: requestFact(props),
  })
}

type Facts = readonly (readonly [name: string, value: HtmlValue])[]

interface ProblemTexts {
  readonly title: string
  readonly what: string
  readonly next: string
  readonly facts: Facts
}

function requestFact({ messages, requestId }: PlainErrorPageProps): Facts {
  return requestId === undefined ? [] : [[messages.error.requestId, html`<code>${requestId}</code>`]]
}

function problemPage({ brand, messages }: PageProps, texts: ProblemTexts): Html {
  return pageLayout({
    brand,
    messages,
    title: texts.title,
    content: html`
      ${heading(texts.title, texts.what)}
      <p class="body-text">${texts.next}</p>
      ${
        texts.facts.length > 0 &&
        html`<section class="support" aria-labelledby="support">
          <h2 id="support">${messages.error.details}</h2>
          ${details(texts.facts)}
        </section>`
      }
    `,
  })
}
