import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'

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
  const describedBy = hint === undefined ? undefined : `${id}-hint`
  return html`<div class="choice">
    <input
      ${attributes({ type: 'checkbox', id, name, value, checked, autocomplete: 'off', 'aria-describedby': describedBy })}
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
}

/** A list to choose from, alone. */
export function selectInput({ name, value, options, hint }: Omit<SelectProps, 'label'>): Html {
  const describedBy = hint === undefined ? undefined : `${name}-hint`
  return html`<select
    ${attributes({ class: 'input select', id: name, name, autocomplete: 'off', 'aria-describedby': describedBy })}
  >
    ${options.map(
      ([each, text]) =>
        html`<option ${attributes({ value: each, selected: each === value })}>${text}</option>`,
    )}
  </select>`
}

/** A list to choose from, with its label. */
export function selectField({ label, ...select }: SelectProps): Html {
  const { name, hint } = select
  return html`<div class="field">
    <label class="label" for="${name}">${label}</label>
    ${selectInput(select)} ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
}
