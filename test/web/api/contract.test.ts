/**
 * The contract: whatever is sent, the answer is one that the document declares, in the form it declares, and never a 500;
 * and no answer holds anything that could be presented, but where the document says so.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRole } from '../../../src/domain/apis/roles.ts'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { randomId, randomSecret } from '../../../src/platform/crypto/random.ts'
import { problemSchema } from '../../../src/web/api/problem.ts'
import { apiRouteTable } from '../../../src/web/api/routes.ts'
import { call, serviceToken } from '../../support/management-api.ts'
import { makeApiKey } from '../../support/api-keys.ts'
import { givePasskey } from '../../support/passkeys.ts'
import { openWorld, testPassword } from '../../support/world.ts'
import type { World } from '../../support/world.ts'
import { hostileTexts, sample, variants } from './samples.ts'
import type { Hints, Schema } from './samples.ts'

interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

let world: World
let token: string
let ids: Record<string, string>
let hints: Hints
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>

beforeAll(async () => {
  world = await openWorld()
  paths = await document()
  token = (await serviceToken(world, { role: 'role_owner' })).token
})

/** One of everything, of this test alone, because some routes end what they are given. */
async function makeFixtures(): Promise<void> {
  const act = systemAct(new Date())
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api = await world.makeApi({ scopes: ['read'] })
  const owner = { type: 'client', id: client.id } as const
  await world.permit(owner, api, ['read'])
  const key = await makeApiKey(world, { owner, api })
  const account = await world.makeAccount()
  const [role_id, session_id, grant_id] = ['role', 'ses', 'gra'].map(randomId)
  ids = {
    account_id: account.id,
    factor: await givePasskey(world, account.id),
    client_id: client.id,
    api_id: api.id,
    key_id: key.id,
    owner_type: 'client',
    owner_id: client.id,
    role_id: role_id ?? '',
    session_id: session_id ?? '',
    grant_id: grant_id ?? '',
  }
  await createRole(
    world.db,
    { id: ids['role_id'] ?? '', apiId: api.id, name: 'Reader', description: '', scopes: ['read'] },
    act,
  )
  const secrets = world.db.selectFrom('clientSecrets').select('id').where('clientId', '=', client.id)
  ids['secret_id'] = (await secrets.executeTakeFirstOrThrow()).id
  const expiresAt = new Date(Date.now() + 600_000)
  const accountId = account.id
  await world.db
    .insertInto('oidcSessions')
    .values({
      idHash: Buffer.from(randomSecret()),
      uid: ids['session_id'] ?? '',
      accountId,
      payload: '{}',
      expiresAt,
    })
    .execute()
  await world.db
    .insertInto('oidcGrants')
    .values({ id: ids['grant_id'] ?? '', accountId, clientId: client.id, payload: '{}', expiresAt })
    .execute()
  const { body } = await call(world, 'POST /invitations', {
    token,
    body: { email: `${randomId('i').toLowerCase()}@example.com` },
  })
  ids['invitation_id'] = String(body['id'])
  hints = hintsFor({ api_id: api.id, owner })
}

function hintsFor(named: Hints): Hints {
  return {
    ...named,
    id: randomId('new'),
    scopes: ['read'],
    roles: [],
    locale: 'en',
    email: `${randomId('c').toLowerCase()}@example.com`,
    username: randomId('c'),
    claims: { name: 'Contract' },
    password: testPassword,
    identifier: `https://${randomId('c').toLowerCase().replace('_', '-')}.example/`,
    metadata: { client_name: 'Contract', grant_types: ['client_credentials'] },
    expires_at: '2099-01-01T00:00:00Z',
    allowed_addresses: ['10.0.0.0/8'],
    optional_scopes: [],
    password_hash: '$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$pTZQqxvIhv3Vs0KPuN7pX8tFH0Pv8vQzUeXcS8bTj0g',
    purpose: 'ES256',
    overlap_seconds: 60,
  }
}

/** What a script would send, where not everything the schema has goes together. */
const goodBodies: Hints = {
  set_api_scopes: { scopes: [{ name: 'read', description: 'Read' }] },
  create_api: { name: 'Contract', identifier: 'https://contract.example/' },
  expire_client_secret: { expires_at: '2098-01-01T00:00:00Z' },
  rotate_signing_keys: { purpose: 'ES256', manner: 'announced' },
  revoke_api_key: { reason: 'contract' },
  change_settings: { SIGN_UP: 'invitation', SESSION_IDLE_SECONDS: null },
}

afterAll(() => world.close())

async function document(): Promise<Readonly<Record<string, Readonly<Record<string, Operation>>>>> {
  const response = await fetch(`${world.issuer}/api/openapi.json`)
  return ((await response.json()) as { paths: Record<string, Record<string, Operation>> }).paths
}

async function send(
  operation: Operation,
  request: {
    readonly method: string
    readonly path: string
    readonly body?: string
    readonly headers?: Record<string, string>
    readonly sent?: unknown
  },
): Promise<number> {
  const response = await fetch(`${world.issuer}/api/v1${request.path}`, {
    method: request.method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body !== undefined && { body: request.body }),
  })
  const text = await response.text()
  const told = `${request.method} ${request.path.slice(0, 200)} ${request.body?.slice(0, 300) ?? ''}: ${response.status} ${text.slice(0, 300)}`
  // An address that a hostile segment makes is another address, or none.
  const isAddressed = response.status !== 405
  if (isAddressed) expect(Object.keys(operation.responses), told).toContain(String(response.status))
  expect(response.status, told).toBeLessThan(500)
  const route = apiRouteTable.find(({ id }) => id === operation.operationId)
  if (response.status < 300) reached.add(operation.operationId)
  if (response.status >= 400) {
    expect(response.headers.get('content-type'), told).toContain('application/problem+json')
    expect(problemSchema.safeParse(JSON.parse(text)).error?.message, told).toBeUndefined()
  } else if (response.status === 204) {
    expect(text).toBe('')
  } else {
    expect(route?.answer?.safeParse(JSON.parse(text)).error?.message, told).toBeUndefined()
    scan(JSON.parse(text), told, isPublicId(operation))
  }
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.status
}

const reached = new Set<string>()

const mayHoldSecrets = new Set(['client_secret', 'key', 'next_cursor'])

/** The ids of grants and sessions are as long as secrets, and open nothing. */
function isPublicId({ operationId }: Operation): boolean {
  return operationId === 'list_grants' || operationId === 'list_sessions'
}

/** API3, T37: nothing in an answer looks like a password's hash, a secret, a token or a key. */
function scan(value: unknown, told: string, publicIds: boolean): void {
  if (Array.isArray(value)) return value.forEach((item) => scan(item, told, publicIds))
  if (typeof value === 'string') {
    expect(value, told).not.toMatch(/\$argon2|\$scrypt|\$pbkdf2|^\$2[aby]\$/)
    expect(value, told).not.toMatch(/^[\w-]{43}$|^[0-9a-f]{64}$/)
    expect(value, told).not.toMatch(/lk_[0-9A-Za-z]{12}_/)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    expect(name, told).not.toMatch(/hash|pepper|sealed|seed|private/)
    const isPublic = mayHoldSecrets.has(name) || (publicIds && name === 'id')
    if (!isPublic) scan(member, told, publicIds)
  }
}

function filled(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'none'))
}

test('the document is OpenAPI 3.1, and says every route and nothing else', () => {
  const said = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(said.sort()).toEqual(apiRouteTable.map(({ method, path }) => `${method} ${path}`).sort())
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(operations)) {
      expect(operation.operationId).toMatch(/^[a-z_]+$/)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']))
    }
  }
})

// What ends or changes the fixtures comes last, so that the others meet them alive.
const order = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const routes = apiRouteTable.toSorted(
  (left, right) => order.indexOf(left.method) - order.indexOf(right.method),
)

describe.each(routes)('$method $path', ({ id, method, path, paged, currentVersion, creates }) => {
  const operationOf = () => {
    const operation = paths[path]?.[method.toLowerCase()]
    if (operation === undefined) throw new Error('the route is not in the document')
    return operation
  }
  beforeEach(makeFixtures)
  const match: Record<string, string> = currentVersion === undefined ? {} : { 'if-match': '*' }

  test('answers as declared, whatever its path and query say', async () => {
    const operation = operationOf()
    const body = operation.requestBody === undefined ? {} : { body: '{}' }
    const names = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    for (const name of names) {
      for (const value of hostileTexts.filter((text) => text !== '' && text.isWellFormed())) {
        await send(operation, {
          method,
          path: filled(path, { ...ids, [name]: value }),
          headers: match,
          ...body,
        })
      }
    }
    if (method !== 'GET') return
    const required = path === '/roles' ? `?api_id=${ids['api_id'] ?? ''}` : ''
    expect(await send(operation, { method, path: `${filled(path, ids)}${required}` })).toBe(200)
    const queries = operation.parameters.filter((parameter) => parameter.in === 'query')
    expect(await send(operation, { method, path: `${filled(path, ids)}?nonsense=1` })).toBe(400)
    for (const { name } of queries) {
      for (const value of ['sample', 'true', '0', '2026-01-01T00:00:00Z', ...hostileTexts]) {
        const query = `${name}=${encodeURIComponent(value.toWellFormed())}`
        await send(operation, { method, path: `${filled(path, ids)}?${query}` })
      }
      await send(operation, { method, path: `${filled(path, ids)}?${name}=1&${name}=2` })
    }
    if (paged === true) await send(operation, { method, path: `${filled(path, ids)}?page_size=200` })
  })

  test('answers as declared, whatever its body and headers say', async () => {
    const operation = operationOf()
    const schema = operation.requestBody?.content['application/json'].schema
    const to = { method, path: filled(path, ids) }
    for (const given of ['', '"1"', 'W/"1"', '"x"', '"1", "2"', '"99999999999999999999"', '*x']) {
      if (currentVersion === undefined) continue
      await send(operation, {
        ...to,
        headers: { ...(given !== '' && { 'if-match': given }) },
        ...(schema !== undefined && { body: '{}' }),
      })
    }
    if (method === 'GET') return
    for (const body of [
      '{',

      '{"a":1}',
      '1',
      `{"a":"${'x'.repeat(1_100_000)}"}`,
      '['.repeat(50_000),
    ]) {
      const status = await send(operation, { ...to, headers: match, body })
      expect([200, 201, 204], body.slice(0, 20)).not.toContain(status)
    }
    const form = { ...match, 'content-type': 'application/x-www-form-urlencoded' }
    expect(await send(operation, { ...to, headers: form, body: 'a=1' })).toBe(415)
    if (creates === true) {
      await send(operation, { ...to, headers: { ...match, 'idempotency-key': 'x'.repeat(201) }, body: '{}' })
    }
    if (schema === undefined) {
      await makeFixtures()
      const status = await send(operation, { method, path: filled(path, ids), headers: match })
      expect([200, 204], id).toContain(status)
      return
    }
    await makeFixtures()
    const good = JSON.stringify(goodBodies[id] ?? sample(schema, hints))
    const status = await send(operation, { method, path: filled(path, ids), headers: match, body: good })
    expect([200, 201, 204], `${id} ${good}`).toContain(status)
    for (const given of variants(schema, hints)) {
      await send(operation, { ...to, headers: match, body: JSON.stringify(given) })
    }
  })
})

test('every route was reached with a request that it accepts', () => {
  const missed = apiRouteTable.map(({ id }) => id).filter((id) => !reached.has(id))
  expect(missed).toEqual([])
})

test('T34, T36: members that decide who somebody is are refused, and change nothing', async () => {
  const { id } = await world.makeAccount()
  for (const member of [
    'administrator',
    'owner',
    'email_verified_at',
    'id',
    'disabled_at',
    'password_hash',
    'version',
  ]) {
    const response = await fetch(`${world.issuer}/api/v1/accounts/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': '*' },
      body: JSON.stringify({ claims: { name: 'x' }, [member]: true }),
    })
    expect(response.status, member).toBe(400)
  }
  const row = await world.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(row).toMatchObject({ version: 1, administrator: false, owner: false })
})
