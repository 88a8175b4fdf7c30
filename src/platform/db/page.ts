/**
 * Lists are read page by page, newest first, by the key of the last row seen: rows that come or go meanwhile neither
 * repeat an item nor hide one.
 */
import { z } from 'zod'
import { Refusal } from '../errors.ts'

/** One page of a list, and where the next begins, if there is one. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | undefined
}

/** A place in a list ordered by time of creation and id. */
export interface Cursor {
  readonly createdAt: Date
  readonly id: string
}

/** The members every list query has at the door. */
export const pageMembers = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(300).optional(),
}

const cursorParts = z.tuple([z.int().min(0).max(8.64e15), z.string().regex(/^[\w.~-]{1,128}$/)])

/** Reads the text of a cursor. Whatever we did not make is refused. */
export function readCursor(text: string): Cursor {
  const parsed = cursorParts.safeParse(jsonOf(Buffer.from(text, 'base64url').toString('utf8')))
  if (!parsed.success) throw new Refusal('invalid_request', 'after is not a place in this list.')
  const [milliseconds, id] = parsed.data
  return { createdAt: new Date(milliseconds), id }
}

/** Makes a page of what was read with a limit of one more than asked for: the extra row says that there is more. */
export function pageOf<Item extends Cursor>(rows: readonly Item[], limit: number): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? cursorText(last) : undefined }
}

/** The operand of LIKE or ILIKE that finds `text` anywhere, whatever characters it has. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** The text of a place, for lists that know where the next page begins before they have filled this one. */
export function cursorText({ createdAt, id }: Cursor): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
