/** The control of one setting: what it is for, what may be chosen or written, and the way back to its default. */
import { choice, selectInput } from '../components/choice.ts'
import { describedBy, labelled } from '../components/field.ts'
import { textArea } from '../components/text-area.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import { exactTime, fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** What may be written into a setting. */
export type SettingControl =
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'switch' }
  | { readonly kind: 'seconds'; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'colour' | 'links' | 'url' | 'text' }

/** A setting in a form; values as they are written in the environment. */
export interface SettingField {
  readonly name: string
  readonly control: SettingControl
  /** What was typed, or what is in force. */
  readonly value: string
  readonly standard: string
  readonly source: 'environment' | 'stored' | 'default'
  readonly backToDefault: boolean
  readonly error?: string | undefined
}

/** The control, or why there is none. */
export function settingControl(messages: Messages, field: SettingField): Html {
  const { consoleSettingForms: texts } = messages
  const { name, source, backToDefault } = field
  if (source === 'environment') return fixedSetting(messages, field)
  return html`<div class="setting-field">
    ${controlOf(messages, field)}
    ${source === 'stored' && choice({ name: `reset_${name}`, label: texts.toDefault, checked: backToDefault })}
  </div>`
}

/** The value as people read it, where only the form of the environment is known. */
export function writtenText(messages: Messages, name: string, value: string): string {
  const { console, consoleSettingForms: texts } = messages
  const options: Readonly<Record<string, string>> = texts
  const option = `${name}_${value}`
  if (Object.hasOwn(options, option)) return options[option] ?? value
  if (value === 'true' || value === 'false') return value === 'true' ? console.yes : console.no
  if (name.endsWith('_SECONDS') && /^\d{1,12}$/.test(value)) return exactTime(messages, Number(value))
  return value === '' ? texts.empty : value
}

function fixedSetting(messages: Messages, { name, value }: SettingField): Html {
  return html`<div class="setting-field">
    <p class="label">${sentenceOf(messages, name)}</p>
    <p><code class="setting-name">${name}</code>: <strong>${writtenText(messages, name, value)}</strong></p>
    <p class="hint">${messages.consoleSettingForms.fixed}</p>
  </div>`
}

function controlOf(messages: Messages, field: SettingField): Html {
  const { consoleSettingForms: texts } = messages
  const { name, control, value, standard, error } = field
  const byDefault = fillText(texts.standard, { value: writtenText(messages, name, standard) })
  const said = { name, label: sentenceOf(messages, name), error }
  const hinted = (hint = '') => ({ ...said, hint: `${name} · ${hint}${hint === '' ? '' : ' '}${byDefault}` })
  switch (control.kind) {
    case 'choice':
    case 'switch': {
      const values = control.kind === 'switch' ? ['true', 'false'] : control.options
      const options = values.map((each) => [each, writtenText(messages, name, each)] as const)
      const props = hinted()
      return labelled(props, selectInput({ name, value, options, hint: props.hint, error }))
    }
    case 'seconds': {
      const bounds = secondsBounds(messages, control)
      const isTime = /^\d{1,12}$/.test(value)
      const now = isTime ? `${fillText(texts.now, { time: exactTime(messages, Number(value)) })} ` : ''
      const props = hinted(`${now}${fillText(texts.between, bounds)}`)
      const more = { type: 'number', min: control.minimum, max: control.maximum, step: 1 }
      return labelled(
        props,
        html`<div class="with-unit">
          ${input(props, { ...more, value })}<span aria-hidden="true">${texts.seconds}</span>
        </div>`,
      )
    }
    case 'colour': {
      const props = hinted()
      return labelled(
        props,
        html`<div class="with-unit">
          ${/^#[0-9a-f]{6}$/i.test(value) && colourPicker(messages, name, value)}
          ${input(props, { type: 'text', value })}
        </div>`,
      )
    }
    case 'links':
      return textArea({ ...hinted(texts.links), value: value.split(',').join('\n'), rows: 4, optional: true })
    case 'url':
      return labelled(hinted(texts.url), input(hinted(texts.url), { type: 'url', value }))
    case 'text': {
      const props = hinted(name === 'TOKEN_RATE_LIMIT' ? texts.rate : '')
      return labelled(props, input(props, { type: 'text', value }))
    }
  }
}

/** It tells what it showed, so that it is known whether it was touched. */
function colourPicker({ consoleSettingForms: texts }: Messages, name: string, value: string): Html {
  const picked = {
    type: 'color',
    name: `${name}_picked`,
    value: value.toLowerCase(),
    'aria-label': texts.pick,
  }
  return html`<input ${attributes({ class: 'colour-input', autocomplete: 'off', ...picked })} />
    <input ${attributes({ type: 'hidden', name: `${name}_shown`, value })} />`
}

/** The bounds of a time, in words. */
export function secondsBounds(
  messages: Messages,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): { readonly least: string; readonly most: string } {
  return { least: exactTime(messages, minimum), most: exactTime(messages, maximum) }
}

function input(
  said: { readonly name: string; readonly hint: string; readonly error: string | undefined },
  more: Readonly<Record<string, string | number>>,
): Html {
  const { name, error } = said
  return html`<input
    ${attributes({
      class: 'input',
      id: name,
      name,
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      'aria-invalid': error === undefined ? undefined : 'true',
      'aria-describedby': describedBy(name, said),
      ...more,
    })}
  />`
}

function sentenceOf({ consoleSettingTexts }: Messages, name: string): string {
  const sentences: Readonly<Record<string, string>> = consoleSettingTexts
  return sentences[name] ?? name
}
