import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import { button } from './button.ts'
import { textField } from './field.ts'
import { postForm } from './form.ts'
import { qrCode } from './qr-code.ts'
import type { QrDrawing } from './qr-code.ts'

/** An authenticator app that was set up. */
export interface EnrolledApp {
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  /** Too many wrong codes were typed. */
  readonly disabledAt: Date | undefined
}

/** What an authenticator app is set up with, wherever it is. The form posts `code` and `enrolment`. */
export interface AuthenticatorAppProps {
  readonly messages: Messages
  readonly action: string
  readonly enrolmentId: string
  readonly drawing: QrDrawing
  /** The seed as base32, for whoever cannot scan. */
  readonly key: string
  /** Goes along unseen, such as a token against forged forms. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  /** What is wrong with the code that was typed. */
  readonly error?: string | undefined
  readonly cancel?: HtmlValue
}

/** Scan, or type the key; then the first code. */
export function authenticatorApp(props: AuthenticatorAppProps): Html {
  const { messages, action, drawing, key, error } = props
  const { enrolment } = messages
  return html`<ol class="steps">
      <li>
        <p>${enrolment.stepScan}</p>
        ${qrCode({ drawing, label: enrolment.qrLabel })}
        <details class="manual-key">
          <summary>${enrolment.cannotScan}</summary>
          <p>${enrolment.manual}</p>
          <p class="key">
            <span class="visually-hidden">${enrolment.key}: </span><code>${inGroups(key)}</code>
          </p>
        </details>
      </li>
      <li><p>${enrolment.stepCode}</p></li>
    </ol>
    ${postForm({
      action,
      hidden: { ...props.hidden, enrolment: props.enrolmentId },
      content: html`${textField({
        name: 'code',
        label: enrolment.code,
        autocomplete: 'one-time-code',
        inputmode: 'numeric',
        error,
        autofocus: error !== undefined,
      })}
      ${button({ text: enrolment.submit, kind: 'primary' })} ${props.cancel}`,
    })}`
}

/** Four by four, as keys are read aloud and typed. Spaces are no part of base32, and apps drop them. */
function inGroups(key: string): string {
  return key.replaceAll(/.{4}(?=.)/g, '$& ')
}
