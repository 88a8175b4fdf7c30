/**
 * Settings in a real browser: changed by keyboard, seen on another instance without a restart; and how their forms look.
 * With SCREENSHOTS=<folder> each page is also saved as it looks, narrow and wide, light and dark.
 */
import { expect, test } from 'vitest'
import { describeConsole } from '../support/console-in-chromium.ts'
import type { ConsoleWindow } from '../support/console-in-chromium.ts'
import { looksRight } from '../support/looks.ts'
import { until } from '../support/until.ts'

const wishes = { instances: 2, env: { SUPPORT_URL: 'https://help.example/' } }

describeConsole('settings in a real browser', wishes, (here) => {
  test('a brand is changed by keyboard, and the sign-in of another instance has its name and colour', async () => {
    const at = here()
    const { world, context, page, complaints } = at
    await open(at, '/admin/settings')
    await page.getByRole('link', { name: 'Edit Brand' }).press('Enter')
    await page.getByLabel('The name on every page.').fill('Acme Sprockets')
    const colour = page.getByLabel('The colour of buttons and links.', { exact: true })
    await colour.fill('#0f766e')
    await colour.press('Enter')
    await page.getByText('The settings were saved.').waitFor()
    await looksRight(page, 'settings-saved', { axe: true })
    const other = await context.newPage()
    await until(async () => {
      await other.goto(world.instances[1]?.origin ?? '')
      return (await other.content()).includes('Acme Sprockets')
    })
    const accent = await other.evaluate<string>(
      "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()",
    )
    expect(accent).toBe('#0f766e')
    expect(complaints).toEqual([])
  })

  test('a brand that was tried is used with one press', async () => {
    const at = here()
    const { page, complaints } = at
    await open(at, '/admin/settings/brand?name=Globex&accent=%237a1fa2')
    await page.getByRole('button', { name: 'Use this brand' }).click()
    await page.getByText('The settings were saved.').waitFor()
    expect(await page.locator('#changed').locator('..').locator('..').locator('..').innerText()).toContain(
      'Globex',
    )
    expect(complaints).toEqual([])
  })

  test('what weakens is asked about, and a lost update is told', async () => {
    const at = here()
    const { world, context, page } = at
    await open(at, '/admin/settings/people/change')
    await page.getByLabel('Who can make an account').selectOption('open')
    await page.getByRole('button', { name: 'Save' }).click()
    await looksRight(page, 'settings-confirm', { axe: true })
    await page.getByRole('button', { name: 'Change them' }).click()
    await page.getByText('The settings were saved.').waitFor()
    const first = await context.newPage()
    await first.goto(`${world.issuer}/admin/settings/tokens/change`)
    await open(at, '/admin/settings/tokens/change')
    await page.getByLabel('How long an ID token is valid.').fill('1800')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The settings were saved.').waitFor()
    await first.getByLabel('How long an ID token is valid.').fill('600')
    await first.getByRole('button', { name: 'Save' }).click()
    await first.getByText('ID_TOKEN_LIFETIME_SECONDS is now').waitFor()
    await looksRight(first, 'settings-stale', { axe: true })
    await first.getByRole('button', { name: 'Save' }).click()
    await first.getByText('The settings were saved.').waitFor()
  })

  test.each(['en', 'de'])('the forms, right and wrong, in %s', async (language) => {
    const at = here()
    const { page, complaints } = at
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    for (const group of ['brand', 'people', 'tokens', 'keys']) {
      await open(at, `/admin/settings/${group}/change`)
      await looksRight(page, `settings-${language}-${group}`, { axe: true })
    }
    await open(at, '/admin/settings/brand/change')
    await page.locator('#BRAND_ACCENT_COLOUR').fill('red')
    await page.locator('#BRAND_LINKS').fill('Imprint https://example.com')
    await page.locator('main form button').first().click()
    await page.locator('.field-error').first().waitFor()
    await looksRight(page, `settings-${language}-wrong`, { axe: true })
    await open(at, '/admin/settings')
    await looksRight(page, `settings-${language}`, { axe: true })
    expect(complaints).toEqual([])
  })
})

async function open({ page, world }: ConsoleWindow, path: string): Promise<void> {
  await page.goto(`${world.issuer}${path}`)
}
