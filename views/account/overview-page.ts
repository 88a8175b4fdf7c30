import { moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import { linkButton } from '../components/button.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import { activityRows } from './activity-page.ts'
import type { ActivityView } from './activity-page.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** What the first page shows. */
export interface OverviewProps {
  readonly isVerified: boolean
  readonly passwordChangedAt: Date | undefined
  readonly factorCount: number
  readonly sessionCount: number
  readonly appCount: number
  readonly recent: readonly ActivityView[]
}

/** The first page: what should be done, and where everything is. */
export function overviewPage(frame: AccountFrame, props: OverviewProps): AccountPage {
  const { messages, brand, person } = frame
  const { account } = messages
  const { passwordChangedAt } = props
  return {
    current: '/account',
    title: account.title,
    content: html`
      ${pageHeading({
        title: person.name ?? account.title,
        lead: fillText(account.overviewLead, { brand: brand.name }),
      })}
      ${advice(frame, props)}
      <div class="panel-grid">
        ${panel({
          id: 'sign-in',
          title: account.signInPanel,
          content: html`
            <ul class="plain-list">
              <li>
                ${
                  passwordChangedAt === undefined
                    ? account.noPassword
                    : fill(account.passwordSince, { date: moment(messages, passwordChangedAt, 'day') })
                }
              </li>
              <li>${fillText(account.factors, { count: props.factorCount })}</li>
            </ul>
            ${linkButton({ text: account.navSecurity, url: '/account/security', kind: 'secondary' })}
          `,
        })}
        ${panel({
          id: 'access',
          title: account.accessPanel,
          content: html`
            <ul class="plain-list">
              <li>${fillText(account.sessionCount, { count: props.sessionCount })}</li>
              <li>${fillText(account.appCount, { count: props.appCount })}</li>
            </ul>
            <div class="actions">
              ${linkButton({ text: account.navSessions, url: '/account/sessions', kind: 'secondary' })}
              ${linkButton({ text: account.navApps, url: '/account/apps', kind: 'secondary' })}
            </div>
          `,
        })}
      </div>
      ${panel({
        id: 'recent',
        title: account.recentPanel,
        action: html`<a class="back" href="/account/activity">${account.allActivity}</a>`,
        content: rows(activityRows(messages, props.recent)),
      })}
    `,
  }
}

function advice({ messages }: AccountFrame, props: OverviewProps): Html {
  const { account } = messages
  const pieces = [
    props.factorCount === 0 && {
      text: account.adviceSecondFactor,
      action: account.adviceSecondFactorAction,
      url: '/account/security',
    },
    !props.isVerified && {
      text: account.adviceVerify,
      action: account.adviceVerifyAction,
      url: '/account/profile',
    },
  ].filter((piece) => piece !== false)
  return html`${pieces.map(
    ({ text, action, url }) =>
      html`<div class="alert notice notice-row">
        <p>${text}</p>
        ${linkButton({ text: action, url, kind: 'secondary' })}
      </div>`,
  )}`
}
