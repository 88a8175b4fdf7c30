/** Accounts in the console: found, made, changed, paused and deleted, and who may not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/domain/accounts/account.ts'
import { changeAccount } from '../../src/domain/accounts/change.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { replaceRecoveryCodes } from '../../src/domain/second-factors/recovery-codes.ts'
import type { Browser, Place } from '../support/browser.ts'
import { postFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { linkTo, mailsTo } from '../support/mails.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  owner = (await openConsole(world)).browser
})
afterAll(() => world.close())

describe('the list', () => {
  test('finds by the beginning of an address, a name or an id, in any case, each account once', async () => {
    const account = await world.makeAccount({ email: 'Zora@Find.example', claims: { name: 'Zora Unusual' } })
    for (const search of ['ZORA@find', 'zora', 'Zora Unu', account.id, account.id.slice(0, 12)]) {
      const { html } = await owner.visit(`/admin/accounts?search=${encodeURIComponent(search)}`)
      expect(html.split(`/admin/accounts/${account.id}"`).length - 1, search).toBe(1)
    }
  })

  test('filters narrow it, together and alone', async () => {
    const administrator = await makeAdministrator(world, 'support')
    const has = async (query: string) =>
      (await owner.visit(`/admin/accounts?${query}`)).html.includes(administrator.id)
    const search = `search=${encodeURIComponent(administrator.email)}`
    expect(await has(`${search}&administrators=yes&state=enabled&factor=no`)).toBe(true)
    expect(await has(`${search}&administrators=no`)).toBe(false)
    expect(await has(`${search}&state=disabled`)).toBe(false)
    expect(await has(`${search}&factor=yes`)).toBe(false)
  })

  test('every account stands on exactly one page, with and without a search', async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, index) => world.makeAccount({ email: `paged-${index}@list.example` })),
    )
    for (const query of ['', '?search=paged-']) {
      const seen = await idsOfAllPages(owner, `/admin/accounts${query}`)
      expect(made.filter(({ id }) => seen.filter((each) => each === id).length !== 1)).toEqual([])
    }
  })

  test.each([
    '%25',
    '_',
    '%5C',
    "'",
    '%00',
    '%F0%9F%98%80',
    '%3Cscript%3E',
    '%ED%A0%80',
    `x${'a'.repeat(3)}%0a`,
  ])('a hostile search, %s, finds nothing and breaks nothing', async (search) => {
    for (const rest of ['&state=x', '&after=x', '&after=%5B%22a%22%2C%22b%22%5D', 'a'.repeat(3000)]) {
      const { status, html } = await owner.visit(`/admin/accounts?search=${search}${rest}`)
      expect([200, 400], rest).toContain(status)
      expect(html).not.toContain('<script>')
    }
  })
})

test('an account is made with and without a password; a taken address and a weak password are told at the field', async () => {
  const form = await owner.visit('/admin/accounts/new')
  const fields = { email: 'made@console.example', name: 'Made Here', email_verified: 'yes' }
  const made = await owner.submit(form, { action: '/accounts/new', fields })
  expect(made.html).toContain('It was made.')
  expect(made.html).toContain('Made Here')
  const twice = await owner.submit(form, { action: '/accounts/new', fields })
  expect([twice.status, twice.html.includes('Another account has this address.')]).toEqual([400, true])
  const weak = await owner.submit(form, {
    action: '/accounts/new',
    fields: { email: 'weak@console.example', password: 'short' },
  })
  expect([weak.status, weak.html.includes('The password needs at least 15 characters.')]).toEqual([400, true])
  expect(weak.html).not.toContain('value="short"')
})

test('v5.0.0-6.4.1: a password is called temporary for as long as it is the one somebody else chose', async () => {
  const form = await owner.visit('/admin/accounts/new')
  const fields = { email: 'temporary@console.example', password: 'chosen by somebody else' }
  const made = await owner.submit(form, { action: '/accounts/new', fields })
  expect(made.html).toContain('Somebody else chose it')
  const { id } = await world.makeAccount()
  expect((await owner.visit(`/admin/accounts/${id}`)).html).not.toContain('Somebody else chose it')
})

test('T14: a change of what somebody else changed meanwhile is shown as it was typed, and nothing is lost', async () => {
  const { id } = await world.makeAccount({ claims: { name: 'First', zoneinfo: 'Europe/Paris' } })
  const form = await owner.visit(`/admin/accounts/${id}/change`)
  const before = await findAccount(world.db, id)
  await changeAccount(
    world.db,
    { id, version: before?.version ?? 0, change: { claims: { name: 'Second' } } },
    systemAct(new Date()),
  )
  const conflict = await owner.submit(form, { action: '/change', fields: { name: 'Third' } })
  expect([conflict.status, conflict.html.includes('Somebody else changed this meanwhile.')]).toEqual([
    409,
    true,
  ])
  expect(conflict.html).toContain('value="Third"')
  expect((await findAccount(world.db, id))?.claims.name).toBe('Second')
  const saved = await owner.submit(conflict, { action: '/change' })
  expect(saved.html).toContain('The changes were saved.')
  expect((await findAccount(world.db, id))?.claims.name).toBe('Third')
})

test('T34: another address is unverified, though the form was ticked for the one before', async () => {
  const { id } = await world.makeAccount()
  const tick = { email_verified: 'yes' }
  await owner.submit(await owner.visit(`/admin/accounts/${id}/change`), { action: '/change', fields: tick })
  expect((await findAccount(world.db, id))?.emailVerifiedAt).toBeInstanceOf(Date)
  const moved = { email: `moved-${id.slice(4, 12)}@other.example` }
  await owner.submit(await owner.visit(`/admin/accounts/${id}/change`), { action: '/change', fields: moved })
  expect(await findAccount(world.db, id)).toMatchObject({ ...moved, emailVerifiedAt: undefined })
})

test('ASVS 7.4.2: disabling and deleting name what ends, ask, and end it', async () => {
  const victim = await openConsole(world, { account: await makeAdministrator(world, 'read-only') })
  const page = `/admin/accounts/${victim.account.id}`
  const ask = await owner.visit(`${page}/disable`)
  expect(ask.html).toContain('Sessions that end: 1.')
  const disabled = await owner.submit(ask, { action: '/disable' })
  expect(disabled.html).toContain('Nobody can sign in to it.')
  expect((await victim.browser.visit('/admin')).trail[0]).toBe('303 /admin')
  const enabled = await owner.submit(disabled, { action: '/enable' })
  expect(enabled.html).toContain('It was enabled again.')
  const gone = await owner.submit(await owner.visit(`${page}/delete`), { action: '/delete' })
  expect(gone.url.pathname).toBe('/admin/accounts')
  expect((await owner.visit(page)).status).toBe(404)
})

test('the last owner stays, and the page says so', async () => {
  const alone = await openWorld({ env: withoutSecondFactor })
  const { browser, account } = await openConsole(alone)
  for (const act of ['disable', 'delete']) {
    const refused = await browser.submit(await browser.visit(`/admin/accounts/${account.id}/${act}`), {
      action: `/${act}`,
    })
    expect([refused.status, refused.html.includes('This is the last owner who can sign in.')]).toEqual([
      409,
      true,
    ])
  }
  expect((await browser.visit('/admin')).status).toBe(200)
  await alone.close()
})

test('API5: a support administrator changes nothing of an owner, by any form', async () => {
  const support = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  const target = await makeAdministrator(world)
  const page = await support.browser.visit(`/admin/accounts/${target.id}`)
  expect(page.html).toContain('This account may do more than you may')
  const before = await findAccount(world.db, target.id)
  for (const act of ['change', 'disable', 'enable', 'delete', 'reset-password', 'remove-factors']) {
    const fields = { confirmed: 'yes', email: 'mine@evil.example', version: String(before?.version) }
    expect(await post(support.browser, page, `/admin/accounts/${target.id}/${act}`, fields), act).toBe(403)
  }
  expect(await findAccount(world.db, target.id)).toEqual(before)
  expect(await mailsTo(world, target.email)).toEqual([])
})

test('ASVS 6.4.6: a reset is a link in a mail; nobody at the console chooses or sees the password', async () => {
  const account = await world.makeAccount()
  const page = await owner.visit(`/admin/accounts/${account.id}`)
  const sent = await owner.submit(page, { action: '/reset-password' })
  expect(sent.html).toContain('The mail is on its way.')
  expect(await linkTo(world, account.email, '/link/reset-password/')).toBeDefined()
  expect(page.html).not.toContain('type="password"')
})

test('second factors that were lost are removed after a question, with the reason in the log', async () => {
  const account = await world.makeAccount()
  await replaceRecoveryCodes(world.db, { accountId: account.id }, systemAct(new Date()))
  const ask = await owner.visit(`/admin/accounts/${account.id}/remove-factors`)
  expect(ask.html).toContain('10 recovery codes')
  await owner.submit(ask, {
    action: '/remove-factors',
    fields: { reason: 'Came to the desk with a passport' },
  })
  const event = await world.db
    .selectFrom('auditEvents')
    .select('details')
    .where('type', '=', 'second_factors.reset')
    .where('targetId', '=', account.id)
    .executeTakeFirst()
  expect(event?.details).toMatchObject({ recovery_codes: 10, reason: 'Came to the desk with a passport' })
})

test('invitations: sent, sent again, and withdrawn; support cannot give a role along', async () => {
  const email = 'guest@invited.example'
  const form = await owner.visit('/admin/accounts/new')
  expect(await post(owner, form, '/admin/invitations', { invited: email, role: 'role_support' })).toBe(303)
  const listed = await owner.visit('/admin/invitations')
  expect(listed.html).toContain(email)
  expect(listed.html).toContain('Gives: support')
  const again = await owner.submit(listed, { action: '/send' })
  expect(again.html).toContain('The mail is on its way.')
  const after = await owner.submit(again, { action: '/withdraw' })
  expect(after.html).not.toContain(email)
  const support = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  const page = await support.browser.visit('/admin/accounts/new')
  const fields = { invited: 'mole@evil.example', role: 'role_owner' }
  expect(await post(support.browser, page, '/admin/invitations', fields)).toBe(403)
})

test('roles and permissions are given at one API, and only what was changed on the page changes', async () => {
  const account = await world.makeAccount()
  const api = await world.makeApi({ scopes: ['read', 'write'] })
  const url = `/admin/accounts/${account.id}/permissions/${api.id}`
  const form = await owner.visit(url)
  await world.permit({ type: 'account', id: account.id }, api, ['write'])
  const saved = await owner.submit(form, { action: api.id, fields: { scope: 'read' } })
  expect(saved.html).toContain('The changes were saved.')
  expect(saved.html).toMatch(/<code>read<\/code>\s*directly/)
  expect(saved.html).toMatch(/<code>write<\/code>\s*directly/)
})

async function idsOfAllPages(browser: Browser, first: string): Promise<string[]> {
  const ids: string[] = []
  let url: string | undefined = first
  while (url !== undefined) {
    const { html }: Place = await browser.visit(url)
    ids.push(...[...html.matchAll(/href="\/admin\/accounts\/(acc_\w+)"/g)].map(([, id = '']) => id))
    url = [...html.matchAll(/href="(\/admin\/accounts\?[^"]*after=[^"]*)"/g)]
      .at(-1)?.[1]
      ?.replaceAll('&amp;', '&')
  }
  return ids
}

async function post(...sent: Parameters<typeof postFields>): Promise<number> {
  return (await postFields(...sent)).status
}
