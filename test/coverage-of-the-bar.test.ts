/** Which rows of the security bar on authentication and sessions a test speaks of. Prints the table; a row never loses its test. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { coveredRows } from './security-bar-covered.ts'
import { securityBarRows } from './security-bar-rows.ts'
import type { SecurityBarRow } from './security-bar-rows.ts'

interface TestFile {
  readonly path: string
  readonly text: string
  /** What its tests and groups of tests are called. */
  readonly names: readonly string[]
}

interface Covered {
  readonly row: SecurityBarRow
  readonly names: number
  readonly files: readonly string[]
}

const here = import.meta.dirname
const ours = new Set(['coverage-of-the-bar.test.ts', 'security-bar-rows.ts', 'security-bar-covered.ts'])
let coverage: readonly Covered[]

beforeAll(async () => {
  const files = await testFiles()
  coverage = securityBarRows.map((row) => coverageOf(row, files))
})

test('the rows of V6 and V7 that had a test have one still', () => {
  console.log(tableOf(coverage))
  const found = coverage.filter(({ files }) => files.length > 0).map(({ row }) => row.id)
  expect(coveredRows.filter((id) => !found.includes(id))).toEqual([])
  const unlisted = found.filter((id) => !coveredRows.includes(id))
  if (unlisted.length > 0) console.log(`to be added to security-bar-covered.ts: ${unlisted.join(', ')}`)
})

test('every covered row is one of the bar, and named once', () => {
  const ids = securityBarRows.map(({ id }) => id)
  expect(coveredRows.filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(coveredRows).size).toBe(coveredRows.length)
  expect(new Set(ids).size).toBe(ids.length)
})

async function testFiles(): Promise<readonly TestFile[]> {
  const entries = await readdir(here, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && !ours.has(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8')
      return { path: relative(here, path), text, names: namesIn(text) }
    }),
  )
}

// `test('…')`, `describe.each(table)('…')`, and the end of a table over several lines.
const nameOfTest =
  /^\s*(?:(?:test|describe)(?:\.\w+)*\(|(?:test|describe)\.\w+\([^'"`\n]*\)\(|\](?: as const)?\)\()\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/gm

function namesIn(text: string): string[] {
  return [...text.matchAll(nameOfTest)].map(([, , name = '']) => name)
}

function coverageOf(row: SecurityBarRow, files: readonly TestFile[]): Covered {
  // The number alone, not as a part of a longer one such as an address.
  const mention = new RegExp(
    String.raw`(?<![\d.])(?:v5\.0\.0-)?${row.id.replaceAll('.', String.raw`\.`)}(?!\.?\d)`,
  )
  const mentioning = files.filter(({ text }) => mention.test(text))
  const names = mentioning.flatMap((file) => file.names.filter((name) => mention.test(name)))
  return { row, names: names.length, files: mentioning.map(({ path }) => path) }
}

function tableOf(rows: readonly Covered[]): string {
  const lines = rows.map(({ row, names, files }) => {
    const first =
      files[0] === undefined ? '' : `${files[0]}${files.length > 1 ? ` +${files.length - 1}` : ''}`
    const mark = row.shownBy === 'none' ? 'n/a' : files.length > 0 ? String(names) : '-'
    const cells = [row.id.padEnd(7), `L${row.level}`, row.shownBy.padEnd(8), mark.padStart(3)]
    return `${cells.join('  ')}  ${row.text.slice(0, 60).padEnd(60)}  ${first}`
  })
  const sums = ['6', '7'].map((chapter) => {
    const ofChapter = rows.filter(({ row }) => row.id.startsWith(`${chapter}.`) && row.shownBy !== 'none')
    const tested = ofChapter.filter(({ files }) => files.length > 0)
    const documents = ofChapter.filter(({ row, files }) => row.shownBy === 'document' && files.length === 0)
    const open = ofChapter.length - tested.length - documents.length
    return `V${chapter}: ${tested.length} of ${ofChapter.length} have a test, ${documents.length} more are documents, ${open} have none`
  })
  return ['id       level shown by  names  text', ...lines, ...sums].join('\n')
}
