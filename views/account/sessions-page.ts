import { emptyState, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { browserName } from './browser-name.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** A session as the page shows it. */
export interface SessionView {
  readonly uid: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Whether it is the one in which the page is looked at. */
  readonly isThis: boolean
}

/** The page of all sessions. */
export function sessionsPage(frame: AccountFrame, sessions: readonly SessionView[]): AccountPage {
  const { messages, csrfToken } = frame
  const { account, accountAccess: texts } = messages
  const others = sessions.filter(({ isThis }) => !isThis)
  const ordered = [...sessions.filter(({ isThis }) => isThis), ...others]
  return {
    current: '/account/sessions',
    title: account.navSessions,
    content: html`
      ${pageHeading({ title: account.navSessions, lead: texts.sessionsLead })}
      ${panel({
        id: 'sessions',
        title: account.navSessions,
        content: rows(
          ordered.map((session) => ({
            title: nameOf(messages, session),
            ...(session.isThis && { badge: texts.thisSession }),
            lines: linesOf(messages, session),
            actions: session.isThis ? undefined : endForm(frame, session),
          })),
        ),
      })}
      ${panel({
        id: 'others',
        title: texts.endOthers,
        description: others.length > 0 ? texts.endOthersLead : undefined,
        content:
          others.length > 0
            ? postForm({
                action: '/account/sessions/end-others',
                hidden: { csrf: csrfToken },
                content: button({ text: texts.endOthers, kind: 'secondary' }),
              })
            : emptyState(texts.onlyThis),
      })}
    `,
  }
}

function endForm({ messages, csrfToken }: AccountFrame, session: SessionView): Html {
  const { accountAccess: texts } = messages
  const browser = nameOf(messages, session)
  return postForm({
    action: `/account/sessions/${session.uid}/end`,
    hidden: { csrf: csrfToken },
    content: html`<button
      class="button secondary"
      type="submit"
      aria-label="${fillText(texts.endSessionNamed, { browser })}"
    >
      ${texts.endSession}
    </button>`,
  })
}

function nameOf({ accountAccess: texts }: Messages, { userAgent }: SessionView): string {
  return browserName(userAgent) ?? texts.unknownBrowser
}

function linesOf(messages: Messages, { signedInAt, lastSeenAt, address }: SessionView): Html[] {
  const { accountAccess: texts } = messages
  return [
    fill(texts.signedIn, { date: moment(messages, signedInAt) }),
    fill(texts.lastSeen, { date: moment(messages, lastSeenAt) }),
    ...(address === undefined ? [] : [fill(texts.fromAddress, { address: outsideName(address) })]),
  ]
}
