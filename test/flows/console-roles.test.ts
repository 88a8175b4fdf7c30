/** Roles in the console: made, changed, given, taken and deleted, and what nobody can do. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administratorPermissions } from '../../src/domain/administration/permissions.ts'
import { rolesOfApi, rolesOfOwner } from '../../src/domain/apis/roles.ts'
import type { Browser, Place } from '../support/browser.ts'
import { postFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, World } from '../support/world.ts'

let world: World
let owner: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  owner = (await openConsole(world)).browser
})
afterAll(() => world.close())

async function makeRole(api: TestApi, name: string): Promise<Place> {
  const form = await owner.visit(`/admin/apis/${api.id}/roles/new`)
  return owner.submit(form, { action: '/roles/new', fields: { name, scope: 'read' } })
}

test('a role is made of an API’s scopes, changed, and its page says what it gives', async () => {
  const api = await world.makeApi({ scopes: ['read', 'write'] })
  const made = await makeRole(api, 'Reader')
  expect(made.html).toContain('It was made.')
  expect(made.html).toContain('Nobody has this role yet.')
  const changed = await owner.submit(await owner.visit(`${made.url.pathname}/change`), {
    action: '/change',
    fields: { name: 'Reader of all', scope: 'write' },
  })
  expect(changed.html).toContain('Reader of all')
  const [role] = await rolesOfApi(world.db, api.id)
  expect(role?.name).toBe('Reader of all')
  const twice = await makeRole(api, 'Reader of all')
  expect([twice.status, twice.html.includes('a role with this name already')]).toEqual([400, true])
})

test('T14: a role that somebody else changed meanwhile is not overwritten', async () => {
  const api = await world.makeApi({ scopes: ['read', 'write'] })
  const { url } = await makeRole(api, 'Shared')
  const [first, second] = [
    await owner.visit(`${url.pathname}/change`),
    await owner.visit(`${url.pathname}/change`),
  ]
  await owner.submit(first, { action: '/change', fields: { name: 'Mine' } })
  const late = await owner.submit(second, { action: '/change', fields: { name: 'Late' } })
  expect([late.status, late.html.includes('Somebody else changed this meanwhile.')]).toEqual([409, true])
  expect((await rolesOfApi(world.db, api.id)).map(({ name }) => name)).toEqual(['Mine'])
})

test('a role is given to accounts and clients that were searched for, and taken after a question', async () => {
  const api = await world.makeApi({ scopes: ['read'] })
  const { url } = await makeRole(api, 'Helper')
  const account = await world.makeAccount({ email: 'helper@roles.example' })
  const client = await world.makeClient({ metadata: { client_name: 'Helper bot', grant_types: [] } })
  const found = await owner.visit(`${url.pathname}/add?search=helper`)
  expect(found.html).toContain('helper@roles.example')
  expect(found.html).toContain('Helper bot')
  for (const [type, id] of Object.entries({ account: account.id, client: client.id })) {
    expect(await post(owner, found, `${url.pathname}/add`, { type, owner: id })).toBe(303)
  }
  const given = await owner.visit(url.pathname)
  expect(given.html).toContain('Who has it (2)')
  const member = { type: 'account', id: account.id } as const
  expect(await rolesOfOwner(world.db, member)).toHaveLength(1)
  const ask = await owner.visit(`${url.pathname}/members/account/${account.id}/remove`)
  expect(ask.html).toContain('read')
  const taken = await owner.submit(ask, { action: '/remove' })
  expect(taken.html).toContain('Who has it (1)')
  expect(await rolesOfOwner(world.db, member)).toEqual([])
})

test('a deleted role takes its scopes from its members, who were counted before', async () => {
  const api = await world.makeApi({ scopes: ['read'] })
  const { url } = await makeRole(api, 'Gone')
  const account = await world.makeAccount()
  const found = await owner.visit(`${url.pathname}/add?search=${account.id}`)
  await post(owner, found, `${url.pathname}/add`, { type: 'account', owner: account.id })
  const ask = await owner.visit(`${url.pathname}/delete`)
  expect(ask.html).toContain('Accounts and clients that have it: 1.')
  await owner.submit(ask, { action: '/delete' })
  expect(await rolesOfOwner(world.db, { type: 'account', id: account.id })).toEqual([])
  expect((await owner.visit(url.pathname)).status).toBe(404)
})

test('built-in roles are shown and not changed', async () => {
  const page = await owner.visit('/admin/roles/role_support')
  expect(page.html).toContain('This role is part of the server')
  for (const act of ['change', 'delete']) {
    expect((await owner.visit(`/admin/roles/role_support/${act}`)).status, act).toBeGreaterThanOrEqual(400)
    const status = await post(owner, page, `/admin/roles/role_support/${act}`, {
      confirmed: 'yes',
      name: 'x',
    })
    expect([400, 403, 409], act).toContain(status)
  }
  expect((await rolesOfApi(world.db, 'management')).find(({ id }) => id === 'role_support')?.name).toBe(
    'support',
  )
})

test('the last owner stays, in a plain sentence', async () => {
  const alone = await openWorld({ env: withoutSecondFactor })
  const { browser, account } = await openConsole(alone)
  const page = await browser.visit('/admin/administrators')
  expect(page.html).toContain(account.email)
  const ask = await browser.visit(`/admin/roles/role_owner/members/account/${account.id}/remove`)
  const refused = await browser.submit(ask, { action: '/remove' })
  expect([refused.status, refused.html.includes('This is the last owner who can sign in.')]).toEqual([
    409,
    true,
  ])
  expect((await administratorPermissions(alone.db, account.id)).size).toBeGreaterThan(0)
  await alone.close()
})

test('API5: security and support give nobody an administrator role, themselves included', async () => {
  for (const name of ['security', 'support', 'read-only'] as const) {
    const { browser, account } = await openConsole(world, { account: await makeAdministrator(world, name) })
    const page = await browser.visit('/admin/roles')
    const before = await administratorPermissions(world.db, account.id)
    const fields = { type: 'account', owner: account.id, confirmed: 'yes' }
    expect(await post(browser, page, '/admin/roles/role_owner/add', fields), name).toBe(403)
    expect(await administratorPermissions(world.db, account.id)).toEqual(before)
  }
})

test('hostile members and searches find nobody', async () => {
  for (const search of ['%00', '%25', '%3Cscript%3E', '_']) {
    const { status, html } = await owner.visit(`/admin/roles/role_support/add?search=${search}`)
    expect([status, html.includes('<script>')], search).toEqual([200, false])
  }
  const page = await owner.visit('/admin/roles/role_support/add')
  for (const fields of [
    {},
    { type: 'realm', owner: 'x' },
    { type: 'account', owner: '../x' },
    { type: 'account', owner: 'acc_nobody' },
  ]) {
    const status = await post(owner, page, '/admin/roles/role_support/add', fields)
    expect([303, 400, 404], JSON.stringify(fields)).toContain(status)
  }
  expect((await owner.visit('/admin/roles/role_support')).html).toContain('Who has it (')
})

async function post(...sent: Parameters<typeof postFields>): Promise<number> {
  return (await postFields(...sent)).status
}
