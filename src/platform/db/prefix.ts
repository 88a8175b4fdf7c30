/**
 * Searches by the beginning of a name, answered by an index however many rows there are: found in the order of the name,
 * by the key of the last row seen. The operators are those of `text_pattern_ops`, which compare bytes in every locale.
 */
import { z } from 'zod'
import { Refusal } from '../errors.ts'
import type { Page } from './page.ts'

/** A place in a list ordered by a folded name and an id. */
export interface NamePlace {
  readonly key: string
  readonly id: string
}

/** The operand of LIKE that finds what begins with `text`, whatever characters it has. */
export function beginningWith(text: string): string {
  return `${text.replace(/[\\%_]/g, '\\$&')}%`
}

const placeParts = z.tuple([z.string().max(500), z.string().regex(/^[\w.~-]{1,128}$/)])

/** Reads a place; without one, the place before everything. Whatever we did not make is refused. */
export function readNamePlace(text: string | undefined): NamePlace {
  if (text === undefined) return { key: '', id: '' }
  const parsed = placeParts.safeParse(jsonOf(text))
  if (!parsed.success) throw new Refusal('invalid_request', 'after is not a place in this list.')
  const [key, id] = parsed.data
  return { key, id }
}

// As PostgreSQL writes a moment as text, to the microsecond.
const momentText = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?$/

/** Reads a place in a list that is ordered by time: one of a list by name means nothing there, and is refused. */
export function readTimePlace(text: string | undefined): NamePlace {
  const place = readNamePlace(text)
  const isMoment = momentText.test(place.key) && !Number.isNaN(Date.parse(place.key.slice(0, 19)))
  if (text !== undefined && !isMoment)
    throw new Refusal('invalid_request', 'after is not a place in this list.')
  return place
}

/** Makes a page of rows that were read with a limit of one more than asked for. */
export function namePage<Row extends NamePlace, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const last = rows.slice(0, limit).at(-1)
  const next = rows.length > limit && last !== undefined ? JSON.stringify([last.key, last.id]) : undefined
  return { items: rows.slice(0, limit).map(itemOf), next }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
