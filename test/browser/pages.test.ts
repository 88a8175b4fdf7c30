/**
 * Every page a person can reach, in a real browser: it obeys its own policy, raises no error, and fits a narrow phone.
 * With SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { looksRight } from '../support/looks.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld, testPassword } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'

const longWord = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverwaltung'
const setupToken = 'setup-token-of-this-test'

// A browser takes its time on a machine that has much to do.
let world: World
let chromium: Browser
let gallery: RelyingParty
let api: TestApi
let context: BrowserContext
let page: Page
let complaints: string[]
let ana: TestAccount

describe.skipIf(chromiumMissing !== undefined)(inChromium('pages in a real browser'), () => {
  beforeAll(async () => {
    world = await openWorld()
    chromium = await openChromium()
    api = await world.makeApi({ scopes: ['invoices:read', 'invoices:write'], settings: { name: 'Invoices' } })
    gallery = await openApp('Gallery')
    await createSetupLink(
      world.db,
      { token: setupToken, expiresAt: new Date(Date.now() + 600_000) },
      systemAct(new Date()),
    )
  })
  afterAll(async () => {
    await chromium?.close()
    await gallery?.close()
    await world?.close()
  })
  beforeEach(async () => {
    ana = await world.makeAccount({ claims: { name: 'Ana Test' } })
    context = await chromium.newContext()
    page = await context.newPage()
    complaints = watchForComplaints(page)
  })
  afterEach(() => context.close())

  test('signing in, in English and in German', async () => {
    await page.goto((await gallery.begin()).url)
    await looksRight(page, 'sign-in')
    await signIn({ ...ana, password: 'something else entirely' })
    await looksRight(page, 'wrong-password')
    await page.goto((await gallery.begin({ ui_locales: 'de' })).url)
    await looksRight(page, 'sign-in-german')
    expect(complaints).toEqual([])
  })

  test('consenting, also to an app with a long name and many wishes', async () => {
    const scope = 'openid profile email address phone offline_access invoices:read invoices:write'
    await page.goto((await gallery.begin()).url)
    await signIn(ana)
    await looksRight(page, 'consent')
    const app = await openApp(`${longWord} App`)
    const person = await world.makeAccount({
      email: `${'very.long.local.part.of.an.address'.repeat(1)}@${'sub.'.repeat(20)}example.com`,
      claims: { name: `${longWord} von und zu Test` },
    })
    await page.goto((await app.begin({ scope, resource: api.identifier, prompt: 'consent login' })).url)
    await signIn(person)
    await page.locator('form[action$="/consent"]').waitFor()
    await looksRight(page, 'consent-long')
    await page.goto((await app.begin({ ui_locales: 'de' })).url)
    await looksRight(page, 'consent-german')
    await app.close()
    expect(complaints).toEqual([])
  })

  test('signing out, and having signed out', async () => {
    const begun = await gallery.begin()
    await page.goto(begun.url)
    await signIn(ana)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    const { tokens } = await begun.outcome
    await page.goto(`${world.issuer}/oauth/logout?id_token_hint=${tokens?.id_token}`)
    await looksRight(page, 'sign-out-for-app')
    await page.goto(`${world.issuer}/oauth/logout`)
    await looksRight(page, 'sign-out')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${world.issuer}/oauth/logout/success`)
    await looksRight(page, 'signed-out')
    // Somebody who has no session any more has nothing to confirm.
    await page.goto(`${world.issuer}/oauth/logout`)
    await page.waitForURL(`${world.issuer}/oauth/logout/success`)
    expect(complaints).toEqual([])
  })

  test('mistakes: a foreign redirect URI, an unknown address, a sign-in that is over', async () => {
    const { url } = await gallery.begin({ redirect_uri: 'https://evil.example/callback' })
    await page.goto(url)
    await looksRight(page, 'error-redirect-uri')
    expect(await page.locator('main').textContent()).toContain('invalid_redirect_uri')
    await page.goto(`${world.issuer}/nothing/here`)
    await looksRight(page, 'not-found')
    await page.goto(`${world.issuer}/sign-in/of-somebody-else`)
    await looksRight(page, 'sign-in-over')
    expect(await page.locator('h1').textContent()).toBe('This sign-in is over')
    expect(complaints).toEqual([])
  })

  test('the home page, and making the first administrator', async () => {
    await page.goto(`${world.issuer}/`)
    await looksRight(page, 'home')
    await page.goto(`${world.issuer}/setup/${setupToken}`)
    await looksRight(page, 'setup')
    await fillSetup({ email: 'root@example.com', name: 'Root', password: 'too short' })
    await looksRight(page, 'setup-problem')
    await fillSetup({ email: 'root@example.com', name: 'Root', password: testPassword })
    await looksRight(page, 'setup-done')
    await page.goto(`${world.issuer}/setup/${setupToken}`)
    await looksRight(page, 'setup-link-used')
    expect(complaints).toEqual([])
  })

  test('too many attempts', async () => {
    await page.goto((await gallery.begin()).url)
    const action = String(await page.locator('form[action$="/login"]').getAttribute('action'))
    for (let attempt = 0; attempt < 10; attempt += 1)
      await postFromPage(action, { login: ana.email, password: 'wrong all the time' })
    await signIn({ ...ana, password: 'wrong all the time' })
    expect(await page.getByRole('alert').textContent()).toContain('too many attempts')
    await looksRight(page, 'too-many-attempts')
    await page.goto(`${world.issuer}/setup/unknown`)
    for (let attempt = 0; attempt < 10; attempt += 1) await postFromPage('/setup/unknown', {})
    const form = `<form method="post" action="/setup/unknown"></form>`
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(form)})`)
    await Promise.all([page.waitForNavigation(), page.evaluate('document.forms[0].submit()')])
    await looksRight(page, 'too-many-requests')
    expect(await page.locator('h1').textContent()).toBe('Too many requests')
    expect(complaints).toEqual([])
  })
})

function openApp(name: string): Promise<RelyingParty> {
  const metadata = {
    client_name: name,
    client_uri: 'https://gallery.example/',
    policy_uri: 'https://gallery.example/privacy',
    tos_uri: 'https://gallery.example/terms',
  }
  return openRelyingParty(world, { metadata }).then(async (app) => {
    await world.permit({ type: 'client', id: app.client.id }, api, ['invoices:read', 'invoices:write'])
    return app
  })
}

async function signIn({ email, password }: Pick<TestAccount, 'email' | 'password'>): Promise<void> {
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await Promise.all([
    page.waitForNavigation(),
    page.locator('form[action$="/login"] button[type=submit]').click(),
  ])
}

async function fillSetup(fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.locator(`input[name=${name}]`).fill(value)
  await Promise.all([page.waitForNavigation(), page.locator('form button[type=submit]').click()])
}

/** What a form of the page would send, without showing the answer. */
async function postFromPage(path: string, form: Record<string, string>): Promise<void> {
  await page.request.post(`${world.issuer}${path}`, { headers: { origin: world.issuer }, form })
}
