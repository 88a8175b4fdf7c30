import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** Whose password it is, for password managers: they keep what stands beside it, if it is a field that they can see. */
export function accountNameField(email: string, { signUp }: Messages): Html {
  const field = { type: 'text', id: 'username', name: 'username', autocomplete: 'username', value: email }
  return html`<div class="visually-hidden">
    <label for="username">${signUp.email}</label>
    <input ${attributes({ ...field, readonly: true, tabindex: '-1' })} />
  </div>`
}
