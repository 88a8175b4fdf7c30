/** Two apps in two tabs of one browser, whose last steps are taken at the same moment: one session, and both are in it. */
import * as openid from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asks, signIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { BegunSignIn, RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'
import { times } from '../support/long.ts'

const rounds = times(3, 8)

let world: World
let first: RelyingParty
let tabs: readonly RelyingParty[]

beforeAll(async () => {
  world = await openWorld()
  first = await openRelyingParty(world)
  tabs = await Promise.all([openRelyingParty(world), openRelyingParty(world), openRelyingParty(world)])
})
afterAll(async () => {
  await Promise.all([first, ...tabs].map((app) => app.close()))
  await world.close()
})

test(`${rounds} rounds of three tabs: every code is redeemed, and one sign-out ends all of it`, async () => {
  let redeemed = 0
  let ended = 0
  for (let round = 0; round < rounds; round += 1) {
    const account = await world.makeAccount()
    const browser = openBrowser(world)
    await signIn(world, { account, authorizeUrl: (await first.begin()).url, browser })
    const steps = []
    for (const app of tabs) steps.push(await upToTheLastStep(app, browser))
    const answers = await Promise.all(steps.map(({ lastStep }) => browser.send(lastStep)))
    const refreshTokens: string[] = []
    for (const [index, { begun }] of steps.entries()) {
      const callback = answers[index]?.headers.get('location') ?? ''
      const tokens = await begun.complete(callback)
      expect(tokens.claims()?.sub).toBe(account.id)
      redeemed += 1
      const again = await openid.refreshTokenGrant(configurationOf(index), String(tokens.refresh_token))
      refreshTokens.push(String(again.refresh_token))
    }
    await signOut(browser)
    expect(await sessionsOf(account)).toBe(0)
    for (const [index, token] of refreshTokens.entries()) {
      await expect(openid.refreshTokenGrant(configurationOf(index), token)).rejects.toMatchObject({
        error: 'invalid_grant',
      })
      ended += 1
    }
  }
  console.log(`${rounds} rounds of 3 tabs: ${redeemed} codes redeemed, ${ended} refresh tokens ended`)
})

/** Agrees on the consent page, and stops before the step that gives the code. */
async function upToTheLastStep(
  app: RelyingParty,
  browser: Browser,
): Promise<{ begun: BegunSignIn; lastStep: string }> {
  const begun = await app.begin()
  const page = await browser.visit(begun.url)
  expect(asks(page, '/consent')).toBe(true)
  const answer = await browser.send(`${page.url.pathname}/consent`, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ decision: 'allow' }),
  })
  return { begun, lastStep: String(answer.headers.get('location')) }
}

async function signOut(browser: Browser): Promise<void> {
  const place = await browser.visit(`${world.issuer}/oauth/logout`)
  await browser.submit(place, { action: '/oauth/logout/confirm', button: 'yes' })
}

async function sessionsOf({ id }: TestAccount): Promise<number> {
  return (await world.db.selectFrom('oidcSessions').select('uid').where('accountId', '=', id).execute())
    .length
}

function configurationOf(index: number): openid.Configuration {
  const app = tabs[index]
  if (app === undefined) throw new Error('there is no such tab')
  return app.configuration
}
