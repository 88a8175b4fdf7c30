/** OpenID Connect Core 1.0: the authentication request, its errors, and the ID Token. */
import * as openid from 'openid-client'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asks, signIn, signInOutcome } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty, RelyingPartyWishes, Tokens } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
/** A browser in which Ana is signed in and has agreed to `openid profile email`. */
let known: Browser
const opened: RelyingParty[] = []

beforeAll(async () => {
  world = await openWorld()
  app = await openApp()
  ana = await world.makeAccount()
  known = (await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url })).browser
})
afterAll(async () => {
  await Promise.all(opened.map((party) => party.close()))
  await world.close()
})

describe('§3.1.2.1 authentication request', () => {
  test('without the scope openid it is plain OAuth 2.0: a token for the API, and no ID Token', async () => {
    const api = await world.makeApi()
    const client = await openApp()
    await world.permit({ type: 'client', id: client.client.id }, api, ['read'])
    const begun = await client.begin({ scope: 'read', resource: api.identifier })
    const url = new URL(begun.url)
    url.searchParams.delete('nonce')
    const { callback } = await signIn(world, { account: ana, authorizeUrl: url })
    const tokens = await openid.authorizationCodeGrant(client.configuration, callback, {
      pkceCodeVerifier: begun.verifier,
      expectedState: begun.state,
    })
    expect(tokens).toMatchObject({ scope: 'read' })
    expect(tokens.id_token).toBeUndefined()
  })

  test.each([
    ['token', 'unsupported_response_type'],
    ['id_token', 'unsupported_response_type'],
    ['code id_token', 'unsupported_response_type'],
    ['none', 'unsupported_response_type'],
  ])('response_type %s is refused: code is all there is', async (responseType, error) => {
    const answer = await answerTo({ response_type: responseType })
    expect(answer).toMatchObject({ error, iss: world.issuer })
  })

  test('§3.1.2.6 an error goes to the app with its state and the issuer, and with no code', async () => {
    const begun = await app.begin({ prompt: 'none' })
    const place = await openBrowser(world).visit(begun.url)
    const params = Object.fromEntries(place.leavingTo?.searchParams ?? [])
    expect(params).toEqual({
      error: 'login_required',
      error_description: 'End-User authentication is required',
      state: begun.state,
      iss: world.issuer,
    })
  })

  test.each([
    ['no redirect_uri', (url: URL) => url.searchParams.delete('redirect_uri')],
    [
      'an unregistered redirect_uri',
      (url: URL) => url.searchParams.set('redirect_uri', 'https://evil.example/'),
    ],
    [
      'a redirect_uri with one character more',
      (url: URL) => url.searchParams.set('redirect_uri', `${app.redirectUri}/`),
    ],
    ['two redirect_uris', (url: URL) => url.searchParams.append('redirect_uri', app.redirectUri)],
    ['no client_id', (url: URL) => url.searchParams.delete('client_id')],
    ['an unknown client_id', (url: URL) => url.searchParams.set('client_id', 'cli_nobody')],
  ])('with %s the person gets a page, and nobody is redirected anywhere', async (_what, change) => {
    const url = new URL((await app.begin()).url)
    change(url)
    const place = await openBrowser(world).visit(url)
    expect(place).toMatchObject({ status: 400, leavingTo: undefined })
    expect(place.html).toContain('This request did not work')
  })

  test.each([
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ prompt: 'dance' }, 'invalid_request'],
    [{ max_age: '-1' }, 'invalid_request'],
    [{ max_age: 'young' }, 'invalid_request'],
    [{ id_token_hint: 'not.a.token' }, 'invalid_request'],
    [{ claims: '{' }, 'invalid_request'],
    [{ claims: '[]' }, 'invalid_request'],
    [{ request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    [{ request_uri: 'http://169.254.169.254/' }, 'request_uri_not_supported'],
    [{ response_mode: 'jwt' }, 'unsupported_response_mode'],
    [{ registration: '{}' }, 'registration_not_supported'],
  ])('%j is answered with %s', async (params, error) => {
    expect(await answerTo(params)).toMatchObject({ error })
  })

  test('display, claims_locales, acr_values and unknown parameters change nothing that matters (§15.1)', async () => {
    const begun = await app.begin({
      display: 'touch',
      claims_locales: 'de',
      acr_values: 'urn:some:level',
      no_such_parameter: '1',
    })
    const place = await known.visit(begun.url)
    expect((await begun.complete(String(place.leavingTo))).claims()).toMatchObject({ sub: ana.id })
  })

  test('an essential acr that cannot be reached is an error, never a weaker sign-in (§5.5.1.1)', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:no:such'] } } })
    expect(await answerTo({ claims, prompt: 'none' })).not.toHaveProperty('code')
    const begun = await app.begin({ claims })
    const place = await signInOutcome(openBrowser(world), { account: ana, authorizeUrl: begun.url })
    expect(place.leavingTo?.searchParams.get('error')).toBe('unmet_authentication_requirements')
  })

  test('§3.1.2.1 by POST it is the same request, and a parameter that comes twice still comes twice', async () => {
    const begun = await app.begin({ prompt: 'none' })
    const { origin, searchParams: body } = new URL(begun.url)
    const post = () => known.send(`${origin}/oauth/authorize`, { method: 'POST', body })
    const answer = await post()
    expect(answer.status).toBe(303)
    const place = await known.visit(String(answer.headers.get('location')))
    expect((await begun.complete(String(place.leavingTo))).claims()?.sub).toBe(ana.id)
    body.append('redirect_uri', app.redirectUri)
    const twice = await known.visit(String((await post()).headers.get('location')))
    expect(twice).toMatchObject({ status: 400, leavingTo: undefined })
  })

  test('prompt=none answers a person who is signed in and has agreed, without a page', async () => {
    const begun = await app.begin({ prompt: 'none' })
    const place = await known.visit(begun.url)
    expect(place.trail).toEqual(['303 /oauth/authorize'])
    expect((await begun.complete(String(place.leavingTo))).claims()?.sub).toBe(ana.id)
  })

  test('prompt=none answers consent_required where consent is missing', async () => {
    const other = await openApp()
    expect(await answerTo({ prompt: 'none' }, other)).toMatchObject({ error: 'consent_required' })
    expect(await answerTo({ prompt: 'none', scope: 'openid phone' })).toMatchObject({
      error: 'consent_required',
    })
  })

  test('prompt=consent asks again although there is nothing new', async () => {
    const place = await known.visit((await app.begin({ prompt: 'consent' })).url)
    expect(asks(place, '/consent')).toBe(true)
  })

  test('id_token_hint of somebody else is never answered with this person', async () => {
    const bob = await world.makeAccount()
    const begun = await app.begin()
    const { callback } = await signIn(world, { account: bob, authorizeUrl: begun.url })
    const { id_token: hint = '' } = await begun.complete(String(callback))
    expect(await answerTo({ prompt: 'none', id_token_hint: hint })).toMatchObject({ error: 'login_required' })
    const place = await known.visit((await app.begin({ id_token_hint: hint })).url)
    expect(asks(place, '/login')).toBe(true)
  })

  test('v5.0.0-7.6.1: max_age=0 asks for the password again, and so does max_age when the sign-in is older', async () => {
    expect(await answerTo({ prompt: 'none', max_age: '0' })).toMatchObject({ error: 'login_required' })
  })
})

describe('§2, §3.1.3.6 ID Token', () => {
  test('has the required members, the nonce, an audience of one, and no azp', async () => {
    const begun = await app.begin()
    const place = await known.visit(begun.url)
    const tokens = await begun.complete(String(place.leavingTo))
    const claims = tokens.claims()
    expect(claims).toMatchObject({
      iss: world.issuer,
      sub: ana.id,
      aud: app.client.id,
      nonce: begun.nonce,
    })
    expect(claims).not.toHaveProperty('azp')
    expect(Number(claims?.exp) - Number(claims?.iat)).toBe(3600)
    expect(Math.abs(Number(claims?.iat) - Date.now() / 1000)).toBeLessThan(10)
    expect(decodeProtectedHeader(String(tokens.id_token))).toMatchObject({
      alg: 'ES256',
      kid: expect.any(String),
    })
  })

  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'])(
    '§3.1.3.7 verifies with %s when registered so',
    async (alg) => {
      const signed = await openApp({ metadata: { id_token_signed_response_alg: alg } })
      const { tokens } = await fresh(signed)
      expect(decodeProtectedHeader(String(tokens.id_token)).alg).toBe(alg)
      expect(tokens.claims()?.sub).toBe(ana.id)
    },
  )

  test('has auth_time when max_age was asked, when the claim is essential, and when registered', async () => {
    const before = Math.floor(Date.now() / 1000)
    const { tokens: plain } = await fresh(app)
    expect(plain.claims()).not.toHaveProperty('auth_time')
    const { tokens: aged } = await fresh(app, { max_age: '600' })
    expect(aged.claims()?.auth_time).toBeGreaterThanOrEqual(before)
    const claims = JSON.stringify({ id_token: { auth_time: { essential: true } } })
    expect((await fresh(app, { claims })).tokens.claims()?.auth_time).toBeGreaterThanOrEqual(before)
    const registered = await openApp({ metadata: { require_auth_time: true } })
    expect((await fresh(registered)).tokens.claims()?.auth_time).toBeGreaterThanOrEqual(before)
  })

  test('§3.1.3.7 a client that finds another nonce, or another issuer, refuses (the tests would notice)', async () => {
    const begun = await app.begin()
    const callback = new URL(String((await known.visit(begun.url)).leavingTo))
    callback.searchParams.set('iss', 'https://evil.example')
    await expect(begun.complete(callback.href)).rejects.toThrow('invalid response encountered')
    callback.searchParams.set('iss', world.issuer)
    const another = await app.begin()
    callback.searchParams.set('state', another.state)
    await expect(another.complete(callback.href)).rejects.toThrow()
  })
})

describe('§12 refresh', () => {
  test('§12.2 the new ID Token has the same iss, sub, aud and auth_time, a new iat, and no other nonce', async () => {
    const { tokens, nonce } = await fresh(app, { max_age: '600' })
    const first = tokens.claims()
    const again = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token))
    const second = again.claims()
    for (const name of ['iss', 'sub', 'aud', 'auth_time'] as const) expect(second?.[name]).toBe(first?.[name])
    expect(second?.iat).toBeGreaterThanOrEqual(Number(first?.iat))
    expect([undefined, nonce]).toContain(second?.nonce)
  })

  test('a scope can be narrowed and never widened (RFC 6749 §6)', async () => {
    const { tokens } = await fresh(app)
    await expect(
      openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token), { scope: 'openid phone' }),
    ).rejects.toMatchObject({ error: 'invalid_scope' })
    const narrowed = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token), {
      scope: 'openid',
    })
    const userinfo = await openid.fetchUserInfo(app.configuration, narrowed.access_token, ana.id)
    expect(userinfo).toEqual({ sub: ana.id })
  })
})

async function openApp(wishes: RelyingPartyWishes = {}): Promise<RelyingParty> {
  const party = await openRelyingParty(world, wishes)
  opened.push(party)
  return party
}

/** What the app is told when Ana's browser brings this request. */
async function answerTo(params: Record<string, string>, party = app): Promise<Record<string, string>> {
  const place = await known.visit((await party.begin(params)).url)
  // Errors of response types whose answers go in the fragment go there as well (OAuth 2.0 Multiple Response Types §5).
  const { search = '', hash = '' } = place.leavingTo ?? {}
  return Object.fromEntries(new URLSearchParams(hash === '' ? search : hash.slice(1)))
}

/** Ana signs in in a new browser. */
async function fresh(
  party: RelyingParty,
  params: Record<string, string> = {},
): Promise<{ tokens: Tokens; nonce: string }> {
  const begun = await party.begin(params)
  const { callback } = await signIn(world, { account: ana, authorizeUrl: begun.url })
  return { tokens: await begun.complete(String(callback)), nonce: begun.nonce }
}
