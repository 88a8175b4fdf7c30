import {
  SignJWT,
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
} from 'jose'
import type { JSONWebKeySet } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { introspect, postAs, revoke } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let jwks: JSONWebKeySet

beforeAll(async () => {
  stage = await openStage()
  jwks = (await (await fetch(`${stage.world.issuer}/oauth/jwks`)).json()) as JSONWebKeySet
})
afterAll(() => stage.close())

function bearer(token: string): Promise<Response> {
  return fetch(`${stage.world.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } })
}

test('P31, RFC 9068 §2: header and claims of an account’s token, and nothing that is nobody’s business', async () => {
  const { world, web, account, jwtApi } = stage
  const { accessToken } = await stage.tokens(web, { resource: jwtApi.identifier })
  expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
  const claims = decodeJwt(accessToken)
  expect(claims).toMatchObject({
    iss: world.issuer,
    aud: jwtApi.identifier,
    sub: account.id,
    client_id: web.id,
    scope: 'read',
    amr: ['pwd'],
    auth_time: expect.any(Number),
    jti: expect.any(String),
  })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(600)
  for (const member of ['email', 'name', 'sid', 'at_hash', 'nonce']) expect(claims).not.toHaveProperty(member)
  // RFC 9068 §2.2: `jti` is its own each time, and long enough never to be met again.
  const again = decodeJwt((await stage.tokens(web, { resource: jwtApi.identifier })).accessToken)
  expect(again.jti).not.toBe(claims.jti)
  expect(String(claims.jti).length).toBeGreaterThanOrEqual(22)
})

test('P31, RFC 9068 §2.2: a service’s token has the client as its subject', async () => {
  const { world, service, jwtApi } = stage
  const form = { grant_type: 'client_credentials', resource: jwtApi.identifier, scope: 'write' }
  const answer = await postAs(world, service, { path: '/oauth/token', form })
  const claims = decodeJwt(String(answer.body['access_token']))
  expect(claims).toMatchObject({
    sub: service.id,
    client_id: service.id,
    aud: jwtApi.identifier,
    scope: 'write',
  })
  expect(claims).not.toHaveProperty('auth_time')
})

test.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
  'P24, P31, RFC 9068 §2.1: an API that wants %s gets it, and a resource server can verify it (oauth4webapi)',
  async (signingAlg) => {
    const { world, service, guard } = stage
    const api = await world.makeApi({
      introspectors: [guard],
      settings: { tokenFormat: 'jwt', signingAlg, accessTokenLifetimeSeconds: 120 },
    })
    await world.permit({ type: 'client', id: service.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    const answer = await postAs(world, service, { path: '/oauth/token', form })
    const token = String(answer.body['access_token'])
    expect(answer.body['expires_in']).toBe(120)
    expect(decodeProtectedHeader(token).alg).toBe(signingAlg)
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const request = new Request('https://api.example/', { headers: { authorization: `Bearer ${token}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, api.identifier, {
      ...options,
      signingAlgorithms: [signingAlg],
    })
    expect(claims.client_id).toBe(service.id)
    const keys = createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`))
    const { payload } = await jwtVerify(token, keys, {
      issuer: world.issuer,
      audience: api.identifier,
      typ: 'at+jwt',
    })
    expect(payload.sub).toBe(service.id)
    expect((await introspect(world, guard, token)).body).toMatchObject({ active: true, aud: api.identifier })
    expect((await revoke(world, service, token)).status).toBe(200)
    expect((await introspect(world, guard, token)).body).toEqual({ active: false })
  },
)

test('P31, v5.0.0-9.2.2, RFC 9068 §4: an ID token is no access token, and an access token is no ID token', async () => {
  const { world, web, guard, jwtApi } = stage
  const { idToken, accessToken } = await stage.tokens(web, { resource: jwtApi.identifier })
  expect(decodeProtectedHeader(idToken).typ).not.toBe('at+jwt')
  expect((await bearer(idToken)).status).toBe(401)
  expect((await introspect(world, guard, idToken)).body).toEqual({ active: false })
  const verify = jwtVerify(accessToken, createLocalJWKSet(jwks), { audience: web.id })
  await expect(verify).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

test('v5.0.0-10.3.1: an access token for an API opens no door of ours', async () => {
  const { web, jwtApi, api } = stage
  for (const resource of [jwtApi.identifier, api.identifier]) {
    const { accessToken } = await stage.tokens(web, { resource })
    const response = await bearer(accessToken)
    expect([401, 403]).toContain(response.status)
    expect(response.headers.get('www-authenticate')).toMatch(/error="(?:invalid_token|insufficient_scope)"/)
  }
})

describe('T13, T14: forged tokens are inactive, and revoke nothing', () => {
  const forge = {
    'alg none': async (claims: object) => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims)}.`,
    'alg none with a signature': async (claims: object) =>
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims)}.AAAA`,
    'HS256 with the public key as its secret': async (claims: object) => {
      const secret = new TextEncoder().encode(JSON.stringify(jwks.keys[0]))
      return sign(claims, { alg: 'HS256', kid: jwks.keys[0]?.kid }, secret)
    },
    'another key under our kid': async (claims: object) => {
      const { privateKey } = await generateKeyPair('ES256')
      return sign(
        claims,
        { alg: 'ES256', kid: jwks.keys.find(({ alg }) => alg === 'ES256')?.kid },
        privateKey,
      )
    },
    'a key brought along': async (claims: object) => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
      return sign(claims, { alg: 'ES256', jwk: await exportJWK(publicKey) }, privateKey)
    },
    'a key from elsewhere': async (claims: object) => {
      const { privateKey } = await generateKeyPair('ES256')
      return sign(claims, { alg: 'ES256', jku: 'http://127.0.0.1:1/jwks', kid: '../../dev/null' }, privateKey)
    },
    'an unknown critical header': async (claims: object, real: string) => {
      const [, , signature = ''] = real.split('.')
      return `${encode({ alg: 'ES256', typ: 'at+jwt', crit: ['x'], x: 1 })}.${encode(claims)}.${signature}`
    },
  } as const

  test.each(Object.entries(forge))('%s', async (_name, make) => {
    const { world, web, guard, jwtApi } = stage
    const { accessToken } = await stage.tokens(web, { resource: jwtApi.identifier })
    const forged = await make(decodeJwt(accessToken), accessToken)
    expect((await introspect(world, guard, forged)).text).toBe('{"active":false}')
    expect((await revoke(world, web, forged)).status).toBe(200)
    expect((await introspect(world, guard, accessToken)).body['active']).toBe(true)
  })

  test('claims that were changed, swapped or moved between tokens', async () => {
    const { world, web, guard, jwtApi, service } = stage
    const real = (await stage.tokens(web, { resource: jwtApi.identifier })).accessToken
    const form = { grant_type: 'client_credentials', resource: jwtApi.identifier }
    const other = String((await postAs(world, service, { path: '/oauth/token', form })).body['access_token'])
    const [header = '', payload = '', signature = ''] = real.split('.')
    const [, otherPayload = '', otherSignature = ''] = other.split('.')
    const claims = decodeJwt(real)
    const forged = [
      [header, otherPayload, signature],
      [header, payload, otherSignature],
      [header, encode({ ...claims, scope: 'read write admin' }), signature],
      [header, encode({ ...claims, exp: 9_999_999_999 }), signature],
      [header, payload, ''],
      [header, payload],
      ['', payload, signature],
      [header, payload, signature, 'x', 'y'],
    ].map((parts) => parts.join('.'))
    for (const token of forged)
      expect((await introspect(world, guard, token)).text, token).toBe('{"active":false}')
  })

  async function sign(claims: object, header: Record<string, unknown>, key: Parameters<SignJWT['sign']>[0]) {
    const kept = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined))
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...kept }).sign(key)
  }

  function encode(value: object): string {
    return Buffer.from(JSON.stringify(value)).toString('base64url')
  }
})

test('RFC 9068 §2.1: the published keys are usable as they are', async () => {
  for (const key of jwks.keys) await expect(importJWK(key)).resolves.toBeDefined()
})
