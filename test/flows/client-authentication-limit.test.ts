import { afterAll, beforeAll, expect, test } from 'vitest'
import { budgets } from '../../src/domain/limits/budgets.ts'
import { openWorld } from '../support/world.ts'
import type { TestClient, World } from '../support/world.ts'

let world: World
let service: TestClient
let now = new Date()

beforeAll(async () => {
  world = await openWorld({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1' }, now: () => now })
  service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api = await world.makeApi({ identifier: 'https://api.example/' })
  await world.permit({ type: 'client', id: service.id }, api, ['read'])
})
afterAll(() => world.close())

async function requestToken(secret: string, from: { readonly address: string; readonly instance: number }) {
  const response = await fetch(`${world.instances[from.instance]?.origin}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${service.id}:${secret}`)}`,
      'x-forwarded-for': from.address,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'https://api.example/' }),
  })
  await response.body?.cancel()
  return response
}

test('whoever guesses client secrets is slowed down, at one address over all instances, and nobody else is', async () => {
  const { capacity } = budgets.client_authentication_address
  const attacker = '198.51.100.7'
  const statuses: number[] = []
  for (let guess = 0; guess < capacity + 20; guess += 1) {
    statuses.push((await requestToken('wrong', { address: attacker, instance: guess % 2 })).status)
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  const refused = await requestToken(service.secret, { address: attacker, instance: 0 })
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await requestToken(service.secret, { address: '198.51.100.8', instance: 0 })).status).toBe(200)
  // A minute later the budget has regained something: the address is heard again.
  now = new Date(now.getTime() + 60_000)
  expect((await requestToken(service.secret, { address: attacker, instance: 0 })).status).toBe(200)
})
