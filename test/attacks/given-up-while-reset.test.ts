/** T12, 6.4.3: a password is given up by an administrator and replaced by its owner at one moment, in whichever order that falls out. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { signInOutcome } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { call, serviceToken } from '../support/management-api.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

const another = 'a wholly different sentence'

let world: World
let app: RelyingParty
let token: string
beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  token = (await serviceToken(world, { role: 'role_owner' })).token
})
afterAll(async () => {
  await app.close()
  await world.close()
})

// More links are asked for here than one household is given.
beforeEach(() => world.db.deleteFrom('limitBuckets').execute())

/** The form behind a mailed link, open in a browser of one instance. */
async function openReset(account: TestAccount, via = world.issuer) {
  const browser = openBrowser(world, { via })
  const forgotten = await browser.visit('/forgotten-password')
  await browser.submit(forgotten, { action: '/forgotten-password', fields: { login: account.email } })
  const link = await linkTo(world, account.email, '/link/reset-password/')
  const page = await browser.visit(link)
  return {
    submit: (password: string) => browser.submit(page, { action: link.pathname, fields: { password } }),
  }
}

async function giveUp({ id }: TestAccount): Promise<void> {
  const { status, text } = await call(world, `POST /accounts/${id}/give-up-password`, { token })
  expect(status, text).toBe(200)
}

async function attempt(account: TestAccount, password: string) {
  const authorizeUrl = (await app.begin()).url
  const place = await signInOutcome(openBrowser(world), { account: { ...account, password }, authorizeUrl })
  if (place.leavingTo?.searchParams.has('code') === true) return 'in'
  return place.html.includes('Others may know this password') ? 'told to choose another' : 'refused'
}

async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: string }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(world.db)
  return Number(rows[0]?.deadlocks)
}

test('the same password is not kept by a reset that was judged before it was given up, and a link from before is good no more', async () => {
  const ana = await world.makeAccount()
  const reset = await openReset(ana)
  await giveUp(ana)
  expect((await reset.submit(ana.password)).status).toBe(410)
  expect((await findAccount(world.db, ana.id))?.hasPassword).toBe(false)
})

test('at one moment: what was confirmed to the person is what stands, or they are told at the next sign-in; the one before opens nothing', async () => {
  const before = await deadlocks()
  const seen = new Map<string, number>()
  const people: TestAccount[] = await Promise.all(Array.from({ length: 20 }, () => world.makeAccount()))
  const resets = await Promise.all(people.map((ana, at) => openReset(ana, world.instances[at % 2]?.origin)))
  for (const [round, ana] of people.entries()) {
    // Every other chooses the very password that is given up.
    const password = round % 2 === 0 ? another : ana.password
    const [set] = await Promise.all([resets[round]?.submit(password), giveUp(ana)])
    const account = await findAccount(world.db, ana.id)
    const after = await attempt(ana, password)
    const outcome = `${set?.status}, ${after}`
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    if (set?.status === 200) {
      // Given up right after it, the new one is what others may have chosen, and whoever brings it is told.
      expect(after).toBe(account?.hasPassword === true ? 'in' : 'told to choose another')
    } else {
      // Before it was judged, or after.
      expect(password === another ? [410] : [400, 410]).toContain(set?.status)
      expect(account?.hasPassword).toBe(false)
    }
    if (password === ana.password) expect(after).toBe('told to choose another')
    else expect(await attempt(ana, ana.password)).not.toBe('in')
  }
  console.log([...seen].map(([outcome, times]) => `${times} x ${outcome}`).join('; '))
  expect(await deadlocks()).toBe(before)
})
