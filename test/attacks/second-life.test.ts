/** What has ended does not come back when its client or its API does. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi, deleteApi } from '../../src/domain/apis/lifecycle.ts'
import { newApi } from '../../src/domain/apis/input.ts'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createClient, parseNewClient } from '../../src/domain/clients/create.ts'
import { deleteClient, disableClient, enableClient } from '../../src/domain/clients/lifecycle.ts'
import { endEverythingOfClient } from '../../src/oidc/end-everything.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { introspect, postAs } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestApi, TestClient } from '../support/world.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const now = () => systemAct(new Date())
// As if an operator had taken a moment: tokens know no more than the second in which they were issued.
const later = () => systemAct(new Date(Date.now() + 1000))

async function newService(): Promise<TestClient> {
  const service = await stage.world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  for (const api of [stage.api, stage.jwtApi]) await permit(service, api)
  return service
}

function permit({ id }: TestClient, api: TestApi): Promise<void> {
  return stage.world.permit({ type: 'client', id }, api, ['read'])
}

async function tokensOf(service: TestClient): Promise<string[]> {
  return Promise.all([stage.api, stage.jwtApi].map((api) => tokenOf(service, api)))
}

async function tokenOf(service: TestClient, api: TestApi): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
  const { body, text } = await postAs(stage.world, service, { path: '/oauth/token', form })
  if (typeof body['access_token'] !== 'string') throw new Error(text)
  return body['access_token']
}

function areActive(tokens: readonly string[]): Promise<unknown[]> {
  return Promise.all(
    tokens.map(async (token) => (await introspect(stage.world, stage.guard, token)).body['active']),
  )
}

test('T12: tokens of a service that was disabled do not come back with it, JWTs included', async () => {
  const { db } = stage.world
  const service = await newService()
  const tokens = await tokensOf(service)
  expect(await areActive(tokens)).toEqual([true, true])
  await db.transaction().execute(async (trx) => {
    await disableClient(trx, service.id, now())
    await endEverythingOfClient(trx, service.id, now())
  })
  await expect.poll(() => areActive(tokens)).toEqual([false, false])
  await enableClient(db, service.id, now())
  await expect.poll(async () => areActive([await tokenOf(service, stage.api)])).toEqual([true])
  expect(await areActive(tokens)).toEqual([false, false])
})

test('T12: tokens of a deleted service are worth nothing to another client of the same name', async () => {
  const { db } = stage.world
  const service = await newService()
  const tokens = await tokensOf(service)
  await db.transaction().execute(async (trx) => {
    await deleteClient(trx, service.id, now())
    await endEverythingOfClient(trx, service.id, now())
  })
  const metadata = { client_name: 'Another', grant_types: ['client_credentials'] }
  await createClient(db, parseNewClient({ id: service.id, metadata }), later())
  for (const api of [stage.api, stage.jwtApi]) await permit(service, api)
  await expect.poll(() => areActive(tokens)).toEqual([false, false])
})

test('T12: tokens for a deleted API are worth nothing at another of the same identifier', async () => {
  const { db } = stage.world
  const service = await newService()
  const api = await stage.world.makeApi({ introspectors: [stage.guard] })
  await permit(service, api)
  const token = await tokenOf(service, api)
  expect(await areActive([token])).toEqual([true])
  await deleteApi(db, api.id, now())
  const scopes = [{ name: 'read', description: 'May read.' }]
  const wanted = { id: randomId('api'), identifier: api.identifier, name: 'Another API', scopes }
  const again = await createApi(db, newApi.parse(wanted), later())
  await addIntrospector(db, { apiId: again.id, clientId: stage.guard.id }, now())
  await permit(service, again)
  await expect.poll(() => areActive([token])).toEqual([false])
})
