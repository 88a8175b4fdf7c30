import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { itemsOf, openProgram, textOf } from './support.ts'
import type { Json, Program } from './support.ts'

let database: TestDatabase
let program: Program

beforeAll(async () => {
  database = await createTestDatabase()
  program = openProgram(database.url)
})

afterAll(() => database.drop())

test('an API is registered, shown, changed, disabled, enabled and deleted', async () => {
  const identifier = 'https://invoices.example/'
  const made = await program.json([
    'apis',
    'create',
    '--identifier',
    identifier,
    '--name',
    'Invoices',
    '--scope',
    'read=Read = look at',
  ])
  expect(made).toMatchObject({ identifier, scopes: [{ name: 'read', description: 'Read = look at' }] })
  expect(await program.json(['apis', 'show', identifier])).toEqual(made)
  const changed = await program.json([
    'apis',
    'change',
    identifier,
    '--token-format',
    'jwt',
    '--access-token-lifetime',
    '300',
    '--accounts-need-permission',
  ])
  expect(changed).toMatchObject({
    token_format: 'jwt',
    access_token_lifetime_seconds: 300,
    accounts_need_permission: true,
  })
  expect((await program.json(['apis', 'disable', identifier, '--yes']))['disabled_at']).not.toBeNull()
  expect((await program.json(['apis', 'enable', identifier]))['disabled_at']).toBeNull()
  const id = textOf(made, 'id')
  expect(await program.json(['apis', 'delete', identifier, '--yes'])).toEqual({ deleted: id })
  expect(await program.refusal(['apis', 'show', id])).toMatchObject({ code: 'not_found', exitCode: 1 })
})

test('scopes and introspectors come and go', async () => {
  const { api, client } = await makeApiAndClient('parts')
  const described = await program.json(['apis', 'scopes', 'add', api, 'write', '--description', 'Write'])
  expect(described['scopes']).toEqual([
    { name: 'read', description: 'Read' },
    { name: 'write', description: 'Write' },
  ])
  const added = await program.json(['apis', 'introspectors', 'add', api, client])
  expect(added['introspector_ids']).toEqual([client])
  const removed = await program.json(['apis', 'introspectors', 'remove', api, client])
  expect(removed['introspector_ids']).toEqual([])
  const left = await program.json(['apis', 'scopes', 'remove', api, 'read', '--yes'])
  expect(left['scopes']).toEqual([{ name: 'write', description: 'Write' }])
  expect(await program.refusal(['apis', 'scopes', 'remove', api, 'read', '--yes'])).toMatchObject({
    code: 'not_found',
  })
  expect(await program.refusal(['apis', 'introspectors', 'add', api, 'nobody'])).toMatchObject({
    code: 'not_found',
  })
})

test('permissions are given and withdrawn, directly and through roles', async () => {
  const { api, client } = await makeApiAndClient('rights')
  await program.json(['accounts', 'create', '--email', 'ana@example.com'])
  const given = await program.json([
    'permissions',
    'give',
    api,
    '--account',
    'ana@example.com',
    '--scope',
    'read',
  ])
  expect(itemsOf(given)).toMatchObject([{ scope: 'read', direct: true, roles: [] }])
  await program.json(['permissions', 'give', api, '--client', client, '--scope', 'read'])

  const role = await program.json(['roles', 'create', api, '--name', 'Reader', '--scope', 'read'])
  const roleId = textOf(role, 'id')
  expect(await program.json(['roles', 'show', roleId])).toEqual(role)
  await program.json(['roles', 'give', roleId, '--account', 'ana@example.com'])
  expect(itemsOf(await program.json(['roles', 'list', '--account', 'ana@example.com']))).toEqual([role])
  expect(itemsOf(await program.json(['roles', 'list', '--api', api]))).toEqual([role])
  const held = await program.json(['permissions', 'list', '--account', 'ana@example.com'])
  expect(itemsOf(held)).toMatchObject([
    { scope: 'read', direct: true, roles: [{ id: roleId, name: 'Reader' }] },
  ])
  const left = await program.json([
    'permissions',
    'withdraw',
    api,
    '--account',
    'ana@example.com',
    '--scope',
    'read',
  ])
  expect(itemsOf(left)).toMatchObject([{ scope: 'read', direct: false }])

  await program.json(['roles', 'change', roleId, '--description', 'Looks at invoices'])
  await program.json(['roles', 'withdraw', roleId, '--account', 'ana@example.com'])
  expect(itemsOf(await program.json(['permissions', 'list', '--account', 'ana@example.com']))).toEqual([])
  expect(await program.json(['roles', 'delete', roleId, '--yes'])).toEqual({ deleted: roleId })
  expect(itemsOf(await program.json(['roles', 'list', '--api', api]))).toEqual([])
})

test('an owner is one account or one client, that exists', async () => {
  const { api, client } = await makeApiAndClient('owners')
  const both = ['permissions', 'list', '--account', 'x@example.com', '--client', client]
  expect(await program.refusal(both)).toMatchObject({ code: 'usage', exitCode: 2 })
  expect(await program.refusal(['permissions', 'list'])).toMatchObject({ code: 'usage', exitCode: 2 })
  expect(await program.refusal(['permissions', 'list', '--account', 'x@example.com'])).toMatchObject({
    code: 'not_found',
  })
  const unknown = ['permissions', 'give', api, '--client', client, '--scope', 'nonsense']
  expect(await program.refusal(unknown)).toMatchObject({ code: 'invalid_scope', exitCode: 1 })
})

test('an account is never found by a user name that looks like an id', async () => {
  const taken = 'acc_00000000000000000000'
  await program.json(['accounts', 'create', '--email', 'sly@example.com', '--username', taken])
  expect(await program.refusal(['accounts', 'delete', taken, '--yes'])).toMatchObject({ code: 'not_found' })
})

async function makeApiAndClient(name: string): Promise<{ api: string; client: string }> {
  const identifier = `https://${name}.example/`
  const api = ['apis', 'create', '--identifier', identifier, '--name', name, '--scope', 'read=Read']
  const client = ['clients', 'create', '--name', name, '--type', 'service']
  const made: Json[] = [await program.json(api), await program.json(client)]
  return { api: identifier, client: textOf(made[1] ?? {}, 'id') }
}
