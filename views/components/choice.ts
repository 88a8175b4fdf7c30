import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { describedBy, labelled } from './field.ts'

/** One box to tick. */
export interface ChoiceProps {
  readonly name: string
  readonly label: string
  readonly value?: string | undefined
  readonly checked?: boolean | undefined
  readonly hint?: string | undefined
  /** Ids are names unless a name is there more than once. */
  readonly id?: string | undefined
}

/** A box with its label. */
export function choice({ name, label, value = 'yes', checked, hint, id = name }: ChoiceProps): Html {
  const described = describedBy(id, { hint })
  return html`<div class="choice">
    <input
      ${attributes({ type: 'checkbox', id, name, value, checked, autocomplete: 'off', 'aria-describedby': described })}
    />
    <label for="${id}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`
}

/** Boxes that belong together. */
export function choices(legend: string, boxes: readonly Html[]): Html {
  return html`<fieldset class="choices">
    <legend>${legend}</legend>
    ${boxes}
  </fieldset>`
}

/** A list of which one is chosen. */
export interface SelectProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly hint?: string | undefined
  readonly error?: string | undefined
}

/** A list to choose from, alone. */
export function selectInput({ name, value, options, ...said }: Omit<SelectProps, 'label'>): Html {
  const start = {
    class: 'input select',
    id: name,
    name,
    autocomplete: 'off',
    'aria-invalid': said.error === undefined ? undefined : 'true',
    'aria-describedby': describedBy(name, said),
  }
  return html`<select ${attributes(start)}>
    ${options.map(
      ([each, text]) =>
        html`<option ${attributes({ value: each, selected: each === value })}>${text}</option>`,
    )}
  </select>`
}

/** A list to choose from, with its label. */
export function selectField({ label, ...select }: SelectProps): Html {
  return labelled({ ...select, label }, selectInput(select))
}
