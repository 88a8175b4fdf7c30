/** An administrator at the console in a real browser, and what is asked of every page they see there. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { seriousViolations } from './axe.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from './chromium.ts'
import { makeAdministrator, withoutSecondFactor } from './console.ts'
import { looksRight as pageLooksRight } from './looks.ts'
import { openWorld } from './world.ts'
import type { World, WorldWishes } from './world.ts'

/** Where a test stands: one world and one sign-in for a file, a window of its own for each test. */
export interface ConsoleWindow {
  readonly world: World
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained of, see `watchForComplaints`. */
  readonly complaints: readonly string[]
}

/** The cookies of one. */
type SignIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** Registers tests of the console in a real browser; they ask where they are when they run. */
export function describeConsole(
  what: string,
  { env, ...wishes }: WorldWishes,
  tests: (here: () => ConsoleWindow) => void,
): void {
  let world: World
  let chromium: Browser
  let signedIn: SignIn
  let here: ConsoleWindow
  describe.skipIf(chromiumMissing !== undefined)(inChromium(what), () => {
    beforeAll(async () => {
      world = await openWorld({ ...wishes, env: { ...withoutSecondFactor, ...env } })
      chromium = await openChromium()
      signedIn = await signIn(world, chromium)
    })
    afterAll(async () => {
      await chromium?.close()
      await world?.close()
    })
    beforeEach(async () => {
      // Nothing is on its way from one colour to another while it is looked at.
      const context = await chromium.newContext({ reducedMotion: 'reduce', storageState: signedIn })
      const page = await context.newPage()
      here = { world, context, page, complaints: watchForComplaints(page) }
    })
    afterEach(() => here.context.close())
    tests(() => here)
  })
}

/** Looks at pages one after the other: in both themes with axe-core, and at every width. */
export async function lookAt(at: ConsoleWindow, pages: Readonly<Record<string, string>>): Promise<void> {
  const { page, world, complaints } = at
  for (const [name, path] of Object.entries(pages)) {
    for (const colorScheme of ['dark', 'light'] as const) {
      // Loaded anew: colours that are still on their way from one theme to the other are nobody's.
      await page.emulateMedia({ colorScheme })
      await page.goto(`${world.issuer}${path}`)
      expect(await seriousViolations(page), `${name}, ${colorScheme}`).toEqual([])
    }
    await looksRight(at, name)
  }
  expect(complaints).toEqual([])
}

/** What is asked of every page, at every width. */
export async function looksRight({ page, world }: ConsoleWindow, name: string): Promise<void> {
  const problems = world.logLines.filter((line) => line.includes('"level":"error"'))
  expect(problems, `${name} raises no error on the server`).toEqual([])
  await pageLooksRight(page, `console-${name}`)
}

async function signIn(world: World, chromium: Browser): Promise<SignIn> {
  const { email, password } = await makeAdministrator(world)
  const context = await chromium.newContext()
  const page = await context.newPage()
  const complaints = watchForComplaints(page)
  const path = `${world.issuer}/admin/signing-keys`
  await page.goto(path)
  await page.locator('input[name=login]').fill(email)
  await page.locator('input[name=password]').fill(password)
  await page.locator('form[action$="/login"] button[type=submit]').click()
  await page.waitForURL(path)
  expect(complaints).toEqual([])
  const state = await context.storageState()
  await context.close()
  return state
}
