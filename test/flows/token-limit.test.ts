/** How often a client is given tokens: shared by all instances, spent by nobody else, and closed when nobody can count. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeClient } from '../../src/domain/clients/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { originOf, redeem, refreshAt } from '../race/support.ts'
import { postAs, redirectUri } from '../support/oauth.ts'
import type { Answer, Caller } from '../support/oauth.ts'
import { openStage, rowCounts } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { openWorld } from '../support/world.ts'
import type { TestClient } from '../support/world.ts'

interface Rate {
  readonly requests: number
  readonly seconds: number
  readonly burst?: number
}

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ instances: 2, env: { TOKEN_RATE_LIMIT: '50/86400' } })
})
afterAll(() => stage.close())

async function serviceWith(tokenRateLimit?: Rate): Promise<TestClient> {
  const client = await stage.world.makeClient({
    metadata: { grant_types: ['client_credentials'] },
    ...(tokenRateLimit && { settings: { tokenRateLimit } }),
  })
  await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
  return client
}

function ask(client: Caller, index = 0): Promise<Answer> {
  const form = { grant_type: 'client_credentials', resource: stage.api.identifier, scope: 'read' }
  return postAs(stage.world, client, { path: '/oauth/token', form, at: originOf(stage.world, index) })
}

function expectLimited({ status, body, headers }: Answer, policy: string): void {
  expect([status, body]).toEqual([
    429,
    { error: 'rate_limited', error_description: 'this client is given no more tokens for now' },
  ])
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(headers.get('ratelimit-policy')).toBe(policy)
  expect(headers.get('ratelimit')).toBe(`"tokens";r=0;t=${headers.get('retry-after')}`)
  expect(headers.get('cache-control')).toContain('no-store')
}

async function eventsOf(clientId: string): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) from audit_events
    where type = 'client.token_limited' and target_id = ${clientId}`.execute(stage.world.db)
  return Number(rows[0]?.count)
}

test('a client is given as many tokens as it may, then 429 with RateLimit fields, and nothing is written', async () => {
  const client = await serviceWith({ requests: 2, seconds: 3600 })
  const first = await ask(client)
  expect(first.status).toBe(200)
  expect(first.headers.get('ratelimit-policy')).toBe('"tokens";q=2;w=3600')
  expect(first.headers.get('ratelimit')).toMatch(/^"tokens";r=1;t=\d+$/)
  expect((await ask(client)).headers.get('ratelimit')).toMatch(/^"tokens";r=0;t=\d+$/)
  const before = await rowCounts(stage.world)
  const refused = await ask(client)
  // Once the log is told, and of nothing else.
  const told = { audit_events: (before['audit_events'] ?? 0) + 1 }
  expectLimited(refused, '"tokens";q=2;w=3600')
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(1800)
  expect(await rowCounts(stage.world)).toEqual({ ...before, ...told })
  expect((await ask(await serviceWith({ requests: 2, seconds: 3600 }))).status).toBe(200)
})

test('a burst is said with the policy, and is what may be used in one go', async () => {
  const client = await serviceWith({ requests: 100, seconds: 86_400, burst: 3 })
  const statuses: number[] = []
  for (let index = 0; index < 5; index += 1) statuses.push((await ask(client)).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expectLimited(await ask(client), '"tokens";q=100;w=86400;burst=3')
})

test('both instances together give no more, however many ask at once', async () => {
  const client = await serviceWith({ requests: 20, seconds: 86_400 })
  const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(client, index)))
  const [given = 0, refused = 0, busy = 0] = [200, 429, 503].map(
    (wanted) => answers.filter(({ status }) => status === wanted).length,
  )
  expect(given + refused + busy).toBe(60)
  expect(given).toBeLessThanOrEqual(20)
  // What an instance holds unused is at most a twentieth, beside what a busy machine could not finish.
  expect(given + busy).toBeGreaterThanOrEqual(19)
})

test('without a rate of its own the installation’s holds (TOKEN_RATE_LIMIT), and an own one takes its place', async () => {
  const client = await serviceWith()
  expect((await ask(client)).headers.get('ratelimit-policy')).toBe('"tokens";q=50;w=86400')
  const { db } = stage.world
  const rate = { requests: 1, seconds: 60 }
  await changeClient(db, { id: client.id, version: 1, tokenRateLimit: rate }, systemAct(new Date()))
  await expect.poll(async () => (await ask(client)).headers.get('ratelimit-policy')).toBe('"tokens";q=1;w=60')
  await changeClient(db, { id: client.id, version: 2, tokenRateLimit: null }, systemAct(new Date()))
  await expect
    .poll(async () => (await ask(client)).headers.get('ratelimit-policy'))
    .toBe('"tokens";q=50;w=86400')
})

test('a stranger who knows the public id spends nothing of it: wrong secrets, foreign codes, bad requests', async () => {
  const client = await serviceWith({ requests: 1, seconds: 86_400 })
  const { world, api } = stage
  for (let index = 0; index < 5; index += 1)
    expect((await ask({ ...client, secret: 'guessed' })).status).toBe(401)
  for (const form of [
    { grant_type: 'client_credentials', resource: api.identifier, scope: 'nothing' },
    { grant_type: 'refresh_token', refresh_token: 'unknown' },
    { grant_type: 'nonsense' },
  ])
    expect((await postAs(world, client, { path: '/oauth/token', form })).status).toBe(400)
  expect((await ask(client)).status).toBe(200)
  const app: Caller = {
    ...(await world.makeClient({
      metadata: {
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      },
      settings: { tokenRateLimit: { requests: 1, seconds: 86_400 } },
    })),
    isPublic: true,
  }
  await world.permit({ type: 'client', id: app.id }, api, ['read'])
  const code = await stage.code(app, { scope: 'openid read', resource: api.identifier })
  for (const wrong of ['x', 'y', 'z'])
    expect((await redeem(world, app, { ...code, code: wrong }, world.issuer)).status).toBe(400)
  expect((await redeem(world, app, code, world.issuer)).status).toBe(200)
})

test('a request that is turned away has used up neither its code nor its refresh token', async () => {
  const { world, api } = stage
  const client = await world.makeClient({
    metadata: { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] },
    settings: { tokenRateLimit: { requests: 1, seconds: 86_400 } },
  })
  await world.permit({ type: 'client', id: client.id }, api, ['read'])
  const params = { scope: 'openid offline_access read', resource: api.identifier }
  const [{ refreshToken }, code] = [await stage.tokens(client, params), await stage.code(client, params)]
  expectLimited(await redeem(world, client, code, world.issuer), '"tokens";q=1;w=86400')
  expectLimited(await refreshAt(world, client, refreshToken, world.issuer), '"tokens";q=1;w=86400')
  const more = { id: client.id, version: 1, tokenRateLimit: { requests: 100, seconds: 60 } }
  await changeClient(world.db, more, systemAct(new Date()))
  await expect.poll(async () => (await redeem(world, client, code, world.issuer)).status).toBe(200)
  expect((await refreshAt(world, client, refreshToken, world.issuer)).status).toBe(200)
})

test('the audit log is told once of a client that keeps asking, and the numbers each time', async () => {
  const client = await serviceWith({ requests: 1, seconds: 86_400 })
  await ask(client)
  const before = await limitedCount()
  for (let index = 0; index < 6; index += 1) expect((await ask(client, index)).status).toBe(429)
  expect(await eventsOf(client.id)).toBe(1)
  expect((await limitedCount()) - before).toBe(3)
})

/** As the first instance counts. */
async function limitedCount(): Promise<number> {
  const management = createServer(stage.world.instances[0]?.server.management)
  await once(management.listen(0, '127.0.0.1'), 'listening')
  const { port } = management.address() as AddressInfo
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  await new Promise((done) => management.close(done))
  return Number(/latchkey_limited_requests_total\{limit="tokens"\} (\d+)/.exec(text)?.[1] ?? 0)
}

test('it fails closed: with the database gone nobody is given a token', async () => {
  const away: { proxy?: TcpProxy } = {}
  const world = await openWorld({
    databaseBehind: async (url) => (away.proxy = await startTcpProxy(url)).url,
  })
  try {
    const service = await world.makeClient({
      metadata: { grant_types: ['client_credentials'] },
      settings: { tokenRateLimit: { requests: 2, seconds: 86_400 } },
    })
    const api = await world.makeApi()
    await world.permit({ type: 'client', id: service.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
    const again = () => postAs(world, service, { path: '/oauth/token', form })
    expect((await again()).status).toBe(200)
    await away.proxy?.close()
    delete away.proxy
    for (let index = 0; index < 3; index += 1) {
      const refused = await again()
      expect([refused.status, refused.body['access_token']]).toEqual([503, undefined])
      expect(refused.headers.get('retry-after')).not.toBeNull()
    }
  } finally {
    await world.close()
    await away.proxy?.close()
  }
})
