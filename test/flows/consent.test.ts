/** Consent: what was ticked is what is given, who asks is shown, and who cannot be known is asked for each time. */
import { sql } from 'kysely'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty, RelyingPartyWishes } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'

let world: World
let api: TestApi
let otherApi: TestApi
let ana: TestAccount
let browser: Browser
const opened: RelyingParty[] = []

beforeAll(async () => {
  world = await openWorld({ env: { REFRESH_TOKEN_LIFETIME_SECONDS: '1209600' } })
  const photos = ['photos:read', 'photos:write']
  api = await world.makeApi({ scopes: photos, settings: { name: 'Photos' } })
  otherApi = await world.makeApi({ scopes: photos, settings: { name: 'Archive' } })
})
afterAll(async () => {
  await Promise.all(opened.map((app) => app.close()))
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount({ claims: { name: 'Ana Test' } })
  browser = openBrowser(world)
})

describe('scopes one by one (v5.0.0-10.7.3)', () => {
  const scope = 'openid email photos:read photos:write'
  const optional = { optionalScopes: ['email', 'photos:write'] }

  test('boxes are for what the app can do without, and nothing is ticked for anybody', async () => {
    const app = await openApp({ settings: optional })
    const place = await consentOf(app, { scope, resource: api.identifier })
    expect(boxesIn(place)).toEqual(['email', `${api.identifier} photos:write`])
    expect(place.html).not.toMatch(/<input[^>]*checked/)
    const plain = await openApp()
    expect(boxesIn(await consentOf(plain, { scope, resource: api.identifier }))).toEqual([])
  })

  test('the tokens, userinfo, the grant and the memory hold what was ticked, also after a refresh', async () => {
    const app = await openApp({ settings: optional })
    const begun = await app.begin({
      scope: `${scope} offline_access`,
      resource: api.identifier,
      prompt: 'consent',
    })
    const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
    const done = await allow(place, [`${api.identifier} photos:write`])
    const tokens = await begun.complete(String(done.leavingTo))
    expect(words(tokens.scope)).toEqual(['photos:read', 'photos:write'])
    expect(tokens.claims()).not.toHaveProperty('email')
    const refreshed = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token))
    expect(refreshed.claims()).not.toHaveProperty('email')
    expect(words(refreshed.scope)).toEqual(['photos:read', 'photos:write'])
    expect(await remembered(app)).toEqual({
      oidc: ['offline_access', 'openid'],
      api: ['photos:read', 'photos:write'],
    })
  })

  test('what was refused is not asked for again in that session, and once more in the next; the rest never', async () => {
    const app = await openApp({ settings: optional })
    const place = await consentOf(app, { scope, resource: api.identifier })
    await allow(place, ['email'])
    const again = await browser.visit((await app.begin({ scope, resource: api.identifier })).url)
    expect(again.leavingTo?.searchParams.has('code')).toBe(true)
    browser = openBrowser(world)
    const later = await consentOf(app, { scope, resource: api.identifier })
    expect(boxesIn(later)).toEqual([`${api.identifier} photos:write`])
  })

  test('prompt=consent offers once more what was refused, and agreeing to it now counts', async () => {
    const app = await openApp({ settings: optional })
    await allow(await consentOf(app, { scope, resource: api.identifier }), [])
    const begun = await app.begin({ scope, resource: api.identifier, prompt: 'consent' })
    const place = await browser.visit(begun.url)
    expect(boxesIn(place)).toEqual(['email', `${api.identifier} photos:write`])
    const done = await allow(place, ['email'])
    const tokens = await begun.complete(String(done.leavingTo))
    expect(tokens.claims()).toMatchObject({ email: ana.email })
    expect(words(tokens.scope)).toEqual(['photos:read'])
  })

  test('a claim of a refused scope is refused with it, however it was asked for', async () => {
    const app = await openApp({ settings: optional })
    const claims = JSON.stringify({ id_token: { email: null, name: null } })
    const begun = await app.begin({ scope: 'openid email', claims })
    const done = await allow(await submitSignIn(browser, await browser.visit(begun.url), ana), [])
    const told = (await begun.complete(String(done.leavingTo))).claims()
    expect(told).toMatchObject({ name: 'Ana Test' })
    expect(told).not.toHaveProperty('email')
  })

  test('two APIs with a scope of one name have a box each', async () => {
    const app = await openApp({ settings: optional })
    const begun = await app.begin({ scope: 'openid photos:write' })
    const url = new URL(begun.url)
    for (const { identifier } of [api, otherApi]) url.searchParams.append('resource', identifier)
    const place = await submitSignIn(browser, await browser.visit(url), ana)
    expect(boxesIn(place)).toHaveLength(2)
    await allow(place, [`${otherApi.identifier} photos:write`])
    const { rows } = await sql<{ scopes: Record<string, string> }>`
      select resource_scopes as scopes from consents where client_id = ${app.client.id}`.execute(world.db)
    expect(rows[0]?.scopes[otherApi.identifier]).toBe('photos:write')
    expect(rows[0]?.scopes[api.identifier] ?? '').toBe('')
  })

  test('an answer to another page than is due now decides nothing: the page is shown again', async () => {
    const app = await openApp({ settings: optional })
    const place = await consentOf(app, { scope, resource: api.identifier })
    await sql`update clients set optional_scopes = '{email}', version = version + 1
      where id = ${app.client.id}`.execute(world.db)
    await expect.poll(async () => boxesIn(await browser.visit(place.url))).toEqual(['email'])
    const shown = await allow(place, ['email'])
    expect(boxesIn(shown)).toEqual(['email'])
    expect(await remembered(app)).toBeUndefined()
  })

  test.each([
    ['a box that is not there', ['openid', 'profile', 'no such']],
    ['a thousand boxes', Array.from({ length: 1000 }, (_, index) => `x${index}`)],
  ])('%s adds nothing', async (_what, ticked) => {
    const app = await openApp({ settings: optional })
    const begun = await app.begin({ scope, resource: api.identifier })
    const done = await allow(await submitSignIn(browser, await browser.visit(begun.url), ana), ticked)
    const tokens = await begun.complete(String(done.leavingTo))
    expect(words(tokens.scope)).toEqual(['photos:read'])
  })
})

describe('who asks (v5.0.0-10.7.2)', () => {
  test('verified or not, for how long, and where it leads', async () => {
    const verified = await openApp({ settings: { verified: true } })
    const place = await consentOf(verified, { scope: 'openid offline_access', prompt: 'consent' })
    expect(place.html).toContain('has checked who operates')
    expect(place.html).toContain('for up to 14 days')
    expect(place.html).toContain(new URL(verified.redirectUri).host)
    browser = openBrowser(world)
    const unknown = await consentOf(await openApp(), {})
    expect(unknown.html).toContain('is not operated by')
    expect(unknown.html).toContain('Access lasts while you are signed in')
  })

  test('its own app needs no consent, unless it asks for it', async () => {
    const app = await openApp({ settings: { firstParty: true } })
    const begun = await app.begin({})
    const done = await submitSignIn(browser, await browser.visit(begun.url), ana)
    expect(done.leavingTo?.searchParams.has('code')).toBe(true)
    expect(asks(await browser.visit((await app.begin({ prompt: 'consent' })).url), '/consent')).toBe(true)
  })
})

describe('RFC 8252 §8.6 native apps (v5.0.0-10.7.1)', () => {
  const native = { application_type: 'native', token_endpoint_auth_method: 'none' }

  test('with a loopback redirect are asked for each time, agreed to before or our own', async () => {
    for (const settings of [{}, { firstParty: true }]) {
      const app = await openApp({ metadata: native, settings })
      browser = openBrowser(world)
      const first = await consentOf(app, {})
      expect(first.html).toContain('an app on this device')
      expect((await allow(first, [])).leavingTo?.searchParams.has('code')).toBe(true)
      expect(asks(await browser.visit((await app.begin()).url), '/consent')).toBe(true)
      const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
      expect(silent.leavingTo?.searchParams.get('error')).toMatch(/^(?:interaction|consent)_required$/)
    }
  })

  test('with a claimed https address are known by it: asked once, or not at all if they are our own', async () => {
    const redirectUri = 'https://app.example/callback'
    const metadata = { ...native, redirect_uris: [redirectUri] }
    const theirs = await openApp({ metadata })
    await allow(await consentOf(theirs, { redirect_uri: redirectUri }), [])
    const again = await browser.visit((await theirs.begin({ redirect_uri: redirectUri })).url)
    expect(again.leavingTo?.searchParams.has('code')).toBe(true)
    const ours = await openApp({ metadata, settings: { firstParty: true } })
    const place = await browser.visit((await ours.begin({ redirect_uri: redirectUri })).url)
    expect(place.leavingTo?.searchParams.has('code')).toBe(true)
  })

  test('a public web app on this machine is as unknown as a native one; a confidential one is not', async () => {
    const open = await openApp({ metadata: { token_endpoint_auth_method: 'none' } })
    await allow(await consentOf(open, {}), [])
    expect(asks(await browser.visit((await open.begin()).url), '/consent')).toBe(true)
    const confidential = await openApp()
    await signIn(world, { account: ana, browser, authorizeUrl: (await confidential.begin()).url })
    const again = await browser.visit((await confidential.begin()).url)
    expect(again.leavingTo?.searchParams.has('code')).toBe(true)
  })

  test('what was agreed to before is shown as well', async () => {
    const app = await openApp({ metadata: native })
    const params = { scope: 'openid email photos:read', resource: api.identifier }
    await allow(await consentOf(app, params), [])
    const place = await browser.visit((await app.begin(params)).url)
    expect(place.html).toContain('See your email address')
    expect(place.html).toContain('May photos:read.')
  })
})

describe('response_mode=form_post', () => {
  test('is a page of ours that sends itself, works without script, and keeps the policy', async () => {
    const app = await openApp()
    await signIn(world, { account: ana, browser, authorizeUrl: (await app.begin()).url })
    const begun = await app.begin({ response_mode: 'form_post' })
    const place = await browser.visit(begun.url)
    expect(place.status).toBe(200)
    expect(place.html).not.toMatch(/<script>|Submitting Callback/)
    expect(place.html).toMatch(/<script src="\/assets\/onward\.[0-9a-f]+\.js" defer>/)
    expect(place.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(place.headers.get('cache-control')).toBe('no-store')
    const [form] = place.forms
    expect(form).toMatchObject({ action: app.redirectUri, method: 'post', buttons: [{ name: '' }] })
    const callback = new URL(app.redirectUri)
    for (const [name, value] of Object.entries(form?.fields ?? {})) callback.searchParams.set(name, value)
    expect((await begun.complete(callback.href)).claims()?.sub).toBe(ana.id)
  })

  test('T46 carries hostile values as they are, and as text', async () => {
    const app = await openApp()
    const state = `"><script>alert(1)</script>'&amp;${'x'.repeat(50)}`
    const url = new URL((await app.begin({ response_mode: 'form_post', prompt: 'none' })).url)
    url.searchParams.set('state', state)
    const place = await browser.visit(url)
    expect(place.html).not.toContain('<script>alert')
    expect(place.forms[0]?.fields).toMatchObject({ error: 'login_required', state })
  })
})

async function openApp(wishes: RelyingPartyWishes = {}): Promise<RelyingParty> {
  const app = await openRelyingParty(world, wishes)
  opened.push(app)
  for (const target of [api, otherApi])
    await world.permit({ type: 'client', id: app.client.id }, target, ['photos:read', 'photos:write'])
  return app
}

/** Ana signs in and stands on the consent page. */
async function consentOf(app: RelyingParty, params: Record<string, string>): Promise<Place> {
  const place = await browser.visit((await app.begin(params)).url)
  const next = asks(place, '/login') ? await submitSignIn(browser, place, ana) : place
  expect(asks(next, '/consent')).toBe(true)
  return next
}

function boxesIn({ html }: Place): string[] {
  return [...html.matchAll(/type="checkbox"[^>]*? value="([^"]*)"/g)].map(([, value = '']) => value).sort()
}

/** Allows, with these boxes ticked. */
async function allow(place: Place, ticked: readonly string[]): Promise<Place> {
  const action = String(place.forms.find((form) => form.action.endsWith('/consent'))?.action)
  const body = new URLSearchParams({ decision: 'allow' })
  for (const box of boxesIn(place)) body.append('offered', box)
  for (const box of ticked) body.append('scope', box)
  const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
  const answer = await browser.send(action, { method: 'POST', headers, body })
  const location = answer.headers.get('location')
  return browser.visit(location ?? place.url)
}

async function remembered(app: RelyingParty): Promise<{ oidc: string[]; api: string[] } | undefined> {
  const { rows } = await sql<{ oidc: string; api: string | null }>`
    select oidc_scope as oidc, resource_scopes ->> ${api.identifier} as api from consents
    where client_id = ${app.client.id} and account_id = ${ana.id}`.execute(world.db)
  const [row] = rows
  return row === undefined ? undefined : { oidc: words(row.oidc), api: words(row.api ?? '') }
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter(Boolean).sort()
}
