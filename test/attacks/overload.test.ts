/** R10: a database that does not answer in time, at every step a person can be at. It is told as 503, and nothing gets further. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConnection } from '../../src/platform/db/open.ts'
import { goHome, tokenOf } from '../support/account-page.ts'
import type { AtHome } from '../support/account-page.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import type { Factors } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let bob: TestAccount
let factors: Factors
let signIn: { browser: Browser; page: Place }
let beforeCode: { browser: Browser; page: Place }
let home: AtHome
let csrf: string
let reset: URL

beforeAll(async () => {
  world = await openWorld({
    env: {
      DATABASE_POOL_SIZE: '2',
      DATABASE_WAIT_SECONDS: '1',
      DATABASE_STATEMENT_SECONDS: '3',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  bob = await world.makeAccount()
  factors = await enrol(world, bob.id)
  const browser = openBrowser(world)
  signIn = { browser, page: await browser.visit((await app.begin()).url) }
  const other = openBrowser(world)
  const page = await submitSignIn(other, await other.visit((await app.begin()).url), bob)
  beforeCode = { browser: other, page }
  home = await goHome(world)
  csrf = (await tokenOf(home.browser)).csrf
  const forgotten = await browser.visit('/forgotten-password')
  await browser.submit(forgotten, {
    action: '/forgotten-password',
    fields: { login: home.account.email },
  })
  reset = await linkTo(world, home.account.email, '/link/reset-password/')
})
afterAll(async () => {
  await app?.close()
  await world?.close()
})

function form(fields: Readonly<Record<string, string>>, address = '10.1.1.1') {
  const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address }
  return { method: 'POST', headers, body: new URLSearchParams(fields) }
}

/** Every step, as one request. */
function everyStep(): Readonly<Record<string, () => Promise<Response>>> {
  const password = 'nine quiet herons over the estuary'
  const login = { login: bob.email, password: bob.password }
  const code = { code: codeAt(factors.seed, new Date()) }
  return {
    'the sign-in page': () => signIn.browser.send(signIn.page.url.pathname, {}),
    'the password': () => signIn.browser.send(`${signIn.page.url.pathname}/login`, form(login)),
    'the page of the second factor': () => beforeCode.browser.send(beforeCode.page.url.pathname, {}),
    'the second factor': () =>
      beforeCode.browser.send(`${beforeCode.page.url.pathname}/second-factor`, form(code)),
    'a recovery code': () =>
      beforeCode.browser.send(
        `${beforeCode.page.url.pathname}/recovery-code`,
        form({ code: factors.recoveryCodes[0] ?? '' }),
      ),
    'the list of accounts': () => signIn.browser.send(`${signIn.page.url.pathname}/accounts`, {}),
    'a forgotten password': () => signIn.browser.send('/forgotten-password', form({ login: bob.email })),
    'the link of the mail': () => signIn.browser.send(reset.pathname, form({ password })),
    'the own page': () => home.browser.send('/account', {}),
    'the own profile': () =>
      home.browser.send('/account/profile', form({ csrf, version: '1', nickname: 'x' })),
    'new recovery codes': () => home.browser.send('/account/security/recovery-codes', form({ csrf })),
  }
}

test.each([
  'oidc_artifacts',
  'oidc_sessions',
  'accounts',
  'limit_buckets',
  'audit_events',
  'totp_authenticators',
])('R10: while %s does not answer, no step is a 500, and none that needs it goes on', async (table) => {
  await world.db.deleteFrom('limitBuckets').execute()
  const blocker = await openConnection({ url: world.config.databaseUrl ?? '', applicationName: 'blocker' })
  await blocker.query('begin')
  await blocker.query(`lock table ${table} in access exclusive mode`)
  const steps = Object.entries(everyStep())
  const answers = await Promise.all(steps.map(async ([name, send]) => [name, (await send()).status] as const))
  await blocker.query('rollback')
  await blocker.close()
  console.log(table, Object.fromEntries(answers))
  expect(answers.filter(([, status]) => status >= 500 && status !== 503)).toEqual([])
  expect(answers.some(([, status]) => status === 503)).toBe(true)
})

test('R10: two hundred at once at two connections are answered 503 at worst, and afterwards all is as before', async () => {
  const flood = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const sent = form({ login: `nobody${index}@example.com`, password: 'wrong' }, `10.9.${index}.1`)
      const answer = await signIn.browser.send(`${signIn.page.url.pathname}/login`, sent)
      return answer.status
    }),
  )
  const counts = Object.fromEntries(
    [...new Set(flood)].map((status) => [status, flood.filter((each) => each === status).length]),
  )
  console.log('two hundred at once', counts)
  expect(flood.filter((status) => ![401, 429, 503].includes(status))).toEqual([])
  expect((await signIn.browser.visit(signIn.page.url)).status).toBe(200)
})
