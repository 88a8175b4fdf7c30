/** The pages of the console about API keys in a real browser: issuing, hygiene, and what would happen with one. */
import { expect, test } from 'vitest'
import { seriousViolations } from '../support/axe.ts'
import { describeConsole, lookAt, looksRight } from '../support/console-in-chromium.ts'
import { seedKeys } from '../support/console-keys.ts'

describeConsole('API keys at the console in a real browser', {}, (here) => {
  test.each(['en', 'de'])(
    'API keys: the list, one, every step of issuing, and the questions, in %s',
    async (language) => {
      const at = here()
      const { world, page } = at
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
        at,
        Object.fromEntries(
          Object.entries(pages).map(([name, path]) => [`${language}-${name}`, path] as const),
        ),
      )
    },
  )

  test('a key is issued by hand: what is wrong is said, then the secret is shown and copied', async () => {
    const at = here()
    const { world, page, complaints } = at
    const { service, api } = await seedKeys(world)
    await page.goto(`${world.issuer}/admin/keys/new?owner=client:${service.id}&api=${api.id}`)
    await page.locator('input[name=name]').fill('Made by hand')
    await page.locator('textarea[name=addresses]').fill('10.0.0.0/8\nsomewhere')
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('somewhere is not an address').waitFor()
    await looksRight(at, 'key-new-wrong')
    expect(await seriousViolations(page)).toEqual([])
    await page.locator('textarea[name=addresses]').fill('')
    await page.getByLabel('invoices:read').check()
    await page.locator('select[name=expiry]').selectOption('never')
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('This key never ends').waitFor()
    await looksRight(at, 'key-secret')
    expect(await seriousViolations(page)).toEqual([])
    // The refused form was answered as one; everything else went well.
    expect(complaints.filter((line) => !line.includes('400'))).toEqual([])
  })

  test.each(['en', 'de'])('key hygiene, and undoing what it did, in %s', async (language) => {
    const at = here()
    const { world, page } = at
    const { idle } = await seedKeys(world)
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt(at, {
      [`${language}-hygiene`]: '/admin/hygiene',
      [`${language}-hygiene-none`]: '/admin/hygiene?finding=idle&owner=nobody',
      [`${language}-hygiene-expire`]: `/admin/hygiene/confirm?proposal=expire&key=${idle.id}`,
      [`${language}-hygiene-revoke`]: `/admin/hygiene/confirm?proposal=revoke&key=${idle.id}`,
    })
    await page.goto(`${world.issuer}/admin/hygiene/confirm?proposal=expire&key=${idle.id}`)
    await page.locator('button[name=confirmed]').click()
    await page.locator('form[action$="/undo"]').waitFor()
    await looksRight(at, `${language}-hygiene-done`)
    expect(await seriousViolations(page)).toEqual([])
  })

  test.each(['en', 'de'])('what would happen, in %s', async (language) => {
    const at = here()
    const { world, page, complaints } = at
    const { busy, revoked } = await seedKeys(world)
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt(at, { [`${language}-explain`]: '/admin/explain' })
    const explained = async (name: string, credential: string, scope: string): Promise<void> => {
      await page.goto(`${world.issuer}/admin/explain`)
      await page.locator('textarea[name=credential]').fill(credential)
      await page.locator('input[name=scope]').fill(scope)
      await page.locator('input[name=address]').fill('203.0.113.9')
      await page.locator('form[action$="/explain"] button').click()
      await page.locator('.explained').waitFor()
      await looksRight(at, `${language}-${name}`)
      expect(await seriousViolations(page), name).toEqual([])
    }
    await explained('explain-good', busy.text, 'invoices:read')
    await explained('explain-lost', busy.text, 'reports:read')
    await explained('explain-revoked', revoked.text, '')
    expect(complaints).toEqual([])
  })
})
