/** The pages of the console about people in a real browser: accounts, sessions, grants, incidents and roles. */
import { expect, test } from 'vitest'
import { describeConsole, lookAt, looksRight } from '../support/console-in-chromium.ts'
import { seedPeople } from '../support/console-people.ts'

describeConsole('people at the console in a real browser', {}, (here) => {
  test('accounts: the list, one, new ones, changes, and the questions before they end', async () => {
    const at = here()
    const { world } = at
    const { ana, passkeyId } = await seedPeople(world)
    const of = `/admin/accounts/${ana.id}`
    await lookAt(at, {
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
    const at = here()
    const { world, page, complaints } = at
    const { ana } = await seedPeople(world)
    await lookAt(at, {
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
    await looksRight(at, 'incident-result')
    expect(complaints).toEqual([])
  })

  test('roles, administrators, members, forms and questions', async () => {
    const at = here()
    const { world } = at
    const { ana, roleId } = await seedPeople(world)
    const of = `/admin/roles/${roleId}`
    await lookAt(at, {
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

  test('accounts in German', async () => {
    const at = here()
    const { world, page } = at
    const { ana, roleId } = await seedPeople(world)
    await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
    await lookAt(at, {
      'de-accounts': '/admin/accounts',
      'de-account': `/admin/accounts/${ana.id}`,
      'de-sessions': '/admin/sessions',
      'de-role': `/admin/roles/${roleId}`,
      'de-incident': `/admin/incident/account/${ana.id}`,
    })
  })
})
