/**
 * What changed, as an event keeps it: the names of the members, and beside them what they were before and are after, as
 * JSON, for things whose values are neither private nor secret. Both ends of that agreement stand in this file.
 */
import type { AuditDetail } from './record.ts'

/** One member that changed; without values where they are not kept. */
export interface AuditedChange {
  readonly member: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** An event's details, taken apart. */
export interface AuditedDetails {
  readonly changes: readonly AuditedChange[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Everything else, under the names its writer chose. */
  readonly others: readonly (readonly [name: string, value: string])[]
}

const mostCharacters = 300

/** The details that name members and keep their values. Only for what may be read by everybody who may read the log. */
export function changeDetails(
  members: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Readonly<Record<'members' | 'before' | 'after', AuditDetail>> {
  const valuesOf = (from: Readonly<Record<string, unknown>>) =>
    members.map((member) => shortened(JSON.stringify(from[member] ?? null)))
  return { members, before: valuesOf(before), after: valuesOf(after) }
}

/** Takes details apart, whoever wrote them. */
export function readDetails(details: Readonly<Record<string, unknown>>): AuditedDetails {
  // The key with which somebody acted belongs to who acted, see `keyOf`.
  const { members, fields, before, after, scopesAdded, scopesRemoved, by_key: _key, ...rest } = details
  const befores = textsOf(before)
  const afters = textsOf(after)
  return {
    changes: [...textsOf(members), ...textsOf(fields)].map((member, index) => ({
      member,
      before: befores[index],
      after: afters[index],
    })),
    added: textsOf(scopesAdded),
    removed: textsOf(scopesRemoved),
    others: Object.entries(rest)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  }
}

/** The public id of the API key with which the actor acted, if it was one. */
export function keyOf({ by_key: key }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof key === 'string' ? key : undefined
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function shortened(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text
}
