/**
 * What commands answer, and how it is written. An answer is data: its text is made here alone, where whatever a person
 * or a client chose for a name is written so that a terminal does not obey it (ASVS 16.4.1).
 */

/** What came of a command, for programs and for people. */
export interface Answer {
  /** The one JSON document of `--json`. */
  readonly json: unknown
  readonly blocks: readonly Block[]
  /** Written as it comes, instead of both: for what may not fit into memory. */
  readonly stream?: AsyncIterable<string>
  /** 0 unless it says something. */
  readonly exitCode?: number
}

/** A part of what people read. */
export type Block =
  | { readonly kind: 'sentence'; readonly text: string }
  | { readonly kind: 'fields'; readonly fields: readonly Field[] }
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
    }
  /** Text of our own, written as it is: help and completion. */
  | { readonly kind: 'verbatim'; readonly text: string }

/** A value that is shown; nothing is shown as a dash. */
export type Cell = string | number | boolean | Date | undefined | readonly string[]

/** A label and its value. A list has a line for each item. */
export type Field = readonly [label: string, value: Cell]

const longestCell = 60
// Joiners are part of how some scripts and emoji are written.
const unprintable = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u

/** A block of one sentence. */
export function sentence(text: string): Block {
  return { kind: 'sentence', text }
}

/** Labels and values below each other. */
export function fields(...given: readonly Field[]): Block {
  return { kind: 'fields', fields: given }
}

/** Rows below a head. Cells are cut when they are very long, ids never are. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Block {
  return { kind: 'table', columns, rows }
}

/** The answer as text for people, blocks apart by an empty line. */
export function renderText(blocks: readonly Block[]): string {
  return `${blocks.map(renderBlock).join('\n\n')}\n`
}

/** The answer as one JSON document. Control characters that JSON leaves alone are escaped too: terminals know them. */
export function renderJson(value: unknown): string {
  const json = JSON.stringify(value, undefined, 2) ?? 'null'
  return `${json.replace(/[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter)}\n`
}

/** Lines of a file with everything else that a terminal would obey written out. */
export function printableLines(text: string): string {
  return text.replace(/(?![\r\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

/** The same text with everything that a terminal would obey, or draw as nothing, written out. */
export function printable(text: string): string {
  return text.replace(unprintable, escapeCharacter)
}

/** A moment in UTC. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `1 client`, `2 clients`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function renderBlock(block: Block): string {
  if (block.kind === 'sentence') return printable(block.text)
  if (block.kind === 'fields') return renderFields(block.fields)
  if (block.kind === 'table') return renderTable(block.columns, block.rows)
  return block.text.trimEnd()
}

function renderFields(given: readonly Field[]): string {
  const width = Math.max(...given.map(([label]) => label.length))
  return given
    .map(([label, value]) => {
      const [first = '–', ...others] = Array.isArray(value) ? value.map(printable) : [cellText(value)]
      const indent = ' '.repeat(width + 4)
      return [`  ${label.padEnd(width)}  ${first}`, ...others.map((line) => indent + line)].join('\n')
    })
    .join('\n')
}

function renderTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [columns, ...rows.map((row) => row.map((cell) => shortened(cellText(cell))))]
  const widths = columns.map((_, at) => Math.max(...texts.map((row) => widthOf(row[at] ?? ''))))
  const line = (row: readonly string[]) =>
    row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell))).join('  ')
  const [head = '', ...body] = texts.map((row) => `  ${line(row)}`.trimEnd())
  return [head, ...body].join('\n')
}

function cellText(value: Cell): string {
  if (value === undefined) return '–'
  if (value instanceof Date) return formatTime(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'object') return value.length === 0 ? '–' : printable(value.join(', '))
  return printable(String(value))
}

function shortened(text: string): string {
  const characters = Array.from(text)
  if (characters.length <= longestCell) return text
  return `${characters.slice(0, longestCell - 1).join('')}…`
}

function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    if (/[\p{M}\u200C\u200D]/u.test(character)) continue
    width += wide.test(character) ? 2 : 1
  }
  return width
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
