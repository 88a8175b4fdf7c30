/**
 * The console in a real browser: every page obeys its own policy, raises no error, has one heading, and fits a narrow phone.
 * With SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark.
 */
import { join } from 'node:path'
import { sql } from 'kysely'
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
})

async function signInAt(path: string): Promise<void> {
  const { email, password } = await makeAdministrator(world)
  await page.goto(`${world.issuer}${path}`)
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('form[action$="/login"] button[type=submit]').click()
  await page.waitForURL(`${world.issuer}${path}`)
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
