/** OpenID Connect RP-Initiated Logout 1.0. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SignJWT, decodeJwt, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { chromiumMissing, inChromium, openChromium } from '../support/chromium.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty, Tokens } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let other: RelyingParty
let ana: TestAccount
let browser: Browser
let tokens: Tokens
let hint: string

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world)
  other = await openRelyingParty(world, { metadata: { client_name: 'Other' } })
})
afterAll(async () => {
  await app.close()
  await other.close()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount()
  browser = openBrowser(world)
  const begun = await app.begin()
  tokens = await begun.complete(
    String((await signIn(world, { account: ana, authorizeUrl: begun.url, browser })).callback),
  )
  hint = String(tokens.id_token)
})

describe('§2 the request', () => {
  test('asks first, naming the app; after yes the session is over and the app gets its state (§3)', async () => {
    const place = await logout({
      id_token_hint: hint,
      post_logout_redirect_uri: app.signedOutUri,
      state: 'x y',
    })
    expect(place.html).toContain('Gallery')
    expect(await isSignedIn()).toBe(true)
    const done = await confirm(place, 'yes')
    expect(String(done.leavingTo)).toBe(`${app.signedOutUri}?state=x+y`)
    expect(await isSignedIn()).toBe(false)
    await expect(
      openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token)),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('works with client_id alone, and with nothing at all', async () => {
    const byClient = await logout({ client_id: app.client.id, post_logout_redirect_uri: app.signedOutUri })
    expect(byClient.forms[0]?.action).toMatch(/\/oauth\/logout\/confirm$/)
    const place = await logout({})
    const done = await confirm(place, 'yes')
    expect(done.trail.at(-1)).toBe('200 /oauth/logout/success')
    expect(done.html).toContain('You are signed out')
  })

  test('by POST it is the same request, and a form of another site only asks (P36)', async () => {
    const response = await browser.send('/oauth/logout', {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: app.signedOutUri }),
    })
    expect(response.status).toBe(303)
    const place = await browser.visit(response.headers.get('location') ?? '')
    expect(place.html).toContain('Sign out?')
    expect(await isSignedIn()).toBe(true)
    const done = await confirm(place, 'yes')
    expect(String(done.leavingTo)).toBe(app.signedOutUri)
  })

  test('speaks the language of ui_locales', async () => {
    expect((await logout({ ui_locales: 'de' })).html).toContain('<html lang="de">')
  })

  test('§4 an ID Token is a hint also after it has expired', async () => {
    const inTwoDays = Date.now() + 2 * 86_400_000
    expect(Number(decodeJwt(hint).exp) * 1000).toBeLessThan(inTwoDays)
    const clock = Date.now
    Date.now = () => inTwoDays
    try {
      const place = await openBrowser(world).visit(logoutUrl({ id_token_hint: hint }))
      expect(place.status).toBe(200)
    } finally {
      Date.now = clock
    }
  })

  test('staying keeps the session, for this app as for all others', async () => {
    const place = await logout({ id_token_hint: hint })
    const done = await confirm(place, '')
    expect(done.status).toBe(200)
    expect(await isSignedIn()).toBe(true)
  })
})

describe('§2, §3 what is refused, with a page and without a redirect', () => {
  test.each([
    [
      'an unregistered post_logout_redirect_uri',
      async () => ({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }),
    ],
    [
      'a redirect URI of the sign-in',
      async () => ({ id_token_hint: hint, post_logout_redirect_uri: app.redirectUri }),
    ],
    [
      'one of another app',
      async () => ({ id_token_hint: hint, post_logout_redirect_uri: other.signedOutUri }),
    ],
    [
      'one with a query added',
      async () => ({ client_id: app.client.id, post_logout_redirect_uri: `${app.signedOutUri}?a=b` }),
    ],
    ['a client_id that is not the hint’s', async () => ({ id_token_hint: hint, client_id: other.client.id })],
    ['an unknown client_id', async () => ({ client_id: 'cli_nobody' })],
    ['a hint that is no token', async () => ({ id_token_hint: 'abc' })],
    ['a hint with another signature', async () => ({ id_token_hint: await forged() })],
    ['a hint without a signature (T13)', async () => ({ id_token_hint: unsigned() })],
  ])('%s', async (_what, params) => {
    const place = await logout(await params())
    expect(place.status).toBe(400)
    expect(place.leavingTo).toBeUndefined()
    expect(place.html).toContain('This request did not work')
    expect(await isSignedIn()).toBe(true)
  })

  test('without hint and client nobody is redirected anywhere (T19)', async () => {
    const place = await logout({ post_logout_redirect_uri: 'https://evil.example/' })
    const done = await confirm(place, 'yes')
    expect(done.leavingTo).toBeUndefined()
    expect(done.trail.at(-1)).toBe('200 /oauth/logout/success')
  })
})

describe('P36: nobody is signed out by somebody else', () => {
  test.each([
    ['no xsrf', {}, {}, 400],
    ['a wrong xsrf', { xsrf: 'a'.repeat(48) }, {}, 400],
    ['a cross-site Origin', {}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['a sibling site', {}, { origin: 'https://a.example', 'sec-fetch-site': 'same-site' }, 403],
    ['no sign of where it is from', {}, { origin: '', 'sec-fetch-site': '' }, 403],
  ])('a confirmation with %s changes nothing', async (_what, fields, headers, status) => {
    await logout({ id_token_hint: hint })
    const ours = { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
    const sent = Object.entries({ ...ours, ...headers }).filter(([, value]) => value !== '')
    const response = await browser.send('/oauth/logout/confirm', {
      method: 'POST',
      headers: Object.fromEntries(sent),
      body: new URLSearchParams({ logout: 'yes', ...fields }),
    })
    expect(response.status).toBe(status)
    expect(await isSignedIn()).toBe(true)
  })

  test('the xsrf of one browser is nothing in another', async () => {
    const attacker = openBrowser(world)
    await signIn(world, {
      account: await world.makeAccount(),
      authorizeUrl: (await app.begin()).url,
      browser: attacker,
    })
    const theirs = (await attacker.visit(logoutUrl({}))).forms[0]?.fields['xsrf'] ?? ''
    expect(theirs).not.toBe('')
    await logout({})
    const response = await browser.send('/oauth/logout/confirm', {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ logout: 'yes', xsrf: theirs }),
    })
    expect(response.status).toBe(400)
    expect(await isSignedIn()).toBe(true)
  })

  test.skipIf(chromiumMissing !== undefined)(
    inChromium('in a real browser, images and self-sending forms of another site sign nobody out'),
    async () => {
      const evil = await openEvilSite(world.issuer, hint)
      const chromium = await openChromium()
      const page = await chromium.newPage()
      const begun = await app.begin()
      await page.goto(begun.url)
      await page.locator('input[name=login]').fill(ana.email)
      await page.locator('input[name=password]').fill(ana.password)
      await page.locator('input[name=password]').press('Enter')
      await page.waitForURL(`${app.redirectUri}?*`)

      await page.goto(`${evil.origin}/images`)
      await page.waitForLoadState('networkidle')
      await page.goto(`${evil.origin}/post-confirm`)
      await page.waitForURL(`${world.issuer}/**`)
      expect(await page.locator('h1').textContent()).toBe('This request did not work')
      await page.goto(`${evil.origin}/post-logout`)
      await page.waitForURL(`${world.issuer}/**`)
      expect(await page.locator('h1').textContent()).toBe('Sign out?')

      const silent = await app.begin({ prompt: 'none' })
      await page.goto(silent.url)
      expect((await silent.outcome).tokens?.claims()?.sub).toBe(ana.id)
      await chromium.close()
      await evil.close()
    },
  )
})

test('T22: the session id dies at logout: the old cookie is nobody', async () => {
  const old = browser.cookies.headerFor(new URL(world.issuer))
  await confirm(await logout({}), 'yes')
  const response = await fetch((await app.begin({ prompt: 'none' })).url, {
    redirect: 'manual',
    headers: { cookie: old },
  })
  expect(response.headers.get('location')).toContain('error=login_required')
})

function logoutUrl(params: Readonly<Record<string, string>>): string {
  return `${world.issuer}/oauth/logout?${new URLSearchParams(params).toString()}`
}

function logout(params: Readonly<Record<string, string>>): Promise<Place> {
  return browser.visit(logoutUrl(params))
}

function confirm(place: Place, button: 'yes' | ''): Promise<Place> {
  return browser.submit(place, { action: '/oauth/logout/confirm', button })
}

async function isSignedIn(): Promise<boolean> {
  const place = await browser.visit((await app.begin({ prompt: 'none' })).url)
  return place.leavingTo?.searchParams.has('code') === true
}

async function forged(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256')
  return new SignJWT(decodeJwt(hint)).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
}

function unsigned(): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  return `${header}.${hint.split('.')[1]}.`
}

/** A page on another site (`localhost` is another one than `127.0.0.1`) that tries to sign visitors out. */
async function openEvilSite(issuer: string, idToken: string) {
  const form = (path: string) => `<!doctype html><form method="post" action="${issuer}${path}">
    <input name="logout" value="yes"><input name="id_token_hint" value="${idToken}"></form>
    <script>document.forms[0].submit()</script>`
  const pages: Readonly<Record<string, string>> = {
    '/images': `<!doctype html><img src="${issuer}/oauth/logout?id_token_hint=${idToken}">
      <img src="${issuer}/oauth/logout/confirm?logout=yes"><iframe src="${issuer}/oauth/logout"></iframe>`,
    '/post-confirm': form('/oauth/logout/confirm'),
    '/post-logout': form('/oauth/logout'),
  }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(pages[request.url ?? ''] ?? '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
