/**
 * Every page of sign-in as people with other means meet it: what axe-core can tell (WCAG 2.2 A and AA), in both themes, at
 * 320 px; by keyboard alone; with reduced motion. A page is one line of `accessibility-pages.ts`.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seriousViolations } from '../support/axe.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { looksRight } from '../support/looks.ts'
import { allowedAutocomplete, openVisitedWorld, pagesToVisit } from './accessibility-pages.ts'
import type { VisitedWorld } from './accessibility-pages.ts'

let visited: VisitedWorld
let chromium: Browser
let context: BrowserContext
let page: Page

describe.skipIf(chromiumMissing !== undefined)(inChromium('accessibility'), () => {
  beforeAll(async () => {
    visited = await openVisitedWorld()
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium?.close()
    await visited?.close()
  })
  beforeEach(async () => {
    context = await chromium.newContext({ reducedMotion: 'reduce', viewport: { width: 320, height: 640 } })
    page = await context.newPage()
  })
  afterEach(() => context.close())

  test.each(pagesToVisit)('$name', async ({ name, visit, typedByHand = [] }) => {
    const complaints = watchForComplaints(page)
    const failures: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 500) failures.push(`${response.status()} ${response.url()}`)
    })
    await visit(visited, page)
    expect(failures, `${name} is no page but an error`).toEqual([])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await seriousViolations(page), `${name}, ${colorScheme}`).toEqual([])
    }
    expect(await wrongAutocomplete()).toEqual(typedByHand.map((field) => `${field}: off`))
    expect(await movingElements()).toEqual([])
    expect(await unseenFocus(), `${name} hides where the keyboard is`).toEqual([])
    await looksRight(page, name)
    expect(complaints).toEqual([])
  })

  test('signing in and consenting by keyboard alone, the field that needs an answer first', async () => {
    const begun = await visited.app.begin()
    const ana = await visited.world.makeAccount()
    await page.goto(begun.url)
    expect(await focused()).toBe('login')
    await page.keyboard.type(ana.email)
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('password')
    await page.keyboard.type('something else entirely')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await tabTo('password')
    await page.keyboard.type(ana.password)
    await page.keyboard.press('Enter')
    await page.locator('form[action$="/consent"]').waitFor()
    await tabTo('decision=allow')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${visited.app.redirectUri}?*`)
    expect((await begun.outcome).tokens?.claims()?.sub).toBe(ana.id)
  })

  test('choosing an account by keyboard alone', async () => {
    await visited.signIn(page, visited.ana)
    await page.goto((await visited.app.begin({ prompt: 'select_account' })).url)
    await tabTo(`account=${visited.ana.id}`)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${visited.app.redirectUri}?*`)
  })

  test('an answer that travels by a form arrives, with script and by its button without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const other = await chromium.newContext({ javaScriptEnabled })
      const tab = await other.newPage()
      const complaints = watchForComplaints(tab)
      await visited.signIn(tab, visited.ana)
      const begun = await visited.app.begin({ response_mode: 'form_post' })
      await tab.goto(begun.url)
      if (!javaScriptEnabled) await tab.getByRole('button', { name: 'Continue' }).click()
      await tab.waitForURL(visited.app.redirectUri)
      expect((await begun.outcome).tokens?.claims()?.sub).toBe(visited.ana.id)
      expect(complaints).toEqual([])
      await other.close()
    }
  })

  test('nothing moves when a problem is shown: the fields stay as wide, and focus is in sight', async () => {
    await page.goto((await visited.app.begin()).url)
    const before = await page.locator('input[name=password]').boundingBox()
    await page.locator('input[name=login]').fill(visited.ana.email)
    await page.locator('input[name=password]').fill('something else entirely')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    const after = await page.locator('input[name=password]').boundingBox()
    expect(after?.width).toBe(before?.width)
    expect(after?.x).toBe(before?.x)
  })
})

/** Fields of a person's own data that password managers and browsers would not know (WCAG 2.2, 1.3.5). */
async function wrongAutocomplete(): Promise<string[]> {
  const fields = await page.evaluate<{ name: string; autocomplete: string }[]>(
    `[...document.querySelectorAll('input:not([type=hidden])')].map(({ name, autocomplete }) => ({ name, autocomplete }))`,
  )
  return fields
    .filter(({ name, autocomplete }) => allowedAutocomplete[name]?.includes(autocomplete) !== true)
    .map(({ name, autocomplete }) => `${name}: ${autocomplete}`)
}

/** What moves although people asked for stillness. */
function movingElements(): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('*')].filter((element) => {
    const { transitionDuration, animationName } = getComputedStyle(element)
    return animationName !== 'none' || transitionDuration.split(', ').some((time) => time !== '0s')
  }).map((element) => element.outerHTML.slice(0, 120))`)
}

/** Goes through the page by Tab; what has focus and shows no outline of its own is listed. */
async function unseenFocus(): Promise<string[]> {
  const unseen: string[] = []
  await page.evaluate('document.activeElement?.blur?.()')
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate<{ html: string; isVisible: boolean } | undefined>(`(() => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const { top, bottom } = element.getBoundingClientRect()
      const isInSight = bottom > 0 && top < innerHeight
      return { html: element.outerHTML.slice(0, 120), isVisible: isInSight && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
    })()`)
    if (seen === undefined) break
    if (!seen.isVisible) unseen.push(seen.html)
  }
  return unseen
}

/** The name of what has focus, with the value of a button. */
function focused(): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { name = '', value = '', tagName } = document.activeElement
    return tagName === 'BUTTON' ? name + '=' + value : name
  })()`)
}

async function tabTo(name: string): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    if ((await focused()) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached by keyboard`)
}
