/**
 * Cursors: places in a list that only their own list understands. What a room calls its place is sealed together with the
 * route and everything else the query says, so a cursor can be neither read, changed nor moved to another list (T38).
 */
import { z } from 'zod'
import type { Seal } from '../../platform/crypto/seal.ts'
import { Refusal } from '../../platform/errors.ts'
import type { PageAsked, Raw } from './route.ts'

/** What every list takes. */
export const pageMembers = {
  page_size: z
    .string()
    .regex(/^\d{1,3}$/, 'must be 1 to 200')
    .transform(Number)
    .pipe(z.int().min(1).max(200)),
  cursor: z.string().max(1000),
}

const defaultPageSize = 50

/** The orders of a list; the first is the one that holds when none is asked for. */
export function sortOf<const Order extends string>(orders: readonly [Order, ...Order[]]) {
  return z.enum(orders).optional().describe(`${orders[0]} unless given. Not together with search.`)
}

/** A search has the order of its names. */
export function requireOneOrder({
  search,
  sort,
}: {
  readonly search: string | undefined
  readonly sort: string | undefined
}): void {
  if (search === undefined || sort === undefined) return
  throw new Refusal('invalid_request', 'A search goes by name: leave sort or search out.')
}

/** A list of which a cursor belongs to one. */
export interface ListName {
  readonly routeId: string
  /** The query without its page. */
  readonly filters: Raw
}

/** Reads the page that is asked for. */
export function readPage(seal: Seal, list: ListName, asked: Raw): PageAsked {
  const parsed = z.strictObject(pageMembers).partial().safeParse(asked)
  if (!parsed.success) {
    throw new Refusal('invalid_request', 'The page is not understood.', {
      cause: { part: 'query', issues: parsed.error.issues },
    })
  }
  const { page_size: limit = defaultPageSize, cursor } = parsed.data
  return { limit, after: cursor === undefined ? undefined : openCursor(seal, list, cursor) }
}

/** The cursor for a place. */
export function cursorFor(seal: Seal, list: ListName, place: string): string {
  return seal.seal(Buffer.from(place), contextOf(list)).toString('base64url')
}

function openCursor(seal: Seal, list: ListName, cursor: string): string {
  try {
    return seal.open(Buffer.from(cursor, 'base64url'), contextOf(list)).toString('utf8')
  } catch (cause) {
    throw new Refusal('invalid_request', 'The cursor is not a place in this list.', { cause })
  }
}

function contextOf({ routeId, filters }: ListName): string {
  const sorted = Object.entries(filters).sort(([left], [right]) => (left < right ? -1 : 1))
  return `cursor ${routeId} ${JSON.stringify(sorted)}`
}
