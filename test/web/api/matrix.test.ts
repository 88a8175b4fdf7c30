/**
 * API5, API9: who may call what. The table of expectations is written by hand, route by route; the callers are real. A route
 * that nobody wrote down here fails.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administratorRoles } from '../../../src/domain/administration/roles.ts'
import { apiRouteTable } from '../../../src/web/api/routes.ts'
import { call, keyText, personToken, serviceToken } from '../../support/management-api.ts'
import { openWorld } from '../../support/world.ts'
import type { World } from '../../support/world.ts'

/** What each route needs, and whether a person must be fresh: written down a second time, on purpose. */
const expected: Readonly<Record<string, string>> = {
  'GET /accounts': 'accounts:read',
  'POST /accounts': 'accounts:write',
  'POST /accounts/import': 'accounts:write fresh',
  'GET /invitations': 'accounts:read',
  'POST /invitations': 'accounts:write fresh',
  'DELETE /invitations/{invitation_id}': 'accounts:write',
  'GET /accounts/{account_id}': 'accounts:read',
  'PATCH /accounts/{account_id}': 'accounts:write fresh',
  'DELETE /accounts/{account_id}': 'accounts:write fresh',
  'POST /accounts/{account_id}/disable': 'accounts:write',
  'POST /accounts/{account_id}/give-up-password': 'accounts:write',
  'POST /accounts/{account_id}/enable': 'accounts:write',
  'POST /accounts/{account_id}/reset-password': 'accounts:write',
  'POST /accounts/{account_id}/end-everything': 'sessions:write',
  'GET /accounts/{account_id}/second-factors': 'accounts:read',
  'DELETE /accounts/{account_id}/second-factors': 'accounts:write fresh',
  'DELETE /accounts/{account_id}/second-factors/{factor}': 'accounts:write fresh',
  'GET /accounts/{account_id}/permissions': 'roles:read',
  'GET /clients': 'clients:read',
  'POST /clients': 'clients:write fresh',
  'GET /clients/{client_id}': 'clients:read',
  'PATCH /clients/{client_id}': 'clients:write fresh',
  'DELETE /clients/{client_id}': 'clients:write fresh',
  'POST /clients/{client_id}/disable': 'clients:write',
  'POST /clients/{client_id}/enable': 'clients:write',
  'POST /clients/{client_id}/end-everything': 'sessions:write',
  'POST /clients/{client_id}/secrets': 'clients:write fresh',
  'PATCH /clients/{client_id}/secrets/{secret_id}': 'clients:write',
  'DELETE /clients/{client_id}/secrets/{secret_id}': 'clients:write fresh',
  'GET /clients/{client_id}/permissions': 'roles:read',
  'GET /apis': 'apis:read',
  'POST /apis': 'apis:write',
  'GET /apis/{api_id}': 'apis:read',
  'PATCH /apis/{api_id}': 'apis:write',
  'DELETE /apis/{api_id}': 'apis:write fresh',
  'PUT /apis/{api_id}/scopes': 'apis:write fresh',
  'POST /apis/{api_id}/disable': 'apis:write',
  'POST /apis/{api_id}/enable': 'apis:write',
  'POST /apis/{api_id}/end-everything': 'sessions:write',
  'PUT /apis/{api_id}/introspectors/{client_id}': 'apis:write',
  'DELETE /apis/{api_id}/introspectors/{client_id}': 'apis:write fresh',
  'GET /roles': 'roles:read',
  'POST /roles': 'roles:write fresh',
  'GET /roles/{role_id}': 'roles:read',
  'PATCH /roles/{role_id}': 'roles:write fresh',
  'DELETE /roles/{role_id}': 'roles:write fresh',
  'GET /roles/{role_id}/members': 'roles:read',
  'PUT /roles/{role_id}/members/{owner_type}/{owner_id}': 'roles:write fresh',
  'DELETE /roles/{role_id}/members/{owner_type}/{owner_id}': 'roles:write fresh',
  'POST /permissions/give': 'roles:write fresh',
  'POST /permissions/withdraw': 'roles:write fresh',
  'GET /keys': 'keys:read',
  'POST /keys': 'keys:write fresh',
  'GET /keys/hygiene': 'keys:read',
  'POST /keys/revoke-all': 'keys:write fresh',
  'GET /keys/{key_id}': 'keys:read',
  'PATCH /keys/{key_id}': 'keys:write fresh',
  'DELETE /keys/{key_id}': 'keys:write fresh',
  'POST /keys/{key_id}/rotate': 'keys:write fresh',
  'POST /keys/{key_id}/end-rotation': 'keys:write',
  'POST /keys/{key_id}/disable': 'keys:write',
  'POST /keys/{key_id}/enable': 'keys:write',
  'POST /keys/{key_id}/revoke': 'keys:write',
  'GET /keys/{key_id}/usage': 'keys:read',
  'GET /sessions': 'sessions:read',
  'DELETE /sessions/{session_id}': 'sessions:write',
  'GET /grants': 'sessions:read',
  'DELETE /grants/{grant_id}': 'sessions:write',
  'GET /signing-keys': 'signing-keys:read',
  'POST /signing-keys/rotate': 'signing-keys:rotate fresh',
  'GET /limits': 'limits:read',
  'GET /audit/events': 'audit:read',
  'GET /usage': 'usage:read',
  'GET /settings': 'settings:read',
  'GET /settings/sources': 'settings:read',
  'PATCH /settings': 'settings:write fresh',
  'GET /me': 'anybody',
}

const rows = apiRouteTable.map((route) => ({
  name: `${route.method} ${route.path}`,
  route,
  // An id that nobody has, so that whoever may call it changes nothing.
  request: `${route.method} ${route.path
    .replace('{owner_type}', 'client')
    .replace('{key_id}', 'nobodyskey00')
    .replace(/\{\w+\}/g, 'nobody')}`,
}))

let world: World
beforeAll(async () => void (world = await openWorld()))
afterAll(() => world.close())

/** Refused for want of permission or of a fresh sign-in, or let in (to whatever it then says). */
async function verdict(request: string, token?: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'if-match': '"0"' }
  const { status, body } = await call(world, request, { ...(token !== undefined && { token }), headers })
  if (body['code'] === 'insufficient_scope' || status === 401) return String(body['code'])
  expect(status, `${request}: ${JSON.stringify(body)}`).toBeLessThan(500)
  return 'in'
}

test('every route is written down, with its scope, and nothing else is', () => {
  const served = Object.fromEntries(
    rows.map(({ name, route }) => [
      name,
      `${route.scope ?? 'anybody'}${route.fresh === true ? ' fresh' : ''}`,
    ]),
  )
  expect(served).toEqual(expected)
  expect(new Set(rows.map(({ route }) => route.id)).size).toBe(rows.length)
})

test('an address that is not in the table is not there, a method that is not is refused', async () => {
  const { token } = await serviceToken(world, { role: 'role_owner' })
  for (const path of [
    '/',
    '',
    '/debug',
    '/v0/accounts',
    '/accounts/',
    '//accounts',
    '/Accounts',
    '/accounts/a/b/c',
  ]) {
    const { status, body } = await call(world, `GET ${path}`, { token })
    expect([status, body['code']], path).toEqual([404, 'not_found'])
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const { status, headers } = await call(world, `${method} /accounts`, { token })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST, HEAD'])
  }
})

describe.each(rows)('$name', ({ request }) => {
  test('nobody, and a stranger’s string, stay outside', async () => {
    expect(await verdict(request)).toBe('unauthenticated')
    expect(await verdict(request, 'x'.repeat(43))).toBe('invalid_token')
  })
})

describe('roles and routes', () => {
  test('an account without a role is refused everywhere', async () => {
    const { token } = await personToken(world)
    for (const { request } of rows) expect(await verdict(request, token), request).toBe('invalid_token')
  })

  test.each(administratorRoles)('$name is let in where its scopes say', async ({ id, scopes }) => {
    const { token } = await personToken(world, { role: id })
    for (const { request, route } of rows) {
      const mayCall = route.scope === undefined || scopes.includes(route.scope)
      expect(await verdict(request, token), request).toBe(mayCall ? 'in' : 'insufficient_scope')
    }
  })

  test('a person whose sign-in is old is let in where nothing demands a fresh one', async () => {
    const { token } = await personToken(world, { role: 'role_owner', signedInSecondsAgo: 1000 })
    for (const { request, route } of rows) {
      const wanted = route.fresh === true ? 'insufficient_user_authentication' : 'in'
      expect(await verdict(request, token), request).toBe(wanted)
    }
  })

  test('a person without a second factor is let in nowhere', async () => {
    const { token } = await personToken(world, { role: 'role_owner', acr: 'aal1' })
    for (const { request } of rows) {
      expect(await verdict(request, token), request).toBe('insufficient_user_authentication')
    }
  })

  test('a service and an API key with one scope are let in where it says, and nowhere else', async () => {
    const { token } = await serviceToken(world, { scopes: ['keys:read'] })
    const key = await keyText(world, ['keys:read'])
    for (const { request, route } of rows) {
      const mayCall = route.scope === undefined || route.scope === 'keys:read'
      expect(await verdict(request, token), request).toBe(mayCall ? 'in' : 'insufficient_scope')
      expect(await verdict(request, key), request).toBe(mayCall ? 'in' : 'insufficient_scope')
    }
  })
})

describe('API1: what is not there and what is somebody else’s look the same', () => {
  test('an unknown id gets one answer whatever it looks like, with the same words', async () => {
    const { token } = await serviceToken(world, { role: 'role_owner' })
    const readable = rows.filter(({ route }) => route.method === 'GET' && route.path.includes('{'))
    for (const { route } of readable) {
      const answers = await Promise.all(
        ['nobodyskey00', 'NobodysKey01'].map((id) =>
          call(world, `GET ${route.path.replace(/\{\w+\}/g, id)}`, { token }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual([404, 404])
      const [left, right] = answers.map(({ body }) => ({ ...body, request_id: '' }))
      expect(left).toEqual(right)
    }
  })

  test('a secret of another client is not found under this one', async () => {
    const { token } = await serviceToken(world, { role: 'role_owner' })
    const make = () =>
      call(world, 'POST /clients', {
        token,
        body: { metadata: { client_name: 'A', grant_types: ['client_credentials'] } },
      })
    const [mine, theirs] = await Promise.all([make(), make()])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read from the answer
    const [secret] = theirs.body['secrets'] as { id: string }[]
    const path = (id: string) => `DELETE /clients/${String(mine.body['id'])}/secrets/${id}`
    const foreign = await call(world, path(secret?.id ?? ''), { token })
    const unknown = await call(world, path('secret_unknown'), { token })
    expect([foreign.status, unknown.status]).toEqual([404, 404])
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
  })
})
