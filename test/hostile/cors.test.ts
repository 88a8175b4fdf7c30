import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeFor, exchange, newPkce, redirectUri } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

const origin = 'https://spa.example'

let stage: Stage
let spa: Caller

beforeAll(async () => {
  stage = await openStage()
  const client = await stage.world.makeClient({
    metadata: {
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      allowed_origins: [origin],
    },
  })
  spa = { ...client, isPublic: true }
})
afterAll(() => stage.close())

function redeem(form: Record<string, string>, from: string): Promise<Response> {
  const body = new URLSearchParams(form)
  return fetch(`${stage.world.issuer}/oauth/token`, { method: 'POST', headers: { origin: from }, body })
}

async function codeForm(client: Caller): Promise<Record<string, string>> {
  const { code, verifier } = await codeFor(stage.world, {
    account: stage.account,
    client,
    params: { scope: 'openid' },
  })
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }
  return { ...form, client_id: client.id }
}

test('a page of an allowed origin may exchange a code and read the answer', async () => {
  const response = await redeem(await codeForm(spa), origin)
  expect(response.status).toBe(200)
  expect(response.headers.get('access-control-allow-origin')).toBe(origin)
  expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  expect(response.headers.get('vary')).toContain('Origin')
})

test.each([
  'https://evil.test',
  'https://spa.example.evil.test',
  'https://evil-spa.example',
  'http://spa.example',
  'https://spa.example:8443',
  'https://SPA.example',
  'null',
  'https://spa.example,https://evil.test',
])('v5.0.0-3.4.2: a page of %s may not read the answer, and is issued nothing', async (from) => {
  const form = await codeForm(spa)
  const response = await redeem(form, from)
  expect(response.headers.get('access-control-allow-origin')).not.toBe('*')
  expect(response.status).toBe(400)
  expect(await response.text()).not.toContain('access_token')
  expect((await redeem(form, origin)).status).toBe(200)
})

test('a client without allowed origins is not for browsers: its answer goes to servers', async () => {
  const form = await codeForm(stage.app)
  const response = await redeem(form, origin)
  expect(response.status).toBe(400)
  expect(
    (
      await exchange(stage.world, stage.app, {
        code: form['code'] ?? '',
        verifier: form['code_verifier'] ?? '',
      })
    ).status,
  ).toBe(200)
})

test('a preflight tells no more than what may be tried, and allows no cookies', async () => {
  for (const path of ['/oauth/token', '/oauth/userinfo', '/oauth/revoke']) {
    const response = await fetch(`${stage.world.issuer}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, dpop',
      },
    })
    expect(response.status, path).toBe(204)
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  }
})

test('metadata and keys may be read from anywhere, without cookies', async () => {
  for (const path of [
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/oauth/jwks',
  ]) {
    const response = await fetch(`${stage.world.issuer}${path}`, { headers: { origin: 'https://any.test' } })
    expect(response.status).toBe(200)
    expect(['*', 'https://any.test']).toContain(response.headers.get('access-control-allow-origin'))
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  }
})

test('P15, RFC 9700 §2.6: the authorization endpoint and the pages are read by nobody else', async () => {
  const url = new URL(`${stage.world.issuer}/oauth/authorize`)
  const params = {
    client_id: spa.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: newPkce().challenge,
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  const first = await fetch(url, { headers: { origin }, redirect: 'manual' })
  expect(first.status).toBe(303)
  const pages = [
    first,
    await fetch(new URL(first.headers.get('location') ?? '', url), { headers: { origin } }),
  ]
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  for (const response of [...pages, preflight]) {
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  }
})
