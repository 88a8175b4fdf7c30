/** Attacks on the sign-in: steps out of order, foreign and forged handles, other sites' forms, guessing, asking who exists. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let browser: Browser
/** The sign-in page of a fresh request. */
let page: Place
let before: Awaited<ReturnType<typeof counts>>

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world)
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount()
  browser = openBrowser(world)
  page = await browser.visit((await app.begin()).url)
  before = await counts()
})

describe('T21: steps out of order', () => {
  test('consent, decided before anybody signed in, leads back to the sign-in page', async () => {
    for (const decision of ['allow', 'deny', 'switch']) {
      const answer = await post(browser, `${page.url.pathname}/consent`, { decision })
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toBe(page.url.pathname)
    }
    expect(asks(await browser.visit(page.url), '/login')).toBe(true)
    expect(await counts()).toEqual(before)
  })

  test('a password sent to the consent step is not looked at', async () => {
    const consent = await submitSignIn(browser, page, ana)
    expect(asks(consent, '/consent')).toBe(true)
    const answer = await post(browser, `${consent.url.pathname}/login`, {
      login: ana.email,
      password: ana.password,
    })
    expect(answer.headers.get('location')).toBe(consent.url.pathname)
  })

  test('the way on cannot be taken before the page was answered', async () => {
    const uid = page.url.pathname.split('/').at(-1)
    const answer = await browser.visit(`/oauth/authorize/${uid}`)
    expect(answer.leavingTo?.searchParams.has('code')).not.toBe(true)
    expect(asks(answer, '/login')).toBe(true)
  })

  test('an answered step is over: its form, sent again, leads nowhere', async () => {
    await submitSignIn(browser, page, ana)
    for (const step of ['login', 'consent', 'cancel']) {
      const answer = await post(browser, `${page.url.pathname}/${step}`, {
        login: ana.email,
        password: ana.password,
        decision: 'allow',
      })
      expect(answer.status).toBe(400)
      expect(answer.headers.get('location')).toBeNull()
    }
  })

  test.each(['', '/', '/password', '/login/x', '/../login', '/consent/allow'])(
    'there is no step %j to post to',
    async (step) => {
      const answer = await post(browser, `${page.url.pathname}${step}`, { decision: 'allow' })
      expect([403, 404, 405]).toContain(answer.status)
    },
  )
})

describe('T15: whose sign-in it is', () => {
  test('the address of a sign-in without its cookie is worth nothing, in any step', async () => {
    const stranger = openBrowser(world)
    expect((await stranger.visit(page.url)).status).toBe(400)
    for (const step of ['login', 'consent', 'cancel']) {
      const fields = { login: ana.email, password: ana.password, decision: 'allow' }
      expect((await post(stranger, `${page.url.pathname}/${step}`, fields)).status).toBe(400)
    }
    const uid = page.url.pathname.split('/').at(-1)
    expect((await stranger.visit(`/oauth/authorize/${uid}`)).status).toBe(400)
    expect(await counts()).toEqual(before)
  })

  test('the cookie of one sign-in does not open another one', async () => {
    const other = openBrowser(world)
    const theirs = await other.visit((await app.begin()).url)
    const cookie = browser.cookies.headerFor(page.url)
    const answer = await fetchWith(theirs.url, cookie)
    expect(answer.status).toBe(400)
  })

  test('T22: an attacker who started the sign-in gains nothing when the victim finishes it', async () => {
    const victim = openBrowser(world)
    await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser: victim })
    // The victim opens the attacker's link: not theirs, so nothing happens, although they are signed in.
    expect((await victim.visit(page.url)).status).toBe(400)
    expect(asks(await browser.visit(page.url), '/login')).toBe(true)
    const uid = page.url.pathname.split('/').at(-1)
    expect((await victim.visit(`/oauth/authorize/${uid}`)).leavingTo).toBeUndefined()
  })

  test('T11: cookies that were changed are no cookies', async () => {
    const header = browser.cookies.headerFor(page.url)
    const changed = [
      header.replace(/(interaction=)(.)/, anotherFirst),
      header.replace(/(interaction\.sig=)(.)/, anotherFirst),
      header.replace(/; interaction\.sig=[^;]*/, ''),
      header.replace(/interaction=[^;]*/, 'interaction=__proto__'),
    ]
    for (const cookie of changed) {
      expect(cookie).not.toBe(header)
      expect((await fetchWith(page.url, cookie)).status).toBe(400)
    }
    expect((await fetchWith(page.url, header)).status).toBe(200)
  })

  test('T11: a forged session cookie is nobody', async () => {
    await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
    const url = (await app.begin({ prompt: 'none' })).url
    const header = browser.cookies.headerFor(new URL(url))
    expect(await isAnswered(url, header)).toBe(true)
    const other = openBrowser(world)
    await signIn(world, {
      account: await world.makeAccount(),
      authorizeUrl: (await app.begin()).url,
      browser: other,
    })
    const mixed = `sid=${other.cookies.all().get('sid')}; sid.sig=${browser.cookies.all().get('sid.sig')}`
    for (const cookie of [mixed, header.replace(/; sid\.sig=[^;]*/, ''), header.replace(/sid=./, 'sid=!')]) {
      expect(await isAnswered((await app.begin({ prompt: 'none' })).url, cookie)).toBe(false)
    }
  })

  test('the parameters of a request cannot be changed at a later step', async () => {
    const consent = await submitSignIn(browser, page, ana)
    const extra = '?redirect_uri=https://evil.example/&response_type=token&client_id=x&scope=openid+phone'
    const answer = await post(browser, `${consent.url.pathname}/consent${extra}`, { decision: 'allow' })
    const uid = consent.url.pathname.split('/').at(-1)
    expect(new URL(String(answer.headers.get('location'))).pathname).toBe(`/oauth/authorize/${uid}`)
    const place = await browser.visit(`/oauth/authorize/${uid}${extra}`)
    expect(place.leavingTo?.origin).toBe(app.origin)
    expect(place.leavingTo?.searchParams.has('code')).toBe(true)
  })
})

describe('T25: what is not a filled-in form goes no further', () => {
  const form = () => ({ 'content-type': 'application/x-www-form-urlencoded' })
  const ways: readonly [string, Record<string, string>, string | undefined, number][] = [
    ['nothing', {}, undefined, 415],
    ['an empty form', form(), '', 401],
    ['half a form', form(), 'login=ana', 401],
    ['only the password', form(), 'password=x', 401],
    ['a field twice', form(), 'login=a&login=b&password=c', 400],
    ['JSON', { 'content-type': 'application/json' }, '{"login":"a","password":{"$ne":1}}', 415],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415],
    ['text', { 'content-type': 'text/plain' }, 'login=a&password=b', 415],
    ['brackets', form(), 'login[]=a&password[$ne]=b', 401],
    ['bytes that are no UTF-8', form(), 'login=%ff&password=b', 400],
    ['a NUL', form(), 'login=a%00&password=b', 400],
    ['far too much', form(), `login=${'a'.repeat(40_000)}`, 413],
  ]

  test.each(ways)('at the sign-in step: %s', async (_what, headers, body, status) => {
    const answer = await raw(browser, `${page.url.pathname}/login`, headers, body)
    expect(answer.status).toBe(status)
    expect(asks(await browser.visit(page.url), '/login')).toBe(true)
    expect(browser.cookies.all().has('sid')).toBe(false)
  })

  test.each(ways)('at the consent step: %s', async (_what, headers, body) => {
    const consent = await submitSignIn(browser, page, ana)
    expect([consent.status, asks(consent, '/consent'), consent.trail]).toEqual([200, true, consent.trail])
    const answer = await raw(browser, `${consent.url.pathname}/consent`, headers, body)
    expect([200, 400, 413, 415]).toContain(answer.status)
    expect(asks(await browser.visit(consent.url), '/consent')).toBe(true)
    const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
    expect(silent.leavingTo?.searchParams.get('error')).toBe('consent_required')
  })
})

describe('forms of other sites (v5.0.0-3.5.1)', () => {
  test.each([
    ['cross-site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sibling', { origin: 'https://a.example', 'sec-fetch-site': 'same-site' }],
    ['an older browser elsewhere', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['no sign at all', {}],
    ['typed in', { 'sec-fetch-site': 'none' }],
  ])('%s: refused at every step, and the sign-in stays where it was', async (_what, headers) => {
    for (const step of ['login', 'consent', 'cancel']) {
      const answer = await browser.send(`${page.url.pathname}/${step}`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ login: ana.email, password: ana.password, decision: 'allow' }),
      })
      expect(answer.status).toBe(403)
    }
    expect(asks(await browser.visit(page.url), '/login')).toBe(true)
  })
})

test('T22: the session id changes at each sign-in, and the earlier one is nobody', async () => {
  await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
  const first = browser.cookies.headerFor(new URL(world.issuer))
  const again = await browser.visit((await app.begin({ prompt: 'login' })).url)
  await submitSignIn(browser, again, ana)
  expect(browser.cookies.headerFor(new URL(world.issuer))).not.toBe(first)
  expect(await isAnswered((await app.begin({ prompt: 'none' })).url, first)).toBe(false)
  expect(
    await isAnswered(
      (await app.begin({ prompt: 'none' })).url,
      browser.cookies.headerFor(new URL(world.issuer)),
    ),
  ).toBe(true)
})

function post(from: Browser, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return from.send(path, { method: 'POST', headers: ours(), body: new URLSearchParams(fields) })
}

/** A request of our own page with any body. */
function raw(
  from: Browser,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Response> {
  const url = new URL(path, world.issuer)
  return fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: from.cookies.headerFor(url), ...ours(), ...headers },
    ...(body !== undefined && { body }),
  })
}

function ours(): Record<string, string> {
  return { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
}

function fetchWith(url: URL | string, cookie: string): Promise<Response> {
  return fetch(url, { redirect: 'manual', headers: { accept: 'text/html', cookie } })
}

async function isAnswered(url: string, cookie: string): Promise<boolean> {
  const { headers } = await fetchWith(url, cookie)
  return headers.get('location')?.includes('code=') === true
}

/** How many sessions of signed-in people and how many grants there are. */
async function counts(): Promise<{ sessions: number; grants: number }> {
  const sessions = await world.db
    .selectFrom('oidcSessions')
    .select('uid')
    .where('accountId', 'is not', null)
    .execute()
  const grants = await world.db.selectFrom('oidcGrants').select('id').execute()
  return { sessions: sessions.length, grants: grants.length }
}

/** One character in sixty-four is the one it would be replaced by. */
function anotherFirst(_: string, name: string, first: string): string {
  return `${name}${first === '_' ? 'A' : '_'}`
}
