import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { problemIcon, successIcon } from './icons.ts'

/** A message above a form or in a page; the icon says the same as the colour. */
export interface AlertProps {
  readonly kind: 'problem' | 'notice' | 'success'
  /** For fields that are described by this message. */
  readonly id?: string | undefined
  readonly content: HtmlValue
}

/** A box with a message. A problem is announced at once to people who listen to the page. */
export function alert({ kind, id, content }: AlertProps): Html {
  const role = kind === 'problem' ? 'alert' : undefined
  return html`<div class="alert ${kind}" ${attributes({ id, role })}>
    ${kind === 'success' ? successIcon() : problemIcon()}
    <p>${content}</p>
  </div>`
}
