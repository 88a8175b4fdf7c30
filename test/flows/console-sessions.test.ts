/** Sessions and grants in the console: whose, where, and their end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import type { Administrator } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: Administrator

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  owner = await openConsole(world)
})
afterAll(() => world.close())

async function signedIn(): Promise<Administrator> {
  return openConsole(world, { account: await makeAdministrator(world, 'read-only') })
}

test('a session is found by its account, in every way to name it, and ends with one press', async () => {
  const person = await signedIn()
  const { id, email } = person.account
  for (const name of [id, email, email.toUpperCase()]) {
    const { html } = await owner.browser.visit(`/admin/sessions?account=${encodeURIComponent(name)}`)
    expect(html.split(`/admin/accounts/${id}"`).length - 1, name).toBe(1)
  }
  const list = await owner.browser.visit(`/admin/sessions?account=${id}`)
  const after = await owner.browser.submit(list, { action: '/end' })
  expect(after.url.searchParams.get('account')).toBe(id)
  expect(after.html).toContain('It was ended, on every instance.')
  expect((await person.browser.visit('/admin')).trail[0]).toBe('303 /admin')
})

test('grants are found by account and app, and one ends without the others', async () => {
  const person = await signedIn()
  const { id } = person.account
  const list = await owner.browser.visit(`/admin/grants?account=${id}&client=latchkey-console`)
  expect(list.html).toContain(`/admin/accounts/${id}"`)
  expect((await owner.browser.visit(`/admin/grants?account=${id}&client=latchkey-account`)).html).toContain(
    'Nothing matches.',
  )
  await owner.browser.submit(list, { action: '/end' })
  const grants = await world.db
    .selectFrom('oidcGrants')
    .select('id')
    .where('accountId', '=', id)
    .where('revokedAt', 'is', null)
    .execute()
  expect(grants).toEqual([])
})

test('half a name shows nobody, and not everybody', async () => {
  const person = await signedIn()
  const { html } = await owner.browser.visit('/admin/sessions?account=p_')
  expect(html).toContain('Nothing is called “p_”.')
  expect(html).not.toContain(person.account.id)
})

test('all sessions and grants of an account end after a question that counts them', async () => {
  const person = await signedIn()
  const ask = await owner.browser.visit(`/admin/accounts/${person.account.id}/end-sessions`)
  expect(ask.html).toContain('Sessions that end, in every browser: 1.')
  const after = await owner.browser.submit(ask, { action: '/end-sessions' })
  expect(after.html).toContain('Nothing matches.')
  expect((await person.browser.visit('/admin')).trail[0]).toBe('303 /admin')
})

test('API1, API5: made-up ids end nothing, and whoever only reads ends nothing', async () => {
  const reader = await signedIn()
  const page = await reader.browser.visit('/admin/sessions')
  expect(page.html).not.toContain('/end"')
  for (const [browser, status] of [
    [owner.browser, 404],
    [reader.browser, 403],
  ] as const) {
    const list = await browser.visit('/admin/sessions')
    for (const path of [
      '/admin/sessions/made-up/end',
      '/admin/grants/made-up/end',
      "/admin/sessions/'%00/end",
    ]) {
      const answer = await postFields(browser, list, path, {})
      expect([400, status], path).toContain(answer.status)
    }
  }
})

test('a place of another list is no place here', async () => {
  const place = encodeURIComponent('["someone@example.com","acc_x"]')
  for (const list of ['sessions', 'grants', 'roles/role_owner', 'accounts']) {
    expect((await owner.browser.visit(`/admin/${list}?after=${place}`)).status, list).toBe(400)
  }
})

test('a form cannot send the browser anywhere else', async () => {
  const person = await signedIn()
  const list = await owner.browser.visit(`/admin/sessions?account=${person.account.id}`)
  const after = await owner.browser.submit(list, {
    action: '/end',
    fields: { list: 'account=x&next=//evil.example&client=%0d%0aset-cookie:a' },
  })
  expect(after.url.origin).toBe(world.issuer)
  expect(after.url.pathname).toBe('/admin/sessions')
})
