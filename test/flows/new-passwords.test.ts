/** What a password may be, asked where people choose one and where they use it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { openBrowser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World, WorldWishes } from '../support/world.ts'

const token = 'setup-token-of-this-test'
const worlds: World[] = []
let lastAddress = 0

afterAll(() => Promise.all(worlds.map((world) => world.close())))

async function openSetup(wishes: WorldWishes = {}): Promise<World> {
  const world = await openWorld({ ...wishes, env: { TRUSTED_PROXIES: '127.0.0.1', ...wishes.env } })
  worlds.push(world)
  const expiresAt = new Date(Date.now() + 600_000)
  await createSetupLink(world.db, { token, expiresAt }, systemAct(new Date()))
  return world
}

/** Chooses a password for the first administrator, each time from another address. */
async function choose(world: World, password: string, email = 'ada.lovelace@example.com') {
  lastAddress += 1
  const answer = await openBrowser(world).send(`/setup/${token}`, {
    method: 'POST',
    headers: {
      origin: world.issuer,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': `10.3.${Math.trunc(lastAddress / 250)}.${lastAddress % 250}`,
    },
    body: new URLSearchParams({ email, name: 'Ada King', password }),
  })
  return { status: answer.status, html: await answer.text() }
}

/** The status of a sign-in with a password: 303 where it is right. */
async function use(world: World, password: string, email = 'ada.lovelace@example.com'): Promise<number> {
  const app = await openRelyingParty(world, { settings: { firstParty: true } })
  const browser = openBrowser(world)
  const page = await browser.visit((await app.begin()).url)
  lastAddress += 1
  const answer = await browser.send(`${page.url.pathname}/login`, {
    method: 'POST',
    headers: {
      origin: world.issuer,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': `10.4.${Math.trunc(lastAddress / 250)}.${lastAddress % 250}`,
    },
    body: new URLSearchParams({ login: email, password }),
  })
  await app.close()
  return answer.status
}

describe('choosing', () => {
  let world: World
  beforeAll(async () => {
    world = await openSetup({ env: { BRAND_NAME: 'Acme Sprockets' } })
  })

  test.each([
    ['v5.0.0-6.2.1: fourteen characters', 'vq3 zkfd pluwn', 'at least 15 characters'],
    ['v5.0.0-6.2.4: a common one in another case', 'PolniyPizdec0211', 'on lists of known passwords'],
    ['v5.0.0-6.2.4: a row of digits', '123456789012345', 'a row of keys'],
    ['v5.0.0-6.2.11: the brand with the year', 'acmesprockets2026', 'the name of this service'],
    ['v5.0.0-6.2.11: the product twice', 'Latchkey-Latchkey', 'the name of this service'],
    ['v5.0.0-6.2.11: the own name and address', 'AdaLovelace-King1', 'your name or address'],
    ['201 characters', 'vq3 zkfd '.repeat(23), 'at most 200 characters'],
    ['a line break', 'vq3 zkfd\npluwn ghij', 'cannot be typed again'],
  ])('%s is refused, and the page says why', async (_, password, reason) => {
    const { status, html } = await choose(world, password)
    expect(status).toBe(400)
    expect(html).toContain(reason)
    expect(html).not.toContain(password)
  })

  test('v5.0.0-6.2.6, 6.2.7: the field hides what is typed, and lets password managers and paste do their work', async () => {
    const { html } = await openBrowser(world).visit(`/setup/${token}`)
    const field = /<input[^>]*name="password"[^>]*>/.exec(html)?.[0] ?? ''
    expect(field).toContain('type="password"')
    expect(field).toContain('autocomplete="new-password"')
    expect(field).not.toMatch(/maxlength|onpaste|pattern/)
  })
})

describe('using', () => {
  test('v5.0.0-6.2.8, 6.2.9: of a password of 100 bytes the 73rd counts, and case and spaces do', async () => {
    const world = await openSetup()
    const password = `Vq3 zkfd pluwn ghij Tomra yexil bosun kadre Zefiq walop nurim dasek Xohil 7 cemup ritva jodan 5 lisk `
    expect(Buffer.byteLength(password)).toBeGreaterThan(73)
    expect((await choose(world, password)).status).toBe(200)
    expect(await use(world, password)).toBe(303)
    for (const almost of [
      password.slice(0, 72),
      `${password.slice(0, 72)}#${password.slice(73)}`,
      password.slice(0, -1),
      password.trim(),
      password.toLowerCase(),
      `${password} `,
    ])
      expect(await use(world, almost)).toBe(401)
  })

  test('v5.0.0-6.2.5, 6.2.9: 200 characters of another script are one, however the keyboard composes them', async () => {
    const world = await openSetup()
    const letters = Array.from('äöüéñçжשע漢字🦊한あ'.normalize('NFC'))
    const password = Array.from(
      { length: 200 },
      (_, index) => letters[(index * 5 + Math.trunc(index / 14)) % letters.length],
    ).join('')
    expect(Array.from(password)).toHaveLength(200)
    expect((await choose(world, password.normalize('NFD'))).status).toBe(200)
    expect(await use(world, password)).toBe(303)
    expect(await use(world, Array.from(password).slice(0, -1).join(''))).toBe(401)
  })

  test('v5.0.0-6.2.10: a password of ten years ago is still one, and nobody is asked for another', async () => {
    const world = await openSetup()
    const account = await world.makeAccount()
    const longAgo = new Date('2016-01-01')
    await world.db.updateTable('accounts').set({ passwordChangedAt: longAgo, createdAt: longAgo }).execute()
    const app = await openRelyingParty(world, { settings: { firstParty: true } })
    const browser = openBrowser(world)
    const page = await browser.visit((await app.begin()).url)
    const fields = { login: account.email, password: account.password }
    const done = await browser.submit(page, { action: '/login', fields })
    expect(done.leavingTo?.searchParams.get('code')).toBeTruthy()
    await app.close()
  })
})

describe('v5.0.0-6.2.12: a service of leaked passwords', () => {
  const leaked = 'tuvohira qel zumopa'
  const fine = 'wexabulo min korate'
  const paddedOnly = 'hisomeru dag pylvon'

  test('learns five digits of a digest, and what it knows is refused', async () => {
    const service = await openService((prefix) => [
      `${'0'.repeat(35)}:3`,
      ...[leaked]
        .filter((password) => sha1(password).startsWith(prefix))
        .map((password) => `${sha1(password).slice(5)}:42`),
      // Padding, as the services send it.
      ...[paddedOnly]
        .filter((password) => sha1(password).startsWith(prefix))
        .map((password) => `${sha1(password).slice(5)}:0`),
    ])
    const world = await openSetup({ env: service.env })
    const refused = await choose(world, leaked)
    expect(refused.status).toBe(400)
    expect(refused.html).toContain('become known to others')
    // Refused by our own rules, nobody else is asked.
    await choose(world, '123456789012345')
    expect(service.asked).toEqual([{ path: `/range/${sha1(leaked).slice(0, 5)}`, padding: 'true' }])
    expect((await choose(world, paddedOnly)).status).toBe(200)
    await service.close()
  })

  test.each([
    ['answers with an error', 500],
    ['says nothing', 'hang'],
  ] as const)(
    'that %s keeps nobody from a password, and the log says so without the digits',
    async (_, how) => {
      const service = await openService(how)
      const world = await openSetup({ env: service.env })
      const began = performance.now()
      expect((await choose(world, fine)).status).toBe(200)
      expect(performance.now() - began).toBeLessThan(5000)
      const lines = world.logLines.filter((line) => line.includes('leaked passwords'))
      expect(lines).toHaveLength(1)
      expect(world.logLines.join()).not.toContain(sha1(fine).slice(0, 5))
      await service.close()
    },
  )
})

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase()
}

/** A service as the well-known one behaves, or one that is broken. */
async function openService(behaviour: ((prefix: string) => string[]) | 500 | 'hang') {
  const asked: { readonly path: string | undefined; readonly padding: unknown }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url, padding: request.headers['add-padding'] })
    if (behaviour === 'hang') return
    if (behaviour === 500) return void response.writeHead(500).end()
    response.end(behaviour(request.url?.slice(-5) ?? '').join('\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    env: { PASSWORD_RANGE_URL: `http://${host}/range/`, OUTBOUND_ALLOWED_HOSTS: host },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
