/** API1, API5, T12: incidents and second factors in the management API, by those who may not and for those who are not there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, personToken, serviceToken } from '../support/management-api.ts'
import { enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: string
beforeAll(async () => {
  world = await openWorld()
  owner = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(() => world.close())

const hasFactor = async (id: string) => {
  const { body } = await call(world, `GET /accounts/${id}/second-factors`, { token: owner })
  return body['authenticator_app'] !== null
}

test.each([
  ['POST /accounts/{id}/end-everything', ['acc_nobody', 'ACC_NOBODY', 'cli_nobody']],
  ['POST /clients/{id}/end-everything', ['cli_nobody', 'nobody', 'no-body']],
  ['POST /apis/{id}/end-everything', ['api_nobody', 'nobody', 'api_no-body']],
  ['DELETE /accounts/{id}/second-factors', ['acc_nobody', 'ACC_NOBODY', 'cli_nobody']],
  ['DELETE /accounts/{id}/second-factors/totp', ['acc_nobody', 'ACC_NOBODY', 'cli_nobody']],
])('%s: nobody is there, in the same words, and nothing is recorded', async (route, ids) => {
  const events = () =>
    world.db.selectFrom('auditEvents').select('type').where('targetId', 'like', '%obody%').execute()
  const answers = await Promise.all(
    ids.map((id) => {
      const isPost = route.startsWith('POST')
      return call(world, route.replace('{id}', id), { token: owner, ...(isPost && { body: {} }) })
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 404))
  const [first, ...others] = answers.map(({ body }) => ({ ...body, request_id: '', instance: '' }))
  for (const other of others) expect(other).toEqual(first)
  expect(await events()).toEqual([])
})

test('a key that names one account does not reach another’s factor by its id', async () => {
  const [ana, ben] = await Promise.all([world.makeAccount(), world.makeAccount()])
  await enrol(world, ben.id)
  const path = (factor: string) => `DELETE /accounts/${ana.id}/second-factors/${factor}`
  const foreign = await call(world, path('totp'), { token: owner })
  const unknown = await call(world, path('pk_nobody'), { token: owner })
  expect([foreign.status, unknown.status]).toEqual([404, 404])
  expect(await hasFactor(ben.id)).toBe(true)
})

test('who may do less takes no factor from who may do more, and is told nothing else', async () => {
  const lesser = await serviceToken(world, { scopes: ['accounts:read', 'accounts:write'] })
  const { id } = await personToken(world, { role: 'role_owner' })
  await enrol(world, id)
  for (const path of [`/accounts/${id}/second-factors`, `/accounts/${id}/second-factors/totp`]) {
    const { status, body } = await call(world, `DELETE ${path}`, { token: lesser.token })
    expect([status, body['code']]).toEqual([403, 'forbidden'])
  }
  expect(await hasFactor(id)).toBe(true)
})

test('one’s own account ends like any other, the last owner’s too: with what one came in with, and one may come back', async () => {
  const person = await personToken(world, { role: 'role_owner' })
  const end = { token: person.token, body: { reason: 'Lost the laptop' } }
  expect((await call(world, `POST /accounts/${person.id}/end-everything`, end)).status).toBe(200)
  expect((await call(world, `POST /accounts/${person.id}/end-everything`, end)).status).toBe(401)
  const account = await call(world, `GET /accounts/${person.id}`, { token: owner })
  expect(account.body).toMatchObject({ id: person.id, disabled_at: null })
})

test('the same incident twice, at once or under one key, ends what there is once and refuses nobody', async () => {
  const ana = await world.makeAccount()
  const ending = { token: owner, body: {}, headers: { 'idempotency-key': 'the-same' } }
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => call(world, `POST /accounts/${ana.id}/end-everything`, ending)),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(answers.map(({ body }) => body)).toEqual(
    answers.map(() => ({ sessions: 0, grants: 0, keys: 0, keys_left: 0 })),
  )
})
