/** Tokens that are bound to a key (RFC 9449), and everything that a proof must not be. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import type { DpopKey, ProofWishes } from '../support/dpop.ts'
import { call, managementApi, serviceToken } from '../support/management-api.ts'
import { postAs } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let key: DpopKey
let token: string
let address: string

beforeAll(async () => {
  world = await openWorld()
  key = await newDpopKey()
  address = `${world.issuer}/api/v1/me`
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const owner = { type: 'client', id: client.id } as const
  await giveRole(world.db, { roleId: 'role_read_only', owner }, systemAct(new Date()))
  const { body } = await postAs(world, client, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource: managementApi(world).identifier },
    headers: { dpop: await dpopProof(key, `${world.issuer}/oauth/token`) },
  })
  expect(body['token_type']).toBe('DPoP')
  token = String(body['access_token'])
})
afterAll(() => world.close())

const proof = (wishes: ProofWishes = {}, by = key) =>
  dpopProof(by, address, { method: 'GET', accessToken: token, ...wishes })
const present = (dpop: string | undefined, scheme = 'DPoP') =>
  call(world, 'GET /me', {
    headers: { authorization: `${scheme} ${token}`, ...(dpop !== undefined && { dpop }) },
  })

test('RFC 9449 §7: a bound token with its proof is let in, and the query of the address does not count', async () => {
  expect((await present(await proof())).status).toBe(200)
  expect((await present(await proof({ claims: { htu: `${address}?x=1#y` } }))).status).toBe(200)
})

test('RFC 9449 §7.2: a bound token is no bearer token, and a bearer token needs no proof', async () => {
  expect((await present(await proof(), 'Bearer')).status).toBe(401)
  const bearer = await serviceToken(world, { role: 'role_read_only' })
  const { status } = await call(world, 'GET /me', {
    headers: { authorization: `DPoP ${bearer.token}`, dpop: await proof({ accessToken: bearer.token }) },
  })
  expect(status).toBe(401)
})

test('a proof is used once, of twenty parallel ones too', async () => {
  const once = await proof()
  const answers = await Promise.all(Array.from({ length: 20 }, () => present(once)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

const nowSeconds = () => Math.floor(Date.now() / 1000)
test.each<[string, () => Promise<string | undefined>]>([
  ['missing', async () => undefined],
  ['by another key', async () => proof({}, await newDpopKey())],
  ['for another method', () => proof({ method: 'POST' })],
  ['for another address', () => proof({ claims: { htu: `${world.issuer}/api/v1/accounts` } })],
  ['for another host', () => proof({ claims: { htu: 'https://elsewhere.example/api/v1/me' } })],
  ['for another token', () => proof({ accessToken: 'x'.repeat(43) })],
  ['for no token', () => proof({ claims: { ath: undefined } })],
  ['too old', () => proof({ claims: { iat: nowSeconds() - 120 } })],
  ['from the future', () => proof({ claims: { iat: nowSeconds() + 120 } })],
  ['without a jti', () => proof({ claims: { jti: undefined } })],
  ['of another type', () => proof({ header: { typ: 'JWT' } })],
  ['with a private key in it', () => proof({ header: { jwk: key.privateJwk } })],
  ['not a JWT', async () => 'a.b.c'],
])('a proof that is %s is worth nothing', async (_, make) => {
  const { status, headers, body } = await present(await make())
  expect([status, body['code']]).toEqual([401, 'invalid_token'])
  expect(headers.get('www-authenticate')).toContain('DPoP realm=')
})
