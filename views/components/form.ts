import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'

/** A form that posts to a path of ours. */
export interface FormProps {
  readonly action: string
  readonly id?: string | undefined
  /** Values that go along unseen. */
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined
  readonly content: HtmlValue
}

/** A form with method POST; everything that changes something is one. */
export function postForm({ action, id, hidden = {}, content }: FormProps): Html {
  const inputs = Object.entries(hidden)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<input ${attributes({ type: 'hidden', name, value })} />`)
  return html`<form class="form" method="post" ${attributes({ action, id })}>${inputs}${content}</form>`
}
