import { attributes, html } from '../html.ts'
import type { AttributeValue, Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import { eyeIcon, problemIcon } from './icons.ts'

/** One labelled input. Its id is its name, so a name is used once a page. */
export interface FieldProps {
  readonly name: string
  readonly label: string
  /** HTML's `autocomplete` token, with which password managers know the field (WCAG 2.2, 1.3.5). */
  readonly autocomplete: string
  readonly type?: 'text' | 'email' | 'tel' | 'url' | undefined
  readonly value?: string | undefined
  readonly hint?: string | undefined
  /** What is wrong with the value, shown under the field and tied to it. */
  readonly error?: string | undefined
  /** Whether the value is wrong although the words stand elsewhere, in an alert with this id. */
  readonly errorId?: string | undefined
  readonly inputmode?: 'text' | 'email' | 'numeric' | undefined
  /** What a phone's keyboard capitalises; nothing, unless the field holds a person's name. */
  readonly autocapitalize?: 'none' | 'words' | undefined
  readonly autofocus?: boolean | undefined
  readonly optional?: boolean | undefined
  /** The id of a `<datalist>` of what could be meant. */
  readonly list?: string | undefined
}

/** A password: never with a length limit in the page, never with a value, always open to paste. */
export type PasswordFieldProps = Omit<FieldProps, 'type' | 'value' | 'inputmode' | 'autocapitalize'> & {
  readonly messages: Messages
}

/** A text field with its label, hint and error. */
export function textField(props: FieldProps): Html {
  const input = html`<input
    ${attributes({
      ...inputAttributes(props),
      type: props.type ?? 'text',
      value: props.value,
      inputmode: props.inputmode,
      list: props.list,
      autocapitalize: props.autocapitalize ?? 'none',
      spellcheck: 'false',
    })}
  />`
  return labelled(props, input)
}

/** A password field; with script it has a button that shows what was typed. */
export function passwordField(props: PasswordFieldProps): Html {
  const { messages, name } = props
  const input = html`<div class="reveal">
    <input
      ${attributes({ ...inputAttributes(props), type: 'password', autocapitalize: 'none', spellcheck: 'false' })}
    />
    <button
      class="reveal-button"
      type="button"
      hidden
      ${attributes({
        'data-reveals': name,
        'data-label-show': messages.common.showPassword,
        'data-label-hide': messages.common.hidePassword,
        'aria-label': messages.common.showPassword,
        'aria-controls': name,
      })}
    >
      ${eyeIcon()}
    </button>
  </div>`
  return labelled(props, input)
}

function inputAttributes(props: Omit<FieldProps, 'type' | 'value'>): Record<string, AttributeValue> {
  const isWrong = props.error !== undefined || props.errorId !== undefined
  return {
    class: 'input',
    id: props.name,
    name: props.name,
    autocomplete: props.autocomplete,
    required: props.optional !== true,
    autofocus: props.autofocus,
    'aria-invalid': isWrong ? 'true' : undefined,
    'aria-describedby': describedBy(props.name, props),
  }
}

/** The ids of whatever is said about a field, for the field itself. */
export function describedBy(
  name: string,
  { hint, error, errorId }: Pick<FieldProps, 'hint' | 'error' | 'errorId'>,
): string | undefined {
  const ids = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`, errorId]
  const said = ids.filter((id) => typeof id === 'string')
  return said.length > 0 ? said.join(' ') : undefined
}

/** A field between its label and whatever is said about it. */
export function labelled(props: Pick<FieldProps, 'name' | 'label' | 'hint' | 'error'>, input: Html): Html {
  const { name, label, hint, error } = props
  return html`<div class="field">
    <label class="label" for="${name}">${label}</label>
    ${input} ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error !== undefined && fieldError(name, error)}
  </div>`
}

/** What is wrong with a field; its id is what the field says it is described by. */
export function fieldError(name: string, error: string): Html {
  return html`<p class="field-error" id="${name}-error" role="alert">
    ${problemIcon()}<span>${error}</span>
  </p>`
}
