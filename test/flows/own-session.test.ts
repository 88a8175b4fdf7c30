/** The session of our own pages: how it begins, what it is bound to, and everything it ends with. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { goHome, growStale, ownForm, tokenOf } from '../support/account-page.ts'
import { openBrowser } from '../support/browser.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let clock = 0
beforeAll(async () => {
  world = await openWorld({ instances: 2, now: () => new Date(Date.now() + clock) })
})
afterAll(() => world.close())

/** Goes as far as the provider's answer, and keeps it. */
async function untilCallback() {
  const account = await world.makeAccount()
  const browser = openBrowser(world)
  const page = await browser.visit('/account')
  const form = page.forms.find(({ action }) => action.endsWith('/login'))
  const sent = await browser.send(new URL(form?.action ?? '', page.url), {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ ...form?.fields, login: account.email, password: account.password }),
  })
  const resumed = await browser.send(new URL(sent.headers.get('location') ?? '', world.issuer))
  const callback = new URL(resumed.headers.get('location') ?? '', world.issuer)
  expect(callback.pathname).toBe('/account/callback')
  return { account, browser, callback }
}

const sessionsOf = (accountId: string) =>
  world.db.selectFrom('webSessions').selectAll().where('accountId', '=', accountId).execute()

describe('beginning', () => {
  test('10.1.1: no token, code or hash of ours is in what the browser is given, and the cookie is for the server alone', async () => {
    const { browser, callback } = await untilCallback()
    const answer = await browser.send(callback)
    const [cookie = ''] = answer.headers.getSetCookie().filter((text) => text.startsWith('account='))
    expect(cookie).toMatch(/^account=[\w-]{43}; path=\/; samesite=lax; httponly$/)
    const home = await browser.visit('/account')
    expect(home.html).not.toMatch(/eyJ|id_token|access_token/)
    expect(home.headers.get('content-security-policy')).toContain("form-action 'self'")
    expect(home.headers.get('cache-control')).toBe('no-store')
  })

  test('10.1.2, 10.2.1, 7.6.2: the answer of the provider is worth nothing in another browser (login CSRF)', async () => {
    const { account, callback } = await untilCallback()
    const victim = openBrowser(world)
    const withoutCookie = await victim.visit(callback)
    expect(withoutCookie.status).toBe(400)
    // One that is in the middle of a sign-in of its own has a cookie, but not this one.
    await victim.visit('/account')
    const withOwnCookie = await victim.visit(callback)
    expect(withOwnCookie.status).toBe(400)
    expect(victim.cookies.all().has('account')).toBe(false)
    expect(await sessionsOf(account.id)).toEqual([])
  })

  test('an answer is taken once, also when it comes twenty times at once over two instances', async () => {
    const { account, browser, callback } = await untilCallback()
    const cookie = browser.cookies.headerFor(callback)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const { origin } = world.instances[index % 2] ?? { origin: world.issuer }
        const url = new URL(`${callback.pathname}${callback.search}`, origin)
        return fetch(url, { headers: { cookie }, redirect: 'manual' })
      }),
    )
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19)
    expect(await sessionsOf(account.id)).toHaveLength(1)
  })

  test.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['an empty state', (url: URL) => url.searchParams.set('state', '')],
    ['another code', (url: URL) => url.searchParams.set('code', 'y'.repeat(43))],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['no issuer', (url: URL) => url.searchParams.delete('iss')],
    ['two states', (url: URL) => url.searchParams.append('state', 'z'.repeat(43))],
    ['a NUL', (url: URL) => url.searchParams.set('state', '\0')],
  ])('10.1.2: an answer with %s begins nothing', async (_name, change) => {
    const { account, browser, callback } = await untilCallback()
    change(callback)
    const place = await browser.visit(callback)
    expect(place.status).toBe(400)
    expect(await sessionsOf(account.id)).toEqual([])
  })

  test('7.2.4: another sign-in gives the session another id, and the one before is worth nothing', async () => {
    const { browser } = await goHome(world)
    const before = browser.cookies.all().get('account')
    await world.db
      .updateTable('webSessions')
      .set({ authTime: new Date(Date.now() - 3_600_000) })
      .execute()
    const again = await browser.visit('/account/data/delete')
    expect(again.trail.map((step) => step.replace(/\/authorize\/.*/, '/authorize/…'))).toEqual([
      '303 /account/data/delete',
      '303 /oauth/authorize',
      '303 /account/callback',
      '200 /account/data/delete',
    ])
    expect(browser.cookies.all().get('account')).not.toBe(before)
    const old = await fetch(new URL('/account', world.issuer), {
      headers: { cookie: `account=${before}` },
      redirect: 'manual',
    })
    expect(old.headers.get('location')).toContain('/oauth/authorize')
  })

  test('P2: whatever address one came to, one is led back below /account or nowhere else', async () => {
    const account = await world.makeAccount()
    for (const path of ['/account/activity?after=5', '/account//evil.example', '/account/..%2f..%2fevil']) {
      const browser = openBrowser(world)
      const place = await submitSignIn(browser, await browser.visit(path), account)
      expect(place.url.origin).toBe(world.issuer)
      expect(place.url.pathname.startsWith('/account')).toBe(true)
      expect(place.leavingTo).toBeUndefined()
    }
  })
})

describe('using', () => {
  test('3.5.1: a form without the token of the session, with another one, or from another site changes nothing', async () => {
    const ana = await goHome(world)
    const ben = await goHome(world)
    const { csrf } = await tokenOf(ben.browser)
    const forms = [{}, { csrf: '' }, { csrf }, { csrf: csrf.slice(0, -1) }]
    for (const fields of forms) {
      const answer = await ana.browser.send('/account/profile', ownForm(world, { version: '1', ...fields }))
      expect(answer.status).toBe(403)
    }
    const own = await tokenOf(ana.browser)
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      const form = { ...ownForm(world, { version: '1', ...own }), headers }
      expect((await ana.browser.send('/account/profile', form)).status).toBe(403)
      expect((await ana.browser.send('/account/sign-out', form)).status).toBe(403)
    }
    expect((await ana.browser.visit('/account')).status).toBe(200)
  })

  test('7.5.1: a form that comes too late leads to a sign-in and back to its page, where it is taken', async () => {
    const ana = await goHome(world)
    await growStale(world, ana.account)
    const page = await ana.browser.visit('/account/data')
    const late = await ana.browser.submit(page, { action: '/account/data/export' })
    expect(late.status).toBe(403)
    const confirm = /href="([^"]*\/confirm\?[^"]+)"/.exec(late.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const asked = await ana.browser.visit(confirm)
    expect(asked.url.pathname).toMatch(/^\/sign-in\//)
    const back = await submitSignIn(ana.browser, asked, ana.account)
    expect(back.url.pathname).toBe('/account/data')
    const taken = await ana.browser.submit(back, { action: '/account/data/export' })
    expect(taken.headers.get('content-disposition')).toContain('account.json')
    // Whoever is fresh already is not asked again, and nobody is led anywhere else.
    expect((await ana.browser.visit(confirm)).trail).toHaveLength(2)
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/account/../admin',
      'javascript:alert(1)',
      '',
    ]) {
      const place = await ana.browser.visit(`/account/confirm?${String(new URLSearchParams({ to }))}`)
      expect([to, place.leavingTo, place.url.pathname]).toEqual([to, undefined, '/account'])
    }
  })

  test('a form whose session has ended is not executed, and says so', async () => {
    const { account, browser } = await goHome(world)
    const { csrf } = await tokenOf(browser)
    await sql`delete from web_sessions where account_id = ${account.id}`.execute(world.db)
    const answer = await browser.send('/account/data/keep', ownForm(world, { csrf }))
    expect(answer.status).toBe(401)
  })

  test('7.2.1, T37: a cookie that is truncated, longer, or of the console is nobody', async () => {
    const { browser } = await goHome(world)
    const value = browser.cookies.all().get('account') ?? ''
    const cookies = [`account=${value.slice(0, -1)}`, `account=${value}x`, `account=`, `console=${value}`]
    for (const cookie of cookies) {
      const answer = await fetch(new URL('/account', world.issuer), {
        headers: { cookie },
        redirect: 'manual',
      })
      expect(answer.status).toBe(303)
    }
    const admin = await fetch(new URL('/admin', world.issuer), {
      headers: { cookie: `account=${value}; console=${value}` },
      redirect: 'manual',
    })
    expect(admin.headers.get('location')).toContain('/oauth/authorize')
  })

  test('what is kept of a session opens nothing: neither its id nor the secrets of a sign-in are stored in clear', async () => {
    const { browser } = await goHome(world)
    await openBrowser(world).visit('/account')
    const secrets = [...browser.cookies.everSet()].filter((value) => value.length === 43)
    const { rows } = await sql<{ row: string }>`select row_to_json(s)::text as row from web_sessions s
      union all select row_to_json(s)::text from web_sign_ins s`.execute(world.db)
    const stored = rows.map(({ row }) => row).join('\n')
    for (const secret of secrets) expect(stored).not.toContain(secret)
    expect(stored).not.toContain('nonce')
  })
})

describe('ending', () => {
  const isOver = async (visitor: {
    browser: { visit: (path: string) => Promise<{ trail: readonly string[] }> }
  }) => (await visitor.browser.visit('/account')).trail[0] === '303 /account'

  test('7.4.1, 7.4.4: signing out ends the session here and at the provider, with one form', async () => {
    const ana = await goHome(world)
    const names = ['account', 'sid', 'sid.sig']
    const cookie = names.map((name) => `${name}=${ana.browser.cookies.all().get(name)}`).join('; ')
    const out = await ana.submit('/account', '/account/sign-out')
    expect(out.trail).toEqual(['303 /account/sign-out', '200 /account/signed-out'])
    const { rows } = await sql`select 1 from oidc_sessions where account_id = ${ana.account.id}`.execute(
      world.db,
    )
    expect(rows).toEqual([])
    // Neither of the cookies there were opens anything any more.
    const old = await fetch(new URL('/account', world.issuer), { headers: { cookie }, redirect: 'manual' })
    const authorize = old.headers.get('location') ?? ''
    expect(authorize).toContain('/oauth/authorize')
    const asked = await fetch(authorize, { headers: { cookie }, redirect: 'manual' })
    expect(asked.headers.get('location')).toMatch(/^\/sign-in\//)
    expect((await ana.browser.visit('/account')).url.pathname).toMatch(/^\/sign-in\//)
  })

  test('7.3.1: an hour without use ends it; use keeps it, and the browser session behind it', async () => {
    const ana = await goHome(world)
    const ben = await goHome(world)
    clock = 50 * 60_000
    expect(await isOver(ana)).toBe(false)
    clock = 100 * 60_000
    expect(await isOver(ana)).toBe(false)
    expect(await isOver(ben)).toBe(true)
    clock = 0
  })

  test('7.3.2: a day ends it, however busy it is', async () => {
    const ana = await goHome(world)
    for (let hours = 0; hours < 24; hours += 0.9) {
      clock = hours * 3_600_000
      expect(await isOver(ana)).toBe(false)
    }
    clock = 24 * 3_600_000 + 1000
    expect(await isOver(ana)).toBe(true)
    clock = 0
  })

  test('7.4.2: it ends with the account, and with the browser session it hangs on, on every instance', async () => {
    const ana = await goHome(world)
    await disableAccount(world.db, ana.account, systemAct(new Date()))
    expect(await isOver(ana)).toBe(true)
    const ben = await goHome(world)
    await sql`delete from oidc_sessions where account_id = ${ben.account.id}`.execute(world.db)
    expect(await isOver(ben)).toBe(true)
  })
})

test('two instances that start at once register our own clients once, and another issuer moves them along', async () => {
  const clients = await world.db
    .selectFrom('clients')
    .select(['id', 'firstParty', 'metadata'])
    .where('id', 'like', 'latchkey-%')
    .execute()
  expect(clients.map(({ id }) => id).toSorted()).toEqual(['latchkey-account', 'latchkey-console'])
  expect(clients[0]).toMatchObject({ firstParty: true, metadata: { token_endpoint_auth_method: 'none' } })
  const { rows } = await sql<{ count: number }>`select count(*) from audit_events
    where type = 'client.created' and target_id like 'latchkey-%'`.execute(world.db)
  expect(rows[0]?.count).toBe(2)
})
