import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticate } from '../../src/domain/accounts/authenticate.ts'
import { createPasswordHasher } from '../../src/domain/accounts/password.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { itemsOf, openProgram, textOf } from './support.ts'
import type { Program } from './support.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'

let room: Room
let db: Database
let program: Program

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
  program = openProgram(room.url)
})

afterAll(() => room.close())

test('an account is made, shown, changed, disabled, enabled and deleted', async () => {
  const made = await program.json(['accounts', 'create', '--email', 'ana@example.com', '--name', 'Ana'])
  expect(made).toMatchObject({ email: 'ana@example.com', claims: { name: 'Ana' }, has_password: false })
  const id = textOf(made, 'id')
  expect(await program.json(['accounts', 'show', id])).toEqual(made)
  expect(await program.json(['accounts', 'show', 'ANA@example.com'])).toEqual(made)

  const changed = await program.json([
    'accounts',
    'change',
    id,
    '--username',
    'ana',
    '--email-verified',
    '--name',
    'Ana Sample',
  ])
  expect(changed).toMatchObject({ username: 'ana', claims: { name: 'Ana Sample' }, version: 2 })
  expect(changed['email_verified_at']).not.toBeNull()
  expect(await program.json(['accounts', 'change', id, '--remove-username'])).toMatchObject({
    username: null,
  })
  expect(await program.refusal(['accounts', 'change', id, '--name', 'X', '--if-version', '1'])).toMatchObject(
    {
      code: 'conflict',
      exitCode: 1,
    },
  )

  expect((await program.json(['accounts', 'disable', id, '--yes']))['disabled_at']).not.toBeNull()
  expect((await program.json(['accounts', 'enable', id]))['disabled_at']).toBeNull()
  expect(await program.json(['accounts', 'delete', id, '--yes'])).toEqual({ deleted: id })
  expect(await program.refusal(['accounts', 'show', id])).toMatchObject({ code: 'not_found', exitCode: 1 })
})

test('accounts of another server are imported with their hashes, and people sign in with the password they had', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'))
  const file = join(folder, 'users.json')
  const written = async (...accounts: unknown[]) => writeFile(file, JSON.stringify({ accounts }))
  const email = 'rasmus@example.com'
  const hash = '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq'
  await written({ email, email_verified: true, password_hash: hash })
  const [made] = itemsOf(await program.json(['accounts', 'import', file]))
  expect(made).toMatchObject({ email, outcome: 'created' })
  const hasher = createPasswordHasher({
    memoryKibibytes: 64,
    iterations: 2,
    parallelism: 1,
    maxConcurrent: 4,
    maxWaiting: 100,
  })
  const attempt = { login: email, password: 'rasmuslerdorf' }
  expect(await authenticate({ db, hasher }, attempt, systemAct(new Date()))).toMatchObject({
    outcome: 'authenticated',
  })
  const kept = db.selectFrom('accounts').select('passwordHash').where('email', '=', email)
  expect((await kept.executeTakeFirstOrThrow()).passwordHash).toMatch(/^\$argon2id\$/)

  await written({ email }, { email: 'next@example.com' })
  expect(itemsOf(await program.json(['accounts', 'import', file])).map(({ outcome }) => outcome)).toEqual([
    'email_taken',
    'created',
  ])
  await written({ email: 'first@example.com' }, { email: 'b@example.com', password_hash: '$1$md5$x' })
  expect(await program.refusal(['accounts', 'import', file])).toMatchObject({ code: 'unsupported_hash' })
  expect(await program.refusal(['accounts', 'show', 'first@example.com'])).toMatchObject({
    code: 'not_found',
  })
  await rm(folder, { recursive: true })
})

test('a password comes from standard input alone, is judged, and is nowhere in an answer', async () => {
  const password = 'a long enough passphrase'
  const made = await program.run(
    ['accounts', 'create', '--email', 'bo@example.com', '--password-stdin', '--json'],
    { input: `${password}\n` },
  )
  expect(made.exitCode).toBe(0)
  expect(JSON.parse(made.stdout)).toMatchObject({ has_password: true })
  expect(`${made.stdout}${made.stderr}`).not.toContain(password)
  const weak = await program.refusal(['accounts', 'set-password', 'bo@example.com'], { input: 'short' })
  expect(weak).toMatchObject({ code: 'weak_password', exitCode: 1 })
  const none = await program.refusal(['accounts', 'set-password', 'bo@example.com'])
  expect(none).toMatchObject({ code: 'usage', exitCode: 2 })
  const endless = await program.refusal(['accounts', 'set-password', 'bo@example.com'], {
    input: 'x'.repeat(2 * 1024 * 1024),
  })
  expect(endless).toMatchObject({ code: 'payload_too_large', exitCode: 1 })
  const binary = await program.refusal(['accounts', 'set-password', 'bo@example.com'], {
    input: Buffer.from([0xff, 0xfe, 0x80]),
  })
  expect(binary).toMatchObject({ code: 'input_unreadable', exitCode: 1 })
})

test('ASVS 7.4.2: sessions, grants and tokens end with what stands behind them', async () => {
  for (const verb of ['disable', 'delete', 'set-password']) {
    const email = `${verb}@example.com`
    const id = textOf(await program.json(['accounts', 'create', '--email', email]), 'id')
    await signIn(id, 'client_any')
    const yes = verb === 'set-password' ? [] : ['--yes']
    await program.json(['accounts', verb, email, ...yes], { input: 'another long passphrase' })
    expect(await standing(id), verb).toEqual({ sessions: 0, artifacts: 0, grants: 0 })
  }
})

test('a password can be set without signing anybody out', async () => {
  const id = textOf(await program.json(['accounts', 'create', '--email', 'keep@example.com']), 'id')
  await signIn(id, 'client_any')
  await program.json(['accounts', 'set-password', id, '--keep-sessions'], {
    input: 'another long passphrase',
  })
  expect(await standing(id)).toEqual({ sessions: 1, artifacts: 1, grants: 1 })
})

test('the last administrator stays, and the setup link is for a first one only', async () => {
  const link = await program.json(['setup', 'link'], { env: { ISSUER: 'https://login.example' } })
  expect(textOf(link, 'url')).toMatch(/^https:\/\/login\.example\/setup\/[\w-]{43}$/)
  const made = await program.json(['accounts', 'create', '--email', 'root@example.com', '--administrator'])
  expect(made).toMatchObject({ administrator: true })
  const id = textOf(made, 'id')
  for (const line of [
    ['accounts', 'disable', id, '--yes'],
    ['accounts', 'delete', id, '--yes'],
    ['accounts', 'withdraw-administrator', id],
    ['setup', 'link'],
  ]) {
    expect(await program.refusal(line), line.join(' ')).toMatchObject({ code: 'conflict', exitCode: 1 })
  }
  await program.json(['accounts', 'create', '--email', 'second@example.com'])
  await program.json(['accounts', 'grant-administrator', 'second@example.com'])
  expect(await program.json(['accounts', 'withdraw-administrator', id])).toMatchObject({
    administrator: false,
  })
})

test('a list goes on where its page ended, and finds what is searched for', async () => {
  for (const name of ['one', 'two', 'three']) {
    await program.json(['accounts', 'create', '--email', `${name}@pages.example`])
  }
  const query = ['accounts', 'list', '--search', 'pages.example', '--limit', '2']
  const first = await program.json(query)
  const second = await program.json([...query, '--after', textOf(first, 'next')])
  const emails = [...itemsOf(first), ...itemsOf(second)].map(({ email }) => email)
  expect(emails).toEqual(['three@pages.example', 'two@pages.example', 'one@pages.example'])
  expect(second['next']).toBeNull()
  expect(await program.refusal([...query, '--after', 'elsewhere'])).toMatchObject({
    code: 'invalid_request',
    exitCode: 1,
  })
})

test('every change is an event of the operator', async () => {
  const id = textOf(await program.json(['accounts', 'create', '--email', 'told@example.com']), 'id')
  await program.json(['accounts', 'disable', id, '--yes'])
  const events = itemsOf(await program.json(['audit', 'list', '--target', `account:${id}`]))
  expect(events.map(({ type, actor }) => [type, actor])).toEqual([
    ['account.disabled', { type: 'operator', id: null }],
    ['account.created', { type: 'operator', id: null }],
  ])
})

async function signIn(accountId: string, clientId: string): Promise<void> {
  const soon = new Date(Date.now() + 3_600_000)
  const key = randomUUID()
  await sql`insert into oidc_sessions (id_hash, uid, account_id, payload, expires_at)
    values (sha256(convert_to(${key}, 'UTF8')), ${key}, ${accountId}, '{}', ${soon})`.execute(db)
  await sql`insert into oidc_grants (id, account_id, client_id, payload, expires_at)
    values (${key}, ${accountId}, ${clientId}, '{}', ${soon})`.execute(db)
  await sql`insert into oidc_artifacts (id_hash, model, payload, account_id, grant_id, expires_at)
    values (sha256(convert_to(${key}, 'UTF8')), 'RefreshToken', '{}', ${accountId}, ${key}, ${soon})`.execute(
    db,
  )
}

async function standing(accountId: string) {
  const { rows } = await sql`select
    (select count(*) from oidc_sessions where account_id = ${accountId}) as sessions,
    (select count(*) from oidc_artifacts where account_id = ${accountId}) as artifacts,
    (select count(*) from oidc_grants where account_id = ${accountId} and revoked_at is null) as grants`.execute(
    db,
  )
  return rows[0]
}
