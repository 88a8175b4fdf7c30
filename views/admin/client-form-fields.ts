/** The fields of the form of a client, each with its value and what is wrong with it. */
import { fieldError, textField } from '../components/field.ts'
import { textArea } from '../components/text-area.ts'
import type { Html } from '../html.ts'
import type { ShownClientType } from './client-list-page.ts'
import { selectField } from './parts.ts'

/** The form of a client as it was typed or as the client is, by the names of its fields. */
export interface ClientFormProps {
  readonly type: ShownClientType
  readonly values: Readonly<Record<string, string>>
  readonly grants: readonly string[]
  /** What is wrong, by field. */
  readonly problems: Readonly<Record<string, string>>
  /** What is wrong with the whole. */
  readonly problem: string | undefined
  /** The client that is changed; undefined for a new one. */
  readonly client:
    | { readonly id: string; readonly name: string; readonly version: number; readonly isStale: boolean }
    | undefined
}

/** Makes fields of the form by their names. */
export function fieldsOf({ values, problems }: Pick<ClientFormProps, 'values' | 'problems'>) {
  const given = (name: string) => ({ name, value: values[name] ?? '', error: problems[name] })
  return {
    line: (
      name: string,
      label: string,
      { hint, required = false }: { readonly hint?: string; readonly required?: boolean } = {},
    ): Html => textField({ ...given(name), label, hint, autocomplete: 'off', optional: !required }),
    lines: (name: string, label: string, hint?: string, required = false): Html =>
      textArea({ ...given(name), label, hint, optional: !required }),
    select: (
      name: string,
      label: string,
      choices: readonly { readonly value: string; readonly text: string }[],
    ): Html => selectField({ ...given(name), label, choices }),
    truth: (name: string, title: string, description?: string) => ({
      name,
      value: 'yes',
      title,
      ...(description !== undefined && { description }),
      checked: values[name] === 'yes',
    }),
  }
}

/** What is wrong with boxes that belong together, and the id by which `ticks` are tied to it. */
export function problemOf(
  { problems }: Pick<ClientFormProps, 'problems'>,
  name: string,
): { readonly describedBy: string | undefined; readonly below: Html | undefined } {
  const problem = problems[name]
  if (problem === undefined) return { describedBy: undefined, below: undefined }
  return { describedBy: `${name}-error`, below: fieldError(name, problem) }
}
