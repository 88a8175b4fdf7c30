import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { signInOutcome } from '../support/browser-like.ts'
import { linkTo, mailsTo, outboxEmpty } from '../support/mails.ts'
import { authorizeUrl, introspect, newPkce, refresh } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { testPassword } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let stage: Stage
let world: World
beforeAll(async () => {
  stage = await openStage()
  world = stage.world
})
afterAll(() => stage.close())

const newPassword = 'a wholly different sentence'
const resetPath = '/link/reset-password/'

function startUrl(): URL {
  const { challenge } = newPkce()
  return authorizeUrl(world, {
    client_id: stage.app.id,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
}

/** From the sign-in page to the page that says to look into one's mail. */
async function askForLink(login: string, browser: Browser = openBrowser(world)): Promise<Place> {
  const signIn = await browser.visit(startUrl())
  const page = await browser.visit(new URL(`${signIn.url.pathname}/forgotten`, world.issuer))
  return browser.submit(page, { action: '/forgotten', fields: { login } })
}

/** A link as it reaches the mailbox. Budgets are put back, because these tests ask more often than people do. */
async function mailedLink(account: TestAccount): Promise<URL> {
  await forgetBudgets()
  await askForLink(account.email)
  return linkTo(world, account.email, resetPath)
}

async function setPassword(link: URL, password: string, browser = openBrowser(world)): Promise<Place> {
  const page = await browser.visit(link)
  return browser.submit(page, { action: link.pathname, fields: { password } })
}

async function canSignIn(account: TestAccount, password: string): Promise<boolean> {
  const place = await signInOutcome(openBrowser(world), {
    account: { ...account, password },
    authorizeUrl: startUrl(),
  })
  return place.leavingTo !== undefined
}

async function forgetBudgets(): Promise<void> {
  await world.db.deleteFrom('limitBuckets').execute()
}

test('v5.0.0-6.3.6, 6.4.1: the link of the mail sets the password, once, and gives no session', async () => {
  const account = await world.makeAccount()
  const browser = openBrowser(world)
  await askForLink(account.email, browser)
  const link = await linkTo(world, account.email, resetPath)
  const sessions = await countSessions(account.id)
  const done = await setPassword(link, newPassword, browser)
  expect(done.status).toBe(200)
  expect(done.html).toContain('Your password is set')
  // The browser that asked is led back to its sign-in, and has to sign in there.
  expect(/href="(\/sign-in\/[^"]+)"/.exec(done.html)?.[1]).toBeDefined()
  expect(await countSessions(account.id)).toBe(sessions)
  expect(await canSignIn(account, newPassword)).toBe(true)
  expect(await canSignIn(account, testPassword)).toBe(false)
  const again = await openBrowser(world).visit(link)
  expect(again.status).toBe(410)
  expect(again.forms).toEqual([])
})

test('opening the link uses nothing up, however often a mail scanner does', async () => {
  const account = await world.makeAccount()
  const link = await mailedLink(account)
  for (const method of ['GET', 'HEAD', 'GET']) {
    expect((await openBrowser(world).send(link, { method })).status).toBe(200)
  }
  expect((await setPassword(link, newPassword)).status).toBe(200)
})

test('using it ends every session, token and connected app of the account, and nobody else’s', async () => {
  const before = await stage.tokens(stage.app)
  const other = await world.makeAccount()
  await expect(introspect(world, stage.guard, before.accessToken)).resolves.toMatchObject({
    body: { active: true },
  })
  await setPassword(await mailedLink(other), newPassword)
  await expect(introspect(world, stage.guard, before.accessToken)).resolves.toMatchObject({
    body: { active: true },
  })
  const link = await mailedLink(stage.account)
  expect((await openBrowser(world).visit(link)).html).toContain('connected apps')
  await setPassword(link, newPassword)
  expect((await introspect(world, stage.guard, before.accessToken)).body).toEqual({ active: false })
  expect((await refresh(world, stage.app, before.refreshToken)).status).toBe(400)
  expect(await countSessions(stage.account.id)).toBe(0)
})

test('20 parallel uses of one link: one is accepted', async () => {
  const account = await world.makeAccount()
  const link = await mailedLink(account)
  await forgetBudgets()
  const browser = openBrowser(world)
  const page = await browser.visit(link)
  const pages = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      browser.submit(page, {
        action: link.pathname,
        fields: { password: `a password of number ${index}` },
      }),
    ),
  )
  expect(pages.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
    200,
    ...Array.from({ length: 19 }, () => 410),
  ])
  const winner = pages.findIndex(({ status }) => status === 200)
  expect(await canSignIn(account, `a password of number ${winner}`)).toBe(true)
  expect(await eventsOf(account.id, 'recovery.completed')).toBe(1)
})

test('a newer link ends the older one, and another password ends both', async () => {
  const account = await world.makeAccount()
  const first = await mailedLink(account)
  const second = await mailedLink(account)
  expect((await openBrowser(world).visit(first)).status).toBe(410)
  await setPassword(second, newPassword)
  const third = await mailedLink(account)
  await sql`update accounts set password_changed_at = now() where id = ${account.id}`.execute(world.db)
  expect((await openBrowser(world).visit(third)).status).toBe(410)
})

test('v5.0.0-6.5.5: a link lives ten minutes', async () => {
  const account = await world.makeAccount()
  const link = await mailedLink(account)
  const [row] = await world.db
    .selectFrom('oneTimeLinks')
    .select(['createdAt', 'expiresAt'])
    .where('accountId', '=', account.id)
    .execute()
  expect(Number(row?.expiresAt) - Number(row?.createdAt)).toBe(600_000)
  await world.db
    .updateTable('oneTimeLinks')
    .set({ expiresAt: new Date(Date.now() - 1) })
    .where('accountId', '=', account.id)
    .execute()
  expect((await openBrowser(world).visit(link)).status).toBe(410)
})

describe('T31, v5.0.0-6.3.8: whether there is an account cannot be told', () => {
  test('same status, same headers, same bytes for a known, an unknown, a disabled and a malformed login', async () => {
    const [known, disabled] = await Promise.all([world.makeAccount(), world.makeAccount()])
    await disableAccount(world.db, { id: disabled.id }, systemAct(new Date()))
    const answers = []
    for (const login of [known.email, 'nobody@example.com', disabled.email, 'a@b@c', 'no-such-name']) {
      await forgetBudgets()
      const page = await openBrowser(world).visit('/forgotten-password')
      const browser = openBrowser(world)
      const { status, html, headers } = await browser.submit(page, {
        action: '/forgotten-password',
        fields: { login },
      })
      const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
      answers.push(JSON.stringify({ status, html, told }))
    }
    expect(new Set(answers).size).toBe(1)
    expect(await mailsTo(world, known.email)).toHaveLength(1)
    expect(await mailsTo(world, disabled.email)).toEqual([])
    expect(await mailsTo(world, 'nobody@example.com')).toEqual([])
  })

  test('nor by time: 2 x 200 requests, mixed, are of one distribution', async () => {
    const known = await world.makeAccount()
    const browser = openBrowser(world)
    const page = await browser.visit('/forgotten-password')
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    for (let round = 0; round < 220; round += 1) {
      const order = round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
      for (const which of order) {
        await forgetBudgets()
        const login = which === 'known' ? known.email : `nobody-${round}@example.com`
        const startedAt = performance.now()
        await browser.submit(page, { action: '/forgotten-password', fields: { login } })
        if (round >= 20) times[which].push(performance.now() - startedAt)
      }
    }
    const difference = Math.abs(median(times.known) - median(times.unknown))
    const p = mannWhitney(times.known, times.unknown)
    expect(p > 0.001 || difference < 2, `p ${p}, medians differ by ${difference} ms`).toBe(true)
  })
})

test('API6: an account gets few mails however often they are asked for, and one address cannot ask for many', async () => {
  await forgetBudgets()
  const account = await world.makeAccount()
  const browser = openBrowser(world)
  const page = await browser.visit('/forgotten-password')
  const ask = (login: string) => browser.submit(page, { action: '/forgotten-password', fields: { login } })
  const statuses: number[] = []
  for (let attempt = 0; attempt < 12; attempt += 1) {
    statuses.push((await ask(attempt % 2 === 0 ? account.email : account.email.toUpperCase())).status)
  }
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(await mailsTo(world, account.email)).toHaveLength(3)
  for (let attempt = 0; attempt < 20; attempt += 1)
    statuses.push((await ask(`p${attempt}@example.com`)).status)
  expect(statuses.filter((status) => status === 429)).toHaveLength(12)
  await forgetBudgets()
})

test('T20, F3: whatever Host and forwarded headers say, the mail has links of the issuer alone', async () => {
  await forgetBudgets()
  const account = await world.makeAccount()
  const hostile = [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
    {
      'x-forwarded-host': 'evil.example',
      'x-original-url': 'https://evil.example/',
      referer: 'https://evil.example/',
    },
    { 'x-forwarded-server': 'evil.example', 'x-host': 'evil.example', 'x-forwarded-port': '1' },
  ]
  for (const headers of hostile) {
    await forgetBudgets()
    await fetch(`${world.issuer}/forgotten-password`, {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams({ login: account.email }),
    })
  }
  const mails = await mailsTo(world, account.email)
  expect(mails.length).toBeGreaterThanOrEqual(4)
  for (const { text, html, links, parsed } of mails) {
    expect(links.map((link) => new URL(link).origin)).toEqual([world.issuer])
    expect(`${text}${html}${JSON.stringify(parsed.headers)}`).not.toContain('evil')
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address)
    expect(addresses.every((address) => address.startsWith(`${world.issuer}/`))).toBe(true)
  }
})

describe('T10, T21: nothing else leads to setting a password', () => {
  test('a token of another purpose, a changed one, none, and the id of a sign-in are refused alike', async () => {
    const account = await world.makeAccount()
    const link = await mailedLink(account)
    const token = link.pathname.slice(resetPath.length)
    const signIn = await openBrowser(world).visit(startUrl())
    const uid = signIn.url.pathname.split('/')[2] ?? ''
    const wrong = [token.slice(0, -1), `${token}A`, token.toLowerCase(), uid, 'x', '%00', 'a'.repeat(5000)]
    const paths = [
      ...wrong.map((value) => `${resetPath}${value}`),
      `/link/sign-up/${token}`,
      `/link/invitation/${token}`,
      `/link/verify-email/${token}`,
      `/link/change-email/${token}`,
      `/setup/${token}`,
    ]
    await forgetBudgets()
    for (const path of paths) {
      const browser = openBrowser(world)
      expect((await browser.visit(path)).status, path.slice(0, 60)).toBeGreaterThanOrEqual(400)
      await forgetBudgets()
      const posted = await browser.send(path, {
        method: 'POST',
        headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ password: newPassword, name: 'Eve', email: 'eve@example.com', token }),
      })
      expect(posted.status, path.slice(0, 60)).toBeGreaterThanOrEqual(400)
    }
    expect(await canSignIn(account, testPassword)).toBe(true)
    // And the right one still works after all of that.
    expect((await setPassword(link, newPassword)).status).toBe(200)
  })

  test('another site cannot send the form, and a foreign browser cannot ask within a sign-in', async () => {
    const account = await world.makeAccount()
    const link = await mailedLink(account)
    const body = new URLSearchParams({ password: newPassword })
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      expect((await openBrowser(world).send(link, { method: 'POST', headers, body })).status).toBe(403)
    }
    const signIn = await openBrowser(world).visit(startUrl())
    for (const page of ['forgotten', 'sign-up']) {
      const place = await openBrowser(world).visit(`${signIn.url.pathname}/${page}`)
      expect([place.status, place.forms]).toEqual([400, []])
    }
    expect(await canSignIn(account, testPassword)).toBe(true)
  })

  test('a bad password leaves the link as it was, and says why', async () => {
    const account = await world.makeAccount()
    const link = await mailedLink(account)
    for (const password of ['short', account.email, 'x'.repeat(2000), '']) {
      expect((await setPassword(link, password)).status).toBe(400)
    }
    expect((await setPassword(link, newPassword)).status).toBe(200)
  })
})

test('an account that is disabled after the mail cannot be entered by its link', async () => {
  const account = await world.makeAccount()
  const link = await mailedLink(account)
  await disableAccount(world.db, { id: account.id }, systemAct(new Date()))
  expect((await openBrowser(world).visit(link)).status).toBe(410)
})

test('v5.0.0-6.4.3, T34: the link changes the password and confirms the address it was sent to, and nothing else', async () => {
  const account = await world.makeAccount()
  const before = await findAccount(world.db, account.id)
  await setPassword(await mailedLink(account), newPassword)
  const after = await findAccount(world.db, account.id)
  expect(after?.emailVerifiedAt).toBeInstanceOf(Date)
  const untouched = ['id', 'email', 'username', 'claims', 'administrator', 'disabledAt'] as const
  for (const name of untouched) expect(after?.[name]).toEqual(before?.[name])
})

test('16.2.5: neither the log nor the database tells what a link is', async () => {
  const account = await world.makeAccount()
  const token = (await mailedLink(account)).pathname.slice(resetPath.length)
  expect(token).toMatch(/^[\w-]{43}$/)
  await outboxEmpty(world)
  const rows = await world.db.selectFrom('oneTimeLinks').selectAll().execute()
  const events = await world.db.selectFrom('auditEvents').selectAll().execute()
  expect(JSON.stringify([rows, events])).not.toContain(token)
  expect(world.logLines.join('')).not.toContain(token)
})

async function countSessions(accountId: string): Promise<number> {
  const rows = await world.db
    .selectFrom('oidcSessions')
    .select('accountId')
    .where('accountId', '=', accountId)
    .execute()
  return rows.length
}

async function eventsOf(accountId: string, type: string): Promise<number> {
  const rows = await world.db
    .selectFrom('auditEvents')
    .select('id')
    .where('targetId', '=', accountId)
    .where('type', '=', type)
    .execute()
  return rows.length
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

/** The two-sided p of the Mann-Whitney U test, by its normal approximation. */
function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const ranked = [
    ...one.map((value) => ({ value, mine: true })),
    ...other.map((value) => ({ value, mine: false })),
  ]
  ranked.sort((left, right) => left.value - right.value)
  const ranks = ranked.reduce((sum, { mine }, index) => (mine ? sum + index + 1 : sum), 0)
  const [n, m] = [one.length, other.length]
  const u = ranks - (n * (n + 1)) / 2
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  return 2 * (1 - normal(z))
}

/** Abramowitz and Stegun 26.2.17. */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const tail =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail
}
