/**
 * A person's own page in a real browser: it obeys its own policy, raises no error, fits a narrow phone, and its menu works
 * without a script. With SCREENSHOTS=<folder> each page is also saved as it looks, narrow and wide, light and dark.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rememberConsent } from '../../src/oidc/grants.ts'
import { changeApi } from '../../src/domain/apis/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { looksRight, savePictures } from '../support/looks.ts'
import { openWorld, testPassword } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'

const longWord = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverwaltung'

// A browser takes its time on a machine that has much to do.
let world: World
let chromium: Browser
let api: TestApi
let context: BrowserContext
let page: Page
let complaints: string[]
let ana: TestAccount

describe.skipIf(chromiumMissing !== undefined)(inChromium('the own page in a real browser'), () => {
  beforeAll(async () => {
    world = await openWorld()
    chromium = await openChromium()
    api = await world.makeApi({ scopes: ['invoices:read', 'invoices:write'], settings: { name: 'Invoices' } })
    await changeApi(world.db, { id: api.id, version: 1, accountKeys: true }, systemAct(new Date()))
  })
  afterAll(async () => {
    await chromium?.close()
    await world?.close()
  })
  beforeEach(async () => {
    ana = await world.makeAccount({ claims: { name: 'Ana Test' } })
    await world.permit({ type: 'account', id: ana.id }, api, ['invoices:read', 'invoices:write'])
  })
  afterEach(async () => {
    await context.close()
    expect(world.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  test.each(['en', 'de'])('every page, in %s', async (language) => {
    await signIn(language)
    await connectApp('Gallery')
    await connectApp(`${longWord} App`)
    for (const [name, path] of pages) {
      await page.goto(`${world.issuer}${path}`)
      await looksRight(page, `account-${name}-${language}`)
    }
    expect(complaints).toEqual([])
  })

  test('setting up an authenticator app shows its code and then recovery codes; a key is shown once and copied', async () => {
    await signIn('en')
    await page.goto(`${world.issuer}/account/security/app`)
    await looksRight(page, 'account-app-setup', { axe: true })
    await page.goto(`${world.issuer}/account/security`)
    await page.getByRole('button', { name: 'Make new codes' }).click()
    await looksRight(page, 'account-recovery-codes', { axe: true })
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await brokenCodes(), `codes go over the end of a line at ${width} px`).toEqual([])
    }
    await page.goto(`${world.issuer}/account/keys/new`)
    await looksRight(page, 'account-key-new', { axe: true })
    await page.getByLabel('Name').fill('Laptop')
    await page.getByLabel('May invoices:read.').check()
    await page.getByRole('button', { name: 'Make a key' }).click()
    await looksRight(page, 'account-key-shown', { axe: true })
    const key = await page.locator('#key').textContent()
    expect(key).toMatch(/^lk_/)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(key)
    await page.getByRole('link', { name: 'I have copied it' }).click()
    await looksRight(page, 'account-keys-one', { axe: true })
    await page.getByRole('link', { name: 'Manage the key Laptop' }).click()
    await looksRight(page, 'account-key', { axe: true })
    expect(complaints).toEqual([])
  })

  test('on a phone the menu opens without a script, and leads to every page and out', async () => {
    await signIn('en', { javaScriptEnabled: false })
    await page.setViewportSize({ width: 360, height: 640 })
    const menu = page.locator('.app-menu')
    expect(await page.getByRole('link', { name: 'Activity' }).filter({ visible: true }).count()).toBe(1)
    expect(await menu.getByRole('navigation').isVisible()).toBe(false)
    await menu.locator('summary').click()
    await savePictures(page, 'account-menu-360')
    await menu.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor()
    await menu.locator('summary').click()
    await menu.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/account/signed-out*')
    expect(complaints).toEqual([])
  })

  test.each([
    ['their own zone, with UTC beside it', true],
    ['UTC without a script', false],
  ])('times are said in %s', async (_, javaScriptEnabled) => {
    await signIn('de', { javaScriptEnabled, timezoneId: 'Asia/Tokyo' })
    await page.goto(`${world.issuer}/account/sessions`)
    const time = page.locator('time[data-detail=minute]').first()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    const said = (timeZone: string) =>
      new Intl.DateTimeFormat('de', { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(at)
    const utc = `${said('UTC')} UTC`
    expect(await time.textContent()).toBe(javaScriptEnabled ? said('Asia/Tokyo') : utc)
    expect(await time.getAttribute('title')).toBe(javaScriptEnabled ? utc : null)
    expect(complaints).toEqual([])
  })

  test('what was done is said on the next page, and a wrong entry beside its field', async () => {
    await signIn('en')
    await page.goto(`${world.issuer}/account/profile`)
    await page.getByLabel('Date of birth').fill('yesterday')
    await page.getByRole('button', { name: 'Save profile' }).click()
    await page.locator('#birthdate[aria-invalid=true]').waitFor()
    await looksRight(page, 'account-profile-problem', { axe: true })
    await page.getByLabel('Date of birth').fill('1990-02-28')
    await page.getByRole('button', { name: 'Save profile' }).click()
    await page.getByText('Your profile was saved.').waitFor()
    await looksRight(page, 'account-profile-saved', { axe: true })
    await page.goto(`${world.issuer}/account/data/delete`)
    await page.getByLabel('Type your email address to confirm').fill(ana.email)
    await page.getByRole('button', { name: 'Delete my account' }).click()
    await page.getByRole('heading', { name: 'Your account will be deleted' }).waitFor()
    await looksRight(page, 'account-deleted', { axe: true })
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await fillSignIn()
    await page.getByRole('button', { name: 'Keep my account' }).waitFor()
    await looksRight(page, 'account-overview-to-be-deleted', { axe: true })
    await page.getByRole('button', { name: 'Keep my account' }).click()
    await page.getByText('Your account stays.').waitFor()
    expect(complaints).toEqual([])
  })
})

const pages = [
  ['overview', '/account'],
  ['profile', '/account/profile'],
  ['email', '/account/profile/email'],
  ['security', '/account/security'],
  ['password', '/account/security/password'],
  ['sessions', '/account/sessions'],
  ['apps', '/account/apps'],
  ['keys', '/account/keys'],
  ['activity', '/account/activity'],
  ['data', '/account/data'],
  ['delete', '/account/data/delete'],
] as const

async function signIn(locale: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await chromium.newContext({ locale, ...options })
  page = await context.newPage()
  complaints = watchForComplaints(page)
  await page.goto(`${world.issuer}/account`)
  await fillSignIn()
}

async function fillSignIn(): Promise<void> {
  await page.locator('input[name=login]').fill(ana.email)
  await page.locator('input[name=password]').fill(testPassword)
  await page.locator('form[action$="/login"] button[type=submit]').click()
  await page.waitForURL(`${world.issuer}/account`)
}

/** What could be taken for two codes when it is copied by hand. */
function brokenCodes(): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('.code-list code')]
    .filter((code) => code.getClientRects().length !== 1).map((code) => code.textContent)`)
}

async function connectApp(name: string): Promise<void> {
  const client = await world.makeClient({
    metadata: { client_name: name, redirect_uris: ['https://app.example/callback'] },
  })
  const consent = {
    oidcScope: 'openid profile email',
    oidcClaims: '',
    resourceScopes: { [api.identifier]: 'invoices:read invoices:write' },
  }
  const act = systemAct(new Date())
  await rememberConsent(world.db, { accountId: ana.id, clientId: client.id, consent }, act)
}
