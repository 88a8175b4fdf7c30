/**
 * What a command of the command line is: its words, its arguments and options with a sentence each, and what it does.
 * Parsing, help and completion are all made from this, so that none of them can forget an option.
 */
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import type { Given, Option, Options } from './option.ts'
import type { Answer } from './output.ts'

/** What was typed, before it is checked. */
export interface RawInput {
  readonly arguments: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** A command as the table of commands holds it. */
export interface Command {
  /** The words that call it, such as `clients secrets add`. */
  readonly words: readonly string[]
  readonly summary: string
  /** Said below the summary where a sentence is not enough. */
  readonly notes: readonly string[]
  readonly arguments: Options
  readonly options: Options
  /** Complete command lines without the program's name. */
  readonly examples: readonly string[]
  /** Whether it works with sealed secrets, so that the keys that open them have to be known. */
  readonly needsSecrets: boolean
  readonly run: (context: Context, input: RawInput) => Promise<Answer>
}

interface Definition<Arguments extends Options, Specs extends Options> {
  readonly words: string
  readonly summary: string
  readonly notes?: readonly string[]
  readonly arguments?: Arguments
  readonly options?: Specs
  readonly examples: readonly string[]
  readonly needsSecrets?: boolean
  readonly run: (context: Context, given: Given<Arguments> & Given<Specs>) => Promise<Answer>
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it is: a command without options has no names
type None = Record<never, never>

/** Defines a command; `run` receives its arguments and options checked, by their names. */
export function defineCommand<Arguments extends Options = None, Specs extends Options = None>(
  definition: Definition<Arguments, Specs>,
): Command {
  const positional: Options = definition.arguments ?? {}
  const options: Options = definition.options ?? {}
  return {
    words: definition.words.split(' '),
    summary: definition.summary,
    notes: definition.notes ?? [],
    arguments: positional,
    options,
    examples: definition.examples,
    needsSecrets: definition.needsSecrets ?? false,
    run: async (context, input) => {
      const given = { ...readArguments(positional, input.arguments), ...readOptions(options, input.options) }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was read by the schema of its own name
      return definition.run(context, given as Given<Arguments> & Given<Specs>)
    },
  }
}

function readArguments(specs: Options, values: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(specs)
  const takesRest = entries.at(-1)?.[1].repeatable === true
  if (values.length > entries.length && !takesRest) {
    throw new CliError('usage', `There is one argument too many: ${values[entries.length]}`)
  }
  const found = entries.map(([name, spec], index) => {
    const value = spec.repeatable && values.length > index ? values.slice(index) : values[index]
    return [name, readValue(`<${name}>`, spec, value)] as const
  })
  return Object.fromEntries(found)
}

function readOptions(specs: Options, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found = Object.entries(specs).map(
    ([name, spec]) => [name, readValue(`--${name}`, spec, values[name])] as const,
  )
  return Object.fromEntries(found)
}

function readValue(name: string, spec: Option | undefined, value: unknown): unknown {
  if (spec === undefined || (value === undefined && spec.required)) {
    throw new CliError('usage', `${name} is required.`)
  }
  const parsed = spec.schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new CliError('usage', `${name} ${parsed.error.issues[0]?.message ?? 'is not understood'}.`)
}
