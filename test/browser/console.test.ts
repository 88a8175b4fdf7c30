/**
 * The console in a real browser: every page obeys its own policy, raises no error, has one heading, and fits a narrow phone.
 * With SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark.
 */
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { makeAdministrator, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const screenshots = process.env['SCREENSHOTS']

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

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
    context = await chromium.newContext()
    page = await context.newPage()
    complaints = watchForComplaints(page)
    await signInAt('/admin/signing-keys')
  })
  afterEach(() => context.close())

  test('signing keys, and asking before they are replaced', async () => {
    await looksRight('signing-keys')
    await page.getByRole('link', { name: 'A key is compromised' }).click()
    await looksRight('signing-keys-compromised')
    expect(complaints).toEqual([])
  })
})

async function signInAt(path: string): Promise<void> {
  const { email, password } = await makeAdministrator(world)
  await page.goto(`${world.issuer}${path}`)
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('form[action$="/login"] button[type=submit]').click()
  await page.waitForURL(`${world.issuer}${path}`)
}

/** What is asked of every page, at every width. */
async function looksRight(name: string): Promise<void> {
  expect(await page.locator('h1').count(), `${name} has one heading`).toBe(1)
  for (const width of [320, 360, 1280]) {
    await page.setViewportSize({ width, height: width < 500 ? 640 : 800 })
    const { content, window } = await page.evaluate<{ content: number; window: number }>(
      '({ content: document.documentElement.scrollWidth, window: innerWidth })',
    )
    expect(content, `${name} at ${width} px`).toBeLessThanOrEqual(window)
    if (screenshots !== undefined && width !== 320) await saveScreenshots(screenshots, `${name}-${width}`)
  }
}

async function saveScreenshots(folder: string, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({
      path: join(folder, `console-${name}-${colorScheme}.png`),
      fullPage: true,
      animations: 'disabled',
    })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
