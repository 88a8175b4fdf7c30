/** T21, T22, T24: steps of one sign-in sent in another, out of order, or after somebody else came to the same browser. */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { recoveryCodesLeft } from '../../src/domain/second-factors/recovery-codes.ts'
import { ownForm } from '../support/account-page.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import type { Factors } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
/** First-party, so that no consent stands in between. */
let app: RelyingParty
let browser: Browser
let ana: TestAccount
let bob: TestAccount
let ofAna: Factors
let ofBob: Factors

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
  browser = openBrowser(world)
  ana = await world.makeAccount()
  bob = await world.makeAccount()
  ofAna = await enrol(world, ana.id)
  ofBob = await enrol(world, bob.id)
})

interface Tab {
  readonly begun: BegunSignIn
  readonly page: Place
}

async function open(params: Readonly<Record<string, string>> = {}): Promise<Tab> {
  const begun = await app.begin(params)
  return { begun, page: await browser.visit(begun.url) }
}

async function password({ begun, page }: Tab, account: TestAccount): Promise<Tab> {
  let place = await submitSignIn(browser, page, account)
  if (place.forms[0]?.action.endsWith('/oauth/logout/confirm') === true)
    place = await browser.submit(place, { action: '/oauth/logout/confirm' })
  return { begun, page: place }
}

const codeNow = ({ seed }: Factors): string => codeAt(seed, new Date())

function send({ page }: Tab, form: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return browser.send(`${page.url.pathname}/${form}`, ownForm(world, fields))
}

/** What an app is told of this browser without asking anybody. */
async function signedInAs(params: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const begun = await app.begin({ prompt: 'none', ...params })
  const place = await browser.visit(begun.url)
  if (place.leavingTo?.searchParams.has('code') !== true) return undefined
  return (await begun.complete(String(place.leavingTo))).claims()?.sub
}

test('T22: the second factor of one account does not finish the sign-in of another in the same browser', async () => {
  const first = await password(await open(), ana)
  const second = await password(await open({ prompt: 'login' }), bob)
  expect(second.page.forms.some(({ action }) => action.endsWith('/second-factor'))).toBe(true)
  // Ana's page is still open: her code is right, and the session has become Bob's.
  const late = await send(first, 'second-factor', { code: codeNow(ofAna) })
  expect(late.status).toBe(400)
  expect(await signedInAs()).toBeUndefined()
  // Her code in his sign-in, and his recovery code in hers.
  expect((await send(second, 'second-factor', { code: codeNow(ofAna) })).status).toBe(401)
  expect((await send(first, 'recovery-code', { code: ofBob.recoveryCodes[0] ?? '' })).status).toBe(400)
  expect(await recoveryCodesLeft(world.db, bob.id)).toBe(10)
  expect(await signedInAs()).toBeUndefined()
})

test('T24: two proven factors of one account are worth nothing to the other that is chosen next', async () => {
  const first = await password(await open(), ana)
  await browser.submit(first.page, { action: '/second-factor', fields: { code: codeNow(ofAna) } })
  expect(await signedInAs({ acr_values: 'aal2' })).toBe(ana.id)
  const second = await password(await open({ prompt: 'login' }), bob)
  expect(await signedInAs()).toBeUndefined()
  expect(await signedInAs({ acr_values: 'aal2' })).toBeUndefined()
  const done = await browser.submit(second.page, {
    action: '/second-factor',
    fields: { code: codeNow(ofBob) },
  })
  const { sub, acr } = decodeJwt((await second.begun.complete(String(done.leavingTo))).id_token ?? '')
  expect({ sub, acr }).toEqual({ sub: bob.id, acr: 'aal2' })
})

test('T24: signing in again with the password alone takes the second factor back too', async () => {
  const first = await password(await open(), ana)
  await browser.submit(first.page, { action: '/second-factor', fields: { code: codeNow(ofAna) } })
  expect(await signedInAs()).toBe(ana.id)
  const again = await password(await open({ prompt: 'login' }), ana)
  expect(again.page.forms.some(({ action }) => action.endsWith('/second-factor'))).toBe(true)
  expect(await signedInAs()).toBeUndefined()
})

test('T21: after a cancellation or a switch, the code of before leads nowhere', async () => {
  const cancelled = await password(await open(), ana)
  await browser.submit(cancelled.page, { action: '/cancel', button: 'cancel' })
  const answer = await send(cancelled, 'second-factor', { code: codeNow(ofAna) })
  expect([303, 400, 404]).toContain(answer.status)
  expect(await signedInAs()).toBeUndefined()
  const switched = await password(await open({ prompt: 'login' }), ana)
  await browser.submit(switched.page, { action: '/switch' })
  await send(switched, 'second-factor', { code: codeNow(ofAna) })
  expect(await signedInAs()).toBeUndefined()
})

test('T21: twenty times back and forth between two tabs and two people, nobody gets further than they proved', async () => {
  const tabs = await Promise.all([open(), open()])
  const atCode: Tab[] = []
  for (const [index, tab] of tabs.entries()) atCode.push(await password(tab, index === 0 ? ana : bob))
  const forms = [
    'second-factor',
    'recovery-code',
    'enrol',
    'new-recovery-codes',
    'consent',
    'login',
    'switch',
  ]
  for (let turn = 0; turn < 20; turn += 1) {
    const tab = atCode[turn % 2]
    const form = forms[turn % forms.length] ?? ''
    if (tab !== undefined)
      await send(tab, form, { code: '000000', decision: 'allow', login: '', password: '' })
    expect(await signedInAs()).toBeUndefined()
  }
})
