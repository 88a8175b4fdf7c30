/** An invitation is a promise of whoever made it: worth no more than they are when it is taken. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findAccountByLogin } from '../../src/domain/accounts/account.ts'
import { invite, newInvitation } from '../../src/domain/accounts/invitations.ts'
import {
  deleteAccount,
  disableAccount,
  grantAdministrator,
  withdrawAdministrator,
} from '../../src/domain/accounts/lifecycle.ts'
import { requestSignUp } from '../../src/domain/accounts/sign-up.ts'
import { administratorPermissions } from '../../src/domain/administration/permissions.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { ownForm } from '../support/account-page.ts'
import { openBrowser } from '../support/browser.ts'
import type { Place } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let boss: TestAccount

beforeAll(async () => {
  world = await openWorld({ env: { SIGN_UP: 'open' } })
  const keeper = await world.makeAccount()
  await grantAdministrator(world.db, { id: keeper.id }, operatorAct(new Date()))
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
  boss = await world.makeAccount()
  await grantAdministrator(world.db, { id: boss.id }, operatorAct(new Date()))
})

const password = 'a sentence nobody else has'
let number = 0
const mailing = () => ({ seal: createSeal(world.config.sealingKeys), issuer: world.issuer })

async function invited(gifts: Record<string, unknown>): Promise<{ email: string; link: URL }> {
  const email = `guest.of.${(number += 1)}@example.com`
  const act = { actor: { type: 'account', id: boss.id }, now: new Date() } as const
  await invite(world.db, mailing(), newInvitation.parse({ email, gifts }), act)
  return { email, link: await linkTo(world, email, '/link/invitation/') }
}

async function accept(link: URL): Promise<Place> {
  const browser = openBrowser(world)
  const page = await browser.visit(link)
  return browser.submit(page, { action: link.pathname, fields: { name: 'Gus Guest', password } })
}

async function powersOf(email: string): Promise<number> {
  const account = await findAccountByLogin(world.db, email)
  if (account === undefined) throw new Error('no account was made')
  return (await administratorPermissions(world.db, account.id)).size
}

const ends = [
  ['disabled', () => disableAccount(world.db, { id: boss.id }, operatorAct(new Date()))],
  ['deleted', () => deleteAccount(world.db, { id: boss.id }, operatorAct(new Date()))],
  [
    'no administrator any more',
    () => withdrawAdministrator(world.db, { id: boss.id }, operatorAct(new Date())),
  ],
] as const

test.each([{ administrator: true }, { roles: ['role_security'] }])(
  'API5: what an owner promised is given while they are one: %o',
  async (gifts) => {
    const { email, link } = await invited(gifts)
    await accept(link)
    expect(await powersOf(email)).toBeGreaterThan(5)
  },
)

test.each(ends)(
  'API5, 7.4.2: whoever was invited by somebody who is %s becomes an ordinary account',
  async (_how, end) => {
    const administrator = await invited({ administrator: true })
    const withRole = await invited({ roles: ['role_security'] })
    await end()
    expect((await accept(administrator.link)).html).toContain('Your account is ready')
    await accept(withRole.link)
    expect(await powersOf(administrator.email)).toBe(0)
    expect(await powersOf(withRole.email)).toBe(0)
  },
)

test('6.6.2: an invitation is for the address it was mailed to, whatever the form says', async () => {
  const { email, link } = await invited({ administrator: true })
  const thief = `thief.${number}@example.com`
  const fields = { name: 'Thief', password, email: thief, administrator: 'true', id: 'acc_thief' }
  await openBrowser(world).send(link.pathname, ownForm(world, fields))
  expect(await findAccountByLogin(world.db, thief)).toBeUndefined()
  expect(await powersOf(email)).toBeGreaterThan(5)
})

test('6.4.1: twenty take one invitation at once, and one account comes to be', async () => {
  const { email, link } = await invited({ administrator: true })
  const browsers = Array.from({ length: 20 }, () => openBrowser(world))
  const pages = await Promise.all(
    browsers.map(async (browser) => [browser, await browser.visit(link)] as const),
  )
  await world.db.deleteFrom('limitBuckets').execute()
  const answers = await Promise.all(
    pages.map(([browser, page]) =>
      browser.submit(page, { action: link.pathname, fields: { name: 'Gus Guest', password } }),
    ),
  )
  expect(answers.filter(({ html }) => html.includes('Your account is ready'))).toHaveLength(1)
  const accounts = await world.db.selectFrom('accounts').select('id').where('email', '=', email).execute()
  expect(accounts).toHaveLength(1)
})

test('an invited address that signs up on its own first has an ordinary account, and the invitation adds nothing to it', async () => {
  const { email, link } = await invited({ administrator: true })
  await requestSignUp(world.db, mailing(), { email, locale: 'en' }, operatorAct(new Date()))
  await accept(await linkTo(world, email, '/link/sign-up/'))
  const late = await accept(link)
  expect(late.html).not.toContain('Your account is ready')
  expect(await powersOf(email)).toBe(0)
})

test('T10, 6.6.2: a link of one purpose opens no page of another', async () => {
  const { link } = await invited({})
  const token = link.pathname.split('/').at(-1)
  for (const other of ['sign-up', 'reset-password', 'verify-email', 'change-email']) {
    expect((await openBrowser(world).visit(`/link/${other}/${token}`)).status).toBe(410)
  }
})
