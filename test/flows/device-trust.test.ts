/** When a remembered device stops standing for a second factor, before its thirty days are over. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { listDevices, rememberDevice } from '../../src/domain/devices/devices.ts'
import { randomId, randomSecret } from '../../src/platform/crypto/random.ts'
import { goHome } from '../support/account-page.ts'
import type { AtHome } from '../support/account-page.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { linkTo } from '../support/mails.ts'
import { after, codeAt, enrol } from '../support/totp.ts'
import { openWorld, testPassword } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

const newPassword = 'seven unlikely words about lighthouses and bread'

let world: World
let now: Date
let ana: TestAccount
let browser: Browser

beforeAll(async () => {
  now = new Date()
  world = await openWorld({ now: () => now })
})
afterAll(() => world.close())
beforeEach(async () => {
  ana = await world.makeAccount()
  browser = openBrowser(world)
  await world.db.deleteFrom('limitBuckets').execute()
})

test('a mailed reset ends it everywhere: the new password alone is not enough in the same browser', async () => {
  await remembered()
  const asked = await browser.visit('/forgotten-password')
  await browser.submit(asked, { action: '/forgotten-password', fields: { login: ana.email } })
  const link = await linkTo(world, ana.email, '/link/reset-password/')
  const page = await browser.visit(link)
  await browser.submit(page, { action: link.pathname, fields: { password: newPassword } })
  expect(asksForCode(await signIn({ ...ana, password: newPassword }))).toBe(true)
  expect(await trusted()).toBe(0)
})

test('another password that ends the other sessions ends it in the other browsers', async () => {
  const home = await atHome()
  const path = '/account/security/password'
  await home.post(path, { current: testPassword, password: newPassword })
  expect(await trusted()).toBe(2)
  await home.submit(path, path, { current: newPassword, password: testPassword, others: 'yes' })
  expect(await trusted()).toBe(1)
  const own = (await listDevices(world.db, ana.id, now)).find(({ trustedUntil }) => trustedUntil)
  expect(own?.userAgent).not.toBe('elsewhere')
})

test('an authenticator app that is set up or removed ends it: whoever was remembered proved the one before', async () => {
  const home = await atHome()
  const page = await home.browser.visit('/account/security/app')
  const seed = /<code>([A-Z2-7 ]{30,})<\/code>/.exec(page.html)?.[1]?.replaceAll(' ', '') ?? ''
  await home.browser.submit(page, { action: '/security/app', fields: { code: '000000' } })
  expect(await trusted()).toBe(2)
  await home.submit('/account/security/app', '/security/app', { code: codeAt(seed, now) })
  expect(await trusted()).toBe(0)

  await trustAll()
  now = after(now, 120)
  const proof = await home.browser.visit('/account/security/app/remove')
  const proven = await home.browser.submit(proof, {
    action: '/second-factor',
    fields: { code: codeAt(seed, now) },
  })
  expect(await trusted()).toBe(2)
  await home.browser.submit(proven, { action: '/account/security/app/remove' })
  expect(await trusted()).toBe(0)
})

/** Ana in a browser that is remembered, which signed in there once more by the password alone. */
async function remembered(): Promise<void> {
  const { seed } = await enrol(world, ana.id, now)
  const page = await signIn(ana)
  await browser.submit(page, {
    action: '/second-factor',
    fields: { code: codeAt(seed, now), remember: 'yes' },
  })
  now = after(now, 120)
  expect(asksForCode(await signIn(ana))).toBe(false)
}

/** Ana at her own page, trusted there and in another browser. */
async function atHome(): Promise<AtHome> {
  const home = await goHome(world, { account: ana })
  const elsewhere = { id: randomId('dev'), token: randomSecret(), accountId: ana.id, userAgent: 'elsewhere' }
  await rememberDevice(world.db, elsewhere, systemAct(now))
  await trustAll()
  return home
}

async function trustAll(): Promise<void> {
  const trustedUntil = after(now, 30 * 86_400)
  await world.db.updateTable('devices').set({ trustedUntil }).where('accountId', '=', ana.id).execute()
}

async function trusted(): Promise<number> {
  const devices = await listDevices(world.db, ana.id, now)
  return devices.filter(({ trustedUntil }) => trustedUntil !== undefined).length
}

/** From a browser without a session, that is still the same device. */
async function signIn(account: TestAccount): Promise<Place> {
  const page = await browser.visit('/account')
  const out = page.forms.some(({ action }) => action === '/account/sign-out')
  if (out) await browser.submit(page, { action: '/account/sign-out' })
  return submitSignIn(browser, out ? await browser.visit('/account') : page, account)
}

function asksForCode(place: Place): boolean {
  return place.forms.some(({ action }) => action.endsWith('/second-factor'))
}
