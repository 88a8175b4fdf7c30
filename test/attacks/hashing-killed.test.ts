/**
 * R10: the process that hashes passwords may die in the middle of anything. Whoever waited for it is told to come back, has
 * spent nothing, and is served when they do.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { budgets } from '../../src/domain/limits/budgets.ts'
import type { Budget } from '../../src/domain/limits/budgets.ts'
import { goHome, ownForm, tokenOf } from '../support/account-page.ts'
import { signInOutcome, submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { call, serviceToken } from '../support/management-api.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { until } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

const own = 'a wholly different sentence'

let world: World
let app: RelyingParty
beforeAll(async () => {
  world = await openWorld({ env: { SIGN_UP: 'open' } })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(() => world.db.deleteFrom('limitBuckets').execute())

/** The process of this server. Nothing else that belongs to this process has that module. */
function hashingProcess(): number | undefined {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.map(Number).find((id) => {
    try {
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]
      return (
        Number(parent) === process.pid &&
        readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('hashing-main.ts')
      )
    } catch {
      return false
    }
  })
}

/** Stops the process, so that whatever is asked of it waits; kills it once `asked` says that somebody does. */
async function killWhile<T>(work: () => Promise<T>, asked: () => Promise<boolean>): Promise<T> {
  await signIn(await world.makeAccount())
  const id = hashingProcess()
  if (id === undefined) throw new Error('no process hashes passwords')
  process.kill(id, 'SIGSTOP')
  try {
    const answer = work()
    await until(asked)
    process.kill(id, 'SIGKILL')
    return await answer
  } catch (error) {
    process.kill(id, 'SIGKILL')
    throw error
  }
}

async function signIn(account: Pick<TestAccount, 'email' | 'password'>) {
  return signInOutcome(openBrowser(world), { account, authorizeUrl: (await app.begin()).url })
}

async function attemptsOf({ id }: TestAccount): Promise<number> {
  const row = await world.db
    .selectFrom('passwordAttempts')
    .select('elsewhere')
    .where('accountId', '=', id)
    .executeTakeFirst()
  return row?.elsewhere ?? 0
}

/** The budgets of which something is missing. */
async function spent(): Promise<string[]> {
  const rows = await world.db.selectFrom('limitBuckets').select(['key', 'tokens']).execute()
  const known: readonly Budget[] = Object.values(budgets)
  const isSpent = ({ key, tokens }: { readonly key: string; readonly tokens: number }) =>
    known.some(({ name, capacity }) => key.startsWith(`${name}:`) && tokens < capacity - 0.5)
  return rows.filter(isSpent).map(({ key }) => key.replace(/:.*/, ''))
}

const hasSpent = (budget: string) => async () => (await spent()).includes(budget)

test.each(['right', 'wrong'])(
  'a sign-in with the %s password is told to come back, and was no attempt',
  async (kind) => {
    const ana = await world.makeAccount()
    const browser = openBrowser(world)
    const page = await browser.visit((await app.begin()).url)
    const account = kind === 'right' ? ana : { ...ana, password: own }
    const counted = async () => (await attemptsOf(ana)) === 1
    const told = await killWhile(() => submitSignIn(browser, page, account), counted)
    expect(told.status).toBe(503)
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(told.html).toContain('did not check your password')
    expect(await attemptsOf(ana)).toBe(0)
    expect(await spent()).toEqual([])
    const next = await submitSignIn(browser, told, account)
    if (kind === 'right') expect(next.leavingTo?.searchParams.has('code')).toBe(true)
    else expect(next.status).toBe(401)
  },
)

test('another password at the own page: nothing is spent, nothing is changed, and it can be sent again', async () => {
  const ana = await goHome(world)
  const send = async () => {
    const fields = { ...(await tokenOf(ana.browser)), current: ana.account.password, password: own }
    return ana.browser.send('/account/security/password', ownForm(world, fields))
  }
  const told = await killWhile(send, hasSpent('account_password'))
  expect(told.status).toBe(503)
  expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await spent()).toEqual([])
  expect(await attemptsOf(ana.account)).toBe(0)
  expect((await send()).status).toBe(303)
  expect((await signIn({ ...ana.account, password: own })).leavingTo).toBeDefined()
})

test('a password of one’s own in the place of one that somebody else chose: the step waits for it', async () => {
  const given = 'chosen by somebody else'
  const email = 'given@example.com'
  const { token } = await serviceToken(world, { role: 'role_owner' })
  const body = { email, email_verified: true, password: given }
  expect((await call(world, 'POST /accounts', { token, body })).status).toBe(201)
  const browser = openBrowser(world)
  const page = await submitSignIn(browser, await browser.visit((await app.begin()).url), {
    email,
    password: given,
  })
  const choose = () => browser.submit(page, { action: '/new-password', fields: { password: own } })
  const told = await killWhile(choose, hasSpent('account_password'))
  expect(told.status).toBe(503)
  expect(await spent()).toEqual([])
  expect((await choose()).leavingTo?.searchParams.has('code')).toBe(true)
})

test('a mailed link to another password, and one to an account, are good for another try', async () => {
  const ana = await world.makeAccount()
  const browser = openBrowser(world)
  const forgotten = await browser.visit('/forgotten-password')
  await browser.submit(forgotten, { action: '/forgotten-password', fields: { login: ana.email } })
  const signUp = await browser.visit((await app.begin()).url)
  const email = 'new@example.com'
  const form = await browser.visit(`${signUp.url.pathname}/sign-up`)
  await browser.submit(form, { action: '/sign-up', fields: { email } })
  for (const [address, path, others] of [
    [ana.email, '/link/reset-password/', {}],
    [email, '/link/sign-up/', { name: 'Nia' }],
  ] as const) {
    const link = await linkTo(world, address, path)
    const page = await browser.visit(link)
    const send = () => browser.submit(page, { action: link.pathname, fields: { ...others, password: own } })
    await world.db.deleteFrom('limitBuckets').execute()
    const told = await killWhile(send, hasSpent('mailed_link_address'))
    // Killed before it was asked, another one has done it.
    expect([200, 503]).toContain(told.status)
    if (told.status === 503) expect((await send()).status).toBe(200)
    expect((await signIn({ email: address, password: own })).leavingTo).toBeDefined()
  }
})
