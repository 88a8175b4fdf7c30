/** What is shown to be copied, with a button that does so where there is a script: its page brings `copy.js`. */
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** A button that copies the text of the element with this id. */
export function copyButton({ app }: Messages, source: string): Html {
  return html`<button
    class="button secondary"
    type="button"
    hidden
    ${attributes({ 'data-copies': source, 'data-label-done': app.copied })}
  >
    ${app.copy}
  </button>`
}

/** A secret that is shown this once. */
export function secretOnce(
  messages: Messages,
  { text, id }: { readonly text: string; readonly id: string },
): Html {
  return html`<div class="secret-once">
    <code class="secret" ${attributes({ id })} tabindex="0">${text}</code>
    ${copyButton(messages, id)}
    <p class="hint">${messages.app.shownOnce}</p>
  </div>`
}
