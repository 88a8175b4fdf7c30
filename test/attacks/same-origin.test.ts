/** 3.5.1: no spelling of an address passes by the check of where a form comes from. */
import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goHome, tokenOf } from '../support/account-page.ts'
import { openBrowser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let app: RelyingParty

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world)
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const spellings = (path: string): readonly string[] => [
  path,
  path.toUpperCase(),
  path.replace(/^\/./, (start) => start.toUpperCase()),
  `/${path}`,
  `/.${path}`,
  `/x/..${path}`,
  path.replace('/', '/%2e/'),
  path.replaceAll('-', '%2d'),
  path.replace(/^\/(.)/, (_, first: string) => `/%${first.charCodeAt(0).toString(16)}`),
  `${path}/`,
  path.replace(/\/(?=[^/]*$)/, '//'),
  path.replace(/\/(?=[^/]*$)/, '%2f'),
]

test('a form of another site changes nothing, however the address is written', async () => {
  const home = await goHome(world)
  const { csrf } = await tokenOf(home.browser)
  const anybody = openBrowser(world)
  const { pathname } = (await anybody.visit((await app.begin()).url)).url
  const forms: readonly (readonly [typeof anybody, string, Record<string, string>])[] = [
    [anybody, `${pathname}/login`, { login: home.account.email, password: home.account.password }],
    [anybody, '/forgotten-password', { login: home.account.email }],
    [home.browser, '/account/data/delete', { csrf, email: home.account.email }],
    [home.browser, '/account/security/recovery-codes', { csrf }],
  ]
  const before = await changes()
  const passed: string[] = []
  for (const [browser, path, fields] of forms) {
    for (const address of spellings(path).filter((each) => each.startsWith('/'))) {
      for (const headers of [
        { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
        { origin: 'null' },
        {},
      ]) {
        const cookie = browser.cookies.headerFor(new URL(path, world.issuer))
        const status = await post(address, { ...headers, cookie }, fields)
        if (![400, 401, 403, 404, 405, 421].includes(status)) passed.push(`${status} ${address}`)
      }
    }
  }
  expect(passed).toEqual([])
  expect(await changes()).toBe(before)
})

/** Unlike `fetch`, sends the address as it is: dots and doubled slashes too. */
async function post(
  path: string,
  headers: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): Promise<number> {
  const { hostname, port, host } = new URL(world.issuer)
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = request({ hostname, port, path, method: 'POST', headers: { host, ...type, ...headers } })
  sent.end(new URLSearchParams(fields).toString())
  const [answer] = await once(sent, 'response')
  answer.resume()
  return Number(answer.statusCode)
}

async function changes(): Promise<number> {
  const rows = await world.db.selectFrom('auditEvents').select('type').execute()
  return rows.length
}
