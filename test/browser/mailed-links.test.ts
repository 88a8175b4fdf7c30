/**
 * The pages around mailed links and the mails themselves in a real browser, from the sign-in page to signing in again. With
 * SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { invite, newInvitation } from '../../src/domain/accounts/invitations.ts'
import { requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { looksRight } from '../support/looks.ts'
import { linkTo, mailsTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const password = 'four words and a number 7'

// A browser takes its time on a machine that has much to do.
let world: World
let chromium: Browser
let app: RelyingParty
let context: BrowserContext
let page: Page
let complaints: string[]

describe.skipIf(chromiumMissing !== undefined)(inChromium('mailed links in a real browser'), () => {
  beforeAll(async () => {
    world = await openWorld({
      env: { SIGN_UP: 'open', BRAND_NAME: 'Example Login', BRAND_ACCENT_COLOUR: '#0f5f5c' },
    })
    chromium = await openChromium()
    app = await openRelyingParty(world, { metadata: { client_name: 'Gallery' } })
  })
  afterAll(async () => {
    await chromium?.close()
    await app?.close()
    await world?.close()
  })
  beforeEach(async () => {
    context = await chromium.newContext()
    page = await context.newPage()
    complaints = watchForComplaints(page)
    await world.db.deleteFrom('limitBuckets').execute()
  })
  afterEach(() => context.close())

  test('signing up by the mail, back to the sign-in, and in', async () => {
    const email = 'nia.new@example.com'
    await page.goto((await app.begin()).url)
    await looksRight(page, 'sign-in-with-ways', { axe: true })
    await page.getByRole('link', { name: 'Create an account' }).click()
    await looksRight(page, 'sign-up', { axe: true })
    await page.locator('input[name=email]').fill(email)
    await submit()
    await looksRight(page, 'sign-up-sent', { axe: true })
    await mailLooksRight(email, 'mail-sign-up')
    await page.goto((await linkTo(world, email, '/link/sign-up/')).href)
    await page.locator('input[name=name]').fill('Nia New')
    await page.locator('input[name=password]').fill('short')
    await looksRight(page, 'sign-up-complete', { axe: true })
    await submit()
    await looksRight(page, 'sign-up-problem', { axe: true })
    await page.locator('input[name=password]').fill(password)
    await submit()
    await looksRight(page, 'sign-up-done', { axe: true })
    await page.locator('a.button').click()
    await page.locator('input[name=login]').fill(email)
    await page.locator('input[name=password]').fill(password)
    await submit()
    expect(await page.locator('h1').textContent()).toContain('Gallery')
    expect(complaints).toEqual([])
  })

  test('a forgotten password, in English and in German', async () => {
    const { email } = await world.makeAccount({ claims: { name: 'Ana Test', locale: 'de' } })
    await page.goto((await app.begin({ ui_locales: 'de' })).url)
    await page.getByRole('link', { name: 'Passwort vergessen?' }).click()
    await looksRight(page, 'forgotten-german', { axe: true })
    await page.goto((await app.begin()).url)
    await page.getByRole('link', { name: 'Forgotten password?' }).click()
    await looksRight(page, 'forgotten', { axe: true })
    await page.locator('input[name=login]').fill(email)
    await submit()
    await looksRight(page, 'forgotten-sent', { axe: true })
    await mailLooksRight(email, 'mail-reset-german')
    const link = (await linkTo(world, email, '/link/reset-password/')).href
    await page.goto(link)
    await looksRight(page, 'reset', { axe: true })
    await page.locator('input[name=password]').fill(password)
    await submit()
    await looksRight(page, 'reset-done', { axe: true })
    await page.goto(link)
    await looksRight(page, 'link-unusable', { axe: true })
    await mailLooksRight(email, 'mail-notice-german')
    expect(complaints).toEqual([])
  })

  test('an invitation, and another address', async () => {
    const mailing = { seal: createSeal(world.config.sealingKeys), issuer: world.issuer }
    const act = systemAct(new Date())
    const email = 'guest@example.com'
    await invite(world.db, mailing, newInvitation.parse({ email }), act)
    await mailLooksRight(email, 'mail-invitation')
    await page.goto((await linkTo(world, email, '/link/invitation/')).href)
    await looksRight(page, 'invitation', { axe: true })
    const account = await world.makeAccount()
    const to = 'a.very.long.address.of.somebody@departments.example.com'
    await requestEmailChange(world.db, mailing, { accountId: account.id, email: to, locale: 'en' }, act)
    await page.goto((await linkTo(world, to, '/link/change-email/')).href)
    await looksRight(page, 'change-email', { axe: true })
    await submit()
    await looksRight(page, 'email-changed', { axe: true })
    expect(complaints).toEqual([])
  })
})

async function submit(): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.locator('form button[type=submit].primary').click()])
}

/** The last mail to an address, as a program shows it that loads nothing from outside. */
async function mailLooksRight(address: string, name: string): Promise<void> {
  const mail = (await mailsTo(world, address)).at(-1)
  const offline = await chromium.newContext({ offline: true, javaScriptEnabled: false })
  const shown = await offline.newPage()
  const requests: string[] = []
  shown.on('request', (request) => requests.push(request.url()))
  await shown.setContent(mail?.html ?? '')
  await looksRight(shown, name, { parts: ['h1'] })
  expect(requests).toEqual([])
  await offline.close()
}
