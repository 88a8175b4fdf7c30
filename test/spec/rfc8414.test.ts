import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let metadata: Record<string, unknown>

const wellKnown = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'] as const

beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  metadata = await load(world.issuer, wellKnown[0])
})
afterAll(() => world.close())

async function load(origin: string, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${origin}${path}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/(?:jwk-set\+)?json/)
  return (await response.json()) as Record<string, unknown>
}

test('P37, RFC 8414 §3: both documents are the same, on every instance', async () => {
  for (const { origin } of world.instances)
    for (const path of wellKnown) expect(await load(origin, path)).toEqual(metadata)
})

test('P37, RFC 8414 §3.3: the issuer is exactly the one that was asked, as oauth4webapi checks', async () => {
  const issuer = new URL(world.issuer)
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const response = await oauth.discoveryRequest(issuer, { algorithm, [oauth.allowInsecureRequests]: true })
    expect((await oauth.processDiscoveryResponse(issuer, response)).issuer).toBe(world.issuer)
  }
})

test('RFC 8414 §2: every endpoint is ours and is there', async () => {
  const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
  expect(Object.fromEntries(endpoints)).toEqual({
    authorization_endpoint: `${world.issuer}/oauth/authorize`,
    token_endpoint: `${world.issuer}/oauth/token`,
    device_authorization_endpoint: `${world.issuer}/oauth/device`,
    introspection_endpoint: `${world.issuer}/oauth/introspect`,
    revocation_endpoint: `${world.issuer}/oauth/revoke`,
    userinfo_endpoint: `${world.issuer}/oauth/userinfo`,
    jwks_uri: `${world.issuer}/oauth/jwks`,
    pushed_authorization_request_endpoint: `${world.issuer}/oauth/par`,
    end_session_endpoint: `${world.issuer}/oauth/logout`,
  })
  for (const [name, url] of endpoints) {
    const { status } = await fetch(String(url), { redirect: 'manual' })
    expect(status, name).not.toBe(404)
  }
})

test('F3, T20: no Host, forwarded header or absolute target changes what is published', async () => {
  const headers = {
    forwarded: 'host=evil.test;proto=https',
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/evil',
    'x-original-url': '/evil',
  }
  for (const path of wellKnown) {
    const response = await fetch(`${world.issuer}${path}`, { headers })
    expect(await response.json()).toEqual(metadata)
  }
})

test('P11, RFC 8414 §2: only the code flow and the grants there are', () => {
  expect(metadata['response_types_supported']).toEqual(['code'])
  expect([...(metadata['grant_types_supported'] as string[])].sort()).toEqual([
    'authorization_code',
    'client_credentials',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ])
  expect(metadata['response_modes_supported']).not.toContain('fragment.jwt')
})

test('P4, RFC 8414 §2: S256 is the one challenge method', () => {
  expect(metadata['code_challenge_methods_supported']).toEqual(['S256'])
})

test('P12, RFC 9207 §3: the issuer stands in every authorization response, and that is said', () => {
  expect(metadata['authorization_response_iss_parameter_supported']).toBe(true)
})

test('T13, P24, RFC 8414 §2: no algorithm is none or symmetric, whatever it is for', () => {
  const lists = Object.entries(metadata).filter(([name]) => name.endsWith('_alg_values_supported'))
  expect(lists.length).toBeGreaterThanOrEqual(3)
  for (const [name, algs] of lists) {
    expect(algs, name).toContain('ES256')
    for (const alg of algs as string[]) expect(alg, name).toMatch(/^(ES256|ES384|RS256|PS256|EdDSA|Ed25519)$/)
  }
})

test('RFC 8414 §2: the ways to authenticate are those that work, at every endpoint', () => {
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    const listed =
      metadata[`${endpoint}_endpoint_auth_methods_supported`] ??
      metadata['token_endpoint_auth_methods_supported']
    expect(listed, endpoint).toEqual(methods)
  }
})

test('P39: request objects by value or by reference are off', () => {
  expect(metadata['request_uri_parameter_supported']).not.toBe(true)
  expect(metadata['request_parameter_supported']).not.toBe(true)
})

test('RFC 8414 §3.2, T13: the keys are public keys, each with its use and its algorithm', async () => {
  const jwks = (await load(world.issuer, '/oauth/jwks')) as { keys: Record<string, unknown>[] }
  expect(jwks.keys.map(({ alg }) => String(alg)).sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256'])
  for (const key of jwks.keys) {
    expect(key).toMatchObject({ use: 'sig', kid: expect.any(String) })
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(key).not.toHaveProperty(member)
  }
})

test('RFC 8414 §3.1: documents are read with GET alone', async () => {
  for (const path of wellKnown) {
    const response = await fetch(`${world.issuer}${path}`, { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  }
})
