/**
 * The way from a schema to a refusal: what is wrong with an input, in words that are short and safe to show
 * whatever the input was.
 */
import type { z } from 'zod'
import type { RefusalCode } from './errors.ts'
import { Refusal } from './errors.ts'

const mostIssues = 5
const longestIssue = 200

/** Parses an input, or refuses it with the code and a sentence for each of the first problems. */
export function parseOrRefuse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: RefusalCode,
): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw new Refusal(code, describeIssues(parsed.error.issues))
  return parsed.data
}

/** The first few problems as one line, such as `redirect_uris[0]: has a fragment`. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const first = issues.slice(0, mostIssues).map(describeIssue)
  const more = issues.length - first.length
  return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  return showable(place === '' ? message : `${place}: ${message}`)
}

// A message may quote the input: names of unknown members, for instance.
function showable(text: string): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return line.length > longestIssue ? `${line.slice(0, longestIssue).toWellFormed()}…` : line
}
