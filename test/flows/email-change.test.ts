import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { changeAccount } from '../../src/domain/accounts/change.ts'
import { requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { requestPasswordReset } from '../../src/domain/accounts/recovery.ts'
import { setPassword } from '../../src/domain/accounts/set-password.ts'
import { requestEmailVerification } from '../../src/domain/accounts/verification.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import type { Act } from '../../src/domain/audit/act.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo, mailsTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
})

const verifyPath = '/link/verify-email/'
const changePath = '/link/change-email/'
let number = 0
const newAddress = () => `other.${(number += 1)}@example.com`
const mailing = () => ({ seal: createSeal(world.config.sealingKeys), issuer: world.issuer })
const actOf = ({ id }: TestAccount): Act => ({ actor: { type: 'account', id }, now: new Date() })

async function confirm(link: URL) {
  const browser = openBrowser(world)
  return browser.submit(await browser.visit(link), { action: link.pathname })
}

async function verifiedAccount(): Promise<TestAccount> {
  const account = await world.makeAccount()
  await requestEmailVerification(world.db, mailing(), { accountId: account.id, locale: 'en' }, actOf(account))
  expect((await confirm(await linkTo(world, account.email, verifyPath))).status).toBe(200)
  return account
}

function change(account: TestAccount, email: string) {
  return requestEmailChange(
    world.db,
    mailing(),
    { accountId: account.id, email, locale: 'en' },
    actOf(account),
  )
}

test('an address is confirmed by its link, by pressing and not by opening, once', async () => {
  const account = await world.makeAccount()
  const request = { accountId: account.id, locale: 'en' }
  expect(await requestEmailVerification(world.db, mailing(), request, actOf(account))).toBe('mailed')
  const link = await linkTo(world, account.email, verifyPath)
  await openBrowser(world).visit(link)
  expect((await findAccount(world.db, account.id))?.emailVerifiedAt).toBeUndefined()
  await confirm(link)
  expect((await findAccount(world.db, account.id))?.emailVerifiedAt).toBeInstanceOf(Date)
  expect((await openBrowser(world).visit(link)).status).toBe(410)
  expect(await requestEmailVerification(world.db, mailing(), request, actOf(account))).toBe(
    'already_verified',
  )
})

test('T34: a link for an address the account does not have any more confirms nothing', async () => {
  const account = await world.makeAccount()
  const request = { accountId: account.id, locale: 'en' }
  await requestEmailVerification(world.db, mailing(), request, actOf(account))
  const link = await linkTo(world, account.email, verifyPath)
  await changeAccount(
    world.db,
    { id: account.id, version: 1, change: { email: newAddress() } },
    operatorAct(new Date()),
  )
  expect((await openBrowser(world).visit(link)).status).toBe(410)
  expect((await findAccount(world.db, account.id))?.emailVerifiedAt).toBeUndefined()
})

test('v5.0.0-6.3.7: another address is the account’s once its link is used; the former one is told, and not where to', async () => {
  const account = await verifiedAccount()
  const email = newAddress()
  expect(await change(account, email)).toBe('mailed')
  const link = await linkTo(world, email, changePath)
  expect((await findAccount(world.db, account.id))?.email).toBe(account.email)
  expect((await confirm(link)).html).toContain('Your address is changed')
  const changed = await findAccount(world.db, account.id)
  expect(changed?.email).toBe(email)
  expect(changed?.emailVerifiedAt).toBeInstanceOf(Date)
  const told = (await mailsTo(world, account.email)).at(-1)
  expect(told?.subject).toBe('Latchkey: Your account has another email address now')
  expect(`${told?.text}${told?.html}`).not.toContain(email)
  expect((await mailsTo(world, email)).at(-1)?.subject).toBe('Latchkey: Your account has a new email address')
  expect((await openBrowser(world).visit(link)).status).toBe(410)
})

test('the former address is told also when an operator changes it', async () => {
  const account = await verifiedAccount()
  const version = (await findAccount(world.db, account.id))?.version ?? 0
  const change = { email: newAddress(), emailVerified: true }
  await changeAccount(world.db, { id: account.id, version, change }, operatorAct(new Date()))
  expect((await mailsTo(world, account.email)).at(-1)?.subject).toContain('another email address')
})

test('T31: an address of somebody else is answered alike; its owner is told, and no link changes anything', async () => {
  const [account, owner] = [await verifiedAccount(), await verifiedAccount()]
  expect(await change(account, owner.email.toUpperCase())).toBe('mailed')
  const mails = await mailsTo(world, owner.email)
  expect(mails.map(({ subject }) => subject)).toContain('You already have an account at Latchkey')
  expect(mails.flatMap(({ links }) => links).some((link) => link.includes(changePath))).toBe(false)
})

test('an address that somebody else gets meanwhile stays theirs', async () => {
  const account = await verifiedAccount()
  const email = newAddress()
  await change(account, email)
  const link = await linkTo(world, email, changePath)
  const other = await world.makeAccount({ email })
  expect((await confirm(link)).html).toContain('Another account has this address meanwhile')
  expect((await findAccount(world.db, other.id))?.email).toBe(email)
  expect((await findAccount(world.db, account.id))?.email).toBe(account.email)
})

test('20 parallel uses of one link change it once', async () => {
  const account = await verifiedAccount()
  const email = newAddress()
  await change(account, email)
  const link = await linkTo(world, email, changePath)
  const browser = openBrowser(world)
  const page = await browser.visit(link)
  const places = await Promise.all(
    Array.from({ length: 20 }, () => browser.submit(page, { action: link.pathname })),
  )
  expect(places.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('another password, another address or being disabled ends what was asked for before', async () => {
  for (const end of ['password', 'address', 'disabled'] as const) {
    const account = await verifiedAccount()
    const email = newAddress()
    await change(account, email)
    const link = await linkTo(world, email, changePath)
    await requestPasswordReset(world.db, mailing(), { login: account.email, locale: 'en' }, actOf(account))
    const reset = await linkTo(world, account.email, '/link/reset-password/')
    await endBy[end](account)
    for (const ended of [link, reset]) expect((await openBrowser(world).visit(ended)).status, end).toBe(410)
  }
})

const endBy = {
  password: async ({ id }: TestAccount) => {
    await setPassword(world.db, { id, passwordHash: '$argon2id$other' }, operatorAct(new Date()))
  },
  address: async ({ id }: TestAccount) => {
    const version = (await findAccount(world.db, id))?.version ?? 0
    await changeAccount(world.db, { id, version, change: { email: newAddress() } }, operatorAct(new Date()))
  },
  disabled: async ({ id }: TestAccount) => {
    await disableAccount(world.db, { id }, operatorAct(new Date()))
  },
}
