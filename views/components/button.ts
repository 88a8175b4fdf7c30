import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'

/** A button that sends its form. */
export interface ButtonProps {
  readonly text: string
  /** One primary button a page; secondary is an equal choice, quiet is a way out. */
  readonly kind: 'primary' | 'secondary' | 'quiet' | 'danger'
  /** Sent with the form, to say which button it was. */
  readonly name?: string | undefined
  readonly value?: string | undefined
  /** The id of the form, when the button stands outside it. */
  readonly form?: string | undefined
}

/** A submit button. */
export function button(props: ButtonProps): Html {
  const { name, value, form } = props
  return html`<button class="button ${props.kind}" type="submit" ${attributes({ name, value, form })}>
    ${props.text}
  </button>`
}

/** A link that looks like a button, for going on without sending anything. */
export function linkButton(props: {
  readonly text: HtmlValue
  readonly url: string
  readonly kind?: ButtonProps['kind'] | undefined
}): Html {
  return html`<a class="button ${props.kind ?? 'primary'}" href="${props.url}">${props.text}</a>`
}

/** Buttons that are one choice, beside each other where there is room. */
export function buttonRow(...buttons: readonly Html[]): Html {
  return html`<div class="button-row">${buttons}</div>`
}
