/** The declared setup: one file says what APIs, roles and clients there are. */
import { stringify } from 'yaml'
import { z } from 'zod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureManagementApi } from '../../src/domain/administration/ensure.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { openPool } from '../support/room.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { openProgram } from './support.ts'
import type { Json, Program } from './support.ts'

const invoices = {
  identifier: 'https://invoices.example/',
  name: 'Invoices',
  token_format: 'jwt',
  scopes: [
    { name: 'invoices:read', description: 'See invoices' },
    { name: 'invoices:write', description: 'Change invoices' },
  ],
  introspectors: ['invoices-api'],
  roles: [
    { name: 'Accounting', description: 'Who keeps the books', scopes: ['invoices:read', 'invoices:write'] },
  ],
}
const api = { id: 'invoices-api', metadata: { client_name: 'Invoices API', grant_types: [] } }
const report = {
  id: 'nightly-report',
  metadata: {
    client_name: 'Nightly report',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=report,O=Example',
    tls_client_certificate_bound_access_tokens: true,
  },
  permissions: { 'https://invoices.example/': ['invoices:read'], management: ['accounts:read'] },
  roles: { 'https://invoices.example/': ['Accounting'] },
}
const shop = {
  id: 'shop',
  metadata: {
    client_name: 'Shop',
    redirect_uris: ['https://shop.example/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
  },
  refresh_grace_seconds: 10,
  token_rate_limit: { requests: 600, seconds: 60, burst: 50 },
}
const whole = { version: 1, apis: [invoices], clients: [api, report, shop] }
const changesOf = z.object({
  changes: z.array(z.object({ action: z.string(), kind: z.string(), name: z.string() })),
})

let first: TestDatabase
let second: TestDatabase
let program: Program

beforeAll(async () => {
  ;[first, second] = await Promise.all([createTestDatabase(), createTestDatabase()])
  // As a server does at its start.
  for (const { url } of [first, second]) await withDatabase(url, ensureApi)
  program = openProgram(first.url)
  expect(lines(await apply(program, whole))).toEqual([
    'create api https://invoices.example/',
    'create role https://invoices.example/ Accounting',
    'create client invoices-api',
    'create client nightly-report',
    'create client shop',
  ])
})
afterAll(() => Promise.all([first.drop(), second.drop()]))

test('applied again, a file changes nothing', async () => {
  expect(lines(await apply(program, whole))).toEqual([])
})

test('what was exported makes another installation the same', async () => {
  const exported = await program.json(['setup', 'export'])
  const other = openProgram(second.url)
  await apply(other, exported)
  expect(await other.json(['setup', 'export'])).toEqual(exported)
  expect(lines(await apply(other, exported))).toEqual([])
  expect(await other.json(['clients', 'show', 'nightly-report'])).toMatchObject({
    metadata: {
      tls_client_auth_subject_dn: 'CN=report,O=Example',
      tls_client_certificate_bound_access_tokens: true,
    },
  })
  expect(await other.json(['clients', 'show', 'shop'])).toMatchObject({
    refresh_grace_seconds: 10,
    token_rate_limit: { requests: 600, seconds: 60, burst: 50 },
  })
})

test('the YAML that is exported is the file that is applied, and holds no secret', async () => {
  await program.run(['clients', 'secrets', 'add', 'shop'])
  const { stdout } = await program.run(['setup', 'export'])
  expect(stdout).not.toMatch(/secret_hash|client_secret:|hash/)
  const again = await program.json(['setup', 'apply', '-', '--yes'], { input: stdout })
  expect(lines(again)).toEqual([])
})

test('a plan shows every difference and makes none', async () => {
  const before = await program.json(['setup', 'export'])
  const wanted = {
    ...whole,
    apis: [
      {
        ...invoices,
        name: 'Bills',
        scopes: [{ name: 'invoices:read', description: 'See bills' }],
        roles: [],
      },
    ],
    clients: [api, { ...report, permissions: {}, roles: {} }, { ...shop, first_party: true }],
  }
  const planned = await plan(program, wanted)
  expect(lines(planned)).toEqual([
    'change api https://invoices.example/',
    'delete role https://invoices.example/ Accounting',
    'change client nightly-report',
    'change client shop',
  ])
  expect(planned['changes']).toContainEqual({
    action: 'change',
    kind: 'client',
    name: 'shop',
    members: [{ member: 'first_party', before: false, after: true }],
  })
  expect(await program.json(['setup', 'export'])).toEqual(before)
})

test('a change takes what is not in the file any more, and gives what is new', async () => {
  const wanted = { ...whole, clients: [api, { ...report, permissions: {}, roles: {} }, shop] }
  await apply(program, wanted)
  const held = await program.json(['permissions', 'list', '--client', 'nightly-report'])
  expect(held['items']).toEqual([])
  await apply(program, whole)
  const again = await program.json(['permissions', 'list', '--client', 'nightly-report'])
  expect(JSON.stringify(again['items'])).toContain('accounts:read')
})

test('what the file does not name is left alone, unless it is to name everything', async () => {
  await apply(program, {
    version: 1,
    clients: [{ id: 'extra', metadata: { client_name: 'Extra', grant_types: [] } }],
  })
  expect(lines(await apply(program, whole))).toEqual([])
  expect(lines(await apply(program, whole, ['--prune']))).toEqual(['delete client extra'])
  expect(lines(await apply(program, whole, ['--prune']))).toEqual([])
})

test('a file that would be refused in one place changes nothing at all, and the plan says so too', async () => {
  const before = await program.json(['setup', 'export'])
  const broken = {
    ...whole,
    clients: [
      { id: 'new-one', metadata: { client_name: 'New', grant_types: [] } },
      { ...report, permissions: { 'https://invoices.example/': ['invoices:burn'] } },
    ],
  }
  for (const command of ['plan', 'apply']) {
    const said = await program.refusal(['setup', command, '-', ...(command === 'apply' ? ['--yes'] : [])], {
      input: stringify(broken),
    })
    expect(said).toMatchObject({ code: 'invalid_scope', exitCode: 1 })
  }
  expect(await program.json(['setup', 'export'])).toEqual(before)
})

test.each([
  ['a secret', { clients: [{ ...shop, client_secret: 'hunter2hunter2' }] }, 'client_secret'],
  [
    'a secret among the metadata',
    { clients: [{ ...shop, metadata: { ...shop.metadata, client_secret: 'x' } }] },
    'client_secret',
  ],
  ['an unknown member', { apis: [{ ...invoices, colour: 'red' }] }, 'colour'],
  ['our own spelling of a member', { apis: [{ ...invoices, tokenFormat: 'jwt' }] }, 'token'],
  ['the same client twice', { clients: [shop, shop] }, 'shop twice'],
  [
    'a redirect to anywhere',
    { clients: [{ ...shop, metadata: { client_name: 'x', redirect_uris: ['http://evil.example/'] } }] },
    'redirect_uris',
  ],
  ['a version of tomorrow', { version: 2 }, 'version'],
  ['a list', [], ''],
])('%s is refused in words', async (_, document, word) => {
  const input = stringify(Array.isArray(document) ? document : { version: 1, ...document })
  const { code, message } = await program.refusal(['setup', 'plan', '-'], { input })
  expect(code).toBe('invalid_request')
  expect(message).toContain(word)
})

test.each([
  [
    'an alias bomb',
    `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]`,
  ],
  ['a member twice', 'version: 1\nversion: 1'],
  ['no YAML at all', '{"version": 1'],
])('%s is not read', async (_, input) => {
  expect(await program.refusal(['setup', 'plan', '-'], { input })).toMatchObject({ code: 'input_unreadable' })
})

test('nothing is applied that nobody agreed to', async () => {
  const wanted = { ...whole, clients: [{ ...shop, first_party: true }] }
  const said = await program.refusal(['setup', 'apply', '-'], { input: stringify(wanted) })
  expect(said).toMatchObject({ code: 'not_confirmed', exitCode: 2 })
  expect(await program.json(['clients', 'show', 'shop'])).toMatchObject({ first_party: false })
})

function ensureApi(db: Database): Promise<boolean> {
  return ensureManagementApi(db, 'https://login.example', systemAct(new Date()))
}

async function withDatabase(url: string, work: (db: Database) => Promise<unknown>): Promise<void> {
  const db = openPool(url)
  try {
    await work(db)
  } finally {
    await db.destroy()
  }
}

function apply(at: Program, document: object, more: readonly string[] = []): Promise<Json> {
  return at.json(['setup', 'apply', '-', '--yes', ...more], { input: stringify(document) })
}

function plan(at: Program, document: object): Promise<Json> {
  return at.json(['setup', 'plan', '-'], { input: stringify(document) })
}

function lines(answer: Json): string[] {
  return changesOf.parse(answer).changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)
}

const settingsOf = z.object({
  settings: z.array(z.strictObject({ name: z.string(), is: z.string(), declared: z.string() })),
})

// What the program of these tests is given would be exported as well.
const plain = { env: { ARGON2_MEMORY_KIBIBYTES: '' } }

test('settings that the environment leaves open are stored with the rest of the file, and only once', async () => {
  const database = await createTestDatabase()
  await withDatabase(database.url, ensureApi)
  const stored = openProgram(database.url)
  const settings = {
    SIGN_UP: 'open',
    SESSION_IDLE_SECONDS: '1800',
    BRAND_LINKS: 'Imprint | https://a.example/',
  }
  const input = stringify({ version: 1, settings })
  const planned = changesOf.parse(await stored.json(['setup', 'plan', '-'], { input }))
  expect(planned.changes).toEqual([{ action: 'change', kind: 'settings', name: 'settings' }])
  const { stdout } = await stored.run(['setup', 'plan', '-'], { input })
  expect(stdout).toContain(
    '~ settings\n    SIGN_UP: "closed" -> "open"\n    SESSION_IDLE_SECONDS: "3600" -> "1800"',
  )
  // Planning stored nothing.
  expect((await stored.json(['setup', 'export'], plain))['settings']).toEqual({})
  await stored.json(['setup', 'apply', '-', '--yes'], { input })
  const exported = await stored.json(['setup', 'export'], plain)
  expect(exported['settings']).toEqual({ ...settings, BRAND_LINKS: 'Imprint|https://a.example/' })
  for (const same of [input, stringify(exported)])
    expect(lines(await stored.json(['setup', 'apply', '-', '--yes'], { input: same }))).toEqual([])
  const other = stringify({ version: 1, settings: { SIGN_UP: 'open' } })
  expect(lines(await stored.json(['setup', 'apply', '-', '--yes'], { input: other }))).toEqual([])
  const pruned = await stored.json(['setup', 'apply', '-', '--yes', '--prune'], { input: other })
  expect(pruned).toMatchObject({
    changes: [
      {
        members: [
          { member: 'BRAND_LINKS', after: '' },
          { member: 'SESSION_IDLE_SECONDS', after: '3600' },
        ],
      },
    ],
  })
  expect((await stored.json(['setup', 'export'], plain))['settings']).toEqual({ SIGN_UP: 'open' })
  await database.drop()
})

test('what a file says otherwise than the environment fixes is shown and refused', async () => {
  const env = { SIGN_UP: 'open', SESSION_IDLE_SECONDS: '1800', DPOP_NONCE_REQUIRED: 'true' }
  const settings = { SIGN_UP: 'closed', SESSION_IDLE_SECONDS: '1800', DPOP_NONCE_REQUIRED: false }
  const extra = { id: 'not-made', metadata: { client_name: 'Not made', grant_types: ['client_credentials'] } }
  const input = stringify({ ...whole, clients: [...whole.clients, extra], settings })
  expect(settingsOf.parse(await program.json(['setup', 'plan', '-'], { input, env })).settings).toEqual([
    { name: 'SIGN_UP', is: 'open', declared: 'closed' },
    { name: 'DPOP_NONCE_REQUIRED', is: 'true', declared: 'false' },
  ])
  const refused = await program.refusal(['setup', 'apply', '-', '--yes'], { input, env })
  expect(refused).toMatchObject({ code: 'settings_differ', exitCode: 1 })
  expect(refused.message).toContain('! SIGN_UP: "open" -> "closed"')
  expect(await program.refusal(['clients', 'show', 'not-made'])).toMatchObject({ code: 'not_found' })
  const same = stringify({ ...whole, settings: env })
  expect(await program.json(['setup', 'plan', '-'], { input: same, env })).toEqual({
    changes: [],
    settings: [],
  })
  expect(await program.json(['setup', 'export'], { env })).toMatchObject({ settings: env })
})

test('settings are stored with all of the file, or not at all', async () => {
  const broken = { ...report, id: 'broken', roles: { 'https://invoices.example/': ['No such role'] } }
  const input = stringify({ ...whole, clients: [...whole.clients, broken], settings: { BRAND_NAME: 'Half' } })
  expect(await program.refusal(['setup', 'apply', '-', '--yes'], { input })).toMatchObject({
    code: 'not_found',
  })
  expect((await program.json(['setup', 'export'], plain))['settings']).toEqual({})
})

test.each([
  ['a secret', { SEALING_KEYS: 'k1:x' }],
  ['a secret by another way', { SMTP_URL: 'smtp://user:secret@mail.example' }],
  ['an address of a server', { ISSUER: 'https://other.example' }],
  ['a name that is none', { SIGNUP: 'open' }],
  ['a name of every object', { constructor: 'open' }],
  ['a name that no record keeps', Object.fromEntries([['__proto__', 'open']])],
  ['a value that is none', { SIGN_UP: 'everybody' }],
  ['a number out of bounds', { SESSION_IDLE_SECONDS: 1 }],
  ['one that does not go with another', { SESSION_LIFETIME_SECONDS: 600 }],
])('%s is refused among settings', async (_what, settings) => {
  const input = stringify({ ...whole, settings })
  const refused = await program.refusal(['setup', 'plan', '-'], { input })
  expect(refused).toMatchObject({ code: 'invalid_request' })
  expect(refused.message).toContain('settings')
  expect(refused.message).not.toContain('secret@')
})
