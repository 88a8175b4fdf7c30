/** More passwords than the processors can hash: the line has an end, nobody waits for ever, and the rest goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let app: RelyingParty

beforeAll(async () => {
  world = await openWorld({
    env: {
      TRUSTED_PROXIES: '127.0.0.1',
      ARGON2_MEMORY_KIBIBYTES: '65536',
      ARGON2_ITERATIONS: '4',
      PASSWORD_HASHES_AT_ONCE: '1',
      PASSWORD_HASHES_WAITING: '2',
    },
  })
  app = await openRelyingParty(world)
})
afterAll(async () => {
  await app?.close()
  await world?.close()
})

test('R10: of thirty at once the first are compared, the others get 503 with Retry-After and are no failures, and nothing hangs', async () => {
  const browser = openBrowser(world)
  const page = await browser.visit((await app.begin()).url)
  const caller = await world.makeClient({ metadata: { grant_types: [] } })
  const authorization = `Basic ${Buffer.from(`${caller.id}:${caller.secret}`).toString('base64')}`
  const introspect = () =>
    fetch(`${world.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ token: 'nothing' }),
    })
  const flood = Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      browser.send(`${page.url.pathname}/login`, {
        method: 'POST',
        headers: {
          origin: world.issuer,
          'sec-fetch-site': 'same-origin',
          'x-forwarded-for': `10.7.0.${index}`,
        },
        body: new URLSearchParams({
          login: `nobody${index}@example.com`,
          password: 'wrong, and wrong again',
        }),
      }),
    ),
  )
  expect((await introspect()).status).toBe(200)
  const answers = await flood
  const compared = answers.filter(({ status }) => status === 401)
  const busy = answers.filter(({ status }) => status === 503)
  console.log(`30 at once: ${compared.length} compared, ${busy.length} told to come back`)
  expect(compared.length + busy.length).toBe(30)
  expect(compared.length).toBeGreaterThanOrEqual(3)
  expect(busy.length).toBeGreaterThan(0)
  for (const answer of busy) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await busy[0]?.text()).toContain('We are busy at the moment and did not check your password')
  const rows = await world.db.selectFrom('passwordAttempts').select('elsewhere').execute()
  expect(rows.filter(({ elsewhere }) => elsewhere > 0)).toHaveLength(compared.length)
  // The line is empty again.
  const after = await browser.send(`${page.url.pathname}/login`, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': '10.7.1.1' },
    body: new URLSearchParams({ login: 'nobody@example.com', password: 'wrong, and wrong again' }),
  })
  expect(after.status).toBe(401)
})
