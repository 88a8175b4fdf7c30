/** "Remember this device" stands for a second factor, so the cookie behind it must be nobody's but this browser's. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findDevice } from '../../src/domain/devices/devices.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import type { Factors } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let factors: Factors
let thief: TestAccount

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
  ana = await world.makeAccount()
  factors = await enrol(world, ana.id)
  thief = await world.makeAccount()
})

async function signIn(browser: Browser, account: TestAccount): Promise<Place> {
  const page = await browser.visit((await app.begin({ prompt: 'login' })).url)
  const place = await submitSignIn(browser, page, account)
  if (place.forms[0]?.action.endsWith('/oauth/logout/confirm') !== true) return place
  return browser.submit(place, { action: '/oauth/logout/confirm' })
}

async function rememberAna(browser: Browser): Promise<void> {
  const page = await signIn(browser, ana)
  const fields = { code: codeAt(factors.seed, new Date()), remember: 'yes' }
  const place = await browser.submit(page, { action: '/second-factor', fields })
  expect(place.leavingTo?.searchParams.get('code')).toBeTruthy()
}

const deviceOf = (browser: Browser): string => browser.cookies.all().get('device') ?? ''
const asksForCode = (place: Place): boolean =>
  place.forms.some(({ action }) => action.endsWith('/second-factor'))

test('T24: a device cookie that a stranger had of this browser before is not remembered with it', async () => {
  const shared = openBrowser(world)
  await signIn(shared, thief)
  const copied = deviceOf(shared)
  expect(copied).toHaveLength(43)
  await rememberAna(shared)
  const elsewhere = openBrowser(world)
  elsewhere.cookies.take(new URL(world.issuer), [`device=${copied}; Path=/`])
  expect(asksForCode(await signIn(elsewhere, ana))).toBe(true)
  // The browser itself is remembered, and known to both.
  expect(asksForCode(await signIn(shared, ana))).toBe(false)
  for (const account of [ana, thief]) {
    const device = await findDevice(world.db, { token: deviceOf(shared), accountId: account.id }, new Date())
    expect(device?.trustedUntil === undefined).toBe(account === thief)
  }
  expect(await findDevice(world.db, { token: copied, accountId: thief.id }, new Date())).toBeUndefined()
})

test('T24: a cookie made up by somebody else is not remembered either', async () => {
  const planted = 'a'.repeat(43)
  const browser = openBrowser(world)
  browser.cookies.take(new URL(world.issuer), [`device=${planted}; Path=/`])
  await rememberAna(browser)
  const elsewhere = openBrowser(world)
  elsewhere.cookies.take(new URL(world.issuer), [`device=${planted}; Path=/`])
  expect(asksForCode(await signIn(elsewhere, ana))).toBe(true)
})
