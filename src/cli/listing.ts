/** What all lists have in common. */
import type { Page } from '../platform/db/page.ts'
import { flag, text, wholeNumber } from './option.ts'
import { sentence, table } from './output.ts'
import type { Answer, Cell } from './output.ts'

/** The options of every list that is read in pages. */
export const pageOptions = {
  limit: wholeNumber('number', 'How many to print at most: 1 to 100, 20 unless given.'),
  after: text('place', 'Goes on where another page ended; that page prints it.'),
}

/** The option of everything that destroys. */
export const confirmable = {
  yes: flag('Does it without asking; needed where nobody can be asked.'),
}

interface Listing<Item> {
  readonly page: Page<Item>
  readonly columns: readonly string[]
  readonly row: (item: Item) => readonly Cell[]
  readonly json: (item: Item) => unknown
  /** Said when there is nothing: why, and what to do about it. */
  readonly empty: string
  /** The command that goes on with the list. */
  readonly more: string
}

/** The answer of a list. */
export function listing<Item>({ page, columns, row, json, empty, more }: Listing<Item>): Answer {
  const { items, next } = page
  const answer = { items: items.map(json), next: next ?? null }
  const rest = next === undefined ? [] : [sentence(`There are more: latchkey ${more} --after ${next}`)]
  if (items.length === 0) {
    const said = next === undefined ? empty : 'Nothing on this page.'
    return { json: answer, blocks: [sentence(said), ...rest] }
  }
  return { json: answer, blocks: [table(columns, items.map(row)), ...rest] }
}

/** What a list that was searched in vain says, or one that has nothing at all. */
export function emptyText(searched: boolean, nothing: string): string {
  return searched ? 'Nothing matches the search.' : nothing
}
