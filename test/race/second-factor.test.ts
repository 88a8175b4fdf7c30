/** One code, brought by many browsers at the same moment to two instances: the pages let one of them in. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { codeAt, enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { originOf, tally } from './support.ts'

const browsers = 20

let world: World
let app: RelyingParty

beforeAll(async () => {
  world = await openWorld({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1' } })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})

test.each([
  ['TOTP code', 'second-factor'],
  ['recovery code', 'recovery-code'],
])(
  'T26: of 20 browsers that bring one %s at once, over two instances, one is let in (v5.0.0-6.5.1)',
  async (_what, form) => {
    const ana = await world.makeAccount()
    const factors = await enrol(world, ana.id)
    const waiting: { browser: Browser; page: Place }[] = []
    for (let index = 0; index < browsers; index += 1) {
      const browser = openBrowser(world, { via: originOf(world, index) })
      const page = await submitSignIn(browser, await browser.visit((await app.begin()).url), ana)
      waiting.push({ browser, page })
    }
    const code =
      form === 'second-factor' ? codeAt(factors.seed, new Date()) : (factors.recoveryCodes[0] ?? '')
    const answers = await Promise.all(
      waiting.map(({ browser, page }, index) =>
        browser.send(`${page.url.pathname}/${form}`, {
          method: 'POST',
          headers: {
            origin: world.issuer,
            'sec-fetch-site': 'same-origin',
            // Elsewhere each: the budget of one address is not what decides here.
            'x-forwarded-for': `203.0.113.${index}`,
          },
          body: new URLSearchParams({ code }),
        }),
      ),
    )
    const counts = tally(answers.map(({ status }) => (status === 401 ? 'refused' : `let in with ${status}`)))
    console.log(`${form}: ${JSON.stringify(counts)}`)
    expect(counts).toEqual({
      [form === 'second-factor' ? 'let in with 303' : 'let in with 200']: 1,
      refused: 19,
    })
    const silent = await Promise.all(
      waiting.map(async ({ browser }) => browser.visit((await app.begin({ prompt: 'none' })).url)),
    )
    expect(silent.filter(({ leavingTo }) => leavingTo?.searchParams.has('code') === true)).toHaveLength(
      // The way on was not taken yet by the one that was let in.
      0,
    )
  },
)
