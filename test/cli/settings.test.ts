/** Settings at the command line: what is stored, what the environment fixes, and the way out of a contradiction. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { auditEvents } from '../../src/domain/audit/events.ts'
import { readStoredSettings } from '../../src/domain/settings/stored.ts'
import { openPool } from '../support/room.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { endServerProcess, startServerProcess } from '../operations/server-process.ts'
import { openProgram, itemsOf } from './support.ts'
import type { Call, Program } from './support.ts'

const databases: TestDatabase[] = []
let database: TestDatabase
let program: Program
beforeEach(async () => {
  database = await createTestDatabase()
  databases.push(database)
  program = openProgram(database.url)
})
afterAll(() => Promise.all(databases.map(({ drop }) => drop())))

const item = z.object({ name: z.string(), value: z.string(), source: z.string() })
async function valueOf(name: string, call?: Call) {
  const items = itemsOf(await program.json(['settings', 'list'], call)).map((each) => item.parse(each))
  return items.find((each) => each.name === name)
}

async function changes() {
  const events = itemsOf(await program.json(['audit', 'list', '--type', 'settings.changed']))
  return events.map(({ details }) => z.record(z.string(), z.unknown()).parse(details))
}

test('settings are stored and taken back, each change once in the audit log with what it changed', async () => {
  expect(await valueOf('SECOND_FACTOR')).toMatchObject({ value: 'optional', source: 'default' })
  const set = ['settings', 'set', 'SECOND_FACTOR=required', 'BRAND_NAME=Acme = Sprockets']
  expect(await program.json(set)).toMatchObject({ version: 1 })
  expect(await program.json(set)).toMatchObject({ version: 1 })
  expect(await valueOf('BRAND_NAME')).toMatchObject({ value: 'Acme = Sprockets', source: 'stored' })
  expect(await program.json(['settings', 'reset', 'BRAND_NAME'])).toMatchObject({ version: 2 })
  expect(await program.json(['settings', 'set', 'SECOND_FACTOR='])).toMatchObject({ version: 3 })
  expect(await valueOf('SECOND_FACTOR')).toMatchObject({ value: 'optional', source: 'default' })
  expect((await changes()).toReversed()).toEqual([
    {
      members: ['SECOND_FACTOR', 'BRAND_NAME'],
      before: ['"optional"', '"Latchkey"'],
      after: ['"required"', '"Acme = Sprockets"'],
    },
    { members: ['BRAND_NAME'], before: ['"Acme = Sprockets"'], after: ['"Latchkey"'] },
    { members: ['SECOND_FACTOR'], before: ['"required"'], after: ['"optional"'] },
  ])
  expect(auditEvents['settings.changed']).toBeDefined()
})

const links = (url: string) => `BRAND_LINKS=Help|${url}`
test.each([
  ['a name that is none', ['SIGNUP=open'], 'There is no setting SIGNUP'],
  ['a name of every object', ['__proto__=open'], 'There is no setting __proto__'],
  ['a secret', ['SEALING_KEYS=k1:x'], 'SEALING_KEYS is set in the environment of the servers alone'],
  ['an address', ['ISSUER=https://other.example'], 'ISSUER is set in the environment'],
  ['a word that is none', ['SIGN_UP=everybody'], 'SIGN_UP: '],
  ['a number out of bounds', ['SESSION_IDLE_SECONDS=1'], 'SESSION_IDLE_SECONDS: '],
  [
    'one that does not go with another',
    ['SESSION_LIFETIME_SECONDS=600'],
    'SESSION_IDLE_SECONDS: cannot be longer',
  ],
  ['a line end', ['BRAND_NAME=Acme\nBcc: all@example.com'], 'BRAND_NAME: has control characters'],
  ['a text that turns around', ['BRAND_NAME=Acme\u202ekeyhctaL'], 'BRAND_NAME: has invisible characters'],
  ['more text than fits', [`BRAND_NAME=${'x'.repeat(100_000)}`], 'BRAND_NAME: is longer than 2000'],
  ['a style instead of a colour', ['BRAND_ACCENT_COLOUR=#fff;}body{display:none'], 'BRAND_ACCENT_COLOUR: '],
  ['a script instead of an address', [links('javascript:alert(1)')], 'BRAND_LINKS: '],
  ['a script as the address of help', ['SUPPORT_URL=javascript:alert(1)'], 'SUPPORT_URL: '],
])('%s is refused, with the good ones beside it', async (_what, settings, sentence) => {
  const refused = await program.refusal(['settings', 'set', 'SECOND_FACTOR=required', ...settings])
  expect(refused).toMatchObject({ code: 'invalid_request', exitCode: 1 })
  expect(refused.message).toContain(sentence)
  expect(refused.message.length).toBeLessThan(500)
  const db = openPool(database.url)
  expect(await readStoredSettings(db)).toEqual({ version: 0, written: {} })
  await db.destroy()
})

test('what is typed wrongly is told, and nothing is stored', async () => {
  for (const wrong of [['SIGN_UP'], ['=open'], ['SIGN_UP=open', 'SIGN_UP=closed'], []])
    expect(await program.refusal(['settings', 'set', ...wrong])).toMatchObject({ code: 'usage', exitCode: 2 })
  expect(await program.refusal(['settings', 'reset', 'SIGNUP'])).toMatchObject({ code: 'invalid_request' })
})

test('what the environment says is fixed, whatever is stored, and what is stored comes back without it', async () => {
  const env = { BRAND_NAME: 'Environment' }
  const refused = await program.refusal(['settings', 'set', 'BRAND_NAME=Other'], { env })
  expect(refused).toMatchObject({ code: 'setting_fixed', exitCode: 1 })
  expect(refused.message).toContain('Remove it there first')
  await program.json(['settings', 'set', 'BRAND_NAME=Stored'])
  expect(await valueOf('BRAND_NAME', { env })).toMatchObject({ value: 'Environment', source: 'environment' })
  expect(await valueOf('BRAND_NAME')).toMatchObject({ value: 'Stored', source: 'stored' })
})

test('a server whose environment contradicts what is stored says how to take it back, and starts when it was', async () => {
  await program.json(['settings', 'set', 'SESSION_IDLE_SECONDS=7200', 'BRAND_NAME=Kept'])
  const env = { SESSION_LIFETIME_SECONDS: '3600' }
  const home = await mkdtemp(join(tmpdir(), 'latchkey-settings-'))
  const start = () => startServerProcess({ ...env, DATABASE_URL: database.url, DATA_DIR: home })
  const refusing = await start()
  expect(await refusing.exitCode).toBe(1)
  expect(refusing.errors()).toContain('SESSION_IDLE_SECONDS: cannot be longer than SESSION_LIFETIME_SECONDS')
  expect(refusing.errors()).toContain('latchkey settings reset SESSION_IDLE_SECONDS)')
  await endServerProcess(refusing)
  expect(await valueOf('SESSION_IDLE_SECONDS', { env })).toMatchObject({ value: '7200', source: 'stored' })
  // What is wrong already is no reason against what does not add to it.
  await program.json(['settings', 'reset', 'BRAND_NAME'], { env })
  await program.json(['settings', 'reset', 'SESSION_IDLE_SECONDS'], { env })
  const serving = await start()
  await serving.ready()
  await endServerProcess(serving)
  await rm(home, { recursive: true })
})
