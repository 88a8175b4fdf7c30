/** Options and arguments of commands: each has a sentence for the help and a schema for what is typed. */
import { z } from 'zod'
import { readRate } from '../platform/rate.ts'
import type { Rate } from '../platform/rate.ts'
import { CliError } from './failures.ts'

/** An option of a command, or an argument in its place. */
export interface Option<Value = unknown> {
  /** One sentence for the help, with the unit. */
  readonly sentence: string
  /** What stands for the value in the help; a flag has none. */
  readonly placeholder: string | undefined
  readonly required: boolean
  readonly repeatable: boolean
  /** `--option` alone means `--option true`. */
  readonly truth: boolean
  /** The values there are, if they can be counted. */
  readonly choices: readonly string[]
  readonly schema: z.ZodType<Value>
}

/** Options by name, as they are typed after `--`. */
export type Options = Readonly<Record<string, Option>>

/** The checked values of arguments and options. */
export type Given<Specs extends Options> = {
  readonly [Name in keyof Specs]: Specs[Name] extends Option<infer Value> ? Value : never
}

/** A value that may be left out. */
export function text(placeholder: string, sentence: string): Option<string | undefined> {
  return option({ placeholder, sentence, schema: z.string().optional() })
}

/** A value that may not be left out. */
export function requiredText(placeholder: string, sentence: string): Option<string> {
  return option({ placeholder, sentence, required: true, schema: z.string() })
}

/** A value that may be given several times. */
export function texts(placeholder: string, sentence: string): Option<readonly string[] | undefined> {
  return option({ placeholder, sentence, repeatable: true, schema: z.array(z.string()).optional() })
}

/** As the last argument: one or more of them. */
export function requiredTexts(placeholder: string, sentence: string): Option<readonly string[]> {
  return option({
    placeholder,
    sentence,
    required: true,
    repeatable: true,
    schema: z.array(z.string()).min(1),
  })
}

/** Something that is said by naming it. */
export function flag(sentence: string): Option<boolean> {
  return option({ sentence, schema: z.boolean().default(false) })
}

/** Yes, no, or as it is. */
export function truth(sentence: string): Option<boolean | undefined> {
  const schema = z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((value) => value === 'true')
  return option({
    placeholder: 'true|false',
    sentence,
    truth: true,
    choices: ['true', 'false'],
    schema: schema.optional(),
  })
}

/** One of a few values. */
export function choice<const Value extends string>(
  values: readonly Value[],
  sentence: string,
): Option<Value | undefined> {
  return option({
    placeholder: values.join('|'),
    sentence,
    choices: values,
    schema: z.enum(values, { error: `must be one of ${values.join(', ')}` }).optional(),
  })
}

/** Some of a few values, each in an option of its own. */
export function choices<const Value extends string>(
  values: readonly Value[],
  sentence: string,
): Option<readonly Value[] | undefined> {
  return option({
    placeholder: values.join('|'),
    sentence,
    repeatable: true,
    choices: values,
    schema: z.array(z.enum(values, { error: `must be one of ${values.join(', ')}` })).optional(),
  })
}

/** A whole number; what it counts is its placeholder. */
export function wholeNumber(placeholder: string, sentence: string): Option<number | undefined> {
  const schema = z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
  return option({ placeholder, sentence, schema: schema.optional() })
}

/** What an option says about how often; or a complaint. */
export function rateOf(name: string, value: string): Rate {
  const read = readRate(value)
  if (read === undefined) {
    throw new CliError(
      'usage',
      `--${name} must be requests/seconds or requests/seconds/burst, such as 100/60.`,
    )
  }
  return read
}

/** A moment, with its time zone. */
export function time(sentence: string): Option<Date | undefined> {
  const schema = z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-12-31T12:00:00Z' })
    .transform((value) => new Date(value))
  return option({ placeholder: 'time', sentence, schema: schema.optional() })
}

function option<Value>(
  given: Partial<Option> & { readonly sentence: string; readonly schema: z.ZodType<Value> },
): Option<Value> {
  return {
    placeholder: undefined,
    required: false,
    repeatable: false,
    truth: false,
    choices: [],
    ...given,
  }
}
