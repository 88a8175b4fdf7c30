import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fields, renderJson, renderText, sentence, table } from '../../src/cli/output.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { openProgram } from './support.ts'
import type { Program } from './support.ts'
import { openPool } from '../support/room.ts'

let database: TestDatabase
let program: Program
let folder: string

// Escape sequences of a terminal in their 7 and 8 bit forms, line ends, text that runs backwards, half a character.
const hostile = 'A\u001B[2J\u009B31m\r\nB\u202Eevil\u2028\u0007\u007F\uD800\u0000'
// oxlint-disable-next-line eslint/no-control-regex -- they are what must not be there
const raw = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u2028\u2029\uD800-\uDFFF]/

beforeAll(async () => {
  database = await createTestDatabase()
  program = openProgram(database.url)
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'))
})

afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

test('ASVS 16.4.1: nothing that is shown can command a terminal, in no kind of block', () => {
  const shown = renderText([
    sentence(hostile),
    fields(['name', hostile], ['list', [hostile, hostile]]),
    table(['name', 'more'], [[hostile, [hostile]]]),
  ])
  expect(shown).not.toMatch(raw)
  expect(shown).toContain('A\\u001b[2J\\u009b31m\\u000d\\u000aB\\u202eevil')
  // A sentence, two empty lines between blocks, three lines of fields, two of the table.
  expect(shown.split('\n')).toHaveLength(9)
})

test('JSON keeps every character and shows none that commands a terminal', () => {
  const json = renderJson({ [hostile]: hostile })
  expect(json).not.toMatch(raw)
  expect(JSON.parse(json)).toEqual({ [hostile]: hostile })
})

test('emoji and the letters of all scripts are shown as they are, in columns that line up', () => {
  const shown = renderText([
    table(
      ['name', 'x'],
      [
        ['Åsa', 1],
        ['日本', 2],
        ['🔑 key', 3],
        ['ए\u200Dक', 4],
      ],
    ),
  ])
  expect(shown).toBe('  name    x\n  Åsa     1\n  日本    2\n  🔑 key  3\n  ए\u200Dक      4\n')
})

test('hostile arguments are refused, and what they say is never printed raw', async () => {
  const name = 'A\u001B[2J\r\nB\u202E\u009B31m'
  const lines = [
    ['clients', 'create', '--type', 'service', '--name', name],
    ['clients', 'show', name],
    ['clients', name],
    ['clients', 'create', '--type', name],
    ['clients', 'show', 'x', name],
    ['clients', 'create', `--${name}`],
    ['accounts', 'create', '--email', name],
    ['apis', 'show', name],
    ['audit', 'list', '--target', `account:${name}`],
    ['clients', 'create', '--metadata-file', name],
    ['permissions', 'give', name, '--account', name, '--scope', name],
    ['clients', 'show', 'x'.repeat(120_000)],
    ['accounts', 'list', '--search', 'x'.repeat(120_000)],
  ]
  for (const [index, line] of lines.entries()) {
    // Every other one as JSON, so that both forms meet hostile text.
    const json = index % 2 === 1
    const { exitCode, stdout, stderr } = await program.run(json ? [...line, '--json'] : line)
    expect([1, 2], line.join(' ').slice(0, 200)).toContain(exitCode)
    expect(stdout).not.toMatch(raw)
    expect(stderr).not.toMatch(raw)
    expect(stderr).not.toContain('    at ')
    if (json) expect(JSON.parse(stdout)).toHaveProperty('error.code')
  }
})

test('names that came into the database another way are shown harmlessly', async () => {
  const db = openPool(database.url)
  const name = 'A\u001B]0;owned\u0007\nB\u202E'
  await sql`insert into apis (id, identifier, name, created_at, updated_at)
    values ('api_1', 'https://a.example/', ${name}, now(), now())`.execute(db)
  await db.destroy()
  for (const line of [
    ['apis', 'list'],
    ['apis', 'show', 'api_1'],
    ['apis', 'delete', 'api_1'],
  ]) {
    const { stdout, stderr } = await program.run(line)
    expect(`${stdout}${stderr}`).not.toMatch(raw)
    expect(`${stdout}${stderr}`).toContain('A\\u001b]0;owned\\u0007')
  }
})

test('files that are too large, not UTF-8, or hold what cannot be stored are refused', async () => {
  const cases: [string, string | Buffer, string][] = [
    ['large.json', JSON.stringify({ client_name: 'x'.repeat(1024 * 1024) }), 'payload_too_large'],
    ['bytes.json', Buffer.from([0x7b, 0xff, 0x7d]), 'input_unreadable'],
    ['text.json', 'client_name', 'input_unreadable'],
    ['nul.json', '{"client_name":"a\\u0000b","grant_types":[]}', 'invalid_metadata'],
    ['half.json', '{"client_name":"a\\ud800b","grant_types":[]}', 'invalid_metadata'],
  ]
  for (const [name, content, code] of cases) {
    const path = join(folder, name)
    await writeFile(path, content)
    expect(await program.refusal(['clients', 'create', '--metadata-file', path]), name).toMatchObject({
      code,
      exitCode: 1,
    })
  }
  expect(await program.json(['clients', 'list'])).toEqual({ items: [], next: null })
})
