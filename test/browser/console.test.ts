/**
 * The console in a real browser: every page obeys its own policy, raises no error, has one heading, and fits a narrow phone.
 * With SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark.
 */
import { sql } from 'kysely'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requireClient } from '../../src/domain/clients/client.ts'
import { changeClient } from '../../src/domain/clients/lifecycle.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { seriousViolations } from '../support/axe.ts'
import { seedApps } from '../support/console-apps.ts'
import { seedKeys } from '../support/console-keys.ts'
import { makeAdministrator, withoutSecondFactor } from '../support/console.ts'
import { seedPeople } from '../support/console-people.ts'
import { looksRight as pageLooksRight } from '../support/looks.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let chromium: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

describe.skipIf(chromiumMissing !== undefined)(inChromium('the console in a real browser'), () => {
  beforeAll(async () => {
    world = await openWorld({ env: withoutSecondFactor })
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium?.close()
    await world?.close()
  })
  beforeEach(async () => {
    // Nothing is on its way from one colour to another while it is looked at.
    context = await chromium.newContext({ reducedMotion: 'reduce' })
    page = await context.newPage()
    complaints = watchForComplaints(page)
    await signInAt('/admin/signing-keys')
  })
  afterEach(() => context.close())

  test('the overview, with and without anything to see', async () => {
    await page.goto(`${world.issuer}/admin`)
    await looksRight('overview-empty')
    await seedActivity()
    await page.goto(`${world.issuer}/admin?span=week`)
    await looksRight('overview')
    expect(complaints).toEqual([])
  })

  test('signing keys, and asking before they are replaced', async () => {
    await looksRight('signing-keys')
    await page.getByRole('link', { name: 'A key is compromised' }).click()
    await looksRight('signing-keys-compromised')
    expect(complaints).toEqual([])
  })

  test('accounts: the list, one, new ones, changes, and the questions before they end', async () => {
    const { ana, passkeyId } = await seedPeople(world)
    const of = `/admin/accounts/${ana.id}`
    await lookAt({
      accounts: '/admin/accounts',
      'accounts-none': '/admin/accounts?search=nobody-at-all',
      account: of,
      'account-new': '/admin/accounts/new',
      'account-change': `${of}/change`,
      'account-disable': `${of}/disable`,
      'account-delete': `${of}/delete`,
      'account-give-up': `${of}/give-up-password`,
      'account-factors': `${of}/remove-factors`,
      'account-factor': `${of}/factors/${passkeyId}/remove`,
      'account-apis': `${of}/permissions`,
      'account-permissions': `${of}/permissions/management`,
      invitations: '/admin/invitations',
    })
  })

  test('sessions, grants and their end; incidents and their result', async () => {
    const { ana } = await seedPeople(world)
    await lookAt({
      sessions: '/admin/sessions',
      'sessions-nobody': '/admin/sessions?account=half',
      'sessions-of': `/admin/sessions?account=${ana.id}`,
      grants: '/admin/grants',
      'sessions-end': `/admin/accounts/${ana.id}/end-sessions`,
      incident: `/admin/incident/account/${ana.id}`,
    })
    await page.locator('input[name=reason]').fill('A laptop was stolen on the train.')
    await page.getByRole('button', { name: 'End everything now' }).click()
    await page.waitForURL('**/result')
    await looksRight('incident-result')
    expect(complaints).toEqual([])
  })

  test('roles, administrators, members, forms and questions', async () => {
    const { ana, roleId } = await seedPeople(world)
    const of = `/admin/roles/${roleId}`
    await lookAt({
      roles: '/admin/roles',
      administrators: '/admin/administrators',
      role: of,
      'role-built-in': '/admin/roles/role_support',
      'role-new': '/admin/apis/management/roles/new',
      'role-change': `${of}/change`,
      'role-delete': `${of}/delete`,
      'role-add': `${of}/add?search=ana`,
      'role-remove': `${of}/members/account/${ana.id}/remove`,
    })
  })

  test('clients: the list, one of each kind, forms, secrets, and permissions', async () => {
    const { shop, report, guard, api, secretId } = await seedApps(world)
    const of = `/admin/clients/${shop.id}`
    await lookAt({
      clients: '/admin/clients',
      'clients-none': '/admin/clients?search=nothing-has-this',
      client: of,
      'client-own': '/admin/clients/latchkey-console',
      'client-api': `/admin/clients/${guard.id}`,
      'client-kinds': '/admin/clients/new',
      'client-new': '/admin/clients/new?type=web',
      'client-new-service': '/admin/clients/new?type=service',
      'client-change': `${of}/change`,
      'client-new-secret': `/admin/clients/${report.id}/secrets/new`,
      'client-expire-secret': `${of}/secrets/${secretId}/expire`,
      'client-revoke-secret': `${of}/secrets/${secretId}/revoke`,
      'client-apis': `${of}/permissions`,
      'client-permissions': `${of}/permissions/${api.id}`,
      'client-disable': `${of}/disable`,
      'client-delete': `${of}/delete`,
    })
  })

  test('connecting a client of each kind', async () => {
    const { shop, spa, native, report, guard } = await seedApps(world)
    await lookAt({
      'connect-web': `/admin/clients/${shop.id}/connect`,
      'connect-browser': `/admin/clients/${spa.id}/connect`,
      'connect-native': `/admin/clients/${native.id}/connect`,
      'connect-service': `/admin/clients/${report.id}/connect`,
      'connect-api': `/admin/clients/${guard.id}/connect`,
    })
  })

  test('registering a client by keyboard: what is wrong is said, then the secret is shown and copied', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`${world.issuer}/admin/clients/new?type=web`)
    await page.getByLabel('Name', { exact: true }).fill('Shop')
    await page.getByLabel('Redirect URIs', { exact: true }).fill('https://shop.example/*')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.locator('#redirect_uris-error').waitFor()
    await looksRight('client-new-wrong')
    expect(await seriousViolations(page)).toEqual([])
    await page.getByLabel('Redirect URIs', { exact: true }).fill('https://shop.example/callback')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.locator('#client-secret').waitFor()
    await looksRight('client-secret')
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(copied).toBe((await page.locator('#client-secret').textContent())?.trim())
    expect(complaints).toEqual([])
  })

  test('APIs: the list, one, forms, scopes, who may ask, and the questions', async () => {
    const { api, guard } = await seedApps(world)
    const of = `/admin/apis/${api.id}`
    await lookAt({
      apis: '/admin/apis',
      'apis-none': '/admin/apis?search=nothing-has-this',
      api: of,
      'api-built-in': '/admin/apis/management',
      'api-new': '/admin/apis/new',
      'api-change': `${of}/change`,
      'api-scope-new': `${of}/scopes/new`,
      'api-scope-describe': `${of}/scopes/describe?scope=invoices:read`,
      'api-scope-remove': `${of}/scopes/remove?scope=invoices:read`,
      'api-introspectors': `${of}/introspectors`,
      'api-introspector-remove': `${of}/introspectors/remove?client=${guard.id}`,
      'api-disable': `${of}/disable`,
      'api-delete': `${of}/delete`,
    })
  })

  test('clients and APIs in German, and what axe-core says of them in the dark', async () => {
    const { shop, guard, api } = await seedApps(world)
    await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
    const pages = {
      'de-clients': '/admin/clients',
      'de-client': `/admin/clients/${shop.id}`,
      'de-client-change': `/admin/clients/${shop.id}/change`,
      'de-connect': `/admin/clients/${guard.id}/connect`,
      'de-api': `/admin/apis/${api.id}`,
      'de-api-new': '/admin/apis/new',
    }
    await lookAt(pages)
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(`${world.issuer}${path}`)
      expect(await seriousViolations(page), name).toEqual([])
    }
  })

  test.each(['en', 'de'])('the audit log, in %s', async (language) => {
    const event = await seedChange()
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt({
      [`${language}-audit`]: '/admin/audit',
      [`${language}-audit-filtered`]: '/admin/audit?type=client.*&from=2020-01-01T00:00',
      [`${language}-audit-none`]: '/admin/audit?address=203.0.113.250',
      [`${language}-audit-event`]: `/admin/audit/${event}`,
    })
  })

  test.each(['en', 'de'])('settings, a brand and health, in %s', async (language) => {
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    const wishes = 'name=Acme+%26+Sons&accent=%23c2410c&heading=Welcome+back'
    await lookAt({
      [`${language}-settings`]: '/admin/settings',
      [`${language}-settings-brand`]: `/admin/settings/brand?${wishes}`,
      [`${language}-settings-preview`]: `/admin/settings/preview?${wishes}`,
      [`${language}-health`]: '/admin/health',
    })
  })

  test.each(['en', 'de'])(
    'API keys: the list, one, every step of issuing, and the questions, in %s',
    async (language) => {
      const { service, api, busy, revoked } = await seedKeys(world)
      await page.setExtraHTTPHeaders({ 'accept-language': language })
      const of = `/admin/keys/${busy.id}`
      const pages = {
        keys: '/admin/keys',
        'keys-none': '/admin/keys?search=nothing-has-this',
        'keys-nobody': '/admin/keys?owner=nobody@example.test',
        key: of,
        'key-revoked': `/admin/keys/${revoked.id}`,
        'key-owner': '/admin/keys/new?search=nightly',
        'key-api': `/admin/keys/new?owner=client:${service.id}`,
        'key-new': `/admin/keys/new?owner=client:${service.id}&api=${api.id}`,
        'key-change': `${of}/change`,
        'key-rotate': `${of}/rotate`,
        'key-end-rotation': `${of}/end-rotation`,
        'key-revoke': `${of}/revoke`,
        'key-delete': `${of}/delete`,
      }
      await lookAt(
        Object.fromEntries(
          Object.entries(pages).map(([name, path]) => [`${language}-${name}`, path] as const),
        ),
      )
    },
  )

  test('a key is issued by hand: what is wrong is said, then the secret is shown and copied', async () => {
    const { service, api } = await seedKeys(world)
    await page.goto(`${world.issuer}/admin/keys/new?owner=client:${service.id}&api=${api.id}`)
    await page.locator('input[name=name]').fill('Made by hand')
    await page.locator('textarea[name=addresses]').fill('10.0.0.0/8\nsomewhere')
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('somewhere is not an address').waitFor()
    await looksRight('key-new-wrong')
    expect(await seriousViolations(page)).toEqual([])
    await page.locator('textarea[name=addresses]').fill('')
    await page.getByLabel('invoices:read').check()
    await page.locator('select[name=expiry]').selectOption('never')
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('This key never ends').waitFor()
    await looksRight('key-secret')
    expect(await seriousViolations(page)).toEqual([])
    // The refused form was answered as one; everything else went well.
    expect(complaints.filter((line) => !line.includes('400'))).toEqual([])
  })

  test.each(['en', 'de'])('key hygiene, and undoing what it did, in %s', async (language) => {
    const { idle } = await seedKeys(world)
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt({
      [`${language}-hygiene`]: '/admin/hygiene',
      [`${language}-hygiene-none`]: '/admin/hygiene?finding=idle&owner=nobody',
      [`${language}-hygiene-expire`]: `/admin/hygiene/confirm?proposal=expire&key=${idle.id}`,
      [`${language}-hygiene-revoke`]: `/admin/hygiene/confirm?proposal=revoke&key=${idle.id}`,
    })
    await page.goto(`${world.issuer}/admin/hygiene/confirm?proposal=expire&key=${idle.id}`)
    await page.locator('button[name=confirmed]').click()
    await page.locator('form[action$="/undo"]').waitFor()
    await looksRight(`${language}-hygiene-done`)
    expect(await seriousViolations(page)).toEqual([])
  })

  test.each(['en', 'de'])('what would happen, in %s', async (language) => {
    const { busy, revoked } = await seedKeys(world)
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt({ [`${language}-explain`]: '/admin/explain' })
    const explained = async (name: string, credential: string, scope: string): Promise<void> => {
      await page.goto(`${world.issuer}/admin/explain`)
      await page.locator('textarea[name=credential]').fill(credential)
      await page.locator('input[name=scope]').fill(scope)
      await page.locator('input[name=address]').fill('203.0.113.9')
      await page.locator('form[action$="/explain"] button').click()
      await page.locator('.explained').waitFor()
      await looksRight(`${language}-${name}`)
      expect(await seriousViolations(page), name).toEqual([])
    }
    await explained('explain-good', busy.text, 'invoices:read')
    await explained('explain-lost', busy.text, 'reports:read')
    await explained('explain-revoked', revoked.text, '')
    expect(complaints).toEqual([])
  })

  test('accounts in German', async () => {
    const { ana, roleId } = await seedPeople(world)
    await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
    await lookAt({
      'de-accounts': '/admin/accounts',
      'de-account': `/admin/accounts/${ana.id}`,
      'de-sessions': '/admin/sessions',
      'de-role': `/admin/roles/${roleId}`,
      'de-incident': `/admin/incident/account/${ana.id}`,
    })
  })
})

/** Looks at pages one after the other. */
async function lookAt(pages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    for (const colorScheme of ['dark', 'light'] as const) {
      // Loaded anew: colours that are still on their way from one theme to the other are nobody's.
      await page.emulateMedia({ colorScheme })
      await page.goto(`${world.issuer}${path}`)
      expect(await seriousViolations(page), `${name}, ${colorScheme}`).toEqual([])
    }
    await looksRight(name)
  }
  expect(complaints).toEqual([])
}

async function signInAt(path: string): Promise<void> {
  const { email, password } = await makeAdministrator(world)
  await page.goto(`${world.issuer}${path}`)
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('form[action$="/login"] button[type=submit]').click()
  await page.waitForURL(`${world.issuer}${path}`)
}

/** A client that was changed; answers the event that tells of it. */
async function seedChange(): Promise<number> {
  const { id } = await world.makeClient({ metadata: { client_name: 'Nightly report', grant_types: [] } })
  const { version, metadata } = await requireClient(world.db, id)
  const changed = { ...metadata, client_name: 'Nightly invoices', tos_uri: 'https://example.com/terms' }
  const act = {
    actor: { type: 'client', id },
    now: new Date(),
    requestId: 'req_4fTq',
    address: '203.0.113.9',
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36',
  } as const
  await changeClient(world.db, { id, version, metadata: changed }, act)
  const { rows } = await sql<{ id: number }>`select max(id) as id from audit_events`.execute(world.db)
  return rows[0]?.id ?? 0
}

/** A week of a small installation. */
async function seedActivity(): Promise<void> {
  const client = await world.makeClient({ metadata: { client_name: 'Nightly report', grant_types: [] } })
  await sql`insert into activity_hours (hour, kind, subject, outcome, number)
    select date_trunc('hour', now()) - make_interval(hours => h), kind, subject, outcome,
      (10 + 8 * sin(h / 4.0) + (h * 7 % 11))::int * factor
    from generate_series(0, 167) h, (values ('sign_in', '', 'authenticated', 1), ('sign_in', '', 'rejected', 1),
      ('token', ${client.id}, 'client_credentials', 20), ('verification', ${client.id}, 'allowed', 300),
      ('verification', ${client.id}, 'insufficient_scope', 4)) as k (kind, subject, outcome, factor)`.execute(
    world.db,
  )
}

/** What is asked of every page, at every width. */
async function looksRight(name: string): Promise<void> {
  const problems = world.logLines.filter((line) => line.includes('"level":"error"'))
  expect(problems, `${name} raises no error on the server`).toEqual([])
  await pageLooksRight(page, `console-${name}`)
}
