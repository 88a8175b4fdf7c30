/** A thief was in, the person has ended everything: what was still open at the thief's must lead nowhere. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { requestEmailChange } from '../../src/domain/accounts/email-change.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { findDevice, rememberDevice } from '../../src/domain/devices/devices.ts'
import { recoveryCodesLeft } from '../../src/domain/second-factors/recovery-codes.ts'
import { enrolledFactors } from '../../src/domain/second-factors/second-factors.ts'
import { endEverythingOfAccount } from '../../src/oidc/end-everything.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { randomSecret } from '../../src/platform/crypto/random.ts'
import { goHome } from '../support/account-page.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
/** First-party, so that no consent stands in between. */
let app: RelyingParty
let ana: TestAccount
let thief: Browser

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.deleteFrom('limitBuckets').execute()
  ana = await world.makeAccount()
  thief = openBrowser(world)
})

/** Signs the thief in with the stolen password, up to the page that comes then. */
async function withPassword(params: Readonly<Record<string, string>>): Promise<Place> {
  return submitSignIn(thief, await thief.visit((await app.begin(params)).url), ana)
}

function endEverything(): Promise<void> {
  return endEverythingOfAccount(world.db, ana.id, systemAct(new Date()))
}

describe('T21, 7.4.2: a page of a sign-in that was open when everything was ended', () => {
  test('sets up no second factor', async () => {
    const page = await withPassword({ acr_values: 'aal2' })
    const [seed = ''] = /[A-Z2-7]{32}/.exec(page.html.replaceAll(/\s/g, '')) ?? []
    expect(seed).toHaveLength(32)
    await endEverything()
    const answer = await thief.submit(page, { action: '/enrol', fields: { code: codeAt(seed, new Date()) } })
    expect(answer.status).toBe(400)
    expect(await enrolledFactors(world.db, ana.id)).toEqual({
      totp: false,
      passkeys: 0,
      recoveryCodesLeft: 0,
    })
  })

  test('asks no device for a new passkey, and counts no code', async () => {
    const factors = await enrol(world, ana.id)
    const page = await withPassword({})
    await endEverything()
    const before = await recoveryCodesLeft(world.db, ana.id)
    const fields = { code: factors.recoveryCodes[0] ?? '' }
    const path = `${page.url.pathname}/recovery-code`
    const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
    const body = new URLSearchParams(fields)
    expect((await thief.send(path, { method: 'POST', headers, body })).status).toBe(400)
    expect(await recoveryCodesLeft(world.db, ana.id)).toBe(before)
    expect((await thief.visit(page.url)).html).not.toContain(ana.email)
  })

  test('makes no new recovery codes for whoever had proven a factor', async () => {
    const factors = await enrol(world, ana.id)
    const page = await withPassword({})
    const recovery = await thief.visit(new URL('?way=recovery-code', page.url))
    const used = await thief.submit(recovery, {
      action: '/recovery-code',
      fields: { code: factors.recoveryCodes[0] ?? '' },
    })
    await endEverything()
    const answer = await thief.submit(used, { action: '/new-recovery-codes' })
    expect(answer.status).toBe(400)
    expect(answer.html).not.toMatch(/[0-9A-Z]{5}(-[0-9A-Z]{5}){4}/)
    expect(await recoveryCodesLeft(world.db, ana.id)).toBe(9)
  })
})

describe('7.4.2: what the thief has left in the mail and in the browser', () => {
  const mailing = () => ({ seal: createSeal(world.config.sealingKeys), issuer: world.issuer })

  async function changeOfAddress(): Promise<{ readonly link: URL; readonly address: string }> {
    const address = `thief.${ana.id.toLowerCase().replaceAll(/\W|_/g, '')}@example.com`
    const wanted = { accountId: ana.id, email: address, locale: 'en' }
    await requestEmailChange(world.db, mailing(), wanted, systemAct(new Date()))
    return { address, link: await linkTo(world, address, '/link/change-email/') }
  }

  async function follow(link: URL): Promise<Place> {
    const page = await thief.visit(link)
    return page.status === 410 ? page : thief.submit(page, { action: link.pathname })
  }

  test.each([
    ['everything is ended', endEverything],
    [
      'the password is changed on the own page',
      async () => {
        const home = await goHome(world, { account: ana })
        const password = 'nine quiet herons over the estuary'
        const fields = { current: ana.password, password }
        const done = await home.submit('/account/security/password', '/account/security/password', fields)
        expect(done.status).toBe(200)
      },
    ],
  ])('an address that was asked for before is not taken any more once %s', async (_when, end) => {
    const { link } = await changeOfAddress()
    await end()
    expect((await follow(link)).status).toBe(410)
    expect((await findAccount(world.db, ana.id))?.email).toBe(ana.email)
  })

  test('a link that sets the password is not good any more once the password was changed', async () => {
    const page = await openBrowser(world).visit('/forgotten-password')
    await openBrowser(world).submit(page, { action: '/forgotten-password', fields: { login: ana.email } })
    const link = await linkTo(world, ana.email, '/link/reset-password/')
    const home = await goHome(world, { account: ana })
    const fields = { current: ana.password, password: 'nine quiet herons over the estuary' }
    await home.submit('/account/security/password', '/account/security/password', fields)
    expect((await thief.visit(link)).status).toBe(410)
  })

  test('a remembered device stands for a second factor no longer', async () => {
    await enrol(world, ana.id)
    const token = randomSecret()
    const trustUntil = new Date(Date.now() + 86_400_000)
    const device = { token, accountId: ana.id, id: 'dev_thief', trustUntil, userAgent: 'x' }
    await rememberDevice(world.db, device, systemAct(new Date()))
    await endEverything()
    const left = await findDevice(world.db, { token, accountId: ana.id }, new Date())
    expect(left?.trustedUntil).toBeUndefined()
  })
})

describe('7.5.1: adding a second factor by way of an app wants a fresh sign-in too', () => {
  async function growOld(): Promise<void> {
    const then = Math.floor(Date.now() / 1000) - 3600
    await sql`update oidc_sessions set payload = payload || jsonb_build_object('loginTs', ${then}::int)
      where account_id = ${ana.id}`.execute(world.db)
  }

  test.each(['aal2', 'phr'])(
    'an hour after the sign-in the password is asked for first (%s)',
    async (level) => {
      const begun = await app.begin()
      await submitSignIn(thief, await thief.visit(begun.url), ana)
      const fresh = await thief.visit((await app.begin({ acr_values: level })).url)
      expect(fresh.html).toContain('Protect your account')
      await growOld()
      const page = await thief.visit((await app.begin({ acr_values: level })).url)
      expect(page.forms.some(({ action }) => action.endsWith('/login'))).toBe(true)
      const after = await submitSignIn(thief, page, ana)
      expect(after.html).toContain('Protect your account')
    },
  )

  test('a factor that is there is proven without the password', async () => {
    await withPassword({})
    await enrol(world, ana.id)
    await growOld()
    const page = await thief.visit((await app.begin({ acr_values: 'aal2' })).url)
    expect(page.forms.some(({ action }) => action.endsWith('/second-factor'))).toBe(true)
  })

  test('asked silently it is refused', async () => {
    await withPassword({})
    await growOld()
    const place = await thief.visit((await app.begin({ acr_values: 'aal2', prompt: 'none' })).url)
    expect(place.leavingTo?.searchParams.get('error')).toBe('login_required')
  })
})
