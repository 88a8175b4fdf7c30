/** Guessing passwords, and asking which accounts exist. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let lastAddress = 0
/** An IPv4 address that no other test comes from. */
let address: string

beforeAll(async () => {
  world = await openWorld({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1' } })
  app = await openRelyingParty(world)
})
afterAll(async () => {
  await app.close()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount()
  lastAddress += 1
  address = `198.51.100.${lastAddress}`
})

const wrong = 'wrong, and wrong again'

describe('limits', () => {
  test('T28: after ten wrong passwords 429 says when to come back, and the right password is refused too', async () => {
    const door = await openDoor()
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect((await door.attempt(ana.email, wrong, address)).status).toBe(401)
    const refused = await door.attempt(ana.email, wrong, address)
    expect(refused.status).toBe(429)
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(await refused.text()).toContain('There were too many attempts')
    expect((await door.attempt(ana.email, ana.password, address)).status).toBe(429)
    // The owner, who is elsewhere, is not locked out by it.
    expect((await door.attempt(ana.email, ana.password, '203.0.113.1')).status).toBe(303)
  })

  test('the budget comes back with time, and the right password works again', async () => {
    const door = await openDoor()
    for (let attempt = 0; attempt < 11; attempt += 1) await door.attempt(ana.email, wrong, address)
    expect((await door.attempt(ana.email, ana.password, address)).status).toBe(429)
    await letTimePass(61)
    expect((await door.attempt(ana.email, ana.password, address)).status).toBe(303)
  })

  test('T28: of fifty parallel guesses over two instances at most ten are looked at', async () => {
    const doors = await Promise.all(
      Array.from({ length: 10 }, (_, index) => openDoor(world.instances[index % 2]?.origin)),
    )
    const answers = await Promise.all(
      doors.flatMap((door) => Array.from({ length: 5 }, () => door.attempt(ana.email, wrong, address))),
    )
    const looked = answers.filter(({ status }) => status === 401).length
    const refused = answers.filter(({ status }) => status === 429).length
    console.log(`50 parallel guesses: ${looked} looked at, ${refused} refused`)
    expect(looked).toBeGreaterThan(0)
    expect(looked).toBeLessThanOrEqual(10)
    expect(looked + refused).toBe(50)
  })

  test('T29: all spellings of one name are one counter', async () => {
    const door = await openDoor()
    const spellings = [ana.email, ana.email.toUpperCase(), ` ${ana.email} `, ana.email.replace('p', 'P')]
    for (let attempt = 0; attempt < 10; attempt += 1)
      await door.attempt(spellings[attempt % spellings.length] ?? '', wrong, address)
    for (const spelling of spellings) expect((await door.attempt(spelling, wrong, address)).status).toBe(429)
  })

  test('T30: all addresses of one IPv6 /64 are one address, and the next /64 is another', async () => {
    const door = await openDoor()
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const answer = await door.attempt(ana.email, wrong, `2001:db8:1:2::${attempt}`)
      expect(answer.status).toBe(401)
    }
    for (const same of ['2001:db8:1:2:ffff::1', '2001:0DB8:0001:0002:0:0:0:9', '[2001:db8:1:2::77]:4711'])
      expect((await door.attempt(ana.email, wrong, same)).status).toBe(429)
    expect((await door.attempt(ana.email, wrong, '2001:db8:1:3::1')).status).toBe(401)
  })

  test('thirty wrong guesses from one address, each at another name, end its turn too', async () => {
    const door = await openDoor()
    for (let attempt = 0; attempt < 30; attempt += 1)
      expect((await door.attempt(`nobody${attempt}@example.com`, wrong, address)).status).toBe(401)
    expect((await door.attempt('nobody30@example.com', wrong, address)).status).toBe(429)
  })

  test('F4: an address that a stranger writes in a header is not believed', async () => {
    const door = await openDoor()
    for (let attempt = 0; attempt < 10; attempt += 1)
      await door.attempt(ana.email, wrong, `6.6.6.${attempt}, ${address}`)
    expect((await door.attempt(ana.email, wrong, `6.6.7.1, ${address}`)).status).toBe(429)
  })

  test('signing in correctly costs nothing, however often', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const door = await openDoor()
      expect((await door.attempt(ana.email, ana.password, address)).status).toBe(303)
    }
  })
})

describe('T31: who has an account is nobody’s business', () => {
  test('unknown, known, disabled and password-less accounts get the same bytes', async () => {
    const disabled = await world.makeAccount()
    const withoutPassword = await world.makeAccount()
    const change = world.db.updateTable('accounts')
    await change.set({ disabledAt: new Date() }).where('id', '=', disabled.id).execute()
    await change.set({ passwordHash: null }).where('id', '=', withoutPassword.id).execute()
    const names = ['nobody@example.com', ana.email, disabled.email, withoutPassword.email]
    const answers = await Promise.all(names.map((name) => answerTo(name, wrong)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]?.status).toBe(401)
    // Not even the right password of a disabled account tells that it is one.
    expect(await answerTo(disabled.email, disabled.password)).toEqual(answers[0])
  })

  test('the limit is the same for a name that does not exist', async () => {
    const door = await openDoor()
    const name = 'still-nobody@example.com'
    const statuses: number[] = []
    for (let attempt = 0; attempt < 11; attempt += 1)
      statuses.push((await door.attempt(name, wrong, address)).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
  })
})

interface Door {
  readonly page: Place
  readonly browser: Browser
  readonly attempt: (login: string, password: string, from: string) => Promise<Response>
}

/** A sign-in page in a browser of its own, and what comes of trying it from an address. */
async function openDoor(via?: string): Promise<Door> {
  const browser = openBrowser(world, via === undefined ? {} : { via })
  const page = await browser.visit((await app.begin()).url)
  return {
    page,
    browser,
    attempt: (login, password, from) =>
      browser.send(`${page.url.pathname}/login`, {
        method: 'POST',
        headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': from },
        body: new URLSearchParams({ login, password }),
      }),
  }
}

/** An answer without what is its own: the request's id, the date, the sign-in's address and the name that was typed. */
async function answerTo(login: string, password: string) {
  const { page, attempt } = await openDoor()
  const answer = await attempt(login, password, address)
  const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(answer.headers)
  const text = (await answer.text()).replaceAll(page.url.pathname, '').replaceAll(login, '')
  const length = Number(headers['content-length']) - page.url.pathname.length * 2 - login.length
  return { status: answer.status, headers: { ...headers, 'content-length': length }, text }
}

/** Makes all buckets older, as if nobody had tried anything for so long. */
async function letTimePass(seconds: number): Promise<void> {
  await sql`update limit_buckets set updated_at = updated_at - make_interval(secs => ${seconds})`.execute(
    world.db,
  )
}
