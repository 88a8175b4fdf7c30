/**
 * A form that a passkey answers. The page brings what the browser is to be asked (`options`, from `beginPasskeyRegistration`
 * or `beginPasskeyAssertion`), views/assets/passkeys.js asks it, and the form posts the answer like any other form: as text
 * in the field `credential`, beside `hidden` and whatever fields `content` has. An empty `credential` means that the page was
 * open for too long. Such a page gives `scripts: ['passkeys.js']` to its frame, and has at most one form per kind.
 */
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import { problemIcon } from './icons.ts'

/** What the form needs. */
export interface PasskeyFormProps {
  readonly kind: 'register' | 'authenticate'
  readonly action: string
  /** The options as JSON. */
  readonly options: string
  readonly messages: Messages
  /** The words of the button. */
  readonly text: string
  readonly look?: 'primary' | 'secondary' | undefined
  /** Whether the browser may also offer passkeys in the field with `autocomplete="… webauthn"`. */
  readonly autofill?: boolean | undefined
  readonly hidden?: Readonly<Record<string, string>> | undefined
  /** Fields and words above the button. */
  readonly content?: HtmlValue
  /** Said in place of the form where there is no script or no WebAuthn; otherwise nothing is shown there. */
  readonly without?: string | undefined
}

/** The form. Without script or WebAuthn it is not shown. */
export function passkeyForm(props: PasskeyFormProps): Html {
  const { kind, action, options, messages, text, look = 'secondary', hidden = {}, content, without } = props
  const { passkeys } = messages
  const inputs = Object.entries({ credential: '', ...hidden }).map(
    ([name, value]) => html`<input ${attributes({ type: 'hidden', name, value, autocomplete: 'off' })} />`,
  )
  return html`<div class="passkey">
      <form
        class="form"
        method="post"
        ${attributes({
          action,
          'data-passkey': kind,
          'data-options': options,
          'data-autofill': props.autofill,
          'data-cancelled': passkeys.cancelled,
          'data-already': passkeys.alreadyAdded,
          'data-failed': passkeys.failed,
        })}
      >
        ${inputs}${content}
        <button class="button ${look}" type="submit">${passkeyIcon()}<span>${text}</span></button>
        <div class="passkey-problem" role="status">
          <p class="field-error" hidden>${problemIcon()}<span></span></p>
        </div>
      </form>
    </div>
    ${without !== undefined && html`<p class="hint passkey-without">${without}</p>`}`
}

/** "or", between two ways to go on. It is shown where the passkey form below it is. */
export function orDivider(messages: Messages): Html {
  return html`<p class="passkey divider"><span>${messages.passkeys.or}</span></p>`
}

/** A person with a key, the sign of passkeys. */
export function passkeyIcon(): Html {
  return html`<svg
    class="icon"
    viewBox="0 0 20 20"
    width="20"
    height="20"
    aria-hidden="true"
    focusable="false"
  >
    <circle cx="7.5" cy="6" r="3.1" />
    <path d="M1.9 16.6c.3-3 2.5-4.9 5.6-4.9 1 0 1.9.2 2.7.6" />
    <circle cx="14.6" cy="9.6" r="2.5" />
    <path d="M14.6 12.1v5.4l1.5-1.3-1.1-1.2 1.1-1.1" />
  </svg>`
}
