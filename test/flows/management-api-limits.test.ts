/** Limits as scripts set them: the burst of a key and how often a client is given tokens, shown, held, changed and taken away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, managementApi, serviceToken } from '../support/management-api.ts'
import { postAs } from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let token: string

beforeAll(async () => {
  world = await openWorld()
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(() => world.close())

const asOwner = (what: string, body?: unknown, headers?: Record<string, string>) =>
  call(world, what, { token, ...(body !== undefined && { body }), ...(headers && { headers }) })
const statusesOf = async (ask: () => Promise<Answer>, times: number) => {
  const statuses: number[] = []
  for (let time = 0; time < times; time += 1) statuses.push((await ask()).status)
  return statuses
}

test('the burst of a key is set, shown, held and changed; null takes the limit away', async () => {
  const { id } = await serviceToken(world, { scopes: ['apis:read'] })
  const rate = { requests: 100, seconds: 86_400, burst: 2 }
  const made = await asOwner('POST /keys', {
    name: 'In bursts',
    owner: { type: 'client', id },
    api_id: managementApi(world).id,
    scopes: ['apis:read'],
    rate_limit: rate,
  })
  expect(made.status, made.text).toBe(201)
  expect(made.body['rate_limit']).toEqual(rate)
  const key = String(made.body['key'])
  const use = () => call(world, 'GET /apis', { token: key })
  expect(await statusesOf(use, 3)).toEqual([200, 200, 429])
  const refused = await use()
  expect(refused.body['code']).toBe('rate_limited')
  // One in 864 seconds is regained.
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)

  const path = `/keys/${String(made.body['id'])}`
  const without = await asOwner(`PATCH ${path}`, { rate_limit: null }, { 'if-match': '"1"' })
  expect(without.body['rate_limit']).toBeNull()
  await expect.poll(async () => (await use()).status).toBe(200)
  const again = await asOwner(`PATCH ${path}`, { rate_limit: { ...rate, burst: 1 } }, { 'if-match': '"2"' })
  expect((await asOwner(`GET ${path}`)).body['rate_limit']).toEqual(again.body['rate_limit'])
})

test('how often a client is given tokens is set, shown, held and changed; null leaves it to the installation', async () => {
  const rate = { requests: 50, seconds: 86_400, burst: 2 }
  const made = await asOwner('POST /clients', {
    metadata: { client_name: 'Hasty', grant_types: ['client_credentials'] },
    token_rate_limit: rate,
  })
  expect(made.status, made.text).toBe(201)
  expect(made.body['token_rate_limit']).toEqual(rate)
  const id = String(made.body['client_id'] ?? made.body['id'])
  const api = await world.makeApi()
  await world.permit({ type: 'client', id }, api, ['read'])
  const client = { id, secret: String(made.body['client_secret']) }
  const ask = () =>
    postAs(world, client, {
      path: '/oauth/token',
      form: { grant_type: 'client_credentials', resource: api.identifier },
    })
  expect(await statusesOf(ask, 3)).toEqual([200, 200, 429])
  const path = `/clients/${id}`
  const without = await asOwner(`PATCH ${path}`, { token_rate_limit: null }, { 'if-match': '"1"' })
  expect(without.body['token_rate_limit']).toBeNull()
  await expect.poll(async () => (await ask()).status).toBe(200)
  const again = await asOwner(`PATCH ${path}`, { token_rate_limit: rate }, { 'if-match': '"2"' })
  expect((await asOwner(`GET ${path}`)).body['token_rate_limit']).toEqual(again.body['token_rate_limit'])
})

test.each([
  { requests: 10, seconds: 60, burst: 0 },
  { requests: 10, seconds: 60, burst: -1 },
  { requests: 10, seconds: 60, burst: 1.5 },
  { requests: 10, seconds: 60, burst: '5' },
  { requests: 10, seconds: 60, burst: 1_000_001 },
  { requests: 0, seconds: 60 },
  { requests: 10, seconds: 86_401 },
  { burst: 5 },
  { requests: 10, seconds: 60, bursts: 5 },
])('%j is no limit, of a key or of a client', async (rate) => {
  const { id } = await serviceToken(world, { scopes: ['apis:read'] })
  const key = {
    name: 'None',
    owner: { type: 'client', id },
    api_id: managementApi(world).id,
    scopes: ['apis:read'],
  }
  const metadata = { client_name: 'None', grant_types: ['client_credentials'] }
  for (const { status, body } of [
    await asOwner('POST /keys', { ...key, rate_limit: rate }),
    await asOwner('POST /clients', { metadata, token_rate_limit: rate }),
  ]) {
    expect(status).toBe(400)
    expect(body['code']).toBe('invalid_request')
  }
})
