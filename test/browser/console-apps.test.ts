/** The pages of the console about clients and APIs in a real browser, and a client that is registered there. */
import { expect, test } from 'vitest'
import { seriousViolations } from '../support/axe.ts'
import { describeConsole, lookAt, looksRight } from '../support/console-in-chromium.ts'
import { seedApps } from '../support/console-apps.ts'

describeConsole('apps and APIs at the console in a real browser', {}, (here) => {
  test('clients: the list, one of each kind, forms, secrets, and permissions', async () => {
    const at = here()
    const { world } = at
    const { shop, report, guard, api, secretId } = await seedApps(world)
    const of = `/admin/clients/${shop.id}`
    await lookAt(at, {
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
    const at = here()
    const { world } = at
    const { shop, spa, native, report, guard } = await seedApps(world)
    await lookAt(at, {
      'connect-web': `/admin/clients/${shop.id}/connect`,
      'connect-browser': `/admin/clients/${spa.id}/connect`,
      'connect-native': `/admin/clients/${native.id}/connect`,
      'connect-service': `/admin/clients/${report.id}/connect`,
      'connect-api': `/admin/clients/${guard.id}/connect`,
    })
  })

  test('registering a client by keyboard: what is wrong is said, then the secret is shown and copied', async () => {
    const at = here()
    const { world, context, page, complaints } = at
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`${world.issuer}/admin/clients/new?type=web`)
    await page.getByLabel('Name', { exact: true }).fill('Shop')
    await page.getByLabel('Redirect URIs', { exact: true }).fill('https://shop.example/*')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.locator('#redirect_uris-error').waitFor()
    await looksRight(at, 'client-new-wrong')
    expect(await seriousViolations(page)).toEqual([])
    await page.getByLabel('Redirect URIs', { exact: true }).fill('https://shop.example/callback')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.locator('#client-secret').waitFor()
    await looksRight(at, 'client-secret')
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(copied).toBe((await page.locator('#client-secret').textContent())?.trim())
    expect(complaints).toEqual([])
  })

  test('APIs: the list, one, forms, scopes, who may ask, and the questions', async () => {
    const at = here()
    const { world } = at
    const { api, guard } = await seedApps(world)
    const of = `/admin/apis/${api.id}`
    await lookAt(at, {
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

  test('clients and APIs in German', async () => {
    const at = here()
    const { world, page } = at
    const { shop, guard, api } = await seedApps(world)
    await page.setExtraHTTPHeaders({ 'accept-language': 'de' })
    await lookAt(at, {
      'de-clients': '/admin/clients',
      'de-client': `/admin/clients/${shop.id}`,
      'de-client-change': `/admin/clients/${shop.id}/change`,
      'de-connect': `/admin/clients/${guard.id}/connect`,
      'de-api': `/admin/apis/${api.id}`,
      'de-api-new': '/admin/apis/new',
    })
  })
})
