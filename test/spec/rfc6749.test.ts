import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { addSecret, revokeSecret } from '../../src/domain/clients/secret.ts'
import { randomId, randomSecret } from '../../src/platform/crypto/random.ts'
import { openBrowser } from '../support/browser.ts'
import { signIn, signInOutcome, submitSignIn } from '../support/browser-like.ts'
import {
  authorizeUrl,
  basic,
  codeFor,
  exchange,
  introspect,
  newPkce,
  postAs,
  postForm,
  redirectUri,
  refresh,
} from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { age, openStage, storedPayload } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { within } from '../support/until.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** A request a public app could send, up to what the test changes. */
function request(params: Readonly<Record<string, string | undefined>> = {}): URL {
  const pkce = { code_challenge: newPkce().challenge, code_challenge_method: 'S256' }
  return authorizeUrl(stage.world, { client_id: stage.app.id, scope: 'openid', ...pkce, ...params })
}

function token(form: Readonly<Record<string, string>>, headers = {}): Promise<Answer> {
  return postForm(`${stage.world.issuer}/oauth/token`, form, headers)
}

function serviceToken(form: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const resource = stage.api.identifier
  return postAs(stage.world, stage.service, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource, ...form },
  })
}

describe('redirect URIs', () => {
  const other = [
    'https://app.example/callback/',
    'https://app.example/Callback',
    'https://app.example/callbac',
    'https://app.example/callback2',
    'https://app.example/callback?a=1',
    'https://app.example/callback?',
    'https://app.example/callback#fragment',
    'https://app.example/callback#',
    'https://app.example/callback/../callback',
    'https://app.example/x/%2e%2e/callback',
    'https://app.example/x/..;/callback',
    'https://app.example/./callback',
    'https://app.example//callback',
    'https://app.example/%63allback',
    'https://app.example/callback%20',
    'https://app.example/callback%00',
    'https://app.example\\callback',
    'https:\\\\app.example\\callback',
    'https://APP.example/callback',
    'HTTPS://app.example/callback',
    'http://app.example/callback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://app.example./callback',
    'https://app.example.evil.test/callback',
    'https://evil-app.example/callback',
    'https://appxexample/callback',
    'https://user@app.example/callback',
    'https://app.example@evil.test/callback',
    'https://app.example@@evil.test/callback',
    'https://evil.test\\@app.example/callback',
    'https://evil.test/https://app.example/callback',
    'https://evil.test?https://app.example/callback',
    'https://app。example/callback',
    'https://xn--app-example/callback',
    ' https://app.example/callback',
    'https://app.example/callback\t',
    'https://app.example/\r\nLocation: https://evil.test/callback',
    '//app.example/callback',
    '/callback',
    'callback',
    'https://[::1]/callback',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)//https://app.example/callback',
    'data:text/html,<script>alert(1)</script>',
    'https://app.example/callback https://evil.test/',
    '',
  ]
  test.each(other)(
    'P1, RFC 6749 §3.1.2.3: %j is not the registered URI: a page, no redirect',
    async (uri) => {
      const response = await openBrowser(stage.world).send(request({ redirect_uri: uri }))
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
      expect(response.headers.get('refresh')).toBeNull()
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      const html = await response.text()
      expect(html).not.toContain('<script>alert')
      expect(html).not.toMatch(/href="(?:javascript|data):/i)
    },
  )

  test('P1, RFC 6749 §3.1.2.3: a single registered URI is not taken for granted', async () => {
    const response = await openBrowser(stage.world).send(request({ redirect_uri: undefined }))
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  test('P1, RFC 8252 §7.3: a native app may come back at any port of the loopback address, at nothing else', async () => {
    const loopback = 'http://127.0.0.1/cb'
    const metadata = { redirect_uris: [loopback], token_endpoint_auth_method: 'none' }
    const native = await stage.world.makeClient({ metadata: { ...metadata, application_type: 'native' } })
    const web = await stage.world.makeClient({ metadata })
    const visit = (client_id: string, redirect_uri: string) =>
      openBrowser(stage.world).send(request({ client_id, redirect_uri }))
    expect((await visit(native.id, 'http://127.0.0.1:53127/cb')).status).toBe(303)
    for (const uri of [
      'http://127.0.0.1:53127/other',
      'http://localhost:53127/cb',
      'http://127.0.0.2:53127/cb',
    ])
      expect((await visit(native.id, uri)).status, uri).toBe(400)
    expect((await visit(web.id, 'http://127.0.0.1:53127/cb')).status).toBe(400)
  })

  test.each([
    ['unknown', () => 'cli_nobody'],
    ['empty', () => ''],
    ['absent', () => undefined],
    ['a service without redirect URIs', () => stage.service.id],
  ])('P2, RFC 6749 §4.1.2.1: a client that is %s leads to a page, no redirect', async (_name, id) => {
    const response = await openBrowser(stage.world).send(request({ client_id: id() }))
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  })
})

describe('the authorization endpoint', () => {
  test.each(['token', 'id_token', 'code token', 'code id_token', 'none', 'code id_token token'])(
    'P11, RFC 6749 §4.2: response_type %s does not exist',
    async (response_type) => {
      const place = await openBrowser(stage.world).visit(request({ response_type }))
      // Back at the app with an error, or on a page; never with a token.
      expect(place.leavingTo?.hash ?? '').not.toContain('access_token')
      const error =
        place.leavingTo?.searchParams.get('error') ??
        new URLSearchParams(place.leavingTo?.hash.slice(1)).get('error')
      expect(error).toBe('unsupported_response_type')
    },
  )

  test('RFC 6749 §4.1.1: without response_type the app is told', async () => {
    const place = await openBrowser(stage.world).visit(request({ response_type: undefined }))
    expect(place.leavingTo?.searchParams.get('error')).toBe('invalid_request')
    expect(place.leavingTo?.searchParams.get('state')).toBe('st')
  })

  test('RFC 6749 §4.1.2.1: a person who says no sends the app away with access_denied and its state', async () => {
    const { callback } = await signIn(stage.world, {
      account: stage.account,
      authorizeUrl: request(),
      decision: 'deny',
    })
    expect(`${callback.origin}${callback.pathname}`).toBe(redirectUri)
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect(callback.searchParams.get('state')).toBe('st')
    expect(callback.searchParams.has('code')).toBe(false)
  })

  test('P13, RFC 9700 §4.12: every redirect after a form is 303, so that no browser sends the password on', async () => {
    const browser = openBrowser(stage.world)
    const page = await browser.visit(request())
    const after = await submitSignIn(browser, page, stage.account)
    const done = await signInOutcome(browser, { account: stage.account, authorizeUrl: request() })
    const redirects = [...page.trail, ...after.trail, ...done.trail].filter((step) => step.startsWith('3'))
    expect(redirects.length).toBeGreaterThan(3)
    expect(redirects.filter((step) => !step.startsWith('303'))).toEqual([])
  })

  test.each([
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'code_challenge',
    'response_type',
    'nonce',
    'prompt',
  ])('P18, RFC 6749 §3.1: %s sent twice is refused', async (name) => {
    const url = request({ nonce: 'n', prompt: 'login' })
    url.searchParams.append(name, url.searchParams.get(name) ?? '')
    const place = await openBrowser(stage.world).visit(url)
    if (place.leavingTo === undefined) expect(place.status).toBe(400)
    else expect(place.leavingTo.searchParams.get('error')).toBe('invalid_request')
    // Where the answer goes must never hang on a parameter that was sent twice.
    if (name === 'client_id' || name === 'redirect_uri') expect(place.leavingTo).toBeUndefined()
  })

  test('P18, RFC 6749 §3.1: unknown parameters are ignored, and empty ones are as good as absent', async () => {
    const place = await openBrowser(stage.world).visit(request({ wibble: 'x', prompt: '', login_hint: '' }))
    expect(place.forms.some(({ action }) => action.endsWith('/login'))).toBe(true)
    const without = await openBrowser(stage.world).visit(request({ response_type: '' }))
    expect(without.leavingTo?.searchParams.get('error')).toBe('invalid_request')
  })

  test('RFC 6749 §3.1: methods that no browser sends do not exist here', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(request(), { method, redirect: 'manual' })
      expect(response.status, method).toBe(405)
      expect(response.headers.get('allow')).toMatch(/^GET, HEAD/)
    }
  })

  test('P39, RFC 9101 §10.4: a request object elsewhere is never fetched, and an unsigned one never believed', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(
      JSON.stringify({ client_id: stage.app.id, redirect_uri: 'https://evil.test/' }),
    ).toString('base64url')}.`
    for (const params of [{ request_uri: 'http://169.254.169.254/latest' }, { request: none }]) {
      const place = await openBrowser(stage.world).visit(request(params))
      expect(place.leavingTo?.host).not.toBe('evil.test')
      const error = place.leavingTo?.searchParams.get('error') ?? place.html
      expect(error).toMatch(
        /request_uri_not_supported|request_not_supported|invalid_request_uri|invalid_request/,
      )
    }
  })
})

describe('codes', () => {
  test('RFC 6749 §4.1: an app signs somebody in and exchanges the code (oauth4webapi)', async () => {
    const { world, web, api } = stage
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client: oauth.Client = { client_id: web.id, id_token_signed_response_alg: 'ES256' }
    const auth = oauth.ClientSecretBasic(web.secret)
    const { code, verifier, callback } = await stage.code(web, { nonce: 'n-1' })
    const params = oauth.validateAuthResponse(as, client, callback, 'st')
    expect(params.get('code')).toBe(code)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      params,
      redirectUri,
      verifier,
      options,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: 'n-1',
      requireIdToken: true,
    })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 600, scope: 'read' })
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, auth, String(tokens.refresh_token), options),
    )
    const asked = await introspect(world, stage.guard, refreshed.access_token)
    expect(asked.body).toMatchObject({
      active: true,
      sub: stage.account.id,
      client_id: web.id,
      aud: api.identifier,
    })
  })

  test('P6, RFC 6749 §4.1.2: a code is used once; the second use is refused and ends what the first one got', async () => {
    const { world, web, guard } = stage
    const code = await stage.code(web)
    const first = await exchange(world, web, code)
    expect(first.status).toBe(200)
    const access = String(first.body['access_token'])
    expect((await introspect(world, guard, access)).body).toMatchObject({ active: true })
    const second = await exchange(world, web, code)
    expect(second.status).toBe(400)
    expect(second.body['error']).toBe('invalid_grant')
    expect((await introspect(world, guard, access)).body).toEqual({ active: false })
    const refreshed = await refresh(world, web, String(first.body['refresh_token']))
    expect(refreshed.body['error']).toBe('invalid_grant')
  })

  test('P6: a code for a JWT access token that is used twice ends that token too', async () => {
    const { world, web, guard, jwtApi } = stage
    const code = await stage.code(web, { resource: jwtApi.identifier })
    const access = String((await exchange(world, web, code)).body['access_token'])
    expect((await introspect(world, guard, access)).body).toMatchObject({ active: true })
    expect((await exchange(world, web, code)).status).toBe(400)
    expect((await introspect(world, guard, access)).body).toEqual({ active: false })
  })

  test('P7, T04, RFC 6749 §4.1.3: a code is good for the client it was given to alone', async () => {
    const { world, web, otherWeb, app } = stage
    for (const stranger of [otherWeb, app]) {
      const answer = await exchange(world, stranger, await stage.code(web))
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ error: 'invalid_grant' })
      expect(answer.body).not.toHaveProperty('access_token')
    }
  })

  test.each([
    ['another one', 'https://app.example/callback2'],
    ['a near one', 'https://app.example/callback/'],
    ['an empty one', ''],
  ])('P7, RFC 6749 §4.1.3: the redirect URI must come again: not %s', async (_name, uri) => {
    const answer = await exchange(stage.world, stage.web, await stage.code(stage.web), { redirect_uri: uri })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatch(/^invalid_(grant|request)$/)
  })

  test('P8, RFC 6749 §4.1.2: a code lives a minute, not longer', async () => {
    const { world, web } = stage
    const young = await stage.code(web)
    const payload = await storedPayload(world, young.code)
    expect(Number(payload?.['exp']) - Number(payload?.['iat'])).toBeLessThanOrEqual(60)
    await age(world, young.code, 55)
    expect((await exchange(world, web, young)).status).toBe(200)
    const old = await stage.code(web)
    await age(world, old.code, 61)
    expect((await exchange(world, web, old)).body['error']).toBe('invalid_grant')
  })

  test('T09, T10, P40: a code is not a refresh token, a token is not a code, and a part of one is nothing', async () => {
    const { world, web, guard } = stage
    const code = await stage.code(web)
    expect((await refresh(world, web, code.code)).body['error']).toBe('invalid_grant')
    expect((await introspect(world, guard, code.code)).text).toBe('{"active":false}')
    for (const value of [code.code.slice(0, -1), `${code.code}a`, swapCase(code.code), '', 'x']) {
      const answer = await exchange(world, web, { ...code, code: value })
      expect(answer.status).toBe(400)
    }
    const { accessToken, refreshToken, idToken } = await stage.tokens(web)
    for (const value of [accessToken, refreshToken, idToken]) {
      expect((await exchange(world, web, { ...code, code: value })).body['error']).toBe('invalid_grant')
    }
    expect((await exchange(world, web, code)).status).toBe(200)
  })
})

describe('refreshing', () => {
  test('P9, RFC 6749 §6, RFC 9700 §4.14.2: a used refresh token ends the whole family', async () => {
    const { world, app, guard } = stage
    const first = await stage.tokens(app)
    const second = await refresh(world, app, first.refreshToken)
    expect(second.status).toBe(200)
    const newest = String(second.body['refresh_token'])
    expect(newest).not.toBe(first.refreshToken)
    expect((await refresh(world, app, first.refreshToken)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, app, newest)).body['error']).toBe('invalid_grant')
    for (const access of [first.accessToken, String(second.body['access_token'])])
      expect((await introspect(world, guard, access)).text).toBe('{"active":false}')
  })

  test('P9: an app with a secret gets a new refresh token each time as well', async () => {
    const { world, web } = stage
    const first = await stage.tokens(web)
    const second = await refresh(world, web, first.refreshToken)
    expect(second.body['refresh_token']).not.toBe(first.refreshToken)
    expect((await refresh(world, web, first.refreshToken)).status).toBe(400)
    expect((await refresh(world, web, String(second.body['refresh_token']))).status).toBe(400)
  })

  test('P9, RFC 6749 §6: scopes shrink for one access token and never grow', async () => {
    const { world, web } = stage
    const { refreshToken } = await stage.tokens(web, { scope: 'openid offline_access read write' })
    const less = await refresh(world, web, refreshToken, { scope: 'read' })
    expect(less.body['scope']).toBe('read')
    const same = await refresh(world, web, String(less.body['refresh_token']))
    expect(same.body['scope']).toBe('read write')
    const narrow = await stage.tokens(web, { scope: 'openid offline_access read' })
    const more = await refresh(world, web, narrow.refreshToken, { scope: 'read write' })
    expect(more.status).toBe(400)
    expect(more.body['error']).toBe('invalid_scope')
    expect((await refresh(world, web, narrow.refreshToken)).status).toBe(200)
  })

  test('P9, T04, RFC 6749 §10.4: another client cannot use a refresh token, and does not hurt its owner', async () => {
    const { world, web, otherWeb, app } = stage
    const { refreshToken } = await stage.tokens(web)
    for (const stranger of [otherWeb, app])
      expect((await refresh(world, stranger, refreshToken)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, web, refreshToken)).status).toBe(200)
  })

  test('T03: a refresh token of an app with a secret is nothing without that secret', async () => {
    const { world, web } = stage
    const { refreshToken } = await stage.tokens(web)
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect((await token({ ...form, client_id: web.id })).status).toBe(401)
    expect((await token(form, basic({ ...web, secret: 'wrong' }))).status).toBe(401)
    expect((await refresh(world, web, refreshToken)).status).toBe(200)
  })

  test('v5.0.0-10.4.8: rotation does not prolong a family beyond its end', async () => {
    const { world, app } = stage
    const first = await stage.tokens(app)
    await age(world, first.refreshToken, 1000)
    const end = Number((await storedPayload(world, first.refreshToken))?.['exp'])
    const second = String((await refresh(world, app, first.refreshToken)).body['refresh_token'])
    const third = String((await refresh(world, app, second)).body['refresh_token'])
    for (const value of [second, third]) {
      const exp = Number((await storedPayload(world, value))?.['exp'])
      expect(Math.abs(exp - end)).toBeLessThanOrEqual(1)
    }
    await age(world, third, 400 * 86400)
    expect((await refresh(world, app, third)).body['error']).toBe('invalid_grant')
  })

  test('P10, RFC 9700 §4.14.2: within its grace an app may repeat a refresh once, and one living end remains', async () => {
    const { world, account, api, guard } = stage
    const graceful = await gracefulApp(10)
    const start = () =>
      codeFor(world, {
        account,
        client: graceful,
        params: { scope: 'openid offline_access read', resource: api.identifier },
      }).then((code) => exchange(world, graceful, code))
    const first = String((await start()).body['refresh_token'])
    const lost = await refresh(world, graceful, first)
    const retry = await refresh(world, graceful, first)
    expect([lost.status, retry.status]).toEqual([200, 200])
    const access = String(retry.body['access_token'])
    expect((await introspect(world, guard, access)).body).toMatchObject({ active: true })
    // The successor that was never seen is gone; the one of the retry goes on.
    expect(await storedPayload(world, String(lost.body['refresh_token']))).toBeUndefined()
    const next = await refresh(world, graceful, String(retry.body['refresh_token']))
    expect(next.status).toBe(200)
    // Using it again after all is a replay like any other, grace or not.
    expect((await refresh(world, graceful, first)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, graceful, String(next.body['refresh_token']))).status).toBe(400)
    expect((await introspect(world, guard, access)).text).toBe('{"active":false}')
  })

  test('P10: a second retry, or one after the grace, is a replay', async () => {
    const { world, account } = stage
    const graceful = await gracefulApp(10)
    const browser = openBrowser(world)
    const start = async () => {
      const code = await codeFor(world, {
        account,
        client: graceful,
        browser,
        params: { scope: 'openid offline_access' },
      })
      return String((await exchange(world, graceful, code)).body['refresh_token'])
    }
    const twice = await start()
    expect((await refresh(world, graceful, twice)).status).toBe(200)
    const retry = await refresh(world, graceful, twice)
    expect(retry.status).toBe(200)
    expect((await refresh(world, graceful, twice)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, graceful, String(retry.body['refresh_token']))).status).toBe(400)
    const late = await start()
    const successor = await refresh(world, graceful, late)
    await age(world, late, 11)
    expect((await refresh(world, graceful, late)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, graceful, String(successor.body['refresh_token']))).status).toBe(400)
  })

  async function gracefulApp(refreshGraceSeconds: number) {
    const metadata = {
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }
    const client = await stage.world.makeClient({ metadata, settings: { refreshGraceSeconds } })
    await stage.world.permit({ type: 'client', id: client.id }, stage.api, ['read'])
    return { ...client, isPublic: true }
  }

  test('P40: a refresh token cut, lengthened or in other letters is nothing, and stays unharmed', async () => {
    const { world, app } = stage
    const { refreshToken } = await stage.tokens(app)
    for (const value of [
      refreshToken.slice(0, -1),
      refreshToken.slice(1),
      `${refreshToken}A`,
      swapCase(refreshToken),
    ])
      expect((await refresh(world, app, value)).body['error']).toBe('invalid_grant')
    expect((await refresh(world, app, refreshToken)).status).toBe(200)
  })

  test('RFC 6749 §6: an app that is not registered for refreshing gets no refresh token and may not use one', async () => {
    const { world, account, web } = stage
    const plain = await world.makeClient({ metadata: { redirect_uris: [redirectUri] } })
    const answer = await exchange(
      world,
      plain,
      await codeFor(world, { account, client: plain, params: { scope: 'openid' } }),
    )
    expect(answer.status).toBe(200)
    expect(answer.body).not.toHaveProperty('refresh_token')
    const { refreshToken } = await stage.tokens(web)
    expect((await refresh(world, plain, refreshToken)).body['error']).toBe('unauthorized_client')
  })
})

describe('client credentials', () => {
  test('RFC 6749 §4.4: a service gets a token for itself (oauth4webapi)', async () => {
    const { world, service, api, guard } = stage
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client = { client_id: service.id }
    const auth = oauth.ClientSecretBasic(service.secret)
    const parameters = { resource: api.identifier, scope: 'read' }
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, parameters, options)
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'read' })
    // RFC 6749 §4.4.3: a refresh token SHOULD NOT be included.
    expect(tokens).not.toHaveProperty('refresh_token')
    const asked = await introspect(world, guard, tokens.access_token)
    expect(asked.body).toMatchObject({ active: true, sub: service.id })
    expect(asked.body).not.toHaveProperty('auth_time')
    // P17: what stands for a service can never be read as an account.
    expect(String(asked.body['sub'])).not.toMatch(/^acc_/)
  })

  test('RFC 6749 §4.4, §5.2: public clients and those without the grant are told unauthorized_client', async () => {
    const { world, app, web } = stage
    for (const caller of [app, web]) {
      const answer = await postAs(world, caller, {
        path: '/oauth/token',
        form: { grant_type: 'client_credentials' },
      })
      expect(answer.status).toBe(400)
      expect(answer.body['error']).toBe('unauthorized_client')
    }
  })

  test('RFC 6749 §3.3: a service that asks for no scope gets all it has; one that asks for too much is told which', async () => {
    expect(
      String((await serviceToken()).body['scope'])
        .split(' ')
        .sort(),
    ).toEqual(['read', 'write'])
    const tooMuch = await serviceToken({ scope: 'read admin' })
    expect(tooMuch.status).toBe(400)
    expect(tooMuch.body).toMatchObject({ error: 'invalid_scope', scope: 'admin' })
  })

  test('RFC 6749 §4.4: without a resource there is no API to say what the service may', async () => {
    const answer = await serviceToken({ resource: '', scope: 'read' })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatch(/^invalid_(scope|target|request)$/)
  })
})

describe('client authentication', () => {
  test('RFC 6749 §2.3.1: Basic is form-encoded first, and a client that does so is understood', async () => {
    const { world, api } = stage
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const encode = (text: string) => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)
    const header = Buffer.from(`${encode(client.id)}:${encode(client.secret)}`).toString('base64')
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    expect((await token(form, { authorization: `Basic ${header}` })).status).toBe(200)
    expect((await token(form, { authorization: `basic ${header}` })).status).toBe(200)
  })

  test('RFC 6749 §2.3.1, §5.2: a wrong secret is 401 invalid_client with a Basic challenge; so is an unknown client', async () => {
    const { service } = stage
    const form = { grant_type: 'client_credentials', resource: stage.api.identifier }
    const wrong = await token(form, basic({ ...service, secret: `${service.secret}x` }))
    const unknown = await token(form, basic({ id: 'cli_nobody', secret: service.secret }))
    const empty = await token(form, basic({ ...service, secret: '' }))
    const none = await token(form)
    for (const answer of [wrong, unknown, none]) {
      expect(answer.status).toBe(401)
      expect(answer.body['error']).toBe('invalid_client')
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
      expect(answer.headers.get('cache-control')).toContain('no-store')
    }
    // Nobody learns which clients there are.
    expect(unknown.text).toBe(wrong.text)
    expect([empty.status, empty.body['error']]).toEqual([400, 'invalid_request'])
  })

  test('RFC 6749 §2.3.1: a secret may come either way; no secret, or one of a public client, is no authentication', async () => {
    const { service, api, app, web } = stage
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    const inBody = await token({ ...form, client_id: service.id, client_secret: service.secret })
    expect(inBody.status).toBe(200)
    expect((await token({ ...form, client_id: service.id })).body['error']).toBe('invalid_client')
    const code = await stage.code(app)
    const asApp = {
      grant_type: 'authorization_code',
      code: code.code,
      code_verifier: code.verifier,
      redirect_uri: redirectUri,
    }
    expect((await token(asApp, basic({ ...app, secret: web.secret }))).body['error']).toBe('invalid_client')
    expect((await token({ ...asApp, client_id: app.id, client_secret: 'x' })).body['error']).toBe(
      'invalid_client',
    )
    expect((await exchange(stage.world, app, code)).status).toBe(200)
  })

  test('P19, RFC 6749 §2.3: Basic and a secret in the body at once is a malformed request', async () => {
    const { service, api, web } = stage
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    const both = await token(
      { ...form, client_id: service.id, client_secret: service.secret },
      basic(service),
    )
    expect(both.status).toBe(400)
    expect(both.body['error']).toBe('invalid_request')
    const other = await token({ ...form, client_id: web.id }, basic(service))
    expect(other.status).toBe(400)
  })

  test('RFC 6749 §2.3.1: during a rotation two secrets work, and one that was revoked does not', async () => {
    const { world, api } = stage
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    const next = { clientId: client.id, secretId: randomId('sec'), secret: randomSecret() }
    await addSecret(world.db, next, systemAct(new Date()))
    await expect
      .poll(async () => (await token(form, basic({ ...client, secret: next.secret }))).status)
      .toBe(200)
    expect((await token(form, basic(client))).status).toBe(200)
    await revokeSecret(world.db, next, systemAct(new Date()))
    const other = basic({ ...client, secret: next.secret })
    await within(1000, async () => (await token(form, other)).status === 401)
    expect((await token(form, basic(client))).status).toBe(200)
  })

  test('T12: a disabled client is an unknown one', async () => {
    const { world, api } = stage
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier }
    expect((await token(form, basic(client))).status).toBe(200)
    await disableClient(world.db, client.id, systemAct(new Date()))
    const disabledAt = performance.now()
    const { text: unknown } = await token(form, basic({ id: 'cli_nobody', secret: 'x' }))
    await within(1000, async () => (await token(form, basic(client))).text === unknown, disabledAt)
  })
})

describe('the token endpoint', () => {
  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])(
    'P19, RFC 6749 §3.2: %s is answered 405 with Allow',
    async (method) => {
      const url = `${stage.world.issuer}/oauth/token?grant_type=client_credentials`
      const response = await fetch(url, { method, headers: basic(stage.service) })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toContain('POST')
      expect(response.headers.get('cache-control')).toBe('no-store')
    },
  )

  test('P19, RFC 6749 §5.1, §5.2: nothing is cached, be it tokens or errors', async () => {
    const answers = [
      await serviceToken(),
      await serviceToken({ scope: 'nope' }),
      await serviceToken({ grant_type: 'nope' }),
      await token({}),
      await token({ grant_type: 'authorization_code' }, { authorization: 'Basic !!!' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 401, 400])
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toContain('no-store')
      expect(headers.get('content-type')).toMatch(/^application\/json/)
    }
  })

  test.each([
    'password',
    'implicit',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'CLIENT_CREDENTIALS',
    'x',
  ])('P11, RFC 6749 §5.2: the grant %s does not exist', async (grant_type) => {
    const answer = await serviceToken({ grant_type, username: 'ana', password: 'x' })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toBe('unsupported_grant_type')
  })

  test('RFC 6749 §5.2: without grant_type the request is malformed', async () => {
    const answer = await postAs(stage.world, stage.service, { path: '/oauth/token', form: {} })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toBe('invalid_request')
  })

  test.each([
    ['grant_type', 'client_credentials'],
    ['scope', 'client_credentials'],
    ['client_id', 'client_credentials'],
    ['client_secret', 'client_credentials'],
    ['code', 'authorization_code'],
    ['redirect_uri', 'authorization_code'],
    ['code_verifier', 'authorization_code'],
    ['refresh_token', 'refresh_token'],
    ['scope', 'refresh_token'],
  ])('P18, RFC 6749 §3.2: %s sent twice with %s is refused', async (name, grantType) => {
    const { world, service, web } = stage
    const caller = grantType === 'client_credentials' ? service : web
    const known = { grant_type: grantType, client_id: caller.id, client_secret: caller.secret }
    const { [name]: value = 'x', ...rest } = known as Record<string, string>
    const twice = [...Object.entries(rest), [name, value], [name, value]] as const
    const answer = await postForm(`${world.issuer}/oauth/token`, twice)
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toBe('invalid_request')
    expect(answer.body['error_description']).toContain(`'${name}'`)
  })

  test('P18: parameters in the query are not part of a token request', async () => {
    const { world, service, api } = stage
    const query = new URLSearchParams({ grant_type: 'client_credentials', resource: api.identifier })
    const answer = await postForm(`${world.issuer}/oauth/token?${query.toString()}`, {}, basic(service))
    expect(answer.status).toBe(400)
    const credentials = new URLSearchParams({ client_id: service.id, client_secret: service.secret })
    const inQuery = await postForm(`${world.issuer}/oauth/token?${credentials.toString()}`, {
      grant_type: 'client_credentials',
      resource: api.identifier,
    })
    expect(inQuery.status).toBeGreaterThanOrEqual(400)
  })

  test('P20, RFC 6749 §5.2: error texts keep to the characters that are allowed in them', async () => {
    const nasty = '"\\\r\n<script>é\u2028'
    const answers = [
      await serviceToken({ scope: nasty }),
      await serviceToken({ grant_type: nasty }),
      await serviceToken({ resource: nasty }),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(400)
      expect(body['error']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
      expect(body['error_description'] ?? '').toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/)
    }
  })
})

function swapCase(text: string): string {
  const swapped = text.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))
  if (swapped === text) throw new Error('a token without letters')
  return swapped
}
