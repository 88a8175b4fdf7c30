import { emptyState, moment, pageHeading, panel, rows } from '../components/app-parts.ts'
import type { RowProps } from '../components/app-parts.ts'
import type { EnrolledApp } from '../components/authenticator-app.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideName } from '../components/card.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, fillText } from '../messages/messages.ts'
import { browserName } from './browser-name.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** A passkey as the page shows it. */
export interface PasskeyView {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  readonly kind: 'synchronised' | 'device_bound'
}

/** A known device as the page shows it. */
export interface DeviceView {
  readonly id: string
  readonly userAgent: string | undefined
  readonly lastSeenAt: Date
  readonly trustedUntil: Date | undefined
}

/** The sign-in methods of an account. */
export interface SecurityProps {
  readonly passwordChangedAt: Date | undefined
  readonly app: EnrolledApp | undefined
  readonly passkeys: readonly PasskeyView[]
  /** Whether this installation can have passkeys at all. */
  readonly hasPasskeys: boolean
  readonly recoveryCodesLeft: number
  readonly devices: readonly DeviceView[]
}

/** The page of the sign-in methods. */
export function securityPage(frame: AccountFrame, props: SecurityProps): AccountPage {
  const { account, accountSecurity: texts } = frame.messages
  return {
    current: '/account/security',
    title: account.navSecurity,
    content: html`
      ${pageHeading({ title: account.navSecurity, lead: texts.lead })} ${passwordPanel(frame, props)}
      ${appPanel(frame, props)} ${passkeysPanel(frame, props)} ${codesPanel(frame, props)}
      ${devicesPanel(frame, props)}
    `,
  }
}

function passwordPanel({ messages }: AccountFrame, { passwordChangedAt }: SecurityProps): Html {
  const texts = messages.accountSecurity
  const has = passwordChangedAt !== undefined
  return panel({
    id: 'password',
    title: texts.passwordPanel,
    description: has
      ? fill(texts.passwordChanged, { date: moment(messages, passwordChangedAt, 'day') })
      : texts.passwordNone,
    action: linkButton({
      text: has ? texts.changePassword : texts.setPassword,
      url: '/account/security/password',
      kind: 'secondary',
    }),
  })
}

function appPanel({ messages }: AccountFrame, { app }: SecurityProps): Html {
  const texts = messages.accountSecurity
  const setUp = linkButton({
    text: app === undefined ? texts.appSetUp : texts.appReplace,
    url: '/account/security/app',
    kind: 'secondary',
  })
  return panel({
    id: 'app',
    title: texts.appPanel,
    description: texts.appText,
    ...(app === undefined && { action: setUp }),
    content:
      app &&
      rows([
        {
          title: texts.appPanel,
          lines: [
            fill(texts.appSince, { date: moment(messages, app.createdAt, 'day') }),
            fill(texts.appLastUsed, { date: timeOrNever(messages, app.lastUsedAt) }),
            app.disabledAt !== undefined && html`<span class="badge problem">${texts.appDisabled}</span>`,
          ].filter((line) => line !== false),
          actions: html`${setUp}<a class="button danger-quiet" href="/account/security/app/remove"
              >${texts.appRemove}</a
            >`,
        },
      ]),
  })
}

function passkeysPanel({ messages }: AccountFrame, { passkeys, hasPasskeys }: SecurityProps): Html {
  const { accountSecurity: texts, passkeys: words } = messages
  return panel({
    id: 'passkeys',
    title: texts.passkeysPanel,
    description: hasPasskeys ? texts.passkeysText : texts.passkeysUnavailable,
    action: hasPasskeys
      ? linkButton({ text: words.add, url: '/account/security/passkeys/add', kind: 'secondary' })
      : undefined,
    content:
      passkeys.length === 0
        ? hasPasskeys && emptyState(texts.passkeysNone)
        : rows(passkeys.map((passkey) => passkeyRow(messages, passkey))),
  })
}

function passkeyRow(messages: AccountFrame['messages'], passkey: PasskeyView): RowProps {
  const { accountSecurity: texts, passkeys: words } = messages
  return {
    title: outsideName(passkey.name),
    lines: [
      passkey.kind === 'synchronised' ? words.synchronised : words.onOneDevice,
      fill(texts.passkeyAdded, { date: moment(messages, passkey.createdAt, 'day') }),
      fill(texts.passkeyLastUsed, { date: timeOrNever(messages, passkey.lastUsedAt) }),
    ],
    actions: html`<a
      class="button secondary"
      href="${`/account/security/passkeys/${passkey.id}`}"
      aria-label="${fillText(texts.passkeyManageNamed, { name: passkey.name })}"
      >${texts.passkeyManage}</a
    >`,
  }
}

function codesPanel({ messages, csrfToken }: AccountFrame, { recoveryCodesLeft }: SecurityProps): Html {
  const texts = messages.accountSecurity
  return panel({
    id: 'codes',
    title: texts.codesPanel,
    description: texts.codesText,
    content: html`
      <p>
        ${recoveryCodesLeft === 0 ? texts.codesNone : fillText(texts.codesLeft, { count: recoveryCodesLeft })}
      </p>
      ${postForm({
        action: '/account/security/recovery-codes',
        hidden: { csrf: csrfToken },
        content: html`<div class="actions">${button({ text: texts.codesMake, kind: 'secondary' })}</div>
          ${recoveryCodesLeft > 0 && html`<p class="hint">${texts.codesMakeHint}</p>`}`,
      })}
    `,
  })
}

function devicesPanel({ messages, csrfToken }: AccountFrame, { devices }: SecurityProps): Html {
  const texts = messages.accountSecurity
  const hidden = { csrf: csrfToken }
  return panel({
    id: 'devices',
    title: texts.devicesPanel,
    description: texts.devicesText,
    content:
      devices.length === 0
        ? emptyState(texts.devicesNone)
        : html`${rows(
            devices.map((device) => {
              const browser = browserName(device.userAgent) ?? messages.accountAccess.unknownBrowser
              return {
                title: browser,
                lines: [
                  fill(texts.deviceSeen, { date: moment(messages, device.lastSeenAt) }),
                  device.trustedUntil !== undefined &&
                    fill(texts.deviceTrusted, { date: moment(messages, device.trustedUntil, 'day') }),
                ].filter((line) => line !== false),
                actions: postForm({
                  action: `/account/security/devices/${device.id}/forget`,
                  hidden,
                  content: html`<button
                    class="button secondary"
                    type="submit"
                    aria-label="${fillText(texts.deviceForgetNamed, { browser })}"
                  >
                    ${texts.deviceForget}
                  </button>`,
                }),
              }
            }),
          )}
          ${postForm({
            action: '/account/security/devices/forget-all',
            hidden,
            content: button({ text: texts.devicesForget, kind: 'secondary' }),
          })}`,
  })
}

function timeOrNever(messages: AccountFrame['messages'], time: Date | undefined): Html {
  return time === undefined ? html`${messages.app.never}` : moment(messages, time)
}
