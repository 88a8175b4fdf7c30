import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { authorizeUrl, basic, exchange, newPkce, postAs, postForm, redirectUri } from '../support/oauth.ts'
import type { Answer, Caller } from '../support/oauth.ts'
import { age, openStage, rowCounts } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let strict: Caller

beforeAll(async () => {
  stage = await openStage()
  strict = await stage.world.makeClient({
    metadata: { redirect_uris: [redirectUri], require_pushed_authorization_requests: true },
  })
})
afterAll(() => stage.close())

const pkce = newPkce()

function push(client: Caller, form: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const usual = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    state: 'pushed',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
  }
  return postAs(stage.world, client, { path: '/oauth/par', form: { ...usual, ...form } })
}

async function pushed(client: Caller): Promise<string> {
  const answer = await push(client)
  if (answer.status !== 201) throw new Error(answer.text)
  return String(answer.body['request_uri'])
}

/** The authorization request with nothing but what RFC 9126 §4 asks for. */
function byReference(client: Caller, requestUri: string, more: Readonly<Record<string, string>> = {}): URL {
  return authorizeUrl(stage.world, {
    client_id: client.id,
    request_uri: requestUri,
    response_type: undefined,
    redirect_uri: undefined,
    state: undefined,
    ...more,
  })
}

describe('pushing', () => {
  test('P21, RFC 9126 §2.2: an app pushes its request and gets a reference that lives a minute', async () => {
    const answer = await push(stage.web)
    expect(answer.status).toBe(201)
    expect(answer.body['request_uri']).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{40,}$/)
    expect(answer.body['expires_in']).toBeLessThan(600)
    expect(answer.body['expires_in']).toBeGreaterThan(5)
    expect(answer.headers.get('cache-control')).toContain('no-store')
  })

  test('RFC 9126 §2: pushing, signing in and exchanging, with oauth4webapi', async () => {
    const { world, web, account } = stage
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client = { client_id: web.id }
    const auth = oauth.ClientSecretBasic(web.secret)
    const verifier = oauth.generateRandomCodeVerifier()
    const parameters = {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 's',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const response = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, options)
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, response)
    const { callback } = await signIn(world, { account, authorizeUrl: byReference(web, request_uri) })
    const params = oauth.validateAuthResponse(as, client, callback, 's')
    const token = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      params,
      redirectUri,
      verifier,
      options,
    )
    expect(token.status).toBe(200)
  })

  test('P21, RFC 9126 §2: an app with a secret must authenticate', async () => {
    const { world, web } = stage
    const before = await rowCounts(world)
    const form = { client_id: web.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' }
    const url = `${world.issuer}/oauth/par`
    expect((await postForm(url, form)).status).toBe(401)
    expect((await postForm(url, form, basic({ ...web, secret: 'wrong' }))).status).toBe(401)
    expect((await postForm(url, { response_type: 'code' })).status).toBe(401)
    expect(await rowCounts(world)).toEqual(before)
  })

  test.each([
    ['a redirect URI that is not registered', { redirect_uri: 'https://evil.test/' }, 'invalid_redirect_uri'],
    ['no challenge', { code_challenge: '' }, 'invalid_request'],
    ['the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a response type there is not', { response_type: 'token' }, 'unsupported_response_type'],
    [
      'another request within it',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'request_uri_not_supported',
    ],
    ['an API there is not', { resource: 'https://unknown.example/' }, 'invalid_target'],
    ['another client', { client_id: 'cli_other' }, 'invalid_request'],
  ])('RFC 9126 §2.3: %s is refused when it is pushed', async (_name, form, error) => {
    const before = await rowCounts(stage.world)
    const answer = await push(stage.web, form)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    if (error === 'invalid_redirect_uri')
      expect(answer.body['error']).toMatch(/^invalid_(redirect_uri|request)$/)
    else expect(answer.body['error']).toBe(error)
    expect(await rowCounts(stage.world)).toEqual(before)
  })

  test('RFC 9126 §2.3: only POST', async () => {
    const response = await fetch(`${stage.world.issuer}/oauth/par`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('using what was pushed', () => {
  test('P21, RFC 9126 §4: what was pushed counts; parameters beside it change nothing', async () => {
    const { world, web, account } = stage
    const authorizeUrl = byReference(web, await pushed(web), {
      redirect_uri: 'https://evil.test/',
      scope: 'openid email',
      state: 'beside',
      code_challenge: newPkce().challenge,
    })
    const place = await openBrowser(world).visit(authorizeUrl)
    expect(place.leavingTo?.host).not.toBe('evil.test')
    const plain = byReference(web, await pushed(web))
    const { callback } = await signIn(world, { account, authorizeUrl: plain })
    expect(callback.searchParams.get('state')).toBe('pushed')
    const code = { code: callback.searchParams.get('code') ?? '', verifier: pkce.verifier }
    expect((await exchange(world, web, code)).status).toBe(200)
  })

  test('P21, RFC 9126 §4: a reference is spent when the app is called back, not when a page is looked at', async () => {
    const { world, web, account } = stage
    const uri = await pushed(web)
    // Link previews, the back button and a second tab.
    for (let look = 0; look < 3; look += 1) {
      expect(asks(await openBrowser(world).visit(byReference(web, uri)), '/login')).toBe(true)
    }
    await signIn(world, { account, authorizeUrl: byReference(web, uri) })
    const again = await openBrowser(world).visit(byReference(web, uri))
    expect(asks(again, '/login')).toBe(false)
    expect(again.leavingTo).toBeUndefined()
    expect(again.status).toBe(400)
  })

  test('P21: of two browsers that began with one reference, one is called back with a code', async () => {
    const { world, web, account } = stage
    const uri = await pushed(web)
    const browsers = [openBrowser(world), openBrowser(world)]
    const pages = await Promise.all(browsers.map((browser) => browser.visit(byReference(web, uri))))
    const outcomes = []
    for (const [index, browser] of browsers.entries()) {
      const page = pages[index]
      if (page === undefined) continue
      let place = await submitSignIn(browser, page, account)
      if (asks(place, '/consent'))
        place = await browser.submit(place, { action: '/consent', button: 'allow' })
      outcomes.push(place.leavingTo?.searchParams.get('code') ?? undefined)
    }
    expect(outcomes.filter((code) => code !== undefined)).toHaveLength(1)
  })

  test('P21, RFC 9126 §2.2: a reference is good for the client it was given to alone', async () => {
    const { world, web, otherWeb, app } = stage
    const uri = await pushed(web)
    for (const stranger of [otherWeb, app]) {
      const place = await openBrowser(world).visit(byReference(stranger, uri))
      expect([place.status, place.leavingTo]).toEqual([400, undefined])
    }
    expect(asks(await openBrowser(world).visit(byReference(web, uri)), '/login')).toBe(true)
  })

  test('RFC 9126 §2.2: a reference that is too old, or none of ours, is refused on a page', async () => {
    const { world, web } = stage
    const uri = await pushed(web)
    await age(world, uri.slice(uri.lastIndexOf(':') + 1), 61)
    const others = [
      uri,
      `${uri}x`,
      'urn:ietf:params:oauth:request_uri:unknown',
      'https://evil.test/request.jwt',
    ]
    for (const other of others) {
      const place = await openBrowser(world).visit(byReference(web, other))
      expect([place.status, place.leavingTo], other).toEqual([400, undefined])
    }
  })

  test('v5.0.0-10.4.13, RFC 9126 §6: an app that must push is refused when it does not', async () => {
    const { world } = stage
    const direct = authorizeUrl(world, {
      client_id: strict.id,
      scope: 'openid',
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    })
    const place = await openBrowser(world).visit(direct)
    expect(asks(place, '/login')).toBe(false)
    expect(place.leavingTo?.searchParams.get('error') ?? `${place.status}`).toMatch(/^(invalid_request|400)$/)
    expect(asks(await openBrowser(world).visit(byReference(strict, await pushed(strict))), '/login')).toBe(
      true,
    )
  })
})
