/** The console's door: who may open what, generated from the list of its pages. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administratorRoles } from '../../src/domain/administration/roles.ts'
import { withdrawRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { consolePages } from '../../src/web/admin/pages.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openBrowser } from '../support/browser.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

// Some hundred requests for each role, one after the other.
let world: World

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
})
afterAll(() => world.close())

describe('ASVS 8.2.1, API5: every page and every role', () => {
  test.each(administratorRoles)('$name', async ({ name, scopes }) => {
    const { browser, place } = await openConsole(world, {
      account: await makeAdministrator(world, name),
      path: '/admin/nothing-here',
    })
    const token = csrfOf((await browser.visit('/admin/signing-keys')) ?? place)
    for (const { method, path, needs } of consolePages) {
      const url = `/admin${path === '/' ? '' : path.replaceAll(/:\w+/g, 'unknown')}`
      const { status } = await open(browser, { method, url, token })
      const may = scopes.includes(needs)
      // Behind the permission anything may come of a made-up id or an empty form, but never "not yours".
      if (may) expect(status, `${name} ${method} ${url}`).not.toBe(403)
      else expect(status, `${name} ${method} ${url}`).toBe(403)
      expect(status, `${name} ${method} ${url}`).toBeLessThan(500)
    }
  })

  test('a person without a role opens nothing', async () => {
    const account = await world.makeAccount()
    const { browser, place } = await openConsole(world, { account, path: '/admin/signing-keys' })
    expect(place.status).toBe(403)
    expect(place.html).toContain('You administer nothing here')
    for (const { method, path } of consolePages) {
      const url = `/admin${path.replaceAll(/:\w+/g, 'unknown')}`
      expect((await open(browser, { method, url, token: 'x' })).status, url).toBe(403)
    }
  })

  test('nobody gets further than the sign-in', async () => {
    const browser = openBrowser(world)
    for (const { method, path } of consolePages) {
      const url = `/admin${path.replaceAll(/:\w+/g, 'unknown')}`
      const { status, headers } = await open(browser, { method, url, token: 'x' })
      if (method === 'GET')
        expect([status, headers.get('location')?.includes('/oauth/authorize')]).toEqual([303, true])
      else expect(status, url).toBe(401)
    }
  })
})

test('a role that was taken is gone with the next request', async () => {
  const account = await makeAdministrator(world, 'read-only')
  const { browser, place } = await openConsole(world, { account, path: '/admin/signing-keys' })
  expect(place.status).toBe(200)
  const owner = { type: 'account', id: account.id } as const
  await withdrawRole(world.db, { roleId: 'role_read_only', owner }, systemAct(new Date()))
  expect((await browser.visit('/admin/signing-keys')).status).toBe(403)
})

test('ASVS 7.5.3: whoever makes a key or a secret, or changes what a key may, signed in a moment ago', () => {
  const isOfKeys = ({ path, method }: (typeof consolePages)[number]) =>
    method === 'POST' && /^\/(?:keys|hygiene)/.test(path)
  const whenever = consolePages.filter((page) => isOfKeys(page) && page.fresh !== true)
  expect(whenever.map(({ path }) => path).toSorted()).toEqual([
    '/hygiene/apply',
    '/keys/:id/disable',
    '/keys/:id/enable',
    '/keys/:id/end-rotation',
    '/keys/:id/revoke',
  ])
})

test('CSRF: a form without the token of this session does nothing', async () => {
  const { browser, place } = await openConsole(world, { path: '/admin/signing-keys' })
  const other = await openConsole(world, { path: '/admin/signing-keys' })
  const before = await events('signing_key.created')
  for (const csrf of [undefined, '', 'x', csrfOf(other.place)]) {
    const body = new URLSearchParams({
      manner: 'announced',
      confirmed: 'yes',
      ...(csrf !== undefined && { csrf }),
    })
    const { status } = await browser.send('/admin/signing-keys/rotate', {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
      body,
    })
    expect(status).toBe(403)
  }
  const foreign = await browser.send('/admin/signing-keys/rotate', {
    method: 'POST',
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ manner: 'announced', confirmed: 'yes', csrf: csrfOf(place) }),
  })
  expect(foreign.status).toBe(403)
  expect(await events('signing_key.created')).toBe(before)
})

test('ASVS 7.5.3, 6.8.4: with a second factor demanded, a password alone opens no page', async () => {
  const strict = await openWorld()
  const account = await makeAdministrator(strict)
  const { place, browser } = await openConsole(strict, { account, path: '/admin/signing-keys' })
  expect(place.html).not.toContain('Replace all keys')
  expect((await browser.visit('/admin/signing-keys')).html).not.toContain('Replace all keys')
  await strict.close()
})

test('keys are announced by one press, and the page says so; the log names who did it', async () => {
  const { browser, place, account } = await openConsole(world, { path: '/admin/signing-keys' })
  const after = await browser.submit(place, { action: '/signing-keys/rotate' })
  expect(after.url.pathname).toBe('/admin/signing-keys')
  expect(after.html).toContain('It was rotated.')
  const [event] = await world.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('type', '=', 'signing_key.created')
    .where('actorId', '=', account.id)
    .limit(1)
    .execute()
  expect(event).toMatchObject({ actorType: 'account' })
})

async function events(type: string): Promise<number> {
  const rows = await world.db.selectFrom('auditEvents').select('id').where('type', '=', type).execute()
  return rows.length
}

function open(browser: Browser, wanted: { method: string; url: string; token: string }): Promise<Response> {
  const { method, url, token } = wanted
  if (method === 'GET') return browser.send(url, { headers: { 'sec-fetch-site': 'none' } })
  return browser.send(url, {
    method,
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ csrf: token }),
  })
}

function csrfOf({ forms }: Place): string {
  return forms.map(({ fields }) => fields['csrf']).find((value) => value !== undefined) ?? ''
}
