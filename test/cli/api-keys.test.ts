import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireApiKey } from '../../src/domain/api-keys/find.ts'
import { createPeppers, parseKey, secretMatches } from '../../src/domain/api-keys/secret.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { itemsOf, openProgram, textOf } from './support.ts'
import type { Call, Program } from './support.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'

const pepper = Buffer.alloc(32, 4)
const peppers = createPeppers([{ id: 'p', key: pepper }])
const env = { KEY_PEPPERS: `p:${pepper.toString('base64')}`, KEY_PREFIX: 'acme' }
const api = 'https://invoices.example/'

let room: Room
let db: Database
let program: Program

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
  const plain = openProgram(room.url)
  const withEnv = (call: Call = {}) => ({ ...call, env: { ...env, ...call.env } })
  program = {
    run: (args, call) => plain.run(args, withEnv(call)),
    json: (args, call) => plain.json(args, withEnv(call)),
    refusal: (args, call) => plain.refusal(args, withEnv(call)),
  }
  await program.json([
    'apis',
    'create',
    '--identifier',
    api,
    '--name',
    'Invoices',
    '--scope',
    'read=Read',
    '--scope',
    'write=Write',
  ])
  await program.json(['clients', 'create', '--type', 'service', '--name', 'Robot', '--id', 'robot'])
  await program.json(['permissions', 'give', api, '--client', 'robot', '--scope', 'read'])
})

afterAll(() => room.close())

const create = (...more: string[]) =>
  program.json([
    'api-keys',
    'create',
    api,
    '--client',
    'robot',
    '--name',
    'Export',
    '--scope',
    'read',
    ...more,
  ])

async function works(text: string): Promise<boolean> {
  const given = parseKey(text, 'acme')
  if (given === undefined) return false
  return secretMatches(peppers, await requireApiKey(db, given.keyId), given.secret, new Date()) !== undefined
}

test('a key is made, shown, changed, paused and deleted; its text is printed once', async () => {
  const made = await create('--rate-limit', '100/60/20', '--quota', '5/day', '--allow-address', '10.0.0.0/8')
  const { key, ...rest } = made
  const id = textOf(made, 'id')
  expect(await works(String(key))).toBe(true)
  expect(rest).toMatchObject({
    name: 'Export',
    state: 'active',
    owner: { type: 'client', id: 'robot' },
    api_identifier: api,
    scopes: ['read'],
    rate_limit: { requests: 100, seconds: 60, burst: 20 },
    quota: { requests: 5, period: 'day' },
    allowed_addresses: ['10.0.0.0/8'],
  })
  const shown = await program.run(['api-keys', 'show', id, '--json'])
  expect(JSON.parse(shown.stdout)).toEqual(rest)
  expect(shown.stdout).not.toContain(parseKey(String(key), 'acme')?.secret)
  expect(
    await program.json([
      'api-keys',
      'change',
      id,
      '--name',
      'Import',
      '--remove',
      'quota',
      '--remove',
      'allow-address',
    ]),
  ).toMatchObject({ name: 'Import', quota: null, allowed_addresses: [], version: 2 })
  expect(await program.json(['api-keys', 'disable', id, '--yes'])).toMatchObject({ state: 'disabled' })
  expect(await program.json(['api-keys', 'enable', id])).toMatchObject({ state: 'active' })
  expect(await program.json(['api-keys', 'delete', id, '--yes'])).toEqual({ deleted: id })
  expect(await program.refusal(['api-keys', 'show', id])).toMatchObject({ code: 'not_found', exitCode: 1 })
})

test('people see the key with a line that tries it', async () => {
  const { stdout } = await program.run([
    'api-keys',
    'create',
    api,
    '--client',
    'robot',
    '--name',
    'Export',
    '--scope',
    'read',
  ])
  const text = /acme_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}/.exec(stdout)?.[0] ?? ''
  expect(await works(text)).toBe(true)
  expect(stdout).toContain(`-d token=${text} http://localhost:3000/oauth/introspect`)
})

test('a key is rotated with an overlap, which can be ended', async () => {
  const made = await create()
  const id = textOf(made, 'id')
  const rotated = await program.json(['api-keys', 'rotate', id, '--overlap-seconds', '3600'])
  expect(rotated).toMatchObject({ rotation: { under_way: true, old_used_since_rotation: false } })
  expect([await works(textOf(made, 'key')), await works(textOf(rotated, 'key'))]).toEqual([true, true])
  expect(await program.refusal(['api-keys', 'rotate', id])).toMatchObject({ code: 'conflict' })
  expect(await program.json(['api-keys', 'end-rotation', id, '--yes'])).toMatchObject({
    rotation: { under_way: false },
  })
  expect([await works(textOf(made, 'key')), await works(textOf(rotated, 'key'))]).toEqual([false, true])
})

test('keys are listed and revoked, and have a usage and a hygiene', async () => {
  const id = textOf(await create(), 'id')
  const listed = await program.json(['api-keys', 'list', '--client', 'robot', '--api', api, '--search', id])
  expect(itemsOf(listed)).toMatchObject([{ id, state: 'active' }])
  expect(await program.json(['api-keys', 'usage', id])).toMatchObject({ hours: [], unused_scopes: ['read'] })
  expect(itemsOf(await program.json(['api-keys', 'list', '--retired-pepper']))).toEqual([])
  await db.updateTable('apiKeySecrets').set({ pepperId: 'retired' }).where('keyId', '=', id).execute()
  const retired = itemsOf(await program.json(['api-keys', 'list', '--retired-pepper']))
  expect(retired.map((item) => item['id'])).toEqual([id])
  const older = itemsOf(await program.json(['api-keys', 'hygiene', '--finding', 'retired_pepper']))
  expect(older.map((item) => item['id'])).toEqual([id])
  const careless = itemsOf(await program.json(['api-keys', 'hygiene', '--finding', 'no_expiry']))
  expect(careless.map((item) => item['id'])).toContain(id)
  expect(await program.json(['api-keys', 'revoke', id, '--reason', 'over', '--yes'])).toMatchObject({
    state: 'revoked',
    revocation_reason: 'over',
  })
  expect(itemsOf(await program.json(['api-keys', 'list', '--state', 'revoked']))).toMatchObject([{ id }])
})

test('a leaked key is reported on standard input, and the policy is applied', async () => {
  const made = await create()
  const id = textOf(made, 'id')
  const input = `${textOf(made, 'key')}\n`
  expect(await program.json(['api-keys', 'report'], { input })).toEqual({
    id,
    policy: 'end',
    measure: 'revoked',
  })
  expect(await program.json(['api-keys', 'report'], { input })).toMatchObject({ measure: 'already_ended' })
  expect(await program.refusal(['api-keys', 'report'], { input: 'hello' })).toMatchObject({
    code: 'not_found',
  })
})

test('the rules for scanners have the prefix of the installation', async () => {
  const { stdout } = await program.run(['api-keys', 'scanner-rules', '--format', 'gitleaks'])
  expect(stdout).toContain('acme_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}')
})

test('what cannot be done is refused in words', async () => {
  const beyond = ['api-keys', 'create', api, '--client', 'robot', '--name', 'x', '--scope', 'write']
  expect(await program.refusal(beyond)).toMatchObject({ code: 'invalid_scope', exitCode: 1 })
  for (const wrong of [
    ['--rate-limit', '100'],
    ['--quota', '5/week'],
  ]) {
    const args = ['api-keys', 'create', api, '--client', 'robot', '--name', 'x', ...wrong]
    expect(await program.refusal(args)).toMatchObject({ code: 'usage' })
  }
})
