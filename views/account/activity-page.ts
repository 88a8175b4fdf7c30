import { emptyState, moment, pageHeading, pager, panel, rows } from '../components/app-parts.ts'
import type { RowProps } from '../components/app-parts.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { browserName } from './browser-name.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** An event as the page shows it. */
export interface ActivityView {
  readonly type: string
  readonly occurredAt: Date
  /** Whether somebody else did it: an administrator, or the server by itself. */
  readonly by: 'person' | 'administrator' | 'system'
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** The app it was about, by name. */
  readonly clientName: string | undefined
}

/** A part of the activity, the newest first. */
export interface ActivityProps {
  readonly events: readonly ActivityView[]
  readonly next: string | undefined
  readonly isFirst: boolean
}

/** The page of what happened. */
export function activityPage({ messages }: AccountFrame, props: ActivityProps): AccountPage {
  const { account, accountAccess: texts } = messages
  return {
    current: '/account/activity',
    title: account.navActivity,
    content: html`
      ${pageHeading({ title: account.navActivity, lead: texts.activityLead })}
      ${
        props.events.length === 0
          ? emptyState(texts.noActivity)
          : panel({
              id: 'activity',
              title: account.navActivity,
              content: html`${rows(activityRows(messages, props.events))}
              ${pager(messages, {
                first: props.isFirst ? undefined : '/account/activity',
                next: props.next === undefined ? undefined : `/account/activity?after=${props.next}`,
              })}`,
            })
      }
    `,
  }
}

/** Events as entries of a list. */
export function activityRows(messages: Messages, events: readonly ActivityView[]): RowProps[] {
  return events.map((event) => ({ title: sentenceOf(messages, event), lines: linesOf(messages, event) }))
}

/** What happened to the person is said to them; what they did to others as administrators, as the console says it. */
function sentenceOf({ activity, consoleAuditEvents }: Messages, { type, clientName }: ActivityView): Html {
  const sentences: Readonly<Record<string, string>> = { ...consoleAuditEvents, ...activity }
  return html`${sentences[type.replaceAll('.', '_')] ?? fillText(activity.other, { type })}
  ${clientName !== undefined && html`(${outsideName(clientName)})`}`
}

function linesOf(messages: Messages, event: ActivityView): Html[] {
  const { activity, accountAccess: texts } = messages
  const browser = browserName(event.userAgent)
  const where = [
    event.by === 'administrator' && html`${activity.byAdministrator}`,
    event.by === 'system' && html`${activity.bySystem}`,
    event.by === 'person' &&
      event.address !== undefined &&
      fill(texts.fromAddress, { address: event.address }),
    event.by === 'person' && browser !== undefined && html`${browser}`,
  ].filter((part) => part !== false)
  return [html`${moment(messages, event.occurredAt)}${where.map((part) => html` · ${part}`)}`]
}
