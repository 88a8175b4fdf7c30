import { alert } from '../components/alert.ts'
import { button, linkButton } from '../components/button.ts'
import { heading, statusMark } from '../components/card.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { successIcon } from '../components/icons.ts'
import { pageLayout } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'

/** What the page shows on which the code of a device is typed. It posts `user_code`, `xsrf` and `confirm`. */
export interface DeviceCodePageProps extends PageProps {
  readonly action: string
  /** The value that ties the answer to the browser. */
  readonly xsrf: string
  /** What was typed, or came with the link of the device. */
  readonly userCode?: string | undefined
  /** The same for a code that is unknown, expired, taken or used: whoever guesses learns nothing (T48). */
  readonly problem?: 'missing' | 'unusable' | 'again' | undefined
}

/** The page that asks which device is to be connected. */
export function deviceCodePage({
  brand,
  messages,
  action,
  xsrf,
  userCode,
  problem,
}: DeviceCodePageProps): Html {
  const { device } = messages
  return pageLayout({
    brand,
    messages,
    title: device.title,
    hasProblem: problem !== undefined,
    content: html`
      ${heading(device.title, device.lead)}
      ${problem === 'again' && alert({ kind: 'problem', content: device.again })}
      ${postForm({
        action,
        hidden: { xsrf, confirm: 'yes' },
        content: html`
          ${textField({
            name: 'user_code',
            label: device.code,
            hint: device.codeHint,
            autocomplete: 'off',
            value: userCode,
            autofocus: true,
            error: problem === 'missing' || problem === 'unusable' ? device[problem] : undefined,
          })}
          ${button({ text: device.submit, kind: 'primary' })}
        `,
      })}
    `,
  })
}

/** The page that says that the device goes on. */
export function deviceDonePage({ brand, messages }: PageProps): Html {
  const { device } = messages
  return pageLayout({
    brand,
    messages,
    title: device.doneTitle,
    content: html`${statusMark('success', successIcon())} ${heading(device.doneTitle, device.doneText)}`,
  })
}

/** The page that says that the device got nothing. */
export function deviceDeniedPage({
  brand,
  messages,
  againUrl,
}: PageProps & { readonly againUrl: string }): Html {
  const { device } = messages
  return pageLayout({
    brand,
    messages,
    title: device.deniedTitle,
    content: html`
      ${heading(device.deniedTitle, device.deniedText)}
      ${linkButton({ text: device.deniedAgain, url: againUrl })}
    `,
  })
}
