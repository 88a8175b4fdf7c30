/**
 * The pages that the accessibility tests visit, one line each, and the world they stand in. Whoever adds a page adds its line
 * here: how to reach it, starting from an empty browser.
 */
import type { Page } from 'playwright-core'
import { grantAdministrator } from '../../src/domain/accounts/lifecycle.ts'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { invite, newInvitation } from '../../src/domain/accounts/invitations.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { giveUpPassword } from '../../src/oidc/compromised-password.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { askForCodes, deviceMetadata } from '../support/devices.ts'
import { linkTo } from '../support/mails.ts'
import type { Caller } from '../support/oauth.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'

/** A world with everybody the pages need. */
export interface VisitedWorld {
  readonly world: World
  readonly app: RelyingParty
  /** Asks for much, and can do without some of it. */
  readonly demanding: RelyingParty
  readonly api: TestApi
  /** An app without a browser. */
  readonly tv: Caller
  readonly ana: TestAccount
  readonly bob: TestAccount
  readonly setupToken: string
  /** Signs in and allows what is asked; the page ends at the app. */
  readonly signIn: (page: Page, account: TestAccount) => Promise<void>
  readonly close: () => Promise<void>
}

/** One page: its name, also that of its picture, and the way to it. */
export interface PageToVisit {
  readonly name: string
  readonly visit: (visited: VisitedWorld, page: Page) => Promise<void>
  /** Fields that are to be typed by hand on this page, to be sure that somebody means it. */
  readonly typedByHand?: readonly string[]
}

const longWord = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverwaltung'
const wishes = 'openid profile email address phone offline_access invoices:read invoices:write'

/** What `autocomplete` the fields may have, by their names. */
export const allowedAutocomplete: Readonly<Record<string, readonly string[]>> = {
  login: ['username', 'username webauthn'],
  email: ['email', 'username'],
  name: ['name'],
  password: ['current-password', 'new-password'],
  current_password: ['current-password'],
  new_password: ['new-password'],
  code: ['one-time-code'],
  current: ['current-password'],
  username: ['username'],
  given_name: ['given-name'],
  family_name: ['family-name'],
  nickname: ['nickname'],
  birthdate: ['bday'],
  phone_number: ['tel'],
  website: ['url'],
  picture: ['photo'],
  street_address: ['address-line1', 'street-address'],
  postal_code: ['postal-code'],
  locality: ['address-level2'],
  region: ['address-level1'],
  country: ['country-name'],
  // What a browser has nothing to fill in for.
  zoneinfo: ['off'],
  others: ['off'],
  remember: ['', 'off'],
  scope: ['off'],
  user_code: ['off'],
  trust: ['off'],
}

/** The pages. */
export const pagesToVisit: readonly PageToVisit[] = [
  { name: 'home', visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/`)) },
  { name: 'api-docs', visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/api/docs`)) },
  { name: 'sign-in', visit: async ({ app }, page) => void (await page.goto((await app.begin()).url)) },
  {
    name: 'sign-in-german',
    visit: async ({ app }, page) => void (await page.goto((await app.begin({ ui_locales: 'de' })).url)),
  },
  {
    name: 'wrong-password',
    visit: async ({ app, ana }, page) => {
      await page.goto((await app.begin()).url)
      await fillSignIn(page, { ...ana, password: 'something else entirely' })
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'password-given-up',
    visit: async ({ world, app }, page) => {
      const account = await world.makeAccount()
      await giveUpPassword(world.db, account.id, systemAct(new Date()))
      await page.goto((await app.begin()).url)
      await fillSignIn(page, account)
    },
  },
  {
    name: 'own-password',
    visit: async ({ world, app }, page) => {
      const account = await world.makeAccount()
      await world.db
        .updateTable('accounts')
        .set({ passwordTemporary: true })
        .where('id', '=', account.id)
        .execute()
      await page.goto((await app.begin()).url)
      await fillSignIn(page, account)
    },
  },
  {
    name: 'consent-short',
    visit: async ({ app, world }, page) => {
      await page.goto((await app.begin()).url)
      await fillSignIn(page, await world.makeAccount({ claims: { name: 'Ana Test' } }))
    },
  },
  {
    name: 'consent-long',
    visit: async ({ demanding, api, world }, page) => {
      const params = { scope: wishes, resource: api.identifier, prompt: 'consent login' }
      await page.goto((await demanding.begin(params)).url)
      const email = `very.long.local.part.of.an.address@${'sub.'.repeat(20)}${Date.now()}.example.com`
      const name = `${longWord} von und zu Test`
      await fillSignIn(page, await world.makeAccount({ email, claims: { name } }))
    },
  },
  {
    name: 'consent-german',
    visit: async ({ demanding, api, world }, page) => {
      const params = { scope: wishes, resource: api.identifier, ui_locales: 'de' }
      await page.goto((await demanding.begin(params)).url)
      await fillSignIn(page, await world.makeAccount())
    },
  },
  {
    name: 'device-code-wrong-german',
    visit: async ({ world }, page) => {
      await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
      await page.goto(`${world.issuer}/device`)
      await nameDevice(page, 'BBBB-BBBB')
    },
  },
  {
    name: 'device-confirmation-german',
    visit: async (visited, page) => {
      await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
      await reachDevice(visited, page)
    },
  },
  {
    name: 'device-done',
    visit: async (visited, page) => {
      await reachDevice(visited, page)
      await page.locator('button[value="allow"]').click()
      await page.locator('.status-mark').waitFor()
    },
  },
  {
    name: 'choose-account',
    visit: async ({ app, ana, bob, signIn }, page) => {
      await signIn(page, ana)
      await signIn(page, bob)
      await page.goto((await app.begin({ prompt: 'select_account' })).url)
      await page.locator('.account-list').waitFor()
    },
  },
  {
    name: 'sign-out',
    visit: async ({ world, ana, signIn }, page) => {
      await signIn(page, ana)
      await page.goto(`${world.issuer}/oauth/logout`)
    },
  },
  {
    name: 'signed-out',
    visit: async ({ world }, page) => {
      await page.goto(`${world.issuer}/oauth/logout`)
      await page.waitForURL(`${world.issuer}/oauth/logout/success`)
    },
  },
  {
    name: 'error-redirect-uri',
    visit: async ({ app }, page) => {
      await page.goto((await app.begin({ redirect_uri: 'https://evil.example/callback' })).url)
    },
  },
  { name: 'not-found', visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/nothing`)) },
  {
    name: 'sign-in-over',
    visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/sign-in/of-somebody-else`)),
  },
  {
    name: 'setup',
    visit: async ({ world, setupToken }, page) => {
      await page.goto(`${world.issuer}/setup/${setupToken}`)
    },
  },
  {
    name: 'setup-problem',
    visit: async ({ world, setupToken }, page) => {
      await page.goto(`${world.issuer}/setup/${setupToken}`)
      await page.locator('input[name=email]').fill('root@example.com')
      await page.locator('input[name=name]').fill('Root')
      await page.locator('input[name=password]').fill('too short')
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    },
  },
  {
    name: 'forgotten',
    visit: async ({ app }, page) => {
      await page.goto((await app.begin()).url)
      await page.goto(`${page.url()}/forgotten`)
    },
  },
  {
    name: 'forgotten-sent',
    visit: async ({ app, bob }, page) => {
      await page.goto((await app.begin()).url)
      await page.goto(`${page.url()}/forgotten`)
      await page.locator('input[name=login]').fill(bob.email)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    },
  },
  {
    name: 'reset-password',
    visit: async ({ world, app }, page) => {
      const { email } = await world.makeAccount()
      await page.goto((await app.begin()).url)
      await page.goto(`${page.url()}/forgotten`)
      await page.locator('input[name=login]').fill(email)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
      await page.goto((await linkTo(world, email, '/link/reset-password/')).href)
    },
  },
  {
    name: 'sign-up',
    visit: async ({ app }, page) => {
      await page.goto((await app.begin()).url)
      await page.goto(`${page.url()}/sign-up`)
    },
  },
  {
    name: 'invitation',
    visit: async ({ world }, page) => {
      const mailing = { seal: createSeal(world.config.sealingKeys), issuer: world.issuer }
      const email = 'invited@example.com'
      await invite(world.db, mailing, newInvitation.parse({ email }), systemAct(new Date()))
      await page.goto((await linkTo(world, email, '/link/invitation/')).href)
    },
  },
  {
    name: 'link-unusable',
    visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/link/reset-password/used`)),
  },
  {
    name: 'second-factor',
    visit: async ({ world, app }, page) => {
      const account = await world.makeAccount()
      await enrol(world, account.id, new Date())
      await page.goto((await app.begin()).url)
      await fillSignIn(page, account)
      await page.locator('input[name=code]').waitFor()
    },
  },
  {
    name: 'enrolment',
    visit: async ({ world, app }, page) => {
      const account = await world.makeAccount()
      await grantAdministrator(world.db, { id: account.id }, systemAct(new Date()))
      await page.goto((await app.begin()).url)
      await fillSignIn(page, account)
      await page.locator('h1').waitFor()
    },
  },
  ...[
    '/account',
    '/account/profile',
    '/account/sessions',
    '/account/apps',
    '/account/activity',
    '/account/data',
    '/account/profile/email',
    '/account/security',
    '/account/security/password',
    '/account/security/app',
    '/account/keys',
    '/account/data/delete',
  ].map((path) => ({
    name: path.slice(1).replaceAll('/', '-'),
    visit: (visited: VisitedWorld, page: Page) => signInToOwnPage(visited, page, path),
    typedByHand: path === '/account/data/delete' ? ['email'] : [],
  })),
  {
    name: 'setup-link-used',
    visit: async ({ world }, page) => void (await page.goto(`${world.issuer}/setup/unknown`)),
  },
]

/** Signs somebody in who comes to a page of ours, and waits until they stand on one. */
async function signInToOwnPage(visited: VisitedWorld, page: Page, path: string): Promise<void> {
  await page.goto(`${visited.world.issuer}${path}`)
  await fillSignIn(page, visited.ana)
  await page.waitForURL(`${visited.world.issuer}${path}`)
}

async function nameDevice(page: Page, userCode: string): Promise<void> {
  await page.locator('input[name=user_code]').fill(userCode)
  await Promise.all([page.waitForNavigation(), page.locator('form[action="/device"] button').click()])
}

/** Goes where a device is confirmed. */
async function reachDevice({ world, tv, api }: VisitedWorld, page: Page): Promise<void> {
  const scope = 'openid profile invoices:read'
  const { userCode } = await askForCodes(world, tv, { scope, resource: api.identifier })
  await page.goto(`${world.issuer}/device`)
  await nameDevice(page, userCode)
  await fillSignIn(page, await world.makeAccount({ claims: { name: 'Ana Test' } }))
}

/** Opens the world. */
export async function openVisitedWorld(): Promise<VisitedWorld> {
  const world = await openWorld({ env: { SIGN_UP: 'open' } })
  const setupToken = 'setup-token-of-this-test'
  const scopes = ['invoices:read', 'invoices:write']
  const api = await world.makeApi({ scopes, settings: { name: 'Invoices' } })
  const app = await openRelyingParty(world)
  const demanding = await openRelyingParty(world, {
    metadata: {
      client_name: `${longWord} App`,
      client_uri: 'https://gallery.example/',
      policy_uri: 'https://gallery.example/privacy',
      tos_uri: 'https://gallery.example/terms',
    },
    settings: { verified: true, optionalScopes: ['phone', 'address', 'invoices:write'] },
  })
  await world.permit({ type: 'client', id: demanding.client.id }, api, scopes)
  const tv = { ...(await world.makeClient({ metadata: deviceMetadata })), isPublic: true }
  await world.permit({ type: 'client', id: tv.id }, api, scopes)
  const link = { token: setupToken, expiresAt: new Date(Date.now() + 600_000) }
  await createSetupLink(world.db, link, systemAct(new Date()))
  return {
    world,
    app,
    demanding,
    api,
    tv,
    setupToken,
    ana: await world.makeAccount({ claims: { name: 'Ana Test' } }),
    bob: await world.makeAccount({ claims: { name: 'Bob Example' } }),
    signIn: async (page, account) => {
      await page.goto((await app.begin({ prompt: 'login' })).url)
      await fillSignIn(page, account)
      const consent = page.locator('button[value=allow]')
      await page.waitForURL(
        (url) => url.href.startsWith(app.redirectUri) || url.pathname.startsWith('/sign-in/'),
      )
      if (await consent.isVisible()) await consent.click()
      await page.waitForURL(`${app.redirectUri}?*`)
    },
    close: async () => {
      await app.close()
      await demanding.close()
      await world.close()
    },
  }
}

/** Fills in the sign-in page and presses its button. */
export async function fillSignIn(
  page: Page,
  { email, password }: Pick<TestAccount, 'email' | 'password'>,
): Promise<void> {
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await Promise.all([
    page.waitForNavigation(),
    page.locator('form[action$="/login"] button[type=submit]').first().click(),
  ])
}
