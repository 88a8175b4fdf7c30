import { randomUUID } from 'node:crypto'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { introspect, postForm } from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestClient } from '../support/world.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

let stage: Stage
let client: TestClient
let privateKey: CryptoKey
let publicJwk: JWK

beforeAll(async () => {
  stage = await openStage()
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  client = await stage.world.makeClient({
    metadata: {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicJwk] },
    },
  })
  await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
})
afterAll(() => stage.close())

const now = () => Math.floor(Date.now() / 1000)

interface AssertionWishes {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey | Uint8Array
}

function assertion({ header, claims, key = privateKey }: AssertionWishes = {}): Promise<string> {
  const usual = {
    iss: client.id,
    sub: client.id,
    aud: stage.world.issuer,
    jti: randomUUID(),
    iat: now(),
    exp: now() + 60,
  }
  const kept = Object.fromEntries(
    Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
  )
  return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key)
}

function ask(client_assertion: string, form: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return postForm(`${stage.world.issuer}/oauth/token`, {
    grant_type: 'client_credentials',
    resource: stage.api.identifier,
    client_assertion_type: assertionType,
    client_assertion,
    ...form,
  })
}

test('RFC 7523 §2.2: a client signs in with its key (oauth4webapi)', async () => {
  const { world, api, guard } = stage
  const options = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(world.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const auth = oauth.PrivateKeyJwt({ key: privateKey, kid: 'one' })
  const who = { client_id: client.id }
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    who,
    auth,
    { resource: api.identifier },
    options,
  )
  const { access_token: token } = await oauth.processClientCredentialsResponse(as, who, response)
  expect((await introspect(world, guard, token)).body).toMatchObject({ active: true, client_id: client.id })
  const revoked = await oauth.revocationRequest(as, who, auth, token, options)
  await oauth.processRevocationResponse(revoked)
  expect((await introspect(world, guard, token)).body).toEqual({ active: false })
})

test('T07, RFC 7523 §3: an assertion is used once, even when ten requests carry it at the same moment', async () => {
  const one = await assertion()
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(one)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  const again = await ask(one)
  expect([again.status, again.body['error']]).toEqual([401, 'invalid_client'])
})

test('RFC 7523 §3: the issuer or the token endpoint is the audience', async () => {
  for (const aud of [stage.world.issuer, `${stage.world.issuer}/oauth/token`])
    expect((await ask(await assertion({ claims: { aud } }))).status, aud).toBe(200)
})

describe('RFC 7523 §3: an assertion with one fault is no authentication', () => {
  const faults: Record<string, () => Promise<string>> = {
    'another audience': () => assertion({ claims: { aud: 'https://other.example/' } }),
    'the audience of an API': () => assertion({ claims: { aud: stage.api.identifier } }),
    'no audience': () => assertion({ claims: { aud: undefined } }),
    'an hour too old': () => assertion({ claims: { iat: now() - 3700, exp: now() - 3600 } }),
    'no exp': () => assertion({ claims: { exp: undefined } }),
    'not valid yet': () => assertion({ claims: { nbf: now() + 3600 } }),
    'no jti': () => assertion({ claims: { jti: undefined } }),
    'another issuer': () => assertion({ claims: { iss: stage.service.id } }),
    'no issuer': () => assertion({ claims: { iss: undefined } }),
    'another subject': () => assertion({ claims: { sub: stage.service.id } }),
    'a subject that is not there': () => assertion({ claims: { iss: 'cli_nobody', sub: 'cli_nobody' } }),
    'T13: another key': async () => assertion({ key: (await generateKeyPair('ES256')).privateKey }),
    'T13: a kid that is not ours': () => assertion({ header: { kid: 'two' }, claims: {} }),
    'T13: HS256 with the public key as its secret': () =>
      assertion({ header: { alg: 'HS256' }, key: new TextEncoder().encode(JSON.stringify(publicJwk)) }),
    'T13: HS256 with nothing as its secret': () =>
      assertion({ header: { alg: 'HS256' }, key: new TextEncoder().encode('kept-as-a-hash') }),
    'T13: alg none': async () => {
      const [, payload = ''] = (await assertion()).split('.')
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    },
    'T13: a key brought along': async () => {
      const pair = await generateKeyPair('ES256', { extractable: true })
      const jwk = await exportJWK(pair.publicKey)
      return assertion({ header: { jwk, kid: undefined }, key: pair.privateKey })
    },
    'v5.0.0-6.8.2: a signature of another assertion': async () => {
      const [one, two] = await Promise.all([assertion(), assertion()])
      return `${one.slice(0, one.lastIndexOf('.'))}${two.slice(two.lastIndexOf('.'))}`
    },
  }
  test.each(Object.entries(faults))('%s', async (_name, make) => {
    const answer = await ask(await make())
    expect([400, 401]).toContain(answer.status)
    expect(answer.body['error']).toMatch(/^invalid_(client|request)$/)
    expect(answer.body).not.toHaveProperty('access_token')
  })

  test('rubbish in its place', async () => {
    for (const rubbish of ['x', 'a.b.c', '..', '{}', 'e30.e30.e30', 'é'])
      expect((await ask(rubbish)).status, rubbish).toBeLessThan(402)
    const wrongType = await ask(await assertion(), { client_assertion_type: 'wibble' })
    expect([wrongType.status, wrongType.body['error']]).toEqual([400, 'invalid_request'])
  })
})

test('T07: a refused assertion may not be tried until it fits: a fault does not burn another client’s jti', async () => {
  const jti = randomUUID()
  const forged = await assertion({ claims: { jti }, key: (await generateKeyPair('ES256')).privateKey })
  expect((await ask(forged)).status).toBe(401)
  expect((await ask(await assertion({ claims: { jti } }))).status).toBe(200)
})

test('RFC 6749 §2.3: a client with a key cannot use a secret, nor the other way round', async () => {
  const { world, service, api } = stage
  const form = { grant_type: 'client_credentials', resource: api.identifier }
  const url = `${world.issuer}/oauth/token`
  for (const secret of ['kept-as-a-hash', client.secret, 'x']) {
    const answer = await postForm(url, { ...form, client_id: client.id, client_secret: secret })
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
    const ofService = await postForm(url, { ...form, client_id: service.id, client_secret: 'kept-as-a-hash' })
    expect(ofService.status, secret).toBe(401)
  }
  const claims = { iss: service.id, sub: service.id }
  expect((await ask(await assertion({ claims }))).status).toBe(401)
  const both = await ask(await assertion(), { client_id: client.id, client_secret: 'x' })
  expect(both.status).toBe(400)
})
