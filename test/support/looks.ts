/**
 * What is asked of every page as it is seen: one heading, one main part, and nothing wider than the window, on a narrow phone,
 * a phone and a desk. With SCREENSHOTS=<folder> it is also saved as it looks, in light and dark.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { seriousViolations } from './axe.ts'

const folder = process.env['SCREENSHOTS']
// WCAG 2.2, 1.4.10: at 320 px nothing may be lost; pictures of it would show what those of 360 px show.
const narrowest = 320

/** What is different about a page. */
export interface Look {
  /** What there is exactly one of. */
  readonly parts?: readonly string[]
  /** Whether axe-core is asked too, in both themes. */
  readonly axe?: boolean
}

/** Looks at a page at every width. */
export async function looksRight(
  page: Page,
  name: string,
  { parts = ['h1', 'main'], axe = false }: Look = {},
): Promise<void> {
  // A press of a button waits until the next page begins, not until it is there.
  await page.waitForLoadState('load')
  for (const part of parts) expect(await page.locator(part).count(), `${name} has one ${part}`).toBe(1)
  for (const width of [narrowest, 360, 1280]) {
    await page.setViewportSize({ width, height: width < 500 ? 640 : 800 })
    expect(await tooWide(page), `${name} at ${width} px`).toEqual([])
    if (width === narrowest || (folder === undefined && !axe)) continue
    await inBothThemes(page, async (theme) => {
      if (axe) expect(await seriousViolations(page), `${name} at ${width} px, ${theme}`).toEqual([])
      await saveAs(page, `${name}-${width}-${theme}`)
    })
  }
}

/** Saves a page as it stands, in both themes, if pictures are wanted. */
export async function savePictures(page: Page, name: string): Promise<void> {
  await inBothThemes(page, (theme) => saveAs(page, `${name}-${theme}`))
}

/** What is wider than the window, after how wide it makes the page; nothing, if the page does not scroll sideways. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`document.documentElement.scrollWidth <= innerWidth ? [] :
    [document.documentElement.scrollWidth + ' px',
      ...[...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120))]`)
}

async function inBothThemes(page: Page, look: (theme: 'light' | 'dark') => Promise<void>): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Nothing is on its way from one colour to another while it is looked at.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await look(colorScheme)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

async function saveAs(page: Page, name: string): Promise<void> {
  if (folder === undefined) return
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled' })
}
