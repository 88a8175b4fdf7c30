import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basic, introspect, postAs, postForm, refresh, revoke } from '../support/oauth.ts'
import { openStage, rowCounts, storedPayload } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { openWorld } from '../support/world.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

function isActive(token: string): Promise<unknown> {
  return introspect(stage.world, stage.guard, token).then(({ body }) => body['active'])
}

async function serviceToken(resource: string): Promise<string> {
  const answer = await postAs(stage.world, stage.service, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource },
  })
  return String(answer.body['access_token'])
}

const formats = [
  ['opaque', () => stage.api.identifier],
  ['JWT', () => stage.jwtApi.identifier],
] as const

test.each(formats)(
  'RFC 7009 §2.1: a client ends its own %s access token (oauth4webapi)',
  async (_format, resource) => {
    const { world, service } = stage
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client = { client_id: service.id }
    const token = await serviceToken(resource())
    expect(await isActive(token)).toBe(true)
    const auth = oauth.ClientSecretBasic(service.secret)
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, options))
    expect(await isActive(token)).toBe(false)
    // RFC 7009 §2.2: what is invalid already is 200 as well, so doing it twice is doing it once.
    expect((await revoke(world, service, token)).status).toBe(200)
  },
)

test.each(formats)(
  'P34, RFC 7009 §2.1: ending the refresh token ends every %s access token of the sign-in',
  async (_format, resource) => {
    const { world, app } = stage
    const first = await stage.tokens(app, { resource: resource() })
    const second = await refresh(world, app, first.refreshToken)
    const newest = String(second.body['access_token'])
    expect(await isActive(newest)).toBe(true)
    expect((await revoke(world, app, String(second.body['refresh_token']))).status).toBe(200)
    expect([await isActive(first.accessToken), await isActive(newest)]).toEqual([false, false])
    expect((await refresh(world, app, String(second.body['refresh_token']))).body['error']).toBe(
      'invalid_grant',
    )
  },
)

test.each(formats)(
  'RFC 7009 §2.1: ending one %s access token ends the refresh token beside it',
  async (_format, resource) => {
    const { world, web } = stage
    const { accessToken, refreshToken } = await stage.tokens(web, { resource: resource() })
    expect((await revoke(world, web, accessToken)).status).toBe(200)
    expect(await isActive(accessToken)).toBe(false)
    expect((await refresh(world, web, refreshToken)).body['error']).toBe('invalid_grant')
  },
)

test.each(formats)(
  'P34, RFC 7009 §2.1: a client cannot end the %s access token of another, and is not told so',
  async (_format, resource) => {
    const { world, web, otherWeb, guard, app, service } = stage
    const { accessToken, refreshToken } = await stage.tokens(web, { resource: resource() })
    const ofService = await serviceToken(resource())
    for (const stranger of [otherWeb, guard, app]) {
      const answers = [
        await revoke(world, stranger, accessToken),
        await revoke(world, stranger, refreshToken),
        await revoke(world, stranger, ofService),
        await revoke(world, stranger, 'nothing'),
      ]
      expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [200, '']))
    }
    expect(await isActive(accessToken)).toBe(true)
    expect(await isActive(ofService)).toBe(true)
    expect((await refresh(world, web, refreshToken)).status).toBe(200)
    expect((await revoke(world, service, ofService)).status).toBe(200)
    expect(await isActive(ofService)).toBe(false)
  },
)

test('RFC 7009 §2.1: a wrong token_type_hint does not hide a token, and an unknown one does not matter', async () => {
  const { world, web, jwtApi } = stage
  for (const hint of ['refresh_token', 'access_token', 'wibble']) {
    for (const resource of [stage.api.identifier, jwtApi.identifier]) {
      const { accessToken } = await stage.tokens(web, { resource })
      const form = { token: accessToken, token_type_hint: hint }
      expect((await postAs(world, web, { path: '/oauth/revoke', form })).status).toBe(200)
      expect(await isActive(accessToken), `${hint} ${resource}`).toBe(false)
    }
    const { refreshToken } = await stage.tokens(web)
    const form = { token: refreshToken, token_type_hint: hint }
    expect((await postAs(world, web, { path: '/oauth/revoke', form })).status).toBe(200)
    expect((await refresh(world, web, refreshToken)).status).toBe(400)
  }
})

test('RFC 7009 §2.1, §2.2.1: nobody revokes without authentication, nothing is revoked without a token', async () => {
  const { world, web } = stage
  const { accessToken } = await stage.tokens(web)
  const url = `${world.issuer}/oauth/revoke`
  const anonymous = await postForm(url, { token: accessToken })
  expect([anonymous.status, anonymous.body['error']]).toEqual([401, 'invalid_client'])
  expect((await postForm(url, { token: accessToken, client_id: web.id })).status).toBe(401)
  expect((await postForm(url, { token: accessToken }, basic({ ...web, secret: 'x' }))).status).toBe(401)
  const empty = await postForm(url, {}, basic(web))
  expect([empty.status, empty.body['error']]).toEqual([400, 'invalid_request'])
  const twice = await postForm(
    url,
    [
      ['token', accessToken],
      ['token', accessToken],
    ],
    basic(web),
  )
  expect([twice.status, twice.body['error']]).toEqual([400, 'invalid_request'])
  expect(await isActive(accessToken)).toBe(true)
})

test('RFC 7009 §2: GET is not a way to revoke', async () => {
  const { world, web } = stage
  const { accessToken } = await stage.tokens(web)
  const url = `${world.issuer}/oauth/revoke?token=${accessToken}`
  const response = await fetch(url, { headers: basic(web) })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  expect(await isActive(accessToken)).toBe(true)
})

test('P34: an ID token, a code or rubbish at the revocation endpoint is 200 and changes nothing', async () => {
  const { world, web } = stage
  const { idToken, accessToken } = await stage.tokens(web)
  const { code } = await stage.code(web)
  const before = await rowCounts(world)
  for (const token of [idToken, code, 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', '\u00e9', ' '])
    expect((await revoke(world, web, token)).status, token).toBe(200)
  expect(await rowCounts(world)).toEqual(before)
  expect(await isActive(accessToken)).toBe(true)
})

test.each([
  ['opaque', 'opaque'],
  ['JWT', 'jwt'],
] as const)(
  'P34, T08, RFC 7009 §2.2.1: without the database a revocation of an %s token is 503 and said to be retried, never 200',
  async (_name, tokenFormat) => {
    const proxied: { proxy?: Awaited<ReturnType<typeof startTcpProxy>> } = {}
    const world = await openWorld({
      databaseBehind: async (url) => (proxied.proxy = await startTcpProxy(url)).url,
    })
    try {
      const { proxy } = proxied
      if (proxy === undefined) throw new Error('no proxy')
      const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
      const guard = await world.makeClient({ metadata: { grant_types: [] } })
      const api = await world.makeApi({ introspectors: [guard], settings: { tokenFormat } })
      await world.permit({ type: 'client', id: client.id }, api, ['read'])
      const form = { grant_type: 'client_credentials', resource: api.identifier }
      const issued = await postAs(world, client, { path: '/oauth/token', form })
      const token = String(issued.body['access_token'])
      expect((await introspect(world, guard, token)).body['active']).toBe(true)
      await proxy.close()
      const lost = await revoke(world, client, token)
      expect(lost.status).toBe(503)
      expect(lost.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(lost.body).toMatchObject({ error: 'temporarily_unavailable' })
      // Nothing was half done: the token is as it was.
      const revoked = await world.db.selectFrom('revokedTokens').select('jti').execute()
      const stored = tokenFormat === 'jwt' ? 'not stored' : await storedPayload(world, token)
      expect([revoked, stored]).toEqual([[], expect.anything()])
    } finally {
      await world.close()
    }
  },
)
