import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { describedBy, labelled } from './field.ts'

/** Several lines of text with their label, hint and error. The id is the name, as everywhere. */
export interface TextAreaProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly rows?: number | undefined
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly optional?: boolean | undefined
}

/** A field of several lines, for lists with one entry each and for keys. */
export function textArea(props: TextAreaProps): Html {
  const { name, value, rows = 3, error, optional } = props
  const given = {
    class: 'input text-area',
    id: name,
    name,
    rows,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: optional !== true,
    'aria-invalid': error === undefined ? undefined : 'true',
    'aria-describedby': describedBy(name, props),
  }
  return labelled(props, html`<textarea ${attributes(given)}>${value}</textarea>`)
}
