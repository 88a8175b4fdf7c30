import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { postForm } from './form.ts'
import { downloadIcon } from './icons.ts'

/** Recovery codes that are shown this once. */
export interface RecoveryCodesPanelProps {
  readonly messages: Messages
  readonly codes: readonly string[]
  /** Where `codes` is posted to be answered as a text file. */
  readonly downloadAction: string
  /** Goes along with the download, such as a token against forged forms. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
}

/**
 * The codes with what to do with them. They are kept nowhere in clear, so the file is made of what the page sends back.
 * Printing is the browser's own; the page's style leaves only the codes on the paper.
 */
export function recoveryCodesPanel(props: RecoveryCodesPanelProps): Html {
  const { messages, codes, downloadAction, hidden } = props
  const { recoveryCodes } = messages
  return html`<section class="recovery-codes" aria-label="${recoveryCodes.label}">
      <ol class="code-list">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <p class="hint">${fillText(recoveryCodes.hint, { count: codes.length })}</p>
    </section>
    ${postForm({
      action: downloadAction,
      hidden: { ...hidden, codes: codes.join(' ') },
      content: html`<button class="button secondary" type="submit">
        ${downloadIcon()}<span>${recoveryCodes.download}</span>
      </button>`,
    })}
    <p class="print-hint hint">${recoveryCodes.print}</p>`
}
