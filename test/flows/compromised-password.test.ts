/** A password that others know: it is given up, and its owner chooses another one. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { signInOutcome } from '../support/browser-like.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { linkTo, mailsTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

const another = 'a wholly different sentence'

let world: World
let app: RelyingParty
let owner: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  app = await openRelyingParty(world)
  owner = (await openConsole(world)).browser
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const attempt = async (account: Pick<TestAccount, 'email' | 'password'>, browser = openBrowser(world)) =>
  signInOutcome(browser, { account, authorizeUrl: (await app.begin()).url })

test('an administrator gives it up: sessions end, sign-in demands another, and the same one is not taken again', async () => {
  const ana = await world.makeAccount()
  const verified = { emailVerifiedAt: new Date() }
  await world.db.updateTable('accounts').set(verified).where('id', '=', ana.id).execute()
  const browser = openBrowser(world)
  expect((await attempt(ana, browser)).leavingTo?.searchParams.has('code')).toBe(true)

  const page = await owner.visit(`/admin/accounts/${ana.id}/give-up-password`)
  expect(page.html).toContain('A mailed link lets them do so.')
  const done = await owner.submit(page, { action: '/give-up-password' })
  expect(done.url.pathname).toBe(`/admin/accounts/${ana.id}`)
  expect(await sessionsOf(ana)).toBe(0)

  const told = await attempt(ana, browser)
  expect(told.status).toBe(403)
  expect(told.html).toContain('Others may know this password')
  const signIn = told.url.pathname.replace(/\/login$/, '')
  expect(told.html).toContain(`<a href="${signIn}/forgotten">Get a link by mail`)
  expect((await attempt({ ...ana, password: 'not this one at all' })).html).not.toContain('Others may know')
  const subjects = (await mailsTo(world, ana.email)).map(({ subject }) => subject)
  expect(subjects.filter((subject) => subject.includes('others may know it'))).toHaveLength(1)

  const forgotten = await browser.visit(`${signIn}/forgotten`)
  await browser.submit(forgotten, { action: '/forgotten', fields: { login: ana.email } })
  const link = await linkTo(world, ana.email, '/link/reset-password/')
  const form = await browser.visit(link)
  const refused = await browser.submit(form, { action: link.pathname, fields: { password: ana.password } })
  expect(refused.status).toBe(400)
  expect(refused.html).toContain('has become known')
  const set = await browser.submit(refused, { action: link.pathname, fields: { password: another } })
  expect(set.status).toBe(200)
  expect((await attempt({ ...ana, password: another })).leavingTo?.searchParams.has('code')).toBe(true)
})

async function sessionsOf({ id }: TestAccount): Promise<number> {
  const rows = await world.db.selectFrom('oidcSessions').select('uid').where('accountId', '=', id).execute()
  return rows.length
}
