/** Every way to a session and to a link, and that none is easier than the others. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { requestSignUp } from '../../src/domain/accounts/sign-up.ts'
import { requestEmailVerification } from '../../src/domain/accounts/verification.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { stepOfCode } from '../../src/domain/second-factors/totp-codes.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { goHome, ownForm } from '../support/account-page.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { after, codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ env: { SIGN_UP: 'open' } })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
  ana = await world.makeAccount()
  browser = openBrowser(world)
})

const password = 'nine quiet herons over the estuary'
const mailing = () => ({ seal: createSeal(world.config.sealingKeys), issuer: world.issuer })
const now = () => operatorAct(new Date())

async function mailed(purpose: string): Promise<{ link: URL; fields: Record<string, string> }> {
  const address = `new.${Math.random().toString(36).slice(2)}@example.com`
  switch (purpose) {
    case 'reset-password':
      await browser.submit(await browser.visit('/forgotten-password'), {
        action: '/forgotten-password',
        fields: { login: ana.email },
      })
      return { link: await linkTo(world, ana.email, '/link/reset-password/'), fields: { password } }
    case 'verify-email':
      await requestEmailVerification(world.db, mailing(), { accountId: ana.id, locale: 'en' }, now())
      return { link: await linkTo(world, ana.email, '/link/verify-email/'), fields: {} }
    case 'change-email':
      await requestEmailChange(
        world.db,
        mailing(),
        { accountId: ana.id, email: address, locale: 'en' },
        now(),
      )
      return { link: await linkTo(world, address, '/link/change-email/'), fields: {} }
    default:
      await requestSignUp(world.db, mailing(), { email: address, locale: 'en' }, now())
      return { link: await linkTo(world, address, '/link/sign-up/'), fields: { name: 'New', password } }
  }
}

test.each(['reset-password', 'verify-email', 'change-email', 'sign-up'])(
  '6.3.4, 6.3.6: the mailed link %s signs nobody in, in the browser that asked or any other',
  async (purpose) => {
    const { link, fields } = await mailed(purpose)
    const sessions = async () => (await world.db.selectFrom('oidcSessions').select('uid').execute()).length
    const before = await sessions()
    const page = await browser.visit(link)
    const done = await browser.submit(page, { action: link.pathname, fields })
    expect(done.status).toBe(200)
    expect(await sessions()).toBe(before)
    const silent = await browser.visit((await app.begin({ prompt: 'none' })).url)
    expect(silent.leavingTo?.searchParams.get('error')).toBe('login_required')
    expect((await browser.visit('/account')).url.pathname).toMatch(/^\/sign-in\//)
  },
)

test('6.3.4: whatever somebody signs in to asks for the second factor they have', async () => {
  await enrol(world, ana.id)
  for (const start of [(await app.begin()).url, '/account', '/admin']) {
    const there = openBrowser(world)
    const place = await submitSignIn(there, await there.visit(start), ana)
    expect(place.forms.some(({ action }) => action.endsWith('/second-factor'))).toBe(true)
  }
})

test('6.4.2: nobody is asked for a hint, a question or its answer: a name, and nothing else', async () => {
  const page = await browser.visit('/forgotten-password')
  const names = page.forms.flatMap(({ fields }) => Object.keys(fields))
  expect(names).toEqual(['login'])
  const { link } = await mailed('reset-password')
  const reset = await browser.visit(link)
  // The name is there for password managers, and cannot be changed.
  expect(reset.forms.flatMap(({ fields }) => Object.keys(fields))).toEqual(['username', 'password'])
})

test('6.5.8: the time of a code is the clock of the server, and nobody else says it', () => {
  const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  const moment = new Date('2026-05-05T12:00:00Z')
  expect(stepOfCode(seed, codeAt(seed, moment), moment)).toBeTypeOf('number')
  for (const seconds of [-3600, -90, 90, 3600])
    expect(stepOfCode(seed, codeAt(seed, after(moment, seconds)), moment)).toBeUndefined()
})

test('6.6.3: links are not guessed: from one address a few dozen tries, whatever link it is', async () => {
  const answers: number[] = []
  for (let index = 0; index < 40; index += 1) {
    const purpose = ['reset-password', 'sign-up', 'invitation', 'verify-email'][index % 4]
    const token = String(index).padStart(43, 'a')
    const answer = await browser.send(`/link/${purpose}/${token}`, ownForm(world, { password, name: 'x' }))
    answers.push(answer.status)
  }
  expect(answers.slice(0, 30).every((status) => status === 410)).toBe(true)
  expect(answers.slice(31).every((status) => status === 429)).toBe(true)
})

test('7.2.2, 7.2.3: a session is 128 random bits or more, made anew each time', async () => {
  const values = new Set<string>()
  for (let index = 0; index < 5; index += 1) {
    const there = openBrowser(world)
    await goHome(world, { account: ana, browser: there })
    for (const name of ['sid', 'account']) {
      const value = there.cookies.all().get(name) ?? ''
      // 43 characters of base64url are 258 bits; 22 would be 132.
      expect(value).toMatch(/^[\w-]{22,}$/)
      values.add(value)
    }
  }
  expect(values.size).toBe(10)
})

test('6.3.8, T31: known and unknown are answered alike: status, headers, cookies and size', async () => {
  const known = ana.email
  const unknown = `${ana.email.split('@')[0]?.replace(/.$/, '~')}@example.com`
  const shapeOf = async (send: (login: string) => Promise<Response>, login: string) => {
    const answer = await send(login)
    const cookies = answer.headers.getSetCookie().map((text) => text.split('=')[0])
    const headers = [...answer.headers.keys()].filter((name) => name !== 'set-cookie')
    const text = (await answer.text()).replaceAll(login, '').replaceAll(/nonce="[^"]*"/g, '')
    return { status: answer.status, cookies, headers, size: text.length }
  }
  const page = await browser.visit((await app.begin()).url)
  const ways: Readonly<Record<string, (login: string) => Promise<Response>>> = {
    'signing in': (login) =>
      browser.send(
        `${page.url.pathname}/login`,
        ownForm(world, { login, password: 'wrong, and wrong again' }),
      ),
    'a forgotten password': (login) => browser.send('/forgotten-password', ownForm(world, { login })),
    'a forgotten password while signing in': (login) =>
      browser.send(`${page.url.pathname}/forgotten`, ownForm(world, { login })),
    'signing up': (login) => browser.send(`${page.url.pathname}/sign-up`, ownForm(world, { email: login })),
  }
  for (const [way, send] of Object.entries(ways)) {
    // Twice each, so that nothing is only the first time.
    for (let time = 0; time < 2; time += 1) {
      const ofKnown = await shapeOf(send, known)
      expect([way, ofKnown]).toEqual([way, await shapeOf(send, unknown)])
    }
  }
})
