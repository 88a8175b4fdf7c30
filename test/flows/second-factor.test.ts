/** The second factor through the pages, over HTTP: proving it, setting it up, recovering, and everything that must not work. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { grantAdministrator } from '../../src/domain/accounts/lifecycle.ts'
import { asks, signIn, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty } from '../support/relying-party.ts'
import { after, codeAt, enrol, wrongCode } from '../support/totp.ts'
import type { Factors } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
/** First-party, so that no consent stands between the second factor and the code. */
let app: RelyingParty
let now: Date
let ana: TestAccount
let factors: Factors
let browser: Browser

beforeAll(async () => {
  now = new Date()
  world = await openWorld({ now: () => now, env: { TRUSTED_PROXIES: '127.0.0.1' } })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  // Every test has time steps of its own: a code is used once, and only forwards.
  now = after(now, 120)
  ana = await world.makeAccount()
  factors = await enrol(world, ana.id, now)
  browser = openBrowser(world)
})

describe('with an authenticator app', () => {
  test('the password leads to the second factor, and the code of the app on to the app (v5.0.0-6.3.3)', async () => {
    const { begun, page } = await passwordOnly()
    expect(page.html).toContain('autocomplete="one-time-code"')
    expect(page.html).toContain('inputmode="numeric"')
    const place = await enter(page, codeAt(factors.seed, now))
    const tokens = await begun.complete(String(place.leavingTo))
    expect(tokens.claims()).toMatchObject({ sub: ana.id, acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    expect(await eventTypes()).toEqual(['sign_in.succeeded', 'second_factor.accepted'])
  })

  test('a code may be typed with a space, as apps show it', async () => {
    const { page } = await passwordOnly()
    const code = codeAt(factors.seed, now)
    const place = await enter(page, `${code.slice(0, 3)} ${code.slice(3)}`)
    expect(hasCode(place)).toBe(true)
  })

  test('T22: the session takes another id with the second factor, and the one before it is worth nothing', async () => {
    const { page } = await passwordOnly()
    const before = browser.cookies.headerFor(page.url)
    const [session] = await sessions()
    await enter(page, codeAt(factors.seed, now))
    expect(browser.cookies.all().get('sid')).not.toBe(cookieValue(before, 'sid'))
    const after = await sessions()
    expect(after.map(({ uid }) => uid)).toContain(session?.uid)
    const [[row]] = [after.filter(({ payload }) => payload['replaced'] === undefined)]
    expect(row?.payload).toMatchObject({ acr: 'aal2' })
    // Whoever held the earlier cookie has at most what it was: a password.
    const begun = await app.begin({ prompt: 'none' })
    const answer = await fetch(begun.url, { redirect: 'manual', headers: { cookie: before } })
    expect(new URL(String(answer.headers.get('location'))).searchParams.get('error')).toBe('login_required')
  })

  test('T26: the code that set the app up is not taken at the next sign-in (v5.0.0-6.5.1)', async () => {
    const moment = after(now, -60)
    const { page } = await passwordOnly()
    const [earlier, fresh] = [codeAt(factors.seed, moment), codeAt(factors.seed, now)]
    now = moment
    expect((await enter(page, earlier)).status).toBe(401)
    now = after(moment, 60)
    expect(hasCode(await enter(page, fresh))).toBe(true)
  })

  test('T26: a code that was taken is not taken again in another sign-in', async () => {
    const code = codeAt(factors.seed, now)
    const first = await passwordOnly()
    await enter(first.page, code)
    const second = await passwordOnly(openBrowser(world))
    const place = await second.browser.submit(second.page, { action: '/second-factor', fields: { code } })
    expect(place.status).toBe(401)
    expect(place.html).toContain('it was used already')
  })

  test('auth_time stays when the password was entered, however long the second factor takes', async () => {
    const { begun, page } = await passwordOnly({ max_age: '3600' })
    const signedInAt = Math.floor(now.getTime() / 1000)
    now = after(now, 300)
    const place = await enter(page, codeAt(factors.seed, now))
    expect((await begun.complete(String(place.leavingTo))).claims()?.auth_time).toBe(signedInAt)
  })

  test('somebody else can sign in instead', async () => {
    const { page } = await passwordOnly()
    const place = await browser.submit(page, { action: '/switch' })
    expect(asks(place, '/login')).toBe(true)
    expect(place.html).not.toContain(ana.email)
  })

  test('cancelling answers the app', async () => {
    const { page } = await passwordOnly()
    const place = await browser.submit(page, { action: '/cancel', button: 'cancel' })
    expect(place.leavingTo?.searchParams.get('error')).toBe('access_denied')
  })
})

describe('T24: a session with only a password buys nothing where more is due', () => {
  test('not a code, at this app or another, asked loudly or silently', async () => {
    const { page } = await passwordOnly()
    expect(asksForCode(page)).toBe(true)
    const other = await openRelyingParty(world, { settings: { firstParty: true } })
    for (const party of [app, other]) {
      const loud = await browser.visit((await party.begin()).url)
      expect(asksForCode(loud)).toBe(true)
      const silent = await browser.visit((await party.begin({ prompt: 'none' })).url)
      expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
      expect(silent.leavingTo?.searchParams.has('code')).toBe(false)
    }
    await other.close()
  })

  test('not the way on before the page was answered', async () => {
    const { page } = await passwordOnly()
    const place = await browser.visit(`/oauth/authorize/${uidOf(page)}`)
    expect(place.leavingTo?.searchParams.has('code')).not.toBe(true)
    expect(asksForCode(place)).toBe(true)
  })

  test.each(['consent', 'login', 'passkey', 'enrol', 'enrol/passkey', 'new-recovery-codes'])(
    'not the step %s, whose form leads back to the code',
    async (step) => {
      const { page } = await passwordOnly()
      const before = await standing()
      const answer = await post(`${page.url.pathname}/${step}`, {
        decision: 'allow',
        login: ana.email,
        password: ana.password,
        code: codeAt(factors.seed, now),
        credential: '{}',
      })
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toBe(page.url.pathname)
      expect(await standing()).toEqual(before)
    },
  )

  test('not another app to prove it with: what is there is not replaced by whoever knows the password', async () => {
    const { page } = await passwordOnly()
    await post(`${page.url.pathname}/enrol`, {
      code: codeAt(factors.seed, now),
      enrolment: `enr_${uidOf(page)}`,
    })
    const pending = await world.db
      .selectFrom('totpEnrolments')
      .select('id')
      .where('accountId', '=', ana.id)
      .execute()
    expect(pending).toEqual([])
  })

  test('not even after the account was found to need one in the middle of a session', async () => {
    const bob = await world.makeAccount()
    await signIn(world, { account: bob, authorizeUrl: (await app.begin()).url, browser })
    await enrol(world, bob.id, now)
    const place = await browser.visit((await app.begin()).url)
    expect(asksForCode(place)).toBe(true)
    const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
    expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
  })
})

describe('T25: a form that is not whole stays at its step', () => {
  test.each([
    ['nothing', ''],
    ['an empty code', 'code='],
    ['a code of blanks', 'code=+++'],
    ['another field', 'remember=yes'],
    ['two codes', 'code=1&code=2'],
    ['letters', 'code=abcdef'],
    ['five digits', 'code=12345'],
    ['a very long code', `code=${'1'.repeat(5000)}`],
    ['other digits', `code=${encodeURIComponent('١٢٣٤٥٦')}`],
    ['a negative number', 'code=-12345'],
  ])('%s', async (_what, body) => {
    const { page } = await passwordOnly()
    for (const step of ['second-factor', 'recovery-code']) {
      const answer = await post(`${page.url.pathname}/${step}`, body)
      expect([400, 401]).toContain(answer.status)
      expect(answer.headers.get('location')).toBeNull()
    }
    expect(asksForCode(await browser.visit(page.url))).toBe(true)
    expect(await failures()).toBe(0)
  })

  test.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', ''])(
    'a body as %s',
    async (contentType) => {
      const { page } = await passwordOnly()
      for (const step of ['second-factor', 'recovery-code', 'enrol', 'second-factor/passkey', 'switch']) {
        const answer = await browser.send(`${page.url.pathname}/${step}`, {
          method: 'POST',
          headers: { 'content-type': contentType, 'sec-fetch-site': 'same-origin' },
          body: new URLSearchParams({ code: codeAt(factors.seed, now) }),
        })
        // What is not due is answered with the step that is, whatever it says.
        expect([303, 415]).toContain(answer.status)
        expect([null, page.url.pathname]).toContain(answer.headers.get('location'))
      }
      const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
      expect(silent.leavingTo?.searchParams.has('code')).toBe(false)
    },
  )

  test('T15: another browser cannot take the step, with the right code either', async () => {
    const { page } = await passwordOnly()
    const stranger = openBrowser(world)
    const answer = await post(
      `${page.url.pathname}/second-factor`,
      { code: codeAt(factors.seed, now) },
      stranger,
    )
    expect(answer.status).toBe(400)
    expect(hasCode(await enter(page, codeAt(factors.seed, now)))).toBe(true)
  })

  test('another site cannot send it', async () => {
    const { page } = await passwordOnly()
    const answer = await browser.send(`${page.url.pathname}/second-factor`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ code: codeAt(factors.seed, now) }),
    })
    expect(answer.status).toBe(403)
  })
})

describe('T27: guessing', () => {
  test('200 wrong codes over new sign-ins and new addresses: the limit holds, then the app is off, the right code included', async () => {
    let looked = 0
    let limited = 0
    const wrong = wrongCode(factors.seed, now)
    for (let round = 0; round < 20; round += 1) {
      const address = `203.0.113.${round}`
      const { page } = await passwordOnly(openBrowser(world))
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const answer = await post(`${page.url.pathname}/second-factor`, { code: wrong }, latest, address)
        if (answer.status === 429) limited += 1
        else looked += 1
      }
    }
    expect(looked + limited).toBe(200)
    expect(looked).toBeLessThanOrEqual(41)
    expect(await failures()).toBe(looked)
    // The password's own pool is untouched: signing in with it goes on.
    expect(asksForCode((await passwordOnly(openBrowser(world))).page)).toBe(true)
  })

  test('the hundredth failure in a row ends the app; recovery codes are another pool and still work (NIST SP 800-63B-4 §3.2.2)', async () => {
    await world.db
      .updateTable('totpAuthenticators')
      .set({ failures: 99 })
      .where('accountId', '=', ana.id)
      .execute()
    const { page, begun } = await passwordOnly()
    const last = await enter(page, wrongCode(factors.seed, now))
    expect(last.status).toBe(401)
    expect(last.html).toContain('was turned off')
    const right = await enter(last, codeAt(factors.seed, now))
    expect(right.status).toBe(401)
    const place = await recover(right, factors.recoveryCodes[0])
    expect(place.html).toContain('You used a recovery code')
    const onward = await browser.visit(continueLink(place))
    expect((await begun.complete(String(onward.leavingTo))).claims()?.acr).toBe('aal2')
    expect(await eventTypes()).toContain('second_factor.locked')
  })

  test('a right code forgets the failures before it', async () => {
    const { page } = await passwordOnly()
    const again = await enter(page, wrongCode(factors.seed, now))
    expect(await failures()).toBe(1)
    await enter(again, codeAt(factors.seed, now))
    expect(await failures()).toBe(0)
  })
})

describe('recovery codes', () => {
  test('one works once beside the password, in any case and without its dashes; the person is told how many are left', async () => {
    const { page, begun } = await passwordOnly()
    const [code = ''] = factors.recoveryCodes
    const used = await recover(page, code.toLowerCase().replaceAll('-', ' '))
    expect(used.html).toContain('You have 9 left')
    const place = await browser.visit(continueLink(used))
    expect((await begun.complete(String(place.leavingTo))).claims()).toMatchObject({
      acr: 'aal2',
      amr: ['pwd', 'otp', 'mfa'],
    })
    const second = await passwordOnly(openBrowser(world))
    expect((await recover(second.page, code, second.browser)).status).toBe(401)
  })

  test('new ones can be made at once, and are shown and downloaded this once (v5.0.0-6.5.1)', async () => {
    const { page } = await passwordOnly()
    const used = await recover(page, factors.recoveryCodes[0])
    const shown = await browser.submit(used, { action: '/new-recovery-codes' })
    const codes = codesIn(shown)
    expect(codes).toHaveLength(10)
    expect(shown.headers.get('cache-control')).toBe('no-store')
    const form = shown.forms.find(({ action }) => action.endsWith('/recovery-codes'))
    const file = await post(String(form?.action), { codes: String(form?.fields['codes']) })
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="recovery-codes.txt"')
    expect(file.headers.get('cache-control')).toBe('no-store')
    const text = await file.text()
    for (const code of codes) expect(text).toContain(code)
    expect(hasCode(await browser.visit(continueLink(shown)))).toBe(true)
    const next = await passwordOnly(openBrowser(world))
    expect((await recover(next.page, factors.recoveryCodes[1], next.browser)).status).toBe(401)
    expect((await recover(next.page, codes[0], next.browser)).status).toBe(200)
  })

  test('the download answers nothing but recovery codes', async () => {
    const { page } = await passwordOnly()
    for (const codes of ['', '<script>', 'A'.repeat(29), `${factors.recoveryCodes[0]}\r\nx`]) {
      expect((await post(`${page.url.pathname}/recovery-codes`, { codes })).status).toBe(400)
    }
  })

  test('a recovery code alone, without the password, is worth nothing', async () => {
    const page = await browser.visit((await app.begin()).url)
    const answer = await post(`${page.url.pathname}/recovery-code`, { code: factors.recoveryCodes[0] ?? '' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(page.url.pathname)
    expect(asks(await browser.visit(page.url), '/login')).toBe(true)
  })
})

describe('a remembered device', () => {
  test('asks for no second factor for 30 days, says so truthfully, and is asked again when an app demands more', async () => {
    const first = await passwordOnly()
    await enter(first.page, codeAt(factors.seed, now), { remember: 'yes' })
    now = after(now, 30 * 86_400 - 60)
    const begun = await app.begin({ prompt: 'login' })
    const place = await submitSignIn(browser, await browser.visit(begun.url), ana)
    const claims = (await begun.complete(String(place.leavingTo))).claims()
    expect(claims).toMatchObject({ acr: 'aal1', amr: ['pwd'] })
    expect(asksForCode(await browser.visit((await app.begin({ acr_values: 'aal2' })).url))).toBe(true)
    now = after(now, 120)
    expect(asksForCode((await passwordOnly({ prompt: 'login' })).page)).toBe(true)
  })

  test('is not remembered without the tick, nor after a recovery code', async () => {
    const first = await passwordOnly()
    await enter(first.page, codeAt(factors.seed, now))
    const second = await passwordOnly({ prompt: 'login' })
    expect(asksForCode(second.page)).toBe(true)
    const fields = { code: factors.recoveryCodes[2] ?? '', remember: 'yes' }
    expect((await post(`${second.page.url.pathname}/recovery-code`, fields)).status).toBe(200)
    expect(asksForCode((await passwordOnly({ prompt: 'login' })).page)).toBe(true)
  })

  test('stands for its own account alone', async () => {
    const first = await passwordOnly()
    await enter(first.page, codeAt(factors.seed, now), { remember: 'yes' })
    const bob = await world.makeAccount()
    await enrol(world, bob.id, now)
    let place = await browser.visit((await app.begin({ prompt: 'login' })).url)
    place = await submitSignIn(browser, place, bob)
    if (place.forms[0]?.action.endsWith('/oauth/logout/confirm') === true)
      place = await browser.submit(place, { action: '/oauth/logout/confirm' })
    expect(asksForCode(place)).toBe(true)
  })

  test('never spares an administrator, whatever the form says', async () => {
    await grantAdministrator(world.db, { id: ana.id }, systemAct(now))
    const first = await passwordOnly()
    expect(first.page.html).not.toContain('name="remember"')
    await post(`${first.page.url.pathname}/second-factor`, {
      code: codeAt(factors.seed, now),
      remember: 'yes',
    })
    expect(asksForCode((await passwordOnly({ prompt: 'login' })).page)).toBe(true)
  })
})

describe('setting one up while signing in', () => {
  let boss: TestAccount
  beforeEach(async () => {
    boss = await world.makeAccount()
    await grantAdministrator(world.db, { id: boss.id }, systemAct(now))
  })

  test('an administrator without a second factor sets one up, saves recovery codes, and goes on (v5.0.0-6.3.3)', async () => {
    const { begun, page } = await passwordOnly(browser, boss)
    expect(page.html).toContain('role="img"')
    const seed = seedIn(page)
    expect(seed).toMatch(/^[A-Z2-7]{32}$/)
    // Loading the page again shows the same seed; another browser with the same password sees another one.
    expect(seedIn(await browser.visit(page.url))).toBe(seed)
    const thief = await passwordOnly(openBrowser(world), boss)
    expect(seedIn(thief.page)).not.toBe(seed)
    const shown = await browser.submit(page, { action: '/enrol', fields: { code: codeAt(seed, now) } })
    expect(codesIn(shown)).toHaveLength(10)
    const place = await browser.visit(continueLink(shown))
    const claims = (await begun.complete(String(place.leavingTo))).claims()
    expect(claims).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    // The thief's page was open before: it leads to the code, and sets nothing up any more.
    const late = await thief.browser.submit(thief.page, {
      action: '/enrol',
      fields: { code: codeAt(seedIn(thief.page), now) },
    })
    expect(asksForCode(late)).toBe(true)
    // T26: the first code is used up.
    const again = await passwordOnly(openBrowser(world), boss)
    expect(
      (
        await again.browser.submit(again.page, {
          action: '/second-factor',
          fields: { code: codeAt(seed, now) },
        })
      ).status,
    ).toBe(401)
  })

  test('a wrong first code shows the same seed again, ten of them another one', async () => {
    const { page } = await passwordOnly(browser, boss)
    const seed = seedIn(page)
    let place = page
    for (let attempt = 0; attempt < 9; attempt += 1) {
      place = await browser.submit(place, { action: '/enrol', fields: { code: wrongCode(seed, now) } })
      expect(place.status).toBe(401)
      expect(seedIn(place)).toBe(seed)
    }
    place = await browser.submit(place, { action: '/enrol', fields: { code: wrongCode(seed, now) } })
    expect(place.status).toBe(400)
    expect(seedIn(place)).not.toBe(seed)
    place = await browser.submit(place, { action: '/enrol', fields: { code: codeAt(seed, now) } })
    expect(place.status).toBe(401)
  })

  test('a seed that was shown a quarter of an hour ago sets nothing up', async () => {
    const { page } = await passwordOnly(browser, boss)
    const seed = seedIn(page)
    now = after(now, 15 * 60 + 1)
    const place = await browser.submit(page, { action: '/enrol', fields: { code: codeAt(seed, now) } })
    expect(place.status).toBe(400)
    expect(seedIn(place)).not.toBe(seed)
  })

  test('the seed stands in no log, no event and no column in clear (v5.0.0-11.3.3)', async () => {
    const { page } = await passwordOnly(browser, boss)
    const seed = seedIn(page)
    await browser.submit(page, { action: '/enrol', fields: { code: codeAt(seed, now) } })
    const { rows } = await sql<{ text: string }>`select t::text as text from totp_authenticators t
        union all select t::text from audit_events t union all select t::text from oidc_artifacts t
        union all select t::text from totp_enrolments t`.execute(world.db)
    const inHex = Buffer.from(seed).toString('hex')
    for (const { text } of rows) {
      expect(text).not.toContain(seed)
      expect(text).not.toContain(inHex)
    }
    expect(world.logLines.join('\n')).not.toContain(seed)
  })
})

describe('SECOND_FACTOR=required', () => {
  test('everybody sets one up, and nobody gets further without', async () => {
    const strict = await openWorld({ env: { SECOND_FACTOR: 'required' } })
    try {
      const party = await openRelyingParty(strict, { settings: { firstParty: true } })
      const bob = await strict.makeAccount()
      const visitor = openBrowser(strict)
      const page = await submitSignIn(visitor, await visitor.visit((await party.begin()).url), bob)
      expect(seedIn(page)).toMatch(/^[A-Z2-7]{32}$/)
      const silent = await visitor.visit((await party.begin({ prompt: 'none' })).url)
      expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
      await party.close()
    } finally {
      await strict.close()
    }
  })
})

/** The browser of the last sign-in. */
let latest: Browser

interface AtSecondFactor {
  readonly begun: BegunSignIn
  readonly page: Place
  readonly browser: Browser
}

/** Signs in with the password alone, in a browser of its own or in the test's, with parameters of the request if any. */
async function passwordOnly(
  at: Browser | Record<string, string> = {},
  account: TestAccount = ana,
): Promise<AtSecondFactor> {
  const isBrowser = isBrowserOf(at)
  const visitor = isBrowser ? at : browser
  const begun = await app.begin(isBrowser ? {} : at)
  latest = visitor
  const page = await submitSignIn(visitor, await visitor.visit(begun.url), account)
  return { begun, page, browser: visitor }
}

function isBrowserOf(at: Browser | Record<string, string>): at is Browser {
  return typeof at['visit'] === 'function'
}

function enter(page: Place, code: string, more: Record<string, string> = {}): Promise<Place> {
  const fields: Record<string, string> = { code, ...more }
  return browser.submit(page, { action: '/second-factor', fields })
}

async function recover(page: Place, code = '', at: Browser = browser): Promise<Place> {
  const place = await at.visit(
    `${page.url.pathname.replace(/\/(second-factor|recovery-code)$/, '')}?way=recovery-code`,
  )
  return at.submit(place, { action: '/recovery-code', fields: { code } })
}

function post(
  path: string,
  body: Record<string, string> | string,
  at: Browser = browser,
  address?: string,
): Promise<Response> {
  return at.send(path, {
    method: 'POST',
    headers: {
      origin: world.issuer,
      'sec-fetch-site': 'same-origin',
      ...(address !== undefined && { 'x-forwarded-for': address }),
    },
    body: new URLSearchParams(body),
  })
}

function asksForCode(place: Place): boolean {
  return place.forms.some(({ action }) => action.endsWith('/second-factor'))
}

function hasCode(place: Place): boolean {
  return place.leavingTo?.searchParams.has('code') === true
}

function uidOf(page: Place): string {
  return page.url.pathname.split('/')[2] ?? ''
}

function seedIn(page: Place): string {
  return (/<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '').replaceAll(' ', '')
}

function codesIn(page: Place): string[] {
  return [...page.html.matchAll(/<code>([0-9A-Z]{5}(?:-[0-9A-Z]{5}){4})<\/code>/g)].map(
    ([, code = '']) => code,
  )
}

function continueLink(page: Place): string {
  return /href="(\/oauth\/authorize\/[^"]+)"/.exec(page.html)?.[1] ?? '/nowhere'
}

function cookieValue(header: string, name: string): string | undefined {
  return header
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}

async function failures(): Promise<number> {
  const row = await world.db
    .selectFrom('totpAuthenticators')
    .select('failures')
    .where('accountId', '=', ana.id)
    .executeTakeFirstOrThrow()
  return row.failures
}

async function sessions() {
  const rows = await world.db.selectFrom('oidcSessions').selectAll().where('accountId', '=', ana.id).execute()
  return rows.map(({ uid, payload }) => ({ uid, payload: payload as Record<string, unknown> }))
}

async function standing() {
  const [totp, codes, [session]] = await Promise.all([
    world.db.selectFrom('totpAuthenticators').selectAll().where('accountId', '=', ana.id).execute(),
    world.db.selectFrom('recoveryCodes').selectAll().where('accountId', '=', ana.id).execute(),
    sessions(),
  ])
  return { totp, codes, acr: session?.payload['acr'] }
}

async function eventTypes(): Promise<string[]> {
  const rows = await world.db
    .selectFrom('auditEvents')
    .select('type')
    .where('targetId', '=', ana.id)
    .where('type', 'in', [
      'sign_in.succeeded',
      'second_factor.accepted',
      'second_factor.locked',
      'second_factor.failed',
    ])
    .orderBy('id')
    .execute()
  return rows.map(({ type }) => type)
}
