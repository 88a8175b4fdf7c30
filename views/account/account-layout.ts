import { alert } from '../components/alert.ts'
import { appLayout } from '../components/app-layout.ts'
import type { AppPerson } from '../components/app-layout.ts'
import { button } from '../components/button.ts'
import { postForm } from '../components/form.ts'
import type { PageProps } from '../components/layout.ts'
import type { AssetName } from '../assets.ts'
import { moment } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** What all pages of a person take. */
export interface AccountFrame extends PageProps {
  readonly csrfToken: string
  readonly person: AppPerson
  /** When the account is deleted, if its owner asked for that. */
  readonly deletionDueAt?: Date | undefined
  /** What was done just before the page was shown. */
  readonly done?: DoneCode | undefined
}

/** One page: its place in the navigation, its title and its content. */
export interface AccountPage {
  readonly current: AccountPath
  readonly title: string
  readonly content: HtmlValue
  readonly hasProblem?: boolean
  readonly scripts?: readonly AssetName[]
}

/** The pages of the navigation. */
export type AccountPath = (typeof paths)[number]['path']

const paths = [
  { path: '/account', text: 'navOverview' },
  { path: '/account/profile', text: 'navProfile' },
  { path: '/account/security', text: 'navSecurity' },
  { path: '/account/sessions', text: 'navSessions' },
  { path: '/account/apps', text: 'navApps' },
  { path: '/account/keys', text: 'navKeys' },
  { path: '/account/activity', text: 'navActivity' },
  { path: '/account/data', text: 'navData' },
] as const

const doneTexts = {
  profile: 'doneProfile',
  email: 'doneEmail',
  verify: 'doneVerify',
  password: 'donePassword',
  password_everywhere: 'donePasswordEverywhere',
  session: 'doneSession',
  sessions: 'doneSessions',
  app: 'doneApp',
  key: 'doneKey',
  kept: 'doneKept',
  totp: 'doneTotp',
  totp_removed: 'doneTotpRemoved',
  passkey: 'donePasskey',
  passkey_renamed: 'donePasskeyRenamed',
  passkey_removed: 'donePasskeyRemoved',
  device: 'doneDevice',
  devices: 'doneDevices',
} as const satisfies Record<string, keyof Messages['account']>

/** What a page may say was done before it. */
export type DoneCode = keyof typeof doneTexts

/** All of them. */
export const doneCodes = Object.keys(doneTexts).filter((name): name is DoneCode => name in doneTexts)

/** A page of the person. */
export function accountLayout(frame: AccountFrame, page: AccountPage): Html {
  const { messages, brand, csrfToken, person } = frame
  return appLayout({
    brand,
    messages,
    csrfToken,
    person,
    ...page,
    scripts: ['times.js', ...(page.scripts ?? [])],
    homePath: '/account',
    navigation: paths.map(({ path, text }) => ({ path, text: messages.account[text] })),
    signOutAction: '/account/sign-out',
    notice: noticeOf(frame),
  })
}

function noticeOf({ messages, deletionDueAt, done, csrfToken }: AccountFrame): Html {
  const { account } = messages
  return html`${
    deletionDueAt &&
    html`<div class="alert problem notice-row" role="status">
      <p>${fill(account.deletionNotice, { date: moment(messages, deletionDueAt, 'day') })}</p>
      ${postForm({
        action: '/account/data/keep',
        hidden: { csrf: csrfToken },
        content: button({ text: account.deletionKeep, kind: 'secondary' }),
      })}
    </div>`
  }
  ${done && alert({ kind: 'success', content: account[doneTexts[done]] })}`
}
