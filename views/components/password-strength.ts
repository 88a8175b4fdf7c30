import type { AssetName } from '../assets.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { passwordField } from './field.ts'

/** Why a new password was refused. */
export type NewPasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'contains_control'
  | 'is_your_name_or_address'
  | 'is_a_context_word'
  | 'is_common'
  | 'is_predictable'
  | 'is_leaked'

/** A field for a password that is chosen now. */
export interface NewPasswordFieldProps {
  /** `password` unless the page has another one. */
  readonly name?: string | undefined
  readonly label: string
  readonly minimumLength: number
  readonly problem?: NewPasswordProblem | undefined
  readonly autofocus?: boolean | undefined
  readonly messages: Messages
}

/** The script that tells while typing whether a password is long enough; pages with the field name it in their frame. */
export const newPasswordScripts: readonly AssetName[] = ['password.js']

/**
 * The field, its hint and why the last password was refused. With script the line below it follows the typing: nothing is
 * sent, and what is said there is read out politely. Without script the hint says the same.
 */
export function newPasswordField(props: NewPasswordFieldProps): Html {
  const { name = 'password', label, minimumLength, messages, autofocus } = props
  return html`${passwordField({
    name,
    label,
    autocomplete: 'new-password',
    hint: fillText(messages.newPassword.hint, { length: minimumLength }),
    error: newPasswordProblemText(props),
    autofocus,
    messages,
  })}${strengthLine(name, minimumLength, messages)}`
}

/** The sentence that says why a new password was refused. */
export function newPasswordProblemText({
  problem,
  minimumLength,
  messages: { newPassword },
}: Pick<NewPasswordFieldProps, 'problem' | 'minimumLength' | 'messages'>): string | undefined {
  switch (problem) {
    case undefined:
      return undefined
    case 'too_short':
      return fillText(newPassword.tooShort, { length: minimumLength })
    case 'too_long':
      return newPassword.tooLong
    case 'contains_control':
      return newPassword.containsControl
    case 'is_your_name_or_address':
      return newPassword.isYourName
    case 'is_a_context_word':
      return newPassword.isContextWord
    case 'is_common':
      return newPassword.isCommon
    case 'is_predictable':
      return newPassword.isPredictable
    case 'is_leaked':
      return newPassword.isLeaked
  }
}

function strengthLine(name: string, minimumLength: number, { newPassword }: Messages): Html {
  const length = String(minimumLength)
  const said = attributes({
    'data-strength-of': name,
    'data-minimum': length,
    // The script puts the number in the place of #.
    'data-progress': fillText(newPassword.progress, { count: '#', length: minimumLength }),
    'data-long-enough': fillText(newPassword.longEnough, { count: '#' }),
    'data-repeated': newPassword.isRepeated,
    'data-row': newPassword.isRow,
  })
  return html`<div class="strength" hidden ${said}>
    <progress class="strength-bar" max="${length}" value="0" aria-hidden="true"></progress>
    <p class="strength-text" role="status" aria-live="polite"></p>
  </div>`
}
