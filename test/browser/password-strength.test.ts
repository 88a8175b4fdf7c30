/** What the page says while a new password is typed. Nothing of it leaves the page. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Browser } from 'playwright-core'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { savePictures } from '../support/looks.ts'
import { patienceMilliseconds } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const token = 'setup-token-of-this-test'

let world: World
let chromium: Browser

describe.skipIf(chromiumMissing !== undefined)(inChromium('a new password while it is typed'), () => {
  beforeAll(async () => {
    world = await openWorld()
    chromium = await openChromium()
    await createSetupLink(
      world.db,
      { token, expiresAt: new Date(Date.now() + 600_000) },
      systemAct(new Date()),
    )
  })
  afterAll(async () => {
    await chromium?.close()
    await world?.close()
  })

  test.each([
    ['en', ['7 of 15 characters', '21 characters: long enough', 'the same thing again', 'a row of keys']],
    ['de', ['7 von 15 Zeichen', '21 Zeichen: lang genug', 'immer wieder dasselbe', 'eine Reihe von Tasten']],
  ])(
    'the line below the field follows the typing politely, and nothing is sent (%s)',
    async (locale, said) => {
      const context = await chromium.newContext({ locale, viewport: { width: 360, height: 800 } })
      const page = await context.newPage()
      const complaints = watchForComplaints(page)
      await page.goto(`${world.issuer}/setup/${token}`)
      const sent: string[] = []
      page.on('request', (request) => {
        if (!request.url().includes('/assets/')) sent.push(request.url())
      })
      const text = page.locator('[data-strength-of] [role="status"]')
      const typed = ['sieben7', 'tuvohira qel zumopa k', 'abcabcabcabcabcabc', '1234567890123456']
      for (const [index, password] of typed.entries()) {
        await page.fill('#password', password)
        await vi.waitFor(
          async () => expect(await text.textContent()).toContain(said[index]),
          patienceMilliseconds,
        )
        await savePictures(page, `strength-${locale}-${index}`)
      }
      expect(await text.getAttribute('aria-live')).toBe('polite')
      expect(sent).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    },
  )

  test('without script the hint says what is asked for, and no empty line is shown', async () => {
    const context = await chromium.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${world.issuer}/setup/${token}`)
    expect(await page.locator('#password-hint').textContent()).toContain('At least 15 characters')
    expect(await page.locator('[data-strength-of]').isVisible()).toBe(false)
    await context.close()
  })
})
