/** RFC 9470: OAuth 2.0 Step Up Authentication Challenge Protocol, as an authorization server takes part in it. */
import { decodeJwt } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { systemAct } from '../../src/domain/audit/act.ts'
import { changeApi } from '../../src/domain/apis/lifecycle.ts'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { introspect } from '../support/oauth.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty, Tokens } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import type { Factors } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, TestClient, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let guard: TestClient
let opaque: TestApi
let jwt: TestApi
/** Wants two factors of everybody. */
let strict: TestApi
let now: Date
let ana: TestAccount
let factors: Factors
let browser: Browser

beforeAll(async () => {
  world = await openWorld()
  guard = await world.makeClient({ metadata: { client_name: 'API', grant_types: [] } })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  opaque = await world.makeApi({ introspectors: [guard] })
  jwt = await world.makeApi({ introspectors: [guard], settings: { tokenFormat: 'jwt' } })
  strict = await world.makeApi({ introspectors: [guard], settings: { minimumAcr: 'aal2' } })
  for (const api of [opaque, jwt, strict]) {
    await world.permit({ type: 'client', id: app.client.id }, api, ['read', 'write'])
  }
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  now = new Date()
  ana = await world.makeAccount()
  browser = openBrowser(world)
})

test('§4, §7 discovery names the levels there are', () => {
  expect(app.configuration.serverMetadata().acr_values_supported).toEqual(['aal1', 'aal2', 'phr'])
})

describe('§4 the authorization request', () => {
  beforeEach(async () => {
    // The session is from before there was a second factor: one factor, and good for what wants no more.
    await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
    factors = await enrol(world, ana.id, now)
  })

  test('acr_values=aal2 asks a session of one factor for the second alone, and the same request ends with acr aal2', async () => {
    const begun = await app.begin({ acr_values: 'aal2' })
    const page = await browser.visit(begun.url)
    expect(asks(page, '/login')).toBe(false)
    expect(asksForCode(page)).toBe(true)
    const claims = (await begun.complete(String((await enter(page)).leavingTo))).claims()
    expect(claims).toMatchObject({ sub: ana.id, acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    // Proven once in this session, it is not asked for again.
    const again = await app.begin({ acr_values: 'aal2', prompt: 'none' })
    const place = await browser.visit(again.url)
    expect((await again.complete(String(place.leavingTo))).claims()?.['acr']).toBe('aal2')
  })

  test('max_age that has passed asks for the whole sign-in again, the second factor included', async () => {
    await signInWasEarlier(600)
    const begun = await app.begin({ acr_values: 'aal2', max_age: '300' })
    let page = await browser.visit(begun.url)
    expect(asks(page, '/login')).toBe(true)
    page = await submitSignIn(browser, page, ana)
    expect(asksForCode(page)).toBe(true)
    const claims = (await begun.complete(String((await enter(page)).leavingTo))).claims()
    expect(claims?.['acr']).toBe('aal2')
    expect(Math.abs(Number(claims?.auth_time) - now.getTime() / 1000)).toBeLessThan(10)
  })

  test('prompt=none answers login_required and does nothing', async () => {
    const place = await browser.visit((await app.begin({ acr_values: 'aal2', prompt: 'none' })).url)
    expect(place.leavingTo?.searchParams.get('error')).toBe('login_required')
  })

  test('the first of several values that can be met will do', async () => {
    expect(asksForCode(await browser.visit((await app.begin({ acr_values: 'phr aal2' })).url))).toBe(true)
  })

  test('a level of strangers is a wish that cannot be met, and changes nothing (OpenID Connect Core §15.1)', async () => {
    await stepUp()
    const begun = await app.begin({ acr_values: 'urn:mace:incommon:iap:silver' })
    const place = await browser.visit(begun.url)
    expect((await begun.complete(String(place.leavingTo))).claims()?.['acr']).toBe('aal2')
  })

  test.each([
    ['value', { essential: true, value: 'aal2' }],
    ['values', { essential: true, values: ['urn:other', 'aal2'] }],
  ])('an essential acr by its %s asks for the second factor like acr_values', async (_how, acr) => {
    const begun = await app.begin({ claims: JSON.stringify({ id_token: { acr } }) })
    const page = await browser.visit(begun.url)
    expect(asksForCode(page)).toBe(true)
    const claims = (await begun.complete(String((await enter(page)).leavingTo))).claims()
    expect(claims?.['acr']).toBe('aal2')
  })

  test('an essential acr is not lowered by acr_values beside it', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } })
    expect(asksForCode(await browser.visit((await app.begin({ claims, acr_values: 'aal1' })).url))).toBe(true)
  })

  test.each([{ prompt: '' }, { prompt: 'none' }, { acr_values: 'aal2' }])(
    '§5 an essential acr that nobody can meet is an error (%j)',
    async (params) => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:no:such'] } } })
      const place = await browser.visit((await app.begin({ claims, ...params })).url)
      expect(place.leavingTo?.searchParams.get('error')).toBe('unmet_authentication_requirements')
    },
  )

  test('phr asks for a passkey, which a code does not stand in for', async () => {
    const begun = await app.begin({ acr_values: 'phr' })
    const page = await browser.visit(begun.url)
    const next = await enter(page)
    expect(next.leavingTo).toBeUndefined()
    expect(asksForCode(next)).toBe(false)
    expect(next.html).toContain('This sign-in needs a passkey')
  })

  test('an acr is said in the words it was asked for, and a level includes those below it', async () => {
    await stepUp()
    const begun = await app.begin({ acr_values: 'aal1' })
    const place = await browser.visit(begun.url)
    const claims = (await begun.complete(String(place.leavingTo))).claims()
    expect(claims).toMatchObject({ acr: 'aal1', amr: ['pwd', 'otp', 'mfa'] })
  })
})

describe('§6 what the resource server sees', () => {
  test.each([
    ['an opaque token', () => opaque],
    ['a JWT access token', () => jwt],
  ])('%s says acr, amr and auth_time by introspection, also after a refresh (§6.2)', async (_what, api) => {
    factors = await enrol(world, ana.id, now)
    const tokens = await tokensAt(api())
    const again = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token), {
      resource: api().identifier,
    })
    for (const token of [tokens.access_token, again.access_token]) {
      const { body } = await introspect(world, guard, token)
      expect(body).toMatchObject({ active: true, acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
      expect(Math.abs(Number(body['auth_time']) - now.getTime() / 1000)).toBeLessThan(10)
    }
  })

  test('§6.1 the JWT itself carries them', async () => {
    factors = await enrol(world, ana.id, now)
    const { access_token: token } = await tokensAt(jwt)
    expect(decodeJwt(token)).toMatchObject({
      acr: 'aal2',
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: expect.any(Number),
    })
  })

  test('T24: a token of one factor says so, and nothing of a second', async () => {
    const begun = await app.begin({ scope: 'openid read', resource: opaque.identifier })
    const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
    const { access_token: token } = await begun.complete(String(place.leavingTo))
    expect((await introspect(world, guard, token)).body).toMatchObject({ acr: 'aal1', amr: ['pwd'] })
  })
})

describe('an API and an app with a least level of their own', () => {
  test('a request for the API asks for two factors without naming them', async () => {
    factors = await enrol(world, ana.id, now)
    const { access_token: token } = await tokensAt(strict)
    expect((await introspect(world, guard, token)).body['acr']).toBe('aal2')
  })

  test('acr_values in the address do not lower it', async () => {
    const begun = await app.begin({ scope: 'openid read', resource: strict.identifier, acr_values: 'aal1' })
    const page = await submitSignIn(browser, await browser.visit(begun.url), ana)
    expect(page.leavingTo).toBeUndefined()
    expect(page.html).toContain('Protect your account')
  })

  test('a refresh token of a weaker sign-in, from before the API wanted more, is worth nothing there', async () => {
    const changing = await world.makeApi()
    await world.permit({ type: 'client', id: app.client.id }, changing, ['read'])
    const begun = await app.begin({ scope: 'openid offline_access read', resource: changing.identifier })
    const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
    const tokens = { refresh_token: (await begun.complete(String(place.leavingTo))).refresh_token ?? '' }
    await changeApi(world.db, { id: changing.id, version: 1, minimumAcr: 'aal2' }, systemAct(now))
    await expect.poll(() => outcomeOfRefresh(tokens, changing)).toBe('invalid_target')
  })

  test('an app that registered default_acr_values gets no less, whatever the address says', async () => {
    const careful = await openRelyingParty(world, {
      settings: { firstParty: true },
      metadata: { default_acr_values: ['aal2'] },
    })
    factors = await enrol(world, ana.id, now)
    await stepUp()
    await sql`update oidc_sessions set payload = payload || '{"acr": "aal1", "amr": ["pwd"]}' where account_id = ${ana.id}`.execute(
      world.db,
    )
    for (const params of [{}, { acr_values: 'aal1' }, { acr_values: 'urn:other' }]) {
      expect(asksForCode(await browser.visit((await careful.begin(params)).url))).toBe(true)
    }
    await careful.close()
  })
})

/** Proves the second factor in the test's browser. */
async function stepUp(): Promise<void> {
  const page = await browser.visit((await app.begin({ acr_values: 'aal2' })).url)
  await enter(asks(page, '/login') ? await submitSignIn(browser, page, ana) : page)
}

function enter(page: Place): Promise<Place> {
  return browser.submit(page, { action: '/second-factor', fields: { code: codeAt(factors.seed, now) } })
}

function asksForCode(place: Place): boolean {
  return place.forms.some(({ action }) => action.endsWith('/second-factor'))
}

async function tokensAt(api: TestApi): Promise<Tokens> {
  const begun = await app.begin({ scope: 'openid offline_access read', resource: api.identifier })
  const page = await submitSignIn(browser, await browser.visit(begun.url), ana)
  return begun.complete(String((await enter(page)).leavingTo))
}

/** The error of a refresh; each that works is followed by the next, because refresh tokens are rotated. */
async function outcomeOfRefresh(tokens: { refresh_token?: string }, api: TestApi): Promise<string> {
  try {
    const token = String(tokens.refresh_token)
    const answer = await openid.refreshTokenGrant(app.configuration, token, { resource: api.identifier })
    tokens.refresh_token = answer.refresh_token ?? ''
    return 'refreshed'
  } catch (error) {
    if (error instanceof openid.ResponseBodyError) return error.error
    throw error
  }
}

async function signInWasEarlier(seconds: number): Promise<void> {
  await sql`update oidc_sessions set payload = jsonb_set(payload, '{loginTs}',
    to_jsonb((payload ->> 'loginTs')::int - ${seconds}::int)) where account_id = ${ana.id}`.execute(world.db)
}
