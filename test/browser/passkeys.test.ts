/**
 * Passkeys in a real browser, with Chromium's virtual authenticator. What no real authenticator would send stands in
 * test/domain/second-factors/passkeys.test.ts.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { disableAccount, enableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { finishPasskeyRegistration } from '../../src/domain/second-factors/passkey-registration.ts'
import { beginPasskeyRegistration } from '../../src/domain/second-factors/passkey-registration.ts'
import { relyingPartyOf } from '../../src/domain/second-factors/passkey-relying-party.ts'
import { listPasskeys, removePasskey } from '../../src/domain/second-factors/passkeys.ts'
import { growStale } from '../support/account-page.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { looksRight } from '../support/looks.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { patienceMilliseconds } from '../support/until.ts'
import { plugIn } from '../support/virtual-authenticator.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let chromium: Browser
let gallery: RelyingParty
let context: BrowserContext
let page: Page
let complaints: string[]
let ana: TestAccount

const button = () => page.getByRole('button', { name: 'Sign in with a passkey' })

describe.skipIf(chromiumMissing !== undefined)(inChromium('passkeys'), () => {
  beforeAll(async () => {
    world = await openWorld({ host: 'localhost' })
    chromium = await openChromium()
    gallery = await openRelyingParty(world, { settings: { firstParty: true } })
  })
  afterAll(async () => {
    await chromium?.close()
    await gallery?.close()
    await world?.close()
  })
  beforeEach(async () => {
    ana = await world.makeAccount({ claims: { name: 'Ana Test' } })
    context = await chromium.newContext()
    page = await context.newPage()
    complaints = watchForComplaints(page)
    // All tests come from one address.
    await world.db.deleteFrom('limitBuckets').execute()
  })
  afterEach(() => context.close())

  test('signing in with a passkey alone, by the button: two factors, and not to be phished', async () => {
    await plugIn(page)
    await enrol(ana)
    await offerNothing(page)
    const begun = await gallery.begin({ acr_values: 'phr' })
    await page.goto(begun.url)
    await button().click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    const claims = (await begun.outcome).tokens?.claims()
    expect(claims).toMatchObject({ sub: ana.id, acr: 'phr', amr: ['swk', 'user', 'mfa'] })
    expect(complaints).toEqual([])
    expect(await eventsOf(ana)).toContainEqual(
      expect.objectContaining({
        type: 'sign_in.succeeded',
        details: expect.objectContaining({ amr: ['swk', 'user', 'mfa'] }),
      }),
    )
  })

  test('a passkey among what the browser fills in: no button, and nothing typed', async () => {
    await plugIn(page, { isSynchronised: false })
    await enrol(ana)
    const begun = await gallery.begin({ acr_values: 'phr' })
    await page.goto(begun.url)
    // The virtual authenticator takes the offer as soon as it is made.
    await page.waitForURL(`${gallery.redirectUri}?*`)
    const claims = (await begun.outcome).tokens?.claims()
    expect(claims).toMatchObject({ sub: ana.id, acr: 'phr', amr: ['hwk', 'user', 'mfa'] })
    expect(complaints).toEqual([])
  })

  test('T31: the page is the same for everybody, and shows nothing of passkeys without script', async () => {
    const shown = async (hint: string) => {
      await page.goto((await gallery.begin({ login_hint: hint })).url)
      const options = await page.locator('form[data-passkey]').getAttribute('data-options')
      return { ...JSON.parse(String(options)), challenge: '' }
    }
    await plugIn(page)
    await enrol(ana)
    await context.clearCookies()
    await page.route('**/passkeys.*.js', (route) => route.abort())
    expect(await shown(ana.email)).toEqual(await shown('nobody@example.com'))
    const without = await chromium.newContext({ javaScriptEnabled: false })
    const plain = await without.newPage()
    await plain.goto((await gallery.begin()).url)
    expect(await plain.locator('form[data-passkey]').isVisible()).toBe(false)
    expect(await plain.locator('.divider').isVisible()).toBe(false)
    expect(await plain.locator('form[action$="/login"]').isVisible()).toBe(true)
    await without.close()
  })

  test('a browser without passkeys shows nothing of them', async () => {
    await page.addInitScript('delete globalThis.PublicKeyCredential')
    await page.goto((await gallery.begin()).url)
    expect(await page.locator('form[data-passkey]').isVisible()).toBe(false)
    expect(await page.locator('form[action$="/login"]').isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })

  test('an installation whose host is an address offers none', async () => {
    const other = await openWorld()
    const app = await openRelyingParty(other)
    await page.goto((await app.begin()).url)
    expect(await page.locator('form[data-passkey]').count()).toBe(0)
    expect(await page.locator('input[name=login]').getAttribute('autocomplete')).toBe('username')
    await app.close()
    await other.close()
  })

  test('a user that is not verified, a removed passkey and a disabled account are all refused alike', async () => {
    const device = await plugIn(page)
    await enrol(ana)
    await offerNothing(page)
    await page.goto((await gallery.begin()).url)
    await device.verifyUser(false)
    await button().click()
    await page.getByText('Nothing was confirmed').waitFor()
    await looksRight(page, 'passkey-cancelled', { axe: true })

    await device.verifyUser(true)
    await disableAccount(world.db, { id: ana.id }, systemAct(new Date()))
    await button().click()
    const refusal = await page.getByRole('alert').textContent()
    expect(refusal).toContain('This passkey could not be used')
    await looksRight(page, 'passkey-refused', { axe: true })

    await enableAccount(world.db, { id: ana.id }, systemAct(new Date()))
    const [passkey] = await listPasskeys(world.db, ana.id)
    await removePasskey(world.db, { accountId: ana.id, id: String(passkey?.id) }, systemAct(new Date()))
    await Promise.all([page.waitForNavigation(), button().click()])
    expect(await page.getByRole('alert').textContent()).toBe(refusal)
    const reasons = (await eventsOf(ana)).filter(({ type }) => type === 'sign_in.failed')
    expect(reasons.map(({ details }) => details)).toMatchObject([{ reason: 'passkey_disabled' }])
  })

  test('an answer is good once, in the browser and the sign-in that asked for it', async () => {
    await plugIn(page)
    await enrol(ana)
    await offerNothing(page)
    await page.goto((await gallery.begin()).url)
    const action = String(await page.locator('form[data-passkey]').getAttribute('action'))
    const answers: string[] = []
    await page.route(`**${action}`, async (route) => {
      answers.push(new URLSearchParams(route.request().postData() ?? '').get('credential') ?? '')
      await route.abort()
    })
    await button().click()
    await vi.waitFor(() => expect(answers).toHaveLength(1), patienceMilliseconds)
    const credential = String(answers[0])

    const stranger = await chromium.newContext()
    const strange = await stranger.newPage()
    await strange.goto((await gallery.begin()).url)
    const elsewhere = String(await strange.locator('form[data-passkey]').getAttribute('action'))
    const send = (from: Page, path: string) =>
      from.request.post(`${world.issuer}${path}`, {
        headers: { origin: world.issuer },
        form: { credential },
        maxRedirects: 0,
      })
    // Another browser cannot use this sign-in, and in its own the answer was not asked for.
    expect((await send(strange, action)).status()).toBe(400)
    expect((await send(strange, elsewhere)).status()).toBe(400)
    const answered = await Promise.all(Array.from({ length: 20 }, () => send(page, action)))
    expect(answered.filter((response) => response.status() === 303)).toHaveLength(1)
    await stranger.close()
  })

  test('T25: empty, partial and hostile answers lead back to the same page', async () => {
    await page.goto((await gallery.begin()).url)
    const action = String(await page.locator('form[data-passkey]').getAttribute('action'))
    const send = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      page.request.post(`${world.issuer}${action}`, {
        headers: { origin: world.issuer, ...headers },
        form,
        maxRedirects: 0,
      })
    expect((await send({})).status()).toBe(200)
    expect((await send({ credential: '' })).status()).toBe(400)
    for (const credential of ['{}', 'null', '[[[[', '{"id":"a"}', 'x'.repeat(25_000)])
      expect((await send({ credential })).status()).toBe(401)
    expect((await send({ credential: 'x'.repeat(40_000) })).status()).toBe(413)
    expect((await send({ credential: '{}' }, { origin: 'https://evil.example' })).status()).toBe(403)
    for (let attempt = 0; attempt < 40; attempt += 1) await send({ credential: '{}' })
    expect((await send({ credential: '{}' })).status()).toBe(429)
  })

  test('beside a password: set up while signing in, asked for the next time, and nothing without it', async () => {
    const device = await plugIn(page)
    await offerNothing(page)
    const first = await gallery.begin({ acr_values: 'aal2' })
    await page.goto(first.url)
    await signIn(ana)
    await looksRight(page, 'passkey-enrol', { axe: true })
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('link', { name: /saved|continue/i }).click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    expect((await first.outcome).tokens?.claims()).toMatchObject({ sub: ana.id, acr: 'aal2' })
    const made = await device.credentials()
    expect(made).toMatchObject([{ rpId: 'localhost', userName: ana.email, isResidentCredential: true }])
    expect(await listPasskeys(world.db, ana.id)).toMatchObject([{ name: 'Passkey', kind: 'synchronised' }])

    await context.clearCookies()
    const second = await gallery.begin({ acr_values: 'phr' })
    await page.goto(second.url)
    await signIn(ana)
    await looksRight(page, 'passkey-second-factor', { axe: true })
    // T24: the password alone leads nowhere else.
    await page.goto((await gallery.begin({ prompt: 'none' })).url)
    expect(new URL(page.url()).searchParams.get('error')).toMatch(/_required$/)
    await page.goto(second.url)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    const claims = (await second.outcome).tokens?.claims()
    expect(claims).toMatchObject({ sub: ana.id, acr: 'phr' })
    expect(claims?.['amr']).toEqual(expect.arrayContaining(['pwd', 'swk', 'user', 'mfa']))
    expect(complaints).toEqual([])
  })

  test('a plain security key is a second factor, and never signs anybody in alone', async () => {
    const key = await plugIn(page, { hasUserVerification: false, isSynchronised: false })
    await offerNothing(page)
    const first = await gallery.begin({ acr_values: 'aal2' })
    await page.goto(first.url)
    await signIn(ana)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('link', { name: /saved|continue/i }).click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    const claims = (await first.outcome).tokens?.claims()
    expect(claims).toMatchObject({ acr: 'aal2' })
    expect(claims?.['amr']).toEqual(expect.arrayContaining(['pwd', 'hwk', 'mfa']))
    expect(claims?.['amr']).not.toContain('user')
    expect(await key.credentials()).toMatchObject([{ isResidentCredential: false }])

    await context.clearCookies()
    await page.goto((await gallery.begin()).url)
    await button().click()
    await page.getByText('Nothing was confirmed').waitFor()
    expect(complaints).toEqual([])
  })

  test('the passkey of somebody else in the same device does not help', async () => {
    const device = await plugIn(page)
    await enrol(await world.makeAccount())
    await enrol(ana)
    await device.forget(ana.email)
    expect(await device.credentials()).toHaveLength(1)
    await offerNothing(page)
    await page.goto((await gallery.begin({ acr_values: 'aal2', login_hint: ana.email })).url)
    await signIn(ana)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('Nothing was confirmed').waitFor()
    await looksRight(page, 'passkey-second-factor-cancelled', { axe: true })
  })

  test('a page that was open for too long is shown once more, with a new question', async () => {
    await plugIn(page)
    await enrol(ana)
    await offerNothing(page)
    await page.goto((await gallery.begin()).url)
    const before = await page.locator('form[data-passkey]').getAttribute('data-options')
    await page.evaluate('performance.now = () => 290_000')
    await Promise.all([page.waitForNavigation(), button().click()])
    expect(await page.locator('.alert.notice').textContent()).toContain('open for too long')
    expect(await page.locator('form[data-passkey]').getAttribute('data-options')).not.toBe(before)
    await button().click()
    await page.waitForURL(`${gallery.redirectUri}?*`)
    expect(complaints).toEqual([])
  })

  test('on the own page: added with a name, and not added twice', async () => {
    const device = await plugIn(page)
    await offerNothing(page)
    await page.goto(`${world.issuer}/account/security/passkeys/add`)
    await signIn(ana)
    await page.waitForURL('**/account/security/passkeys/add')
    await page.locator('input[name=name]').fill('Telefon Küche')
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Add' }).click()])
    expect(await listPasskeys(world.db, ana.id)).toMatchObject([{ name: 'Telefon Küche' }])

    // From now on a fresh sign-in has the second factor in it.
    await page.goto(`${world.issuer}/account/security/passkeys/add`)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL('**/account/security/passkeys/add')
    await looksRight(page, 'passkey-add', { axe: true })
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByText('already holds a passkey').waitFor()
    expect(await device.credentials()).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  test('on the own page: named anew, and removed after a sign-in that is fresh', async () => {
    await atOwnPasskey()
    await page.locator('input[name=name]').fill('Handy')
    await page.locator('form[action$="/rename"] button').click()
    await page.getByText('The passkey has its new name.').waitFor()
    const [passkey] = await listPasskeys(world.db, ana.id)
    expect(passkey?.name).toBe('Handy')

    await growStale(world, ana)
    await page.goto(`${world.issuer}/account/security/passkeys/${passkey?.id}`)
    await page.locator('form[action$="/remove"] button').click()
    await page.getByText('nothing was changed yet').waitFor()
    await page.getByRole('link', { name: 'Confirm' }).click()
    await button().click()
    await page.waitForURL(`**/account/security/passkeys/${passkey?.id}`)
    expect(await listPasskeys(world.db, ana.id)).toHaveLength(1)
    await page.locator('form[action$="/remove"] button').click()
    await page.getByText('The passkey was removed.').waitFor()
    expect(await listPasskeys(world.db, ana.id)).toEqual([])

    await context.clearCookies()
    await page.goto((await gallery.begin()).url)
    await Promise.all([page.waitForNavigation(), button().click()])
    expect(await page.getByRole('alert').textContent()).toContain('could not be used')
    expect(complaints).toEqual([])
  })

  test('how the own pages of passkeys look', async () => {
    await atOwnPasskey()
    await looksRight(page, 'account-passkey', { axe: true })
    await page.goto(`${world.issuer}/account/security`)
    await looksRight(page, 'account-security-passkey', { axe: true })
    expect(complaints).toEqual([])
  })

  test('how the sign-in page looks', async () => {
    await plugIn(page).then((device) => device.confirm(false))
    await page.goto((await gallery.begin()).url)
    await looksRight(page, 'passkey-sign-in', { axe: true })
    await page.goto((await gallery.begin({ ui_locales: 'de' })).url)
    await looksRight(page, 'passkey-sign-in-german', { axe: true })
    expect(complaints).toEqual([])
  })
})

/** A passkey of an account, made by the device that is plugged into a page. */
async function enrol({ id, email }: TestAccount, where: Page = page): Promise<void> {
  const relyingParty = relyingPartyOf(world.issuer, 'Latchkey')
  if (relyingParty === undefined) throw new Error('there are no passkeys for this issuer')
  const act = systemAct(new Date())
  const owner = { accountId: id, place: 'a test' }
  const person = { name: email, displayName: 'Ana Test' }
  const options = await beginPasskeyRegistration(world.db, relyingParty, { ...owner, ...person }, act)
  await where.goto(`${world.issuer}/`)
  const response = await where.evaluate<string>(`(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)})
    return JSON.stringify((await navigator.credentials.create({ publicKey })).toJSON())
  })()`)
  const outcome = await finishPasskeyRegistration(world.db, relyingParty, { ...owner, response }, act)
  expect(outcome.outcome).toBe('registered')
}

async function signIn({ email, password }: TestAccount): Promise<void> {
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await Promise.all([
    page.waitForNavigation(),
    page.locator('form[action$="/login"] button[type=submit]').click(),
  ])
}

/** To the page of the only passkey, by signing in with it. */
async function atOwnPasskey(): Promise<void> {
  await plugIn(page)
  await enrol(ana)
  await offerNothing(page)
  const [passkey] = await listPasskeys(world.db, ana.id)
  await page.goto(`${world.issuer}/account/security/passkeys/${passkey?.id}`)
  await button().click()
  await page.waitForURL(`**/account/security/passkeys/${passkey?.id}`)
}

/** Lets the page offer no passkeys by itself: the virtual device would take every offer as soon as it is made. */
async function offerNothing(where: Page): Promise<void> {
  await where.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
}

async function eventsOf({ id }: TestAccount) {
  return world.db
    .selectFrom('auditEvents')
    .select(['type', 'details'])
    .where('targetId', '=', id)
    .orderBy('id')
    .execute()
}
