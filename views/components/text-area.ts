import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { problemIcon } from './icons.ts'

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
  const { name, label, value, rows = 3, hint, error, optional } = props
  const describedBy = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`]
    .filter((id) => typeof id === 'string')
    .join(' ')
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
    'aria-describedby': describedBy === '' ? undefined : describedBy,
  }
  return html`<div class="field">
    <label class="label" for="${name}">${label}</label>
    <textarea ${attributes(given)}>${value}</textarea>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error !== undefined && html`<p class="field-error" id="${name}-error" role="alert">${problemIcon()}<span>${error}</span></p>`}
  </div>`
}
