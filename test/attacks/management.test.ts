/** The management API in the hands of somebody who may do less than they would like. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeApiKey } from '../support/api-keys.ts'
import { call, managementApi, personToken, serviceToken } from '../support/management-api.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let owner: { readonly token: string; readonly id: string }
let ana: TestAccount

beforeAll(async () => {
  world = await openWorld()
  owner = await personToken(world, { role: 'role_owner' })
  ana = await world.makeAccount()
})
afterAll(() => world.close())

const versionOf = async (table: 'accounts' | 'clients', id: string): Promise<string> => {
  const row = await world.db
    .selectFrom(table)
    .select('version')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return `"${row.version}"`
}

/** Everything that is kept of an account. */
async function stateOf(id: string): Promise<unknown> {
  const { rows } = await sql`select a.email, a.password_hash, a.disabled_at, a.email_verified_at, a.claims,
    (select count(*) from role_members m where m.owner_id = a.id) as roles from accounts a where id = ${id}`.execute(
    world.db,
  )
  return rows
}

test('API3, API5: support changes nothing of an owner, by whatever route', async () => {
  const { token } = await personToken(world, { role: 'role_support' })
  const before = await stateOf(owner.id)
  const { email } = await world.db
    .selectFrom('accounts')
    .select('email')
    .where('id', '=', owner.id)
    .executeTakeFirstOrThrow()
  const headers = { 'if-match': await versionOf('accounts', owner.id) }
  const tries: readonly (readonly [string, unknown?])[] = [
    [`PATCH /accounts/${owner.id}`, { email: 'mine@example.com' }],
    [`PATCH /accounts/${owner.id}`, { username: 'mine' }],
    [`PATCH /accounts/${owner.id}`, { email_verified: false }],
    [`PUT /accounts/${owner.id}/password`, { password: 'nine quiet herons over the estuary' }],
    [`POST /accounts/${owner.id}/disable`],
    [`DELETE /accounts/${owner.id}`],
    ['POST /accounts', { email, claims: { name: 'x' } }],
    ['POST /invitations', { email, administrator: true }],
    ['POST /invitations', { email: 'friend@example.com', administrator: true }],
    ['POST /invitations', { email: 'friend@example.com', roles: ['role_owner'] }],
    ['POST /invitations', { email: 'friend@example.com', roles: ['role_support'] }],
    ['PUT /roles/role_owner/members/account/x'],
    [
      'POST /permissions/give',
      { api_id: 'management', owner: { type: 'account', id: 'x' }, scopes: ['keys:write'] },
    ],
    [
      'POST /keys',
      { name: 'x', owner: { type: 'account', id: owner.id }, api_id: 'management', scopes: ['keys:read'] },
    ],
  ]
  for (const [what, body] of tries) {
    const answer = await call(world, what, { token, headers, ...(body !== undefined && { body }) })
    expect([400, 403, 404, 409], `${what}: ${answer.text}`).toContain(answer.status)
  }
  expect(await stateOf(owner.id)).toEqual(before)
})

test('API5: roles:write alone gives nothing of the management API, through no role, old or new', async () => {
  const { token, id } = await serviceToken(world, {
    scopes: ['roles:write', 'roles:read', 'apis:write', 'apis:read'],
  })
  const me = { type: 'client', id }
  const role = { api_id: 'management', name: 'mine', description: 'x', scopes: ['administrators:write'] }
  const tries: readonly (readonly [string, unknown?])[] = [
    ['POST /roles', role],
    ['POST /roles', { ...role, scopes: ['roles:read'] }],
    ['PATCH /roles/role_support', { scopes: ['administrators:write'] }],
    [`PUT /roles/role_read_only/members/client/${id}`],
    ['POST /permissions/give', { api_id: 'management', owner: me, scopes: ['accounts:read'] }],
    ['PATCH /apis/management', { accounts_need_permission: false }],
    ['PATCH /apis/management', { account_keys: true }],
    ['PUT /apis/management/scopes', { scopes: [] }],
    ['POST /apis/management/disable'],
    ['DELETE /apis/management'],
    ['POST /apis', { id: 'management2', identifier: `${world.issuer}/api/v1`, name: 'x', scopes: [] }],
  ]
  const before = (await call(world, `GET /clients/${id}/permissions`, { token })).text
  for (const [what, body] of tries) {
    const answer = await call(world, what, {
      token,
      headers: { 'if-match': '"1"' },
      ...(body !== undefined && { body }),
    })
    expect([400, 403, 404, 409, 412], `${what}: ${answer.text}`).toContain(answer.status)
  }
  expect((await call(world, `GET /clients/${id}/permissions`, { token })).text).toBe(before)
})

test('7.5.3: what leads to a credential wants a sign-in of the last quarter of an hour', async () => {
  const { token } = await personToken(world, { role: 'role_owner', signedInSecondsAgo: 1000 })
  const client = await world.makeClient({ metadata: { redirect_uris: ['https://app.example/callback'] } })
  const of = async (table: 'accounts' | 'clients', id: string) => ({ 'if-match': await versionOf(table, id) })
  const account = await call(world, `PATCH /accounts/${ana.id}`, {
    token,
    headers: await of('accounts', ana.id),
    body: { email: 'taken.over@example.com' },
  })
  const app = await call(world, `PATCH /clients/${client.id}`, {
    token,
    headers: await of('clients', client.id),
    body: { metadata: { redirect_uris: ['https://evil.example/callback'] } },
  })
  for (const answer of [account, app]) {
    expect(answer.status, answer.text).toBe(401)
    expect(answer.text).toContain('insufficient_user_authentication')
  }
})

test('an idempotency key of one API key answers nothing to another of the same owner', async () => {
  const { id } = await serviceToken(world, { role: 'role_owner' })
  const scopes = ['clients:write', 'clients:read']
  const asked = { owner: { type: 'client', id }, api: managementApi(world), scopes } as const
  const [one, other] = (await Promise.all([makeApiKey(world, asked), makeApiKey(world, asked)])).map(
    ({ text }) => text,
  )
  const headers = { 'idempotency-key': 'same' }
  const body = { metadata: { client_name: 'Nightly', grant_types: ['client_credentials'] } }
  const first = await call(world, 'POST /clients', { token: one ?? '', headers, body })
  expect(first.status, first.text).toBe(201)
  const second = await call(world, 'POST /clients', { token: other ?? '', headers, body })
  expect(second.body['id']).not.toBe(first.body['id'])
  const again = await call(world, 'POST /clients', { token: one ?? '', headers, body })
  expect(again.body['client_secret']).toBe(first.body['client_secret'])
})
