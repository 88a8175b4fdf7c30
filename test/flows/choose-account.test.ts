/** Several accounts in one browser: who is offered to whom, and that offering opens nothing. */
import { sql } from 'kysely'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerConsent, asks, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty, Tokens } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let bob: TestAccount
let browser: Browser

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { scope: 'openid email offline_access' })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount({ claims: { name: 'Ana Test' } })
  bob = await world.makeAccount({ claims: { name: 'Bob Test' } })
  browser = openBrowser(world)
})

test('whoever signed in here is offered here, and in no other browser', async () => {
  await signInAs(ana)
  await signInAs(bob)
  const here = await chooser()
  expect(here.html).toContain(ana.email)
  expect(here.html).toContain(bob.email)
  const elsewhere = openBrowser(world)
  expect(asks(await elsewhere.visit(await selecting()), '/login')).toBe(true)
  expect((await elsewhere.visit(await selecting())).html).not.toContain(ana.email)
})

test('a sign-in that was not finished is not remembered', async () => {
  const begun = await app.begin()
  await submitSignIn(browser, await browser.visit(begun.url), ana)
  expect(await listed()).toEqual([])
  browser = openBrowser(world)
  const wrong = { ...bob, password: 'something else entirely' }
  await submitSignIn(browser, await browser.visit((await app.begin()).url), wrong)
  expect(await listed()).toEqual([])
})

test('T22 choosing another account is no way around its password: its name is filled in, and that is all', async () => {
  await signInAs(ana)
  await signInAs(bob)
  const begun = await app.begin({ prompt: 'select_account' })
  const place = await browser.submit(await browser.visit(begun.url), { action: '/accounts', button: ana.id })
  expect(asks(place, '/login')).toBe(true)
  expect(place.forms.find(({ action }) => action.endsWith('/login'))?.fields).toMatchObject({
    login: ana.email,
  })
  const wrong = await submitSignIn(browser, place, { ...ana, password: 'something else entirely' })
  expect(wrong.status).toBe(401)
  // Meanwhile the session is still Bob's, and nobody else's.
  const silent = await app.begin({ prompt: 'none' })
  expect(await subjectOf(silent, await browser.visit(silent.url))).toBe(bob.id)
  const right = await leave(await submitSignIn(browser, wrong, ana))
  expect(await subjectOf(begun, right)).toBe(ana.id)
})

test('T23 after a change of accounts nothing of the first belongs to the second: session, tokens and refresh', async () => {
  const first = await signInAs(ana)
  const ofAna = await sessionsOf(ana)
  const second = await signInAs(bob)
  const ofBob = await sessionsOf(bob)
  expect(ofBob.filter((uid) => ofAna.includes(uid))).toEqual([])
  expect(await sessionsOf(ana)).toEqual([])
  const refreshed = await openid.refreshTokenGrant(app.configuration, String(first.refresh_token)).then(
    (tokens) => tokens.claims()?.sub ?? 'no ID Token',
    () => 'refused',
  )
  expect([ana.id, 'refused']).toContain(refreshed)
  const again = await openid.refreshTokenGrant(app.configuration, String(second.refresh_token))
  expect(again.claims()?.sub).toBe(bob.id)
})

test('an account that never signed in here cannot be chosen by its id, and its address is not told', async () => {
  await signInAs(ana)
  const place = await chooser()
  const path = String(place.forms.find(({ action }) => action.endsWith('/accounts'))?.action)
  for (const account of [bob.id, 'acc_nobody', '', "' or 1=1", '__proto__']) {
    const answer = await browser.send(path, {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ account }),
    })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(path)
    expect((await browser.visit(path)).html).not.toContain(bob.email)
  }
})

test('an account is taken from the list of this browser only', async () => {
  await signInAs(ana)
  await signInAs(bob)
  const there = openBrowser(world)
  await signInAs(ana, there)
  await signInAs(bob, there)
  const place = await removeFromList(await chooser(), ana.id)
  expect(place.html).not.toContain(ana.email)
  expect(place.html).toContain(bob.email)
  expect((await there.visit(await selecting())).html).toContain(ana.email)
})

test('T15 the choice belongs to the browser of the sign-in: another one is told that it is over', async () => {
  await signInAs(ana)
  const { url } = await chooser()
  const stranger = openBrowser(world)
  for (const path of [url.pathname, `${url.pathname}/accounts`]) {
    const place = await stranger.visit(path)
    expect(place.status).toBe(400)
    expect(place.html).not.toContain(ana.email)
  }
})

test('from the consent page the others of this browser are offered, and the request goes on with the one chosen', async () => {
  await signInAs(ana)
  await signInAs(bob)
  const begun = await app.begin({ prompt: 'consent' })
  const offered = await answerConsent(browser, await browser.visit(begun.url), 'switch')
  expect(offered.html).toContain(ana.email)
  // Going on as the one who is signed in is the consent page again.
  expect(asks(await browser.submit(offered, { action: '/accounts', button: bob.id }), '/consent')).toBe(true)
  const login = await browser.submit(offered, { action: '/accounts', button: ana.id })
  const done = await leave(await submitSignIn(browser, login, ana))
  expect(await subjectOf(begun, done)).toBe(ana.id)
})

test('the sign-in page leads to the list, where there is one, and from there back', async () => {
  const link = /href="([^"]+\/accounts)"/
  const without = await browser.visit((await app.begin()).url)
  expect(without.html).not.toMatch(link)
  await signInAs(ana)
  const place = await browser.visit((await app.begin({ prompt: 'login' })).url)
  const list = await browser.visit(String(link.exec(place.html)?.[1]))
  expect(list.html).toContain(ana.email)
  // `prompt=login` wants the password of whoever is chosen, also of the one who is signed in.
  expect(asks(await browser.submit(list, { action: '/accounts', button: ana.id }), '/login')).toBe(true)
})

test('disabled and deleted accounts are not offered', async () => {
  await signInAs(ana)
  await signInAs(bob)
  await sql`update accounts set disabled_at = now() where id = ${ana.id}`.execute(world.db)
  await expect.poll(async () => (await chooser()).html.includes(ana.email)).toBe(false)
  await sql`delete from accounts where id = ${ana.id}`.execute(world.db)
  expect(await listed()).toEqual([bob.id])
})

test('the cookie is a value that says nothing; only its hash is kept, and one that is unknown is replaced', async () => {
  await browser.send(world.issuer, {})
  browser.cookies.take(new URL(world.issuer), ['accounts=planted-by-somebody-else-1234; Path=/'])
  await signInAs(ana)
  const cookie = /accounts=([^;]+)/.exec(browser.cookies.headerFor(new URL(world.issuer)))?.[1] ?? ''
  expect(cookie).toMatch(/^[\w-]{43,}$/)
  expect(cookie).not.toContain('planted')
  const { rows } = await sql<{ all: string }>`select string_agg(browser_accounts::text, ' ') as all
    from browser_accounts`.execute(world.db)
  expect(rows[0]?.all).not.toContain(cookie)
})

test('a browser keeps eight accounts: the one that was not used for longest makes room', async () => {
  await signInAs(ana)
  const token = /accounts=([^;]+)/.exec(browser.cookies.headerFor(new URL(world.issuer)))?.[1] ?? ''
  const { rememberBrowserAccount, browserAccountIds } =
    await import('../../src/domain/accounts/browser-accounts.ts')
  for (let index = 0; index < 9; index += 1) {
    const { id } = await world.makeAccount()
    await rememberBrowserAccount(world.db, { token, accountId: id }, new Date(Date.now() + 1000 + index))
  }
  const ids = await browserAccountIds(world.db, token, new Date())
  expect(ids).toHaveLength(8)
  expect(ids).not.toContain(ana.id)
})

async function selecting(): Promise<string> {
  return (await app.begin({ prompt: 'select_account' })).url
}

async function chooser(): Promise<Place> {
  return browser.visit(await selecting())
}

async function signInAs(account: TestAccount, where = browser): Promise<Tokens> {
  const begun = await app.begin({ prompt: 'login' })
  const place = await submitSignIn(where, await where.visit(begun.url), account)
  return begun.complete(String((await leave(place, where)).leavingTo))
}

/** Goes through the form that ends the former session, and the consent page, if they come. */
async function leave(place: Place, where = browser): Promise<Place> {
  let next = place
  if (next.forms.some(({ action }) => action.endsWith('/oauth/logout/confirm')))
    next = await where.submit(next, { action: '/oauth/logout/confirm' })
  if (asks(next, '/consent')) next = await answerConsent(where, next, 'allow')
  return next
}

async function subjectOf(begun: BegunSignIn, { leavingTo }: Place): Promise<string | undefined> {
  return (await begun.complete(String(leavingTo))).claims()?.sub
}

async function removeFromList(place: Place, id: string): Promise<Place> {
  const path = String(place.forms.find(({ action }) => action.endsWith('/accounts'))?.action)
  const answer = await browser.send(path, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ remove: id }),
  })
  return browser.visit(String(answer.headers.get('location')))
}

async function listed(): Promise<string[]> {
  const token = /accounts=([^;]+)/.exec(browser.cookies.headerFor(new URL(world.issuer)))?.[1]
  if (token === undefined) return []
  const { browserAccountIds } = await import('../../src/domain/accounts/browser-accounts.ts')
  return [...(await browserAccountIds(world.db, token, new Date()))]
}

async function sessionsOf({ id }: TestAccount): Promise<string[]> {
  const { rows } = await sql<{ uid: string }>`select distinct uid from oidc_sessions
    where account_id = ${id} and expires_at > now() and not payload ? 'replaced'`.execute(world.db)
  return rows.map(({ uid }) => uid)
}
