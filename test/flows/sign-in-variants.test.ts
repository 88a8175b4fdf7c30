/** Ways through the sign-in that need no real browser: who is asked what, and for how long an answer counts. */
import { sql } from 'kysely'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerConsent, asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let pushing: RelyingParty
let ana: TestAccount
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ env: { SESSION_IDLE_SECONDS: '1800', SESSION_LIFETIME_SECONDS: '28800' } })
  app = await openRelyingParty(world)
  pushing = await openRelyingParty(world, {
    metadata: { client_name: 'Pushing', require_pushed_authorization_requests: true },
  })
})
afterAll(async () => {
  await app.close()
  await pushing.close()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount()
  browser = openBrowser(world)
})

test('a session ends after its idle time without visits (v5.0.0-7.3.1)', async () => {
  await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
  const [session] = await sessionsOf(ana)
  const secondsLeft = (Number(session?.expiresAt) - Date.now()) / 1000
  expect(secondsLeft).toBeGreaterThan(1700)
  expect(secondsLeft).toBeLessThanOrEqual(1801)
  await world.db
    .updateTable('oidcSessions')
    .set({ expiresAt: new Date() })
    .where('accountId', '=', ana.id)
    .execute()
  expect(asks(await browser.visit((await app.begin()).url), '/login')).toBe(true)
})

test('a session ends after its whole lifetime, however busy it is (v5.0.0-7.3.2)', async () => {
  await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
  await signInWasEarlier(ana, 28_800 - 600)
  expect((await browser.visit((await app.begin()).url)).leavingTo?.searchParams.has('code')).toBe(true)
  const [session] = await sessionsOf(ana)
  expect((Number(session?.expiresAt) - Date.now()) / 1000).toBeLessThanOrEqual(601)
  await signInWasEarlier(ana, 601)
  expect(asks(await browser.visit((await app.begin()).url), '/login')).toBe(true)
  const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
  expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
})

test('auth_time is when the password was checked, however long the consent page was open', async () => {
  const begun = await app.begin({ max_age: '3600' })
  let place = await submitSignIn(browser, await browser.visit(begun.url), ana)
  const signedInAt = Math.floor(Date.now() / 1000)
  await consentPageWasOpenFor(place, 900)
  place = await answerConsent(browser, place, 'allow')
  const { auth_time: authTime } = (await begun.complete(String(place.leavingTo))).claims() ?? {}
  expect(Math.abs(Number(authTime) - (signedInAt - 900))).toBeLessThanOrEqual(2)
})

test('somebody else can sign in from the consent page of a pushed request, without starting again', async () => {
  const bob = await world.makeAccount()
  const begun = await pushedSignIn({ login_hint: ana.email })
  let place = await submitSignIn(browser, await browser.visit(begun.url), ana)
  place = await answerConsent(browser, place, 'switch')
  expect(asks(place, '/login')).toBe(true)
  expect(place.html).not.toContain(ana.email)
  place = await submitSignIn(browser, place, bob)
  // The session changes hands: what belonged to Ana's ends first, by a form that sends itself.
  expect(place.forms[0]?.action).toMatch(/\/oauth\/logout\/confirm$/)
  place = await browser.submit(place, { action: '/oauth/logout/confirm' })
  expect(asks(place, '/consent')).toBe(true)
  place = await answerConsent(browser, place, 'allow')
  expect((await begun.complete(String(place.leavingTo))).claims()?.sub).toBe(bob.id)
  expect(await sessionsOf(ana)).toEqual([])
})

test('T23: the next person at the same browser gets another session, and nothing of the person before', async () => {
  const first = await app.begin()
  const { callback } = await signIn(world, { account: ana, authorizeUrl: first.url, browser })
  const tokens = await first.complete(String(callback))
  const [anas] = await sessionsOf(ana)
  const bob = await world.makeAccount()
  let place = await browser.visit((await app.begin({ prompt: 'login' })).url)
  place = await submitSignIn(browser, place, bob)
  place = await browser.submit(place, { action: '/oauth/logout/confirm' })
  place = await answerConsent(browser, place, 'allow')
  expect(place.leavingTo?.searchParams.has('code')).toBe(true)
  const [bobs] = await sessionsOf(bob)
  expect(bobs?.uid).not.toBe(anas?.uid)
  expect(await sessionsOf(ana)).toEqual([])
  // Her session is over, and with it what was given for as long as it lasts.
  await expect(
    openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token)),
  ).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('T23: cookies dropped and another person signed in: each refresh token stays its own person’s', async () => {
  const first = await app.begin()
  const { callback } = await signIn(world, { account: ana, authorizeUrl: first.url, browser })
  const anas = await first.complete(String(callback))
  browser.cookies.clear()
  const bob = await world.makeAccount()
  const second = await app.begin()
  const answer = await signIn(world, { account: bob, authorizeUrl: second.url, browser })
  const bobs = await second.complete(String(answer.callback))
  for (const [account, tokens] of [
    [ana, anas],
    [bob, bobs],
  ] as const) {
    const again = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token))
    expect(again.claims()?.sub).toBe(account.id)
  }
})

test('an account that was disabled is asked to sign in again, and cannot', async () => {
  await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
  await world.db.updateTable('accounts').set({ disabledAt: new Date() }).where('id', '=', ana.id).execute()
  await expect.poll(async () => asks(await browser.visit((await app.begin()).url), '/login')).toBe(true)
  const place = await submitSignIn(browser, await browser.visit((await app.begin()).url), ana)
  expect(place.status).toBe(401)
})

test('consent names what the claims parameter asks for without its scope', async () => {
  const claims = JSON.stringify({ userinfo: { phone_number: null }, id_token: { birthdate: null } })
  const begun = await app.begin({ scope: 'openid', claims })
  const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
  expect(place.html).toContain('See your phone number')
  expect(place.html).toContain('See your name, picture and other profile details')
  expect(place.html).not.toContain('It receives nothing else')
  expect(place.html).not.toContain('See your postal address')
})

test.each([
  ['id_token_hint of somebody else', 'login_required', async (sub: string) => ({ id_token_hint: sub })],
  [
    'a sub that is somebody else’s',
    'login_required',
    async (sub: string) => ({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) }),
  ],
])(
  '%s ends in %s after the wrong person signed in, not in the sign-in page again',
  async (what, error, ask) => {
    const bob = await world.makeAccount()
    const hint = what.startsWith('id_token') ? await idTokenOf(bob) : bob.id
    const begun = await app.begin(await ask(hint))
    const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
    expect(place.leavingTo?.searchParams.get('error')).toBe(error)
    expect(place.leavingTo?.searchParams.has('code')).toBe(false)
  },
)

async function idTokenOf(account: TestAccount): Promise<string> {
  const begun = await app.begin()
  const { callback } = await signIn(world, { account, authorizeUrl: begun.url })
  return String((await begun.complete(String(callback))).id_token)
}

async function pushedSignIn(params: Record<string, string>): Promise<BegunSignIn> {
  const begun = await pushing.begin(params)
  const { searchParams } = new URL(begun.url)
  const url = await openid.buildAuthorizationUrlWithPAR(pushing.configuration, searchParams)
  return { ...begun, url: url.href }
}

/** The sessions that a browser may hold; a value that was replaced lives on for seconds. */
function sessionsOf({ id }: TestAccount) {
  return world.db
    .selectFrom('oidcSessions')
    .selectAll()
    .where('accountId', '=', id)
    .where(sql<boolean>`not payload ? 'replaced'`)
    .execute()
}

type StoredPayload = Record<string, unknown> & { lastSubmission?: { login?: { ts?: number } } }

async function signInWasEarlier(account: TestAccount, seconds: number): Promise<void> {
  const [session] = await sessionsOf(account)
  const payload = session?.payload as StoredPayload
  const earlier = { ...payload, loginTs: Number(payload['loginTs']) - seconds }
  await world.db
    .updateTable('oidcSessions')
    .set({ payload: JSON.stringify(earlier) })
    .where('idHash', '=', session?.idHash ?? Buffer.alloc(0))
    .execute()
}

/** Moves the sign-in that the waiting consent page follows into the past. */
async function consentPageWasOpenFor(place: Place, seconds: number): Promise<void> {
  expect(asks(place, '/consent')).toBe(true)
  const { idHash, payload } = await world.db
    .selectFrom('oidcArtifacts')
    .selectAll()
    .where('model', '=', 'Interaction')
    .orderBy('expiresAt', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const stored = payload as StoredPayload
  const login = stored.lastSubmission?.login
  if (login?.ts !== undefined) login.ts -= seconds
  await world.db
    .updateTable('oidcArtifacts')
    .set({ payload: JSON.stringify(stored) })
    .where('idHash', '=', idHash)
    .execute()
}
