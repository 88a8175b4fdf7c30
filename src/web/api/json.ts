/** Parts that the answers of several routes have in common. */
import { z } from 'zod'
import { ownerIdText } from './ids.ts'

/** A moment, UTC. */
export const time = z.iso.datetime()

/** A moment that may not have come. */
export const maybeTime = time.nullable()

/** A whole list or a page of one. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item) })
}

/** A page of a list: `next_cursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() })
}

/** An account or a client that has something. */
export const ownerSchema = z.strictObject({ type: z.enum(['account', 'client']), id: ownerIdText })

/** A moment as it is sent. */
export function iso(at: Date): string
export function iso(at: Date | undefined): string | null
export function iso(at: Date | undefined): string | null {
  return at?.toISOString() ?? null
}

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

type CamelMembers<Body extends object> = { readonly [Name in keyof Body & string as Camel<Name>]: Body[Name] }

/** Members of a body under the names our rooms know: `token_format` becomes `tokenFormat`. One level deep. */
export function camel<Body extends object>(body: Body): CamelMembers<Body> {
  const members = Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]: [string, unknown]) => [camelName(name), value])
  // Every member keeps its value, a missing one reads as undefined, and camelName does to a name what Camel does to its type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.fromEntries forgets which name had which value
  return Object.fromEntries(members) as CamelMembers<Body>
}

function camelName(name: string): string {
  const [head = '', ...parts] = name.split('_')
  return head + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
}
