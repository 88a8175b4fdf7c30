import { randomBytes } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, introspect, postAs, postForm, refresh, revoke } from '../support/oauth.ts'
import type { Answer, Caller } from '../support/oauth.ts'
import { age, openStage, rowCounts } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const inactive = '{"active":false}'

/** What stands in the answer beside the token's own facts: all of it must be the same whatever was asked. */
function shapeOf({ status, headers, text }: Answer): unknown {
  const varying = new Set(['date', 'x-request-id', 'etag'])
  return { status, text, headers: [...headers].filter(([name]) => !varying.has(name)) }
}

async function serviceToken(resource: string): Promise<string> {
  const form = { grant_type: 'client_credentials', resource }
  const answer = await postAs(stage.world, stage.service, { path: '/oauth/token', form })
  return String(answer.body['access_token'])
}

const formats = [
  ['opaque', () => stage.api.identifier],
  ['JWT', () => stage.jwtApi.identifier],
] as const

describe.each(formats)('%s access tokens', (_format, resource) => {
  test('RFC 7662 §2.2: an API learns whose token it was shown (oauth4webapi)', async () => {
    const { world, guard, web, account } = stage
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client = { client_id: guard.id }
    const { accessToken } = await stage.tokens(web, { resource: resource() })
    const auth = oauth.ClientSecretBasic(guard.secret)
    const response = await oauth.introspectionRequest(as, client, auth, accessToken, {
      ...options,
      additionalParameters: { token_type_hint: 'access_token' },
    })
    expect(response.headers.get('cache-control')).toContain('no-store')
    const answer = await oauth.processIntrospectionResponse(as, client, response)
    expect(answer).toMatchObject({
      active: true,
      sub: account.id,
      client_id: web.id,
      aud: resource(),
      iss: world.issuer,
      scope: 'read',
      token_type: 'Bearer',
      credential_type: 'access_token',
      amr: ['pwd'],
    })
    expect(answer.exp).toBeGreaterThan(Number(answer.iat))
    expect(answer).not.toHaveProperty('gid')
  })

  test('RFC 7662 §2.2: a token of a service has a subject too, and no sign-in facts', async () => {
    const { world, guard, service } = stage
    const { body } = await introspect(world, guard, await serviceToken(resource()))
    expect(body).toMatchObject({ active: true, sub: service.id, client_id: service.id, aud: resource() })
    for (const member of ['amr', 'acr', 'auth_time', 'gid']) expect(body).not.toHaveProperty(member)
  })

  test('P32, F7, RFC 7662 §4: nobody but the API a token is for is told anything, not even its own client', async () => {
    const { world, web, otherWeb, service, app } = stage
    const { accessToken } = await stage.tokens(web, { resource: resource() })
    const stranger = await world.makeClient({ metadata: { grant_types: [] } })
    await world.makeApi({ introspectors: [stranger] })
    for (const caller of [web, otherWeb, service, stranger, app]) {
      const unknown = await introspect(world, caller, randomBytes(32).toString('base64url'))
      const answer = await introspect(world, caller, accessToken)
      expect(shapeOf(answer)).toEqual(shapeOf(unknown))
      expect(answer.text).toBe(inactive)
    }
  })

  test('P32, P40, RFC 7662 §2.2: unknown, cut, lengthened, re-lettered and revoked are the same bytes', async () => {
    const { world, web, guard } = stage
    const revoked = (await stage.tokens(web, { resource: resource() })).accessToken
    await revoke(world, web, revoked)
    const { accessToken } = await stage.tokens(web, { resource: resource() })
    const expected = shapeOf(await introspect(world, guard, 'unknown'))
    const swapped = accessToken.replace(/[a-z]/gi, (c) =>
      c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase(),
    )
    const others = [
      revoked,
      swapped,
      accessToken.slice(0, -1),
      accessToken.slice(1),
      `${accessToken}A`,
      `${accessToken} `,
      ` ${accessToken}`,
      `${accessToken}.`,
      accessToken.toLowerCase(),
      // The last character of a signature has bits that no decoder looks at.
      ...'AQgwBRhx'
        .split('')
        .map((last) => accessToken.slice(0, -1) + last)
        .filter((token) => token !== accessToken),
      'é',
      '{"alg":"none"}',
      'a.b.c',
      'x'.repeat(8000),
    ]
    for (const token of others)
      expect(shapeOf(await introspect(world, guard, token)), token).toEqual(expected)
    expect((await introspect(world, guard, accessToken)).body['active']).toBe(true)
  })

  test('P32: every token of a sign-in that ended, here by a replay, is inactive', async () => {
    const { world, web, guard } = stage
    const { accessToken, refreshToken } = await stage.tokens(web, { resource: resource() })
    const next = await refresh(world, web, refreshToken)
    await refresh(world, web, refreshToken)
    for (const token of [accessToken, String(next.body['access_token'])])
      expect((await introspect(world, guard, token)).text).toBe(inactive)
  })
})

test('P32: an expired opaque token is inactive', async () => {
  const { world, web, guard } = stage
  const [young, old] = [await stage.tokens(web), await stage.tokens(web)]
  await age(world, young.accessToken, 590)
  expect((await introspect(world, guard, young.accessToken)).body['active']).toBe(true)
  await age(world, old.accessToken, 620)
  expect((await introspect(world, guard, old.accessToken)).text).toBe(inactive)
})

test('P32, RFC 7662 §2.1: 200 random tokens get the same bytes and write nothing', async () => {
  const { world, guard } = stage
  const before = await rowCounts(world)
  const expected = shapeOf(await introspect(world, guard, 'unknown'))
  const asked = await Promise.all(
    Array.from({ length: 200 }, () => introspect(world, guard, randomBytes(32).toString('base64url'))),
  )
  for (const answer of asked) expect(shapeOf(answer)).toEqual(expected)
  expect(await rowCounts(world)).toEqual(before)
})

test('RFC 7662 §2.1: a refresh token is answered to its own client alone', async () => {
  const { world, web, otherWeb, guard, app } = stage
  const { refreshToken } = await stage.tokens(web)
  expect((await introspect(world, web, refreshToken)).body).toMatchObject({ active: true, client_id: web.id })
  for (const stranger of [otherWeb, guard, app])
    expect((await introspect(world, stranger, refreshToken)).text).toBe(inactive)
  await refresh(world, web, refreshToken)
  expect((await introspect(world, web, refreshToken)).text).toBe(inactive)
})

test('P32, RFC 7662 §2.3: without authentication, or with a wrong one, the answer is 401 and no more', async () => {
  const { world, web, guard } = stage
  const url = `${world.issuer}/oauth/introspect`
  const { accessToken: token } = await stage.tokens(web)
  const wrong: Caller = { ...guard, secret: 'wrong' }
  const answers = [
    await postForm(url, { token }),
    await postForm(url, { token }, basic(wrong)),
    await postForm(url, { token }, basic({ id: 'cli_nobody', secret: 'x' })),
    await postForm(url, { token, client_id: guard.id }),
  ]
  for (const answer of answers) {
    expect(answer.status).toBe(401)
    expect(answer.body['error']).toBe('invalid_client')
    expect(answer.body).not.toHaveProperty('active')
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
  }
  const bearer = await postForm(url, { token }, { authorization: `Bearer ${token}` })
  expect(bearer.status).toBe(400)
  expect(bearer.body).not.toHaveProperty('active')
})

test('P18, RFC 7662 §2.1: the token once, in the body, by POST', async () => {
  const { world, guard, web } = stage
  const url = `${world.issuer}/oauth/introspect`
  const { accessToken: token } = await stage.tokens(web)
  const missing = await postForm(url, {}, basic(guard))
  expect([missing.status, missing.body['error']]).toEqual([400, 'invalid_request'])
  const pair = ['token', token] as const
  const twice = await postForm(url, [pair, pair], basic(guard))
  expect([twice.status, twice.body['error']]).toEqual([400, 'invalid_request'])
  const inQuery = await postForm(`${url}?token=${token}`, {}, basic(guard))
  expect(inQuery.status).toBe(400)
  const get = await fetch(`${url}?token=${token}`, { headers: basic(guard) })
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
})

test('T10: codes, ID tokens, pushed requests and session ids are no access tokens', async () => {
  const { world, web, guard } = stage
  const { idToken } = await stage.tokens(web)
  const { code } = await stage.code(web)
  const pushed = await postAs(world, web, {
    path: '/oauth/par',
    form: {
      client_id: web.id,
      response_type: 'code',
      redirect_uri: 'https://app.example/callback',
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    },
  })
  const uri = String(pushed.body['request_uri'])
  expect(uri).toMatch(/^urn:/)
  for (const token of [idToken, code, uri, uri.slice(uri.lastIndexOf(':') + 1)])
    for (const caller of [guard, web]) expect((await introspect(world, caller, token)).text).toBe(inactive)
})
