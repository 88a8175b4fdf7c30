/**
 * v5.0.0-6.4.6: an administrator may begin what leads to a password, and does not know the one it ends with. A password that
 * somebody else chose (v5.0.0-6.4.1) lets its owner choose another, and nothing else.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { giveUpPassword } from '../../src/oidc/compromised-password.ts'
import { endEverythingOfAccount } from '../../src/oidc/end-everything.ts'
import { deleteAccountWithAll, disableAccountWithAll } from '../../src/oidc/lifecycle.ts'
import { asks, signInOutcome, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { linkTo } from '../support/mails.ts'
import { call, serviceToken } from '../support/management-api.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

const given = 'chosen by somebody else'
const own = 'a wholly different sentence'
const step = '/new-password'

let world: World
let app: RelyingParty
let token: string
beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor, instances: 2 })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(async () => {
  await app.close()
  await world.close()
})

let people = 0
async function makeByApi(): Promise<TestAccount> {
  people += 1
  const email = `given-${people}@example.com`
  const body = { email, email_verified: true, password: given }
  const made = await call(world, 'POST /accounts', { token, body })
  expect(made.status, made.text).toBe(201)
  return { id: String(made.body['id']), email, password: given }
}

async function signIn(account: TestAccount, browser: Browser): Promise<Place> {
  return signInOutcome(browser, { account, authorizeUrl: (await app.begin()).url })
}

const choose = (browser: Browser, place: Place, password: string) =>
  browser.submit(place, { action: step, fields: { password } })

/** A form of the step, sent for the sign-in at this path; nothing is followed. */
const post = (browser: Browser, path: string, password: string) =>
  browser.send(`${path}${step}`, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ password }),
  })

const asksForOwn = (place: Place) => place.forms.some(({ action }) => action.endsWith(step))

const hasCode = ({ leavingTo }: Place) => leavingTo?.searchParams.has('code') === true

test('whoever was given a password chooses one before anything opens, and is asked once', async () => {
  const ana = await makeByApi()
  const browser = openBrowser(world)
  const page = await signIn(ana, browser)
  expect(page.status).toBe(200)
  expect(asksForOwn(page)).toBe(true)

  const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
  expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
  expect(asksForOwn(await browser.visit('/account'))).toBe(true)

  for (const [password, why] of [
    [given, 'has become known'],
    ['too short', 'at least 15'],
    ['', 'at least 15'],
  ] as const) {
    const refused = await choose(browser, page, password)
    expect(refused.status).toBe(400)
    expect(refused.html).toContain(why)
  }
  expect(hasCode(await choose(browser, page, own))).toBe(true)
  expect(asks(await signIn(ana, openBrowser(world)), '/login')).toBe(true)
  expect(hasCode(await signIn({ ...ana, password: own }, openBrowser(world)))).toBe(true)
  // Another instance may not have heard of it yet.
  const [, there = ''] = world.instances.map(({ origin }) => origin)
  await expect
    .poll(async () => hasCode(await signIn({ ...ana, password: own }, openBrowser(world, { via: there }))))
    .toBe(true)
})

test('a password that the console gave is one of them; a mailed link is the other way to one of their own', async () => {
  const { browser: owner } = await openConsole(world)
  const email = 'made@example.com'
  const form = await owner.visit('/admin/accounts/new')
  const made = await owner.submit(form, { action: '/admin/accounts/new', fields: { email, password: given } })
  expect(made.url.pathname).toMatch(/^\/admin\/accounts\/acc_/)
  const account = { id: made.url.pathname.split('/').at(-1) ?? '', email, password: given }
  const browser = openBrowser(world)
  expect(asksForOwn(await signIn(account, browser))).toBe(true)

  const forgotten = await browser.visit('/forgotten-password')
  await browser.submit(forgotten, { action: '/forgotten-password', fields: { login: email } })
  const link = await linkTo(world, email, '/link/reset-password/')
  const page = await browser.visit(link)
  await browser.submit(page, { action: link.pathname, fields: { password: own } })
  expect(hasCode(await signIn({ ...account, password: own }, openBrowser(world)))).toBe(true)
})

test('6.4.3: where a second factor is due it comes first, and the password alone changes nothing', async () => {
  const ana = await makeByApi()
  const { seed } = await enrol(world, ana.id)
  const browser = openBrowser(world)
  const second = await submitSignIn(browser, await browser.visit((await app.begin()).url), ana)
  expect(second.html).toContain('one-time-code')
  const early = await post(browser, second.url.pathname, own)
  expect([early.status, early.headers.get('location')]).toEqual([303, second.url.pathname])
  expect((await findAccount(world.db, ana.id))?.passwordTemporary).toBe(true)
  const fields = { code: codeAt(seed, new Date()) }
  const page = await browser.submit(second, { action: '/second-factor', fields })
  expect(asksForOwn(page)).toBe(true)
  expect(hasCode(await choose(browser, page, own))).toBe(true)
})

test('of many who choose at once one does; a stranger at the same page none', async () => {
  const ana = await makeByApi()
  const browser = openBrowser(world)
  const page = await signIn(ana, browser)
  const send = (from: Browser, password: string) => post(from, page.url.pathname, password)
  expect((await send(openBrowser(world), own)).status).toBe(400)
  const answers = await Promise.all(Array.from({ length: 5 }, (_, at) => send(browser, `${own} ${at}`)))
  for (const { status } of answers) expect([303, 400]).toContain(status)
  const changes = await world.db
    .selectFrom('auditEvents')
    .select('id')
    .where('type', '=', 'account.password_changed')
    .where('targetId', '=', ana.id)
    .execute()
  expect(changes).toHaveLength(1)
})

test('a password that was given up meanwhile is replaced by nobody at that page', async () => {
  const ana = await makeByApi()
  const browser = openBrowser(world)
  const page = await signIn(ana, browser)
  await giveUpPassword(world.db, ana.id, systemAct(new Date()))
  expect((await choose(browser, page, own)).leavingTo).toBeUndefined()
  expect(await findAccount(world.db, ana.id)).toMatchObject({ hasPassword: false, passwordTemporary: false })
})

const holds = async (ana: TestAccount, password: string) =>
  hasCode(await signIn({ ...ana, password }, openBrowser(world)))

test('T15: what was chosen stays: replayed, from another tab, for another sign-in and after the back button', async () => {
  const ana = await makeByApi()
  const browser = openBrowser(world)
  const first = await signIn(ana, browser)
  const tab = await browser.visit((await app.begin()).url)
  expect([asksForOwn(first), asksForOwn(tab)]).toEqual([true, true])
  const stranger = await signIn(await makeByApi(), openBrowser(world))
  // The address of another browser's sign-in is not this browser's.
  expect((await post(browser, stranger.url.pathname, own)).status).toBe(400)
  expect((await findAccount(world.db, ana.id))?.passwordTemporary).toBe(true)
  expect(hasCode(await choose(browser, first, own))).toBe(true)
  expect((await post(browser, first.url.pathname, `${own} again`)).status).toBe(400)
  expect((await browser.visit(first.url)).forms.some(({ action }) => action.endsWith(step))).toBe(false)
  // The other tab goes on with what is in force now.
  const other = await choose(browser, tab, `${own} in the other tab`)
  expect(asksForOwn(other)).toBe(false)
  expect(await holds(ana, own)).toBe(true)
})

test.each([
  [
    'the account was disabled',
    ({ id }: TestAccount) => disableAccountWithAll(world.db, id, systemAct(new Date())),
  ],
  [
    'everything was ended',
    ({ id }: TestAccount) => endEverythingOfAccount(world.db, id, systemAct(new Date())),
  ],
  [
    'the account was deleted',
    ({ id }: TestAccount) => deleteAccountWithAll(world.db, id, systemAct(new Date())),
  ],
  [
    'the sign-in expired',
    () =>
      sql`update oidc_artifacts set payload = payload || '{"exp": 1}' where model = 'Interaction'`.execute(
        world.db,
      ),
  ],
])('T12: after %s the step takes nothing and gives nothing', async (_, end) => {
  const ana = await makeByApi()
  const browser = openBrowser(world)
  const page = await signIn(ana, browser)
  await end(ana)
  const answer = await post(browser, page.url.pathname, own)
  expect(answer.status).toBe(400)
  expect((await findAccount(world.db, ana.id))?.passwordTemporary ?? true).toBe(true)
  expect(hasCode(await browser.visit(page.url))).toBe(false)
})
