import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld } from '../support/world.ts'
import type { TestApi, TestClient, World } from '../support/world.ts'

let world: World
let service: TestClient
let caller: TestClient
let api: TestApi
let jwtApi: TestApi

beforeAll(async () => {
  world = await openWorld()
  service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  caller = await world.makeClient({ metadata: { grant_types: [] } })
  api = await world.makeApi({ introspectors: [caller] })
  jwtApi = await world.makeApi({ introspectors: [caller], settings: { tokenFormat: 'jwt' } })
  await world.permit({ type: 'client', id: service.id }, api, ['read', 'write'])
  await world.permit({ type: 'client', id: service.id }, jwtApi, ['read'])
})
afterAll(() => world.close())

async function post(path: string, client: TestClient, form: Record<string, string>) {
  const response = await fetch(`${world.issuer}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  })
  return {
    status: response.status,
    body: (await response.json().catch(() => undefined)) as Record<string, unknown>,
  }
}

test.each([
  ['opaque', () => api],
  ['JWT', () => jwtApi],
] as const)(
  'a service gets an %s token, its API learns whose it is, and nobody else does',
  async (_format, which) => {
    const resource = which().identifier
    const issued = await post('/oauth/token', service, {
      grant_type: 'client_credentials',
      resource,
      scope: 'read',
    })
    expect(issued.status).toBe(200)
    expect(issued.body).toMatchObject({ token_type: 'Bearer', scope: 'read', expires_in: 600 })
    const token = String(issued.body['access_token'])

    const answer = await post('/oauth/introspect', caller, { token })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      active: true,
      sub: service.id,
      client_id: service.id,
      aud: resource,
      iss: world.issuer,
      scope: 'read',
      token_type: 'Bearer',
      credential_type: 'access_token',
    })
    expect((await post('/oauth/introspect', service, { token })).body).toEqual({ active: false })

    expect((await post('/oauth/revoke', caller, { token })).status).toBe(200)
    expect((await post('/oauth/introspect', caller, { token })).body).toMatchObject({ active: true })
    expect((await post('/oauth/revoke', service, { token })).status).toBe(200)
    expect((await post('/oauth/introspect', caller, { token })).body).toEqual({ active: false })
  },
)
