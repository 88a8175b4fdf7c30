import { sql } from 'kysely'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import * as openid from 'openid-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumMissing, inChromium, openChromium } from '../support/chromium.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty, Tokens } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, TestClient, World } from '../support/world.ts'

// A browser takes its time on a machine that has much to do.
let world: World
let chromium: Browser
let gallery: RelyingParty
let caller: TestClient
let api: TestApi
let context: BrowserContext
let page: Page
let ana: TestAccount

describe.skipIf(chromiumMissing !== undefined)(inChromium('a person in a real browser'), () => {
  beforeAll(async () => {
    world = await openWorld()
    chromium = await openChromium()
    gallery = await openRelyingParty(world)
    caller = await world.makeClient({ metadata: { grant_types: [] } })
    api = await world.makeApi({ introspectors: [caller] })
    await world.permit({ type: 'client', id: gallery.client.id }, api, ['read', 'write'])
  })
  afterAll(async () => {
    await chromium?.close()
    await gallery?.close()
    await world?.close()
  })
  beforeEach(async () => {
    ana = await world.makeAccount()
    context = await chromium.newContext()
    page = await context.newPage()
  })
  afterEach(() => context.close())

  test('signs in, consents, and the app gets tokens, refreshes them, and signs the person out', async () => {
    const signIn = await gallery.begin({ resource: api.identifier, scope: 'openid email read' })
    await page.goto(signIn.url)
    await fillPassword(page, ana)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Gallery')
    await page.getByRole('button', { name: 'Allow' }).click()
    const tokens = await arrived(page, signIn)
    expect(tokens.claims()).toMatchObject({ sub: ana.id, nonce: signIn.nonce, iss: world.issuer })

    const asked = await introspect(tokens.access_token)
    expect(asked).toMatchObject({ active: true, sub: ana.id, scope: 'read', aud: api.identifier })

    const again = await openid.refreshTokenGrant(gallery.configuration, String(tokens.refresh_token))
    expect(again.refresh_token).not.toBe(tokens.refresh_token)
    expect(await introspect(again.access_token)).toMatchObject({ active: true, sub: ana.id })

    const hint = String(tokens.id_token)
    await page.goto(endSessionUrl(gallery, { id_token_hint: hint, state: 'bye' }))
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign out?')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${gallery.signedOutUri}?state=bye`)
    expect(await introspect(again.access_token)).toEqual({ active: false })

    await page.goto((await gallery.begin()).url)
    expect(await page.getByLabel('Password', { exact: true }).isVisible()).toBe(true)
  })

  test('is told of a wrong password in words that name neither, and the right one then works', async () => {
    const signIn = await gallery.begin()
    await page.goto(signIn.url)
    await fillPassword(page, { ...ana, password: 'not my password at all' })
    expect(await page.getByRole('alert').textContent()).toContain('email, username or password is not right')
    expect(await page.getByLabel('Email or username').inputValue()).toBe(ana.email)
    await fillPassword(page, ana)
    await page.getByRole('button', { name: 'Allow' }).click()
    expect((await arrived(page, signIn)).claims()?.sub).toBe(ana.id)
  })

  test.each([
    ['denies consent', 'Deny', true],
    ['cancels the sign-in', 'Cancel and go back', false],
  ])('%s, and the app gets access_denied', async (_what, button, withPassword) => {
    const signIn = await gallery.begin()
    await page.goto(signIn.url)
    if (withPassword) await fillPassword(page, ana)
    await page.getByRole('button', { name: button }).click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    expect(await signIn.outcome).toEqual({ error: 'access_denied' })
  })

  test('is neither asked for the password nor for consent a second time', async () => {
    await signInOnce(gallery)
    const second = await gallery.begin()
    await page.goto(second.url)
    expect((await arrived(page, second)).claims()?.sub).toBe(ana.id)

    const elsewhere = await chromium.newContext()
    const otherPage = await elsewhere.newPage()
    const third = await gallery.begin()
    await otherPage.goto(third.url)
    await fillPassword(otherPage, ana)
    expect((await arrived(otherPage, third)).claims()?.sub).toBe(ana.id)
    await elsewhere.close()
  })

  test('is not asked for consent by an app of the installation itself', async () => {
    const own = await openRelyingParty(world, { settings: { firstParty: true } })
    const signIn = await own.begin()
    await page.goto(signIn.url)
    await fillPassword(page, ana)
    expect((await arrived(page, signIn)).claims()?.sub).toBe(ana.id)
    await own.close()
  })

  test('v5.0.0-7.6.1: is asked again by prompt=login, and by max_age once the sign-in is older than it', async () => {
    const first = await signInOnce(gallery)
    const forced = await gallery.begin({ prompt: 'login' })
    await page.goto(forced.url)
    await fillPassword(page, ana)
    const tokens = await arrived(page, forced)
    expect(tokens.claims()?.auth_time).toBeGreaterThanOrEqual(Number(first.claims()?.iat))

    const recent = await gallery.begin({ max_age: '600' })
    await page.goto(recent.url)
    expect((await arrived(page, recent)).claims()?.sub).toBe(ana.id)
    await makeSignInOlder(ana, 601)
    const old = await gallery.begin({ max_age: '600' })
    await page.goto(old.url)
    await fillPassword(page, ana)
    expect((await arrived(page, old)).claims()?.sub).toBe(ana.id)
  })

  test('finds login_hint filled in and the page in the language of ui_locales', async () => {
    await page.goto((await gallery.begin({ login_hint: 'ana@example.com', ui_locales: 'de fr' })).url)
    expect(await page.getByLabel('Passwort', { exact: true }).isVisible()).toBe(true)
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    expect(await page.locator('input[name=login]').inputValue()).toBe('ana@example.com')
    expect(await page.evaluate('document.activeElement.name')).toBe('password')
  })

  test('sees on the sign-in page which app asks', async () => {
    await page.goto((await gallery.begin()).url)
    expect(await page.locator('main').textContent()).toContain('to continue to Gallery')
  })

  test('signs in to two apps in two tabs at the same time, and both keep working', async () => {
    const music = await openRelyingParty(world, { metadata: { client_name: 'Music' } })
    const otherPage = await context.newPage()
    const tabs = [
      { tab: page, app: gallery, signIn: await gallery.begin() },
      { tab: otherPage, app: music, signIn: await music.begin() },
    ]
    await Promise.all(tabs.map(({ tab, signIn }) => tab.goto(signIn.url)))
    for (const { tab } of tabs) await fillPassword(tab, ana)
    await Promise.all(tabs.map(({ tab }) => tab.getByRole('button', { name: 'Allow' }).click()))
    for (const { tab, app, signIn } of tabs) {
      const tokens = await arrived(tab, signIn)
      const userinfo = await openid.fetchUserInfo(app.configuration, tokens.access_token, ana.id)
      expect(userinfo.email).toBe(ana.email)
      await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token))
    }
    // One session: either app gets a silent answer in either tab.
    for (const { tab, app } of tabs) {
      const silent = await app.begin({ prompt: 'none' })
      await tab.goto(silent.url)
      expect((await arrived(tab, silent)).claims()?.sub).toBe(ana.id)
    }
    await music.close()
  })

  test('can be somebody else on the consent page', async () => {
    const bob = await world.makeAccount({ claims: { name: 'Bob Test' } })
    const signIn = await gallery.begin()
    await page.goto(signIn.url)
    await fillPassword(page, ana)
    await page.getByRole('button', { name: 'Use another account' }).click()
    await fillPassword(page, bob)
    expect(await page.locator('main').textContent()).toContain('Bob Test')
    await page.getByRole('button', { name: 'Allow' }).click()
    expect((await arrived(page, signIn)).claims()?.sub).toBe(bob.id)
  })

  test('goes back, forward and reloads without harm', async () => {
    const signIn = await gallery.begin()
    await page.goto(signIn.url)
    await page.reload()
    await fillPassword(page, ana)
    await page.reload()
    await page.goBack()
    await page.goForward()
    await page.reload()
    await page.getByRole('button', { name: 'Allow' }).click()
    expect((await arrived(page, signIn)).claims()?.sub).toBe(ana.id)
    // The way back leads through what is over: a calm page, and the app's own answer is not given twice.
    await page.goBack()
    expect(await page.locator('h1').textContent()).toBe('This sign-in is over')
    const next = await gallery.begin()
    await page.goto(next.url)
    expect((await arrived(page, next)).claims()?.sub).toBe(ana.id)
  })

  test('comes back to an app that asks for response_mode=form_post', async () => {
    const signIn = await gallery.begin({ response_mode: 'form_post' })
    await page.goto(signIn.url)
    await fillPassword(page, ana)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(gallery.redirectUri)
    expect((await signIn.outcome).tokens?.claims()?.sub).toBe(ana.id)
  })

  test('comes by a form of the app, and is signed in all the same', async () => {
    await signInOnce(gallery)
    const signIn = await gallery.begin()
    const fields = [...new URL(signIn.url).searchParams].map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    )
    const form = `<form method="post" action="${world.issuer}/oauth/authorize">${fields.join('')}</form>`
    // `localhost` is another site than the server's, so its cookies do not come along with the form itself.
    await page.goto(`${gallery.origin.replace('127.0.0.1', 'localhost')}/start`)
    await page.evaluate(`document.body.innerHTML = ${JSON.stringify(form)}; document.forms[0].submit()`)
    expect((await arrived(page, signIn)).claims()?.sub).toBe(ana.id)
  })

  test('needs no JavaScript', async () => {
    const plain = await chromium.newContext({ javaScriptEnabled: false })
    const plainPage = await plain.newPage()
    const signIn = await gallery.begin()
    await plainPage.goto(signIn.url)
    await fillPassword(plainPage, { ...ana, password: 'a wrong password here' })
    await fillPassword(plainPage, ana)
    await plainPage.getByRole('button', { name: 'Allow' }).click()
    const tokens = await arrived(plainPage, signIn)
    await plainPage.goto(endSessionUrl(gallery, { id_token_hint: String(tokens.id_token) }))
    await plainPage.getByRole('button', { name: 'Sign out' }).click()
    await plainPage.waitForURL(gallery.signedOutUri)
    await plain.close()
  })
})

async function fillPassword(tab: Page, { email, password }: Pick<TestAccount, 'email' | 'password'>) {
  await tab.locator('input[name=login]').fill(email)
  await tab.locator('input[name=password]').fill(password)
  await Promise.all([
    tab.waitForNavigation(),
    tab
      .locator('form', { has: tab.locator('input[name=password]') })
      .locator('button[type=submit]')
      .click(),
  ])
}

async function arrived(tab: Page, { outcome, url }: BegunSignIn): Promise<Tokens> {
  await tab.waitForURL(`${new URL(url).searchParams.get('redirect_uri')}?*`)
  const { tokens, error } = await outcome
  if (tokens === undefined) throw new Error(`the app got ${error}`)
  return tokens
}

async function signInOnce(app: RelyingParty): Promise<Tokens> {
  const signIn = await app.begin()
  await page.goto(signIn.url)
  await fillPassword(page, ana)
  await page.getByRole('button', { name: 'Allow' }).click()
  return arrived(page, signIn)
}

function endSessionUrl(app: RelyingParty, params: Record<string, string>): string {
  return openid.buildEndSessionUrl(app.configuration, {
    post_logout_redirect_uri: app.signedOutUri,
    ...params,
  }).href
}

async function introspect(token: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${world.issuer}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${caller.id}:${caller.secret}`)}` },
    body: new URLSearchParams({ token }),
  })
  return (await response.json()) as Record<string, unknown>
}

/** Lets time pass for the account's session: its sign-in was so many seconds earlier. */
async function makeSignInOlder({ id }: TestAccount, seconds: number): Promise<void> {
  const rows = await world.db
    .selectFrom('oidcSessions')
    .selectAll()
    .where('accountId', '=', id)
    // A value that was replaced lives on for seconds.
    .where(sql<boolean>`not payload ? 'replaced'`)
    .execute()
  expect(rows).toHaveLength(1)
  for (const { idHash, payload } of rows) {
    const older = { ...(payload as Record<string, unknown>) }
    older['loginTs'] = Number(older['loginTs']) - seconds
    await world.db
      .updateTable('oidcSessions')
      .set({ payload: JSON.stringify(older) })
      .where('idHash', '=', idHash)
      .execute()
  }
}
