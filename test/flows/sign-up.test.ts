import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAccountByLogin } from '../../src/domain/accounts/account.ts'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { linkTo, mailsOf, mailsTo } from '../support/mails.ts'
import { authorizeUrl, newPkce } from '../support/oauth.ts'
import { openStage, rowCounts } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { World } from '../support/world.ts'

let stage: Stage
let world: World
beforeAll(async () => {
  stage = await openStage({ env: { SIGN_UP: 'open' } })
  world = stage.world
})
afterAll(() => stage.close())
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
})

const path = '/link/sign-up/'
const password = 'a sentence nobody else has'
let number = 0
const newAddress = () => `new.person.${(number += 1)}@example.com`

async function begin(browser: Browser, params: Record<string, string> = {}): Promise<Place> {
  const { challenge } = newPkce()
  const url = authorizeUrl(world, {
    client_id: stage.app.id,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...params,
  })
  return browser.visit(url)
}

async function ask(email: string, browser = openBrowser(world)): Promise<Place> {
  const signIn = await begin(browser)
  expect(signIn.html).toContain(`href="${signIn.url.pathname}/sign-up"`)
  const page = await browser.visit(`${signIn.url.pathname}/sign-up`)
  return browser.submit(page, { action: '/sign-up', fields: { email } })
}

async function complete(link: URL, fields: Record<string, string>, browser = openBrowser(world)) {
  return browser.submit(await browser.visit(link), { action: link.pathname, fields })
}

test('an account is made by the link alone, with its address confirmed, and its owner then signs in where they came from', async () => {
  const email = newAddress()
  const browser = openBrowser(world)
  const sent = await ask(email, browser)
  expect(sent.html).toContain('Check your mail')
  expect(await findAccountByLogin(world.db, email)).toBeUndefined()
  const link = await linkTo(world, email, path)
  const done = await complete(link, { name: 'Nia New', password }, browser)
  expect(done.html).toContain('Your account is ready')
  const account = await findAccountByLogin(world.db, email)
  expect(account).toMatchObject({ email, claims: { name: 'Nia New', locale: 'en' }, administrator: false })
  expect(account?.emailVerifiedAt).toBeInstanceOf(Date)
  const onward = /href="(\/sign-in\/[^"]+)"/.exec(done.html)?.[1] ?? ''
  const signedIn = await submitSignIn(browser, await browser.visit(onward), { email, password })
  expect(signedIn.forms.some(({ action }) => action.endsWith('/consent'))).toBe(true)
  expect((await openBrowser(world).visit(link)).status).toBe(410)
})

test('T33: nobody can prepare an account for somebody else: without the mail there is none, and its reader chooses the password', async () => {
  const email = newAddress()
  await ask(email)
  await ask(email)
  const mails = await mailsTo(world, email)
  expect(mails).toHaveLength(2)
  // Two mails of one moment may be delivered in any order; the newer link alone works.
  const links = mails.flatMap((mail) => mail.links).map((link) => new URL(link))
  const places = await Promise.all(links.map((link) => openBrowser(world).visit(link)))
  expect(new Set(places.map(({ status }) => status))).toEqual(new Set([200, 410]))
  const usable = links[places.findIndex(({ status }) => status === 200)] as URL
  await complete(usable, { name: 'The Owner', password })
  expect((await findAccountByLogin(world.db, email))?.claims.name).toBe('The Owner')
})

test('20 parallel uses of one link make one account', async () => {
  const email = newAddress()
  await ask(email)
  const link = await linkTo(world, email, path)
  const browser = openBrowser(world)
  const page = await browser.visit(link)
  const places = await Promise.all(
    Array.from({ length: 20 }, () =>
      browser.submit(page, { action: link.pathname, fields: { name: 'One', password } }),
    ),
  )
  expect(places.filter(({ status }) => status === 200)).toHaveLength(1)
  const rows = await world.db.selectFrom('accounts').select('id').where('email', '=', email).execute()
  expect(rows).toHaveLength(1)
})

describe('T31, v5.0.0-6.3.8: signing up tells nobody who has an account', () => {
  test('same page for a free, a taken and a disabled address; the owner of a taken one is told by mail', async () => {
    const taken = await world.makeAccount({ email: 'taken@example.com' })
    const disabled = await world.makeAccount({ email: 'ended@example.com' })
    await disableAccount(world.db, { id: disabled.id }, systemAct(new Date()))
    const pages: unknown[] = []
    for (const email of ['fresh@example.com', 'TAKEN@example.com', 'ended@example.com']) {
      const { status, html, headers, url } = await ask(email)
      const told = [...headers].filter(
        ([name]) => !['date', 'x-request-id', 'set-cookie', 'content-length'].includes(name),
      )
      const neutral = html.replaceAll(email, 'EMAIL').replaceAll(url.pathname.split('/')[2] ?? '', 'UID')
      pages.push({ status, neutral, told })
    }
    expect(pages).toEqual([pages[0], pages[0], pages[0]])
    expect((await mailsTo(world, 'fresh@example.com')).map(({ subject }) => subject)).toEqual([
      'Your account at Latchkey',
    ])
    const [mail, ...more] = await mailsTo(world, taken.email)
    expect(more).toEqual([])
    expect(mail?.subject).toBe('You already have an account at Latchkey')
    expect(mail?.links).toEqual([`${world.issuer}/forgotten-password`])
    expect(await mailsTo(world, 'ended@example.com')).toEqual([])
  })

  test('the same statements write the same rows', async () => {
    await world.makeAccount({ email: 'has.one@example.com' })
    const grown: Record<string, number>[] = []
    for (const email of [newAddress(), 'has.one@example.com']) {
      await mailsOf(world)
      const signIn = await begin(openBrowser(world))
      expect(signIn.status).toBe(200)
      const before = await rowCounts(world)
      await ask(email)
      const after = await rowCounts(world)
      const tables = ['oneTimeLinks', 'one_time_links', 'audit_events']
      grown.push(Object.fromEntries(tables.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)])))
    }
    expect(grown[0]).toEqual(grown[1])
    expect(grown[0]?.['one_time_links']).toBe(1)
  })
})

test.each([
  ['a list', 'a@example.com,b@example.com'],
  ['a list with a semicolon', 'a@example.com;b@example.com'],
  ['a list with a space', 'a@example.com b@example.com'],
  ['a full-width at', 'a＠example.com'],
  ['two at signs', 'a@b@example.com'],
  ['a quoted local part', '"a@evil.example"@example.com'],
  ['a line break and a header', 'a@example.com\r\nBcc: b@example.com'],
  ['a line break alone', 'a@example.com\n'],
  ['angle brackets', 'A <a@example.com>'],
  ['a comment', 'a(b)@example.com'],
  ['a zero-width space', 'a\u200b@example.com'],
  ['a dotless domain', 'root@localhost'],
  ['an address literal', 'a@[127.0.0.1]'],
  ['a percent hack', 'a%evil.example@'],
  ['nothing', ''],
  ['very much', `${'a'.repeat(300)}@example.com`],
])('T32: %s is not one address: refused, nothing mailed', async (_, email) => {
  const before = (await mailsOf(world)).length
  const place = await ask(email)
  expect(place.status).toBe(400)
  expect(await mailsOf(world)).toHaveLength(before)
})

test('API6: one address on the network cannot have many mails sent, whoever they go to', async () => {
  const browser = openBrowser(world)
  const signIn = await begin(browser)
  const page = await browser.visit(`${signIn.url.pathname}/sign-up`)
  const before = (await mailsOf(world)).length
  const statuses: number[] = []
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const fields = { email: newAddress() }
    statuses.push((await browser.submit(page, { action: '/sign-up', fields })).status)
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(20)
  expect(await mailsOf(world)).toHaveLength(before + 20)
})

test('the page and the mail are in the language of the sign-in', async () => {
  const email = newAddress()
  const browser = openBrowser(world)
  const signIn = await begin(browser, { ui_locales: 'de' })
  const page = await browser.visit(`${signIn.url.pathname}/sign-up`)
  expect(page.html).toContain('Konto anlegen')
  await browser.submit(page, { action: '/sign-up', fields: { email } })
  const [mail] = await mailsTo(world, email)
  expect(mail?.subject).toBe('Ihr Konto bei Latchkey')
  expect(mail?.html).toContain('<html lang="de">')
})

test('a name is needed, the password obeys the rules, and what was typed wrong leaves the link as it was', async () => {
  const email = newAddress()
  await ask(email)
  const link = await linkTo(world, email, path)
  const wrong = [
    { name: '', password },
    { name: '\u202eevil', password },
    { name: 'Nia', password: 'short' },
    { name: 'Nia', password: email },
  ]
  for (const fields of wrong) expect((await complete(link, fields)).status).toBe(400)
  expect((await complete(link, { name: 'Nia', password })).status).toBe(200)
})

test('T34: what else is sent along makes no administrator and no other address', async () => {
  const email = newAddress()
  await ask(email)
  const link = await linkTo(world, email, path)
  await openBrowser(world).send(link, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({
      name: 'Eve',
      password,
      email: 'other@example.com',
      administrator: 'true',
      roles: 'role_owner',
      id: 'acc_mine',
      data: '{"administrator":true}',
    }),
  })
  const account = await findAccountByLogin(world.db, email)
  expect(account).toMatchObject({ administrator: false })
  expect(account?.id).not.toBe('acc_mine')
  expect(await findAccountByLogin(world.db, 'other@example.com')).toBeUndefined()
})

describe.each(['invitation', 'closed'])('with SIGN_UP=%s', (signUp) => {
  let other: Stage
  beforeAll(async () => {
    other = await openStage({ env: { SIGN_UP: signUp } })
  })
  afterAll(() => other.close())

  test('nobody signs up: no link, no page, no mail', async () => {
    const browser = openBrowser(other.world)
    const signIn = await browser.visit(
      authorizeUrl(other.world, {
        client_id: other.app.id,
        scope: 'openid',
        code_challenge: newPkce().challenge,
        code_challenge_method: 'S256',
      }),
    )
    expect(signIn.html).not.toContain('/sign-up')
    const page = await browser.visit(`${signIn.url.pathname}/sign-up`)
    expect([page.status, page.forms]).toEqual([403, []])
    const posted = await browser.send(`${signIn.url.pathname}/sign-up`, {
      method: 'POST',
      headers: { origin: other.world.issuer, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ email: 'somebody@example.com' }),
    })
    expect(posted.status).toBe(403)
    expect(await mailsOf(other.world)).toEqual([])
  })
})
