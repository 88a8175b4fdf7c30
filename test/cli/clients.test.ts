import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findClient } from '../../src/domain/clients/client.ts'
import { clientSecretMatches } from '../../src/domain/clients/secret.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { itemsOf, openProgram, textOf } from './support.ts'
import type { Program } from './support.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'
import { deviceGrant } from '../support/devices.ts'

let room: Room
let db: Database
let program: Program
let folder: string

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
  program = openProgram(room.url)
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'))
})

afterAll(async () => {
  await room.close()
  await rm(folder, { recursive: true })
})

const callback = 'https://shop.example/callback'

test('a client is registered, shown, changed, disabled, enabled and deleted', async () => {
  const made = await program.json(['clients', 'create', '--name', 'Shop', '--redirect-uri', callback])
  const { client_secret: _secret, ...rest } = made
  const id = textOf(made, 'id')
  expect(await program.json(['clients', 'show', id])).toEqual(rest)
  const changed = await program.json([
    'clients',
    'change',
    id,
    '--pkce-required',
    'false',
    '--first-party',
    '--verified',
    '--optional-scope',
    'photos:read',
    '--optional-scope',
    'email',
    '--redirect-uri',
    callback,
    '--redirect-uri',
    'https://shop.example/other',
  ])
  expect(changed).toMatchObject({
    pkce_required: false,
    first_party: true,
    verified: true,
    optional_scopes: ['email', 'photos:read'],
    version: 2,
    metadata: { redirect_uris: [callback, 'https://shop.example/other'] },
  })
  expect((await program.json(['clients', 'disable', id, '--yes']))['disabled_at']).not.toBeNull()
  expect((await program.json(['clients', 'enable', id]))['disabled_at']).toBeNull()
  expect(await program.json(['clients', 'delete', id, '--yes'])).toEqual({ deleted: id })
  expect(await program.refusal(['clients', 'show', id])).toMatchObject({ code: 'not_found', exitCode: 1 })
})

test('each kind of client has the metadata that goes with it', async () => {
  const web = ['authorization_code', 'refresh_token']
  const expected = [
    { type: 'web', grant_types: web, method: 'client_secret_basic', uri: callback },
    { type: 'public', grant_types: web, method: 'none', uri: callback },
    { type: 'native', grant_types: web, method: 'none', uri: 'http://127.0.0.1/callback' },
    { type: 'device', grant_types: [deviceGrant, 'refresh_token'], method: 'none' },
    { type: 'service', grant_types: ['client_credentials'], method: 'client_secret_basic' },
    { type: 'api', grant_types: [], method: 'client_secret_basic' },
  ]
  for (const { type, grant_types, method, uri } of expected) {
    const redirect = uri === undefined ? [] : ['--redirect-uri', uri]
    const made = await program.json(['clients', 'create', '--name', type, '--type', type, ...redirect])
    expect(made, type).toMatchObject({ metadata: { grant_types, token_endpoint_auth_method: method } })
    expect('client_secret' in made, type).toBe(method !== 'none')
  }
})

test('a secret works, is printed once, and never again', async () => {
  const made = await program.json(['clients', 'create', '--name', 'Service', '--type', 'service'])
  const id = textOf(made, 'id')
  const added = await program.json(['clients', 'secrets', 'add', id, '--expires-at', '2999-01-01T00:00:00Z'])
  const secrets = [textOf(made, 'client_secret'), textOf(added, 'client_secret')]
  const client = await findClient(db, id)
  for (const secret of secrets) {
    expect(client !== undefined && clientSecretMatches(client, secret, new Date())).toBe(true)
  }
  expect(await program.refusal(['clients', 'secrets', 'add', id])).toMatchObject({
    code: 'conflict',
    exitCode: 1,
  })
  const listed = itemsOf(await program.json(['clients', 'secrets', 'list', id]))
  const shown = (await program.json(['clients', 'show', id]))['secrets']
  expect(shown).toEqual(listed)
  expect(listed.map(Object.keys)).toEqual(secrets.map(() => ['id', 'created_at', 'expires_at']))
  const hashes = client?.secrets.map(({ hash }) => hash.toString('hex')) ?? []
  for (const line of [
    ['clients', 'show', id],
    ['clients', 'secrets', 'list', id],
    ['clients', 'list'],
    ['audit', 'list'],
  ]) {
    for (const form of [[], ['--json']]) {
      const { stdout, stderr } = await program.run([...line, ...form])
      for (const hidden of [...secrets, ...hashes]) expect(`${stdout}${stderr}`).not.toContain(hidden)
    }
  }
})

test('a secret can be given an end, and revoked', async () => {
  const id = textOf(await program.json(['clients', 'create', '--name', 'S', '--type', 'service']), 'id')
  const [secret] = itemsOf(await program.json(['clients', 'secrets', 'list', id]))
  const secretId = textOf(secret ?? {}, 'id')
  const at = '2999-01-01T00:00:00.000Z'
  await program.json(['clients', 'secrets', 'expire', id, secretId, '--at', at])
  const [expiring] = itemsOf(await program.json(['clients', 'secrets', 'list', id]))
  expect(expiring).toMatchObject({ expires_at: at })
  expect(await program.refusal(['clients', 'secrets', 'revoke', id, secretId])).toMatchObject({
    code: 'not_confirmed',
    exitCode: 2,
  })
  expect(await program.json(['clients', 'secrets', 'revoke', id, secretId, '--yes'])).toEqual({
    revoked: secretId,
    client_id: id,
    secrets_left: 0,
  })
  const { stdout } = await program.run(['clients', 'secrets', 'list', id])
  expect(stdout).toBe(`The client has no secrets. Give it one with: latchkey clients secrets add ${id}\n`)
})

test('metadata and keys come from files, and options go over them', async () => {
  const { publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = await writeJson('jwks.json', { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] })
  const metadata = await writeJson('client.json', {
    client_name: 'From a file',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    require_pushed_authorization_requests: true,
  })
  const made = await program.json([
    'clients',
    'create',
    '--metadata-file',
    metadata,
    '--jwks-file',
    jwks,
    '--name',
    'By option',
  ])
  expect(made).toMatchObject({
    name: 'By option',
    secrets: [],
    metadata: { token_endpoint_auth_method: 'private_key_jwt', require_pushed_authorization_requests: true },
  })
  const moved = await program.json([
    'clients',
    'change',
    textOf(made, 'id'),
    '--remove',
    'jwks',
    '--jwks-uri',
    'https://shop.example/jwks.json',
  ])
  expect(moved['metadata']).toMatchObject({ jwks_uri: 'https://shop.example/jwks.json' })
  expect(moved['metadata']).not.toHaveProperty('jwks')
})

test('what the clients refuse is refused with their codes', async () => {
  const web = ['clients', 'create', '--name', 'X']
  const cases: [string[], string][] = [
    [[...web], 'invalid_redirect_uri'],
    [[...web, '--redirect-uri', 'http://shop.example/'], 'invalid_redirect_uri'],
    [
      [...web, '--type', 'public', '--redirect-uri', callback, '--pkce-required', 'false'],
      'invalid_metadata',
    ],
    [['clients', 'create', '--type', 'service', '--name', ''], 'invalid_metadata'],
    [['clients', 'create', '--metadata-file', await writeJson('list.json', [])], 'invalid_metadata'],
    [
      ['clients', 'create', '--metadata-file', await writeJson('odd.json', { jwks: 1, nonsense: 2 })],
      'invalid_metadata',
    ],
    [['clients', 'create', '--metadata-file', join(folder, 'absent.json')], 'input_unreadable'],
    [['clients', 'create', '--metadata-file', folder], 'input_unreadable'],
    [['clients', 'change', 'client_nobody', '--name', 'X'], 'not_found'],
    [['clients', 'delete', '%00', '--yes'], 'not_found'],
  ]
  for (const [line, code] of cases) {
    expect(await program.refusal(line), line.join(' ')).toMatchObject({ code, exitCode: 1 })
  }
})

test('what a client holds ends when it is disabled or deleted', async () => {
  for (const verb of ['disable', 'delete']) {
    const id = textOf(await program.json(['clients', 'create', '--name', verb, '--type', 'service']), 'id')
    const soon = new Date(Date.now() + 3_600_000)
    await sql`insert into oidc_grants (id, account_id, client_id, payload, expires_at)
      values (${id}, 'acc_x', ${id}, '{}', ${soon})`.execute(db)
    await program.json(['clients', verb, id, '--yes'])
    const { rows } = await sql`select
      (select count(*) from clients where id = ${id} and tokens_end_before is null) as living,
      (select count(*) from oidc_grants where client_id = ${id} and revoked_at is null) as grants`.execute(db)
    expect(rows, verb).toEqual([{ living: 0, grants: 0 }])
  }
})

async function writeJson(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(content))
  return path
}

test('P30: a client with a certificate has one name of it, and no secret', async () => {
  const create = [
    'clients',
    'create',
    '--type',
    'service',
    '--name',
    'Billing',
    '--auth-method',
    'tls_client_auth',
  ]
  const made = await program.json([
    ...create,
    '--tls-subject-dn',
    'CN=billing,O=Example',
    '--tls-bound-tokens',
  ])
  expect(made).toMatchObject({
    secrets: [],
    metadata: {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=billing,O=Example',
      tls_client_certificate_bound_access_tokens: true,
    },
  })
  expect(made).not.toHaveProperty('client_secret')
  const id = textOf(made, 'id')
  expect(await program.refusal(['clients', 'secrets', 'add', id])).toMatchObject({
    message: 'This client does not authenticate with a secret.',
    exitCode: 1,
  })
  const names = {
    '--tls-san-dns': 'a.example',
    '--tls-san-uri': 'a:b',
    '--tls-san-ip': '::1',
    '--tls-san-email': 'a@b.c',
  }
  for (const [option, name] of Object.entries(names)) {
    expect((await program.json([...create, option, name])).metadata).toMatchObject({
      [option.slice(2).replace('tls-san-', 'tls_client_auth_san_')]: name,
    })
  }
  expect(await program.refusal(['clients', 'change', id, '--tls-san-dns', 'a.example'])).toMatchObject({
    code: 'invalid_metadata',
    message: expect.stringContaining('tls_client_auth needs exactly one'),
  })
  for (const more of [[], ['--tls-subject-dn', 'billing'], ['--tls-san-dns', '*.example']])
    expect(await program.refusal([...create, ...more])).toMatchObject({ code: 'invalid_metadata' })
})
