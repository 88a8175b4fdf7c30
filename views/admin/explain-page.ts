/** What would happen with a credential: the question. */
import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { textField } from '../components/field.ts'
import { textArea } from '../components/text-area.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm } from './parts.ts'

/** Where the question stands. */
export const explainPath = '/admin/explain'

/** What was asked, but for the credential, which is never shown again. */
export interface ExplainValues {
  readonly scope: string
  readonly address: string
  readonly cost: string
  readonly api: string
}

/** What is wrong with it, by field. */
export type ExplainProblems = Readonly<Partial<Record<keyof ExplainValues | 'credential', string>>>

/** The form. */
export function explainFormContent(
  frame: ConsoleFrame,
  {
    values,
    problems = {},
    apis,
  }: {
    readonly values: ExplainValues
    readonly problems?: ExplainProblems
    /** Identifiers to choose from. */
    readonly apis: readonly string[]
  },
): Html {
  const { consoleExplain: texts } = frame.messages
  const optional = { autocomplete: 'off', optional: true } as const
  const fields = html`${textArea({
      name: 'credential',
      label: texts.credential,
      hint: texts.credentialHint,
      value: '',
      error: problems.credential,
      rows: 4,
      optional: true,
    })}
    ${textField({ ...optional, name: 'scope', label: texts.scope, hint: texts.scopeHint, value: values.scope, error: problems.scope })}
    <div class="field-pair">
      ${textField({ ...optional, name: 'address', label: texts.address, hint: texts.addressHint, value: values.address, error: problems.address })}
      ${textField({ ...optional, name: 'cost', label: texts.cost, hint: texts.costHint, value: values.cost, error: problems.cost, inputmode: 'numeric' })}
    </div>
    ${textField({ ...optional, name: 'api', label: texts.api, hint: texts.apiHint, value: values.api, error: problems.api, list: 'api-identifiers' })}
    <datalist id="api-identifiers">
      ${apis.map((identifier) => html`<option ${attributes({ value: identifier })}></option>`)}
    </datalist>
    ${button({ text: texts.submit, kind: 'primary' })}`
  return html`${pageHeading({ title: texts.title, lead: texts.lead })}
  ${panel({ id: 'ask', title: texts.credential, content: consoleForm(frame, { action: explainPath, content: fields }) })}`
}
