/** 16.2.5, 11.3.3: what people prove themselves with on the pages stands neither in the log nor, in clear, in the database. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goHome } from '../support/account-page.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { linkTo } from '../support/mails.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { enrol } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let app: RelyingParty

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const chosen = 'nine quiet herons over the estuary'
const wrong = 'the dog is called Barnabas Quill'

/** Signs in with a recovery code, sets the password by mail, gets some things wrong; gives all that was secret in it. */
async function story(): Promise<Map<string, string>> {
  const secrets = new Map<string, string>([
    [chosen, 'the new password'],
    [wrong, 'a wrong password'],
  ])
  const home = await goHome(world)
  const { account } = home
  const factors = await enrol(world, account.id)
  secrets.set(factors.seed, 'the seed of the app')
  for (const code of factors.recoveryCodes) secrets.set(code, 'a recovery code')
  const browser = openBrowser(world)
  const page = await browser.visit((await app.begin()).url)
  await browser.submit(page, { action: '/login', fields: { login: account.email, password: wrong } })
  const asked = await submitSignIn(browser, await browser.visit(page.url), account)
  const recovery = await browser.visit(new URL('?way=recovery-code', asked.url))
  const codes = ['AAAAA-AAAAA-AAAAA-AAAAA-AAAAA', factors.recoveryCodes[0] ?? '']
  for (const code of codes) await browser.submit(recovery, { action: '/recovery-code', fields: { code } })
  const forgotten = await browser.visit('/forgotten-password')
  await browser.submit(forgotten, { action: '/forgotten-password', fields: { login: account.email } })
  const link = await linkTo(world, account.email, '/link/reset-password/')
  secrets.set(link.pathname.split('/').at(-1) ?? '', 'the token of a link')
  await browser.submit(await browser.visit(link), { action: link.pathname, fields: { password: chosen } })
  await browser.visit(link)
  for (const each of [browser, home.browser])
    for (const [name, value] of each.cookies.all())
      if (value.length >= 20) secrets.set(value, `the cookie ${name}`)
  return secrets
}

async function database(): Promise<string> {
  const { rows } = await sql<{
    name: string
  }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(world.db)
  const texts = await Promise.all(
    rows.map(async ({ name }) => {
      const all = await sql<{
        row: string
      }>`select to_jsonb(t)::text as row from ${sql.table(name)} t`.execute(world.db)
      return all.rows.map(({ row }) => row)
    }),
  )
  return texts.flat().join('\n')
}

test('16.2.5, v5.0.0-11.3.3: no password, code, seed, link or cookie of people is kept or told', async () => {
  const secrets = await story()
  expect(secrets.size).toBeGreaterThan(16)
  const places = { log: world.logLines.join('\n'), database: await database() }
  expect(places.log.length).toBeGreaterThan(1000)
  for (const [place, text] of Object.entries(places)) {
    const found = [...secrets].filter(([value]) => isIn(text, value)).map(([, what]) => what)
    expect([place, found]).toEqual([place, []])
  }
})

function isIn(text: string, value: string): boolean {
  const bytes = Buffer.from(value)
  const spellings = [
    value,
    value.replaceAll('-', ''),
    encodeURIComponent(value),
    bytes.toString('hex'),
    bytes.toString('base64url'),
  ]
  return spellings.some((spelling) => text.includes(spelling))
}
