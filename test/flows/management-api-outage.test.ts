/** The management API while the database is away: refused as unavailable, never let in, never a bug. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, serviceToken } from '../support/management-api.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let proxy: TcpProxy
let token: string
beforeAll(async () => {
  world = await openWorld({
    databaseBehind: async (url) => {
      proxy = await startTcpProxy(url)
      return proxy.url
    },
  })
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(async () => {
  await world.close()
  await proxy.close()
})

test('every answer is 503 with a time to come back, whoever asks for what, and afterwards all is well', async () => {
  expect((await call(world, 'GET /accounts', { token })).status).toBe(200)
  proxy.swallow()
  proxy.reset()
  const answers = await Promise.all([
    call(world, 'GET /accounts', { token }),
    call(world, 'GET /me', { token: 'x'.repeat(43) }),
    call(world, 'POST /apis', {
      token,
      body: { identifier: 'https://outage.example/', name: 'Outage' },
      headers: { 'idempotency-key': 'outage-1' },
    }),
  ])
  for (const { status, headers, body } of answers) {
    expect([status, body['code']]).toEqual([503, 'temporarily_unavailable'])
    expect(headers.get('retry-after')).toBe('1')
    expect(headers.get('content-type')).toContain('application/problem+json')
  }
  proxy.restore()
  const body = { identifier: 'https://outage.example/', name: 'Outage' }
  const headers = { 'idempotency-key': 'outage-1' }
  await expect.poll(async () => (await call(world, 'POST /apis', { token, body, headers })).status).toBe(201)
})
