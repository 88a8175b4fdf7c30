/** T12, T28, 7.4.2: a sign-in that was proven and not finished is worth nothing once what it stands for has ended. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { disableAccount, enableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { giveUpPassword } from '../../src/oidc/compromised-password.ts'
import { endEverythingOfAccount } from '../../src/oidc/end-everything.ts'
import { endEverythingOf } from '../../src/oidc/incidents.ts'
import { endAllSessions, endOtherSessions } from '../../src/oidc/session-list.ts'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { asks, signInOutcome } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
/** First-party: the code comes right after the sign-in. */
let app: RelyingParty
beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})

/** Sends a form and does not follow where it leads. */
async function send(browser: Browser, path: string, fields: Record<string, string>): Promise<URL> {
  const answer = await browser.send(path, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
  })
  expect(answer.status).toBe(303)
  return new URL(answer.headers.get('location') ?? '', world.issuer)
}

async function provePassword({ email, password }: TestAccount, browser: Browser): Promise<URL> {
  const page = await browser.visit((await app.begin()).url)
  return send(browser, `${page.url.pathname}/login`, { login: email, password })
}

const act = () => systemAct(new Date())
const ends: Readonly<Record<string, (account: TestAccount) => Promise<unknown>>> = {
  'the password was given up': ({ id }) => giveUpPassword(world.db, id, act()),
  'everything was ended': ({ id }) => endEverythingOfAccount(world.db, id, act()),
  'all sessions were ended': ({ id }) => endAllSessions(world.db, id, act()),
  'the person ended all others': ({ id }) =>
    endOtherSessions(world.db, { accountId: id, except: 'x' }, act()),
  'the account was disabled for a moment': async ({ id }) => {
    await disableAccount(world.db, { id }, act())
    await endEverythingOfAccount(world.db, id, act())
    await enableAccount(world.db, { id }, act())
  },
}

describe.each(Object.entries(ends))('after %s', (_name, end) => {
  test('a password that was proven before lets nobody in', async () => {
    const ana = await world.makeAccount()
    const browser = openBrowser(world)
    const onward = await provePassword(ana, browser)
    await end(ana)
    const place = await browser.visit(onward)
    expect(place.leavingTo).toBeUndefined()
    expect(asks(await browser.visit((await app.begin()).url), '/login')).toBe(true)
    expect(await sessionsOf(ana)).toBe(0)
  })

  test('nor does a second factor that was proven before', async () => {
    const ana = await world.makeAccount()
    const { seed } = await enrol(world, ana.id)
    const browser = openBrowser(world)
    const page = await browser.visit(await provePassword(ana, browser))
    expect(page.html).toContain('one-time-code')
    const onward = await send(browser, `${page.url.pathname}/second-factor`, {
      code: codeAt(seed, new Date()),
    })
    await end(ana)
    const place = await browser.visit(onward)
    expect(place.leavingTo).toBeUndefined()
    expect(await sessionsOf(ana)).toBe(0)
  })
})

test('6.2.2: after the password was changed at the own page, the old one that was proven before lets nobody in', async () => {
  const ana = await world.makeAccount()
  const own = openBrowser(world)
  await signInOutcome(own, { account: ana, authorizeUrl: `${world.issuer}/account` })
  const form = await own.visit('/account/security/password')
  const browser = openBrowser(world)
  const onward = await provePassword(ana, browser)
  const fields = { current: ana.password, password: 'another sentence entirely', others: 'no' }
  const changed = await own.submit(form, { action: '/security/password', fields })
  expect(changed.url.pathname).toBe('/account/security')
  expect((await browser.visit(onward)).leavingTo).toBeUndefined()
  expect(await sessionsOf(ana)).toBe(1)
})

test('a password that is given up at the very moment of sign-ins leaves nobody signed in', async () => {
  for (let round = 0; round < 8; round += 1) {
    const ana = await world.makeAccount()
    const browsers = Array.from({ length: 6 }, (_, at) =>
      openBrowser(world, { via: world.instances[at % 2]?.origin ?? '' }),
    )
    const pages = await Promise.all(browsers.map(async (each) => each.visit((await app.begin()).url)))
    const signingIn = browsers.map((browser, at) => {
      const body = new URLSearchParams({ login: ana.email, password: ana.password })
      const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
      return browser.send(`${pages[at]?.url.pathname}/login`, { method: 'POST', headers, body })
    })
    const [answers] = await Promise.all([
      Promise.all(signingIn),
      Promise.race(signingIn).then(() => giveUpPassword(world.db, ana.id, act())),
    ])
    for (const [at, answer] of answers.entries()) {
      expect([303, 401, 403]).toContain(answer.status)
      const place = await browsers[at]?.visit(answer.headers.get('location') ?? pages[at]?.url ?? '')
      expect(place?.leavingTo).toBeUndefined()
    }
    expect(await sessionsOf(ana)).toBe(0)
  }
})

test('a password that is given up while somebody who knows it sets another is not replaced by theirs', async () => {
  for (let round = 0; round < 4; round += 1) {
    const ana = await world.makeAccount()
    const browser = openBrowser(world)
    await signInOutcome(browser, { account: ana, authorizeUrl: `${world.issuer}/account` })
    const form = await browser.visit('/account/security/password')
    const fields = { current: ana.password, password: 'another sentence entirely' }
    await Promise.all([
      browser.submit(form, { action: '/security/password', fields }),
      giveUpPassword(world.db, ana.id, act()),
    ])
    // Whichever came first: the one that was there before is given up, and so is one that had just taken its place.
    expect((await findAccount(world.db, ana.id))?.hasPassword).toBe(false)
  }
})

test('everything that is ended at the very moment at which proven sign-ins go on leaves none of them, and nobody waits in a circle', async () => {
  for (let round = 0; round < 10; round += 1) {
    const ana = await world.makeAccount()
    const browsers = Array.from({ length: 4 }, (_, at) =>
      openBrowser(world, { via: world.instances[at % 2]?.origin ?? '' }),
    )
    const onward = await Promise.all(browsers.map((browser) => provePassword(ana, browser)))
    const goingOn = browsers.map((browser, at) => browser.visit(onward[at] ?? ''))
    const order = { kind: 'account', id: ana.id, reason: undefined, disables: round % 2 === 1 } as const
    const [, ...places] = await Promise.all([endEverythingOf(world.db, order, act()), ...goingOn])
    // Whoever was faster was let in for a moment, and is out again, with the code that their app was given.
    expect(await sessionsOf(ana)).toBe(0)
    for (const { leavingTo } of places) {
      const code = sha256(leavingTo?.searchParams.get('code') ?? '')
      const kept = world.db.selectFrom('oidcArtifacts').select('model').where('idHash', '=', code)
      expect(await kept.execute()).toEqual([])
    }
  }
  expect(world.logLines.filter((line) => /40P01|deadlock/.test(line))).toEqual([])
})

test('without such an end, a sign-in that waited goes on, on another instance as well', async () => {
  const ana = await world.makeAccount()
  const browser = openBrowser(world)
  const onward = await provePassword(ana, browser)
  await signInOutcome(openBrowser(world), { account: ana, authorizeUrl: (await app.begin()).url })
  expect((await browser.visit(onward)).leavingTo?.searchParams.has('code')).toBe(true)
})

async function sessionsOf({ id }: TestAccount): Promise<number> {
  const rows = await world.db.selectFrom('oidcSessions').select('uid').where('accountId', '=', id).execute()
  return rows.length
}
