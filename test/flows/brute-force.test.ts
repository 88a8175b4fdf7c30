/** Guessing passwords from many places at once, and the person who is to get in all the same. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSignInGuard } from '../../src/web/sign-in/guard.ts'
import { addressBucket } from '../../src/platform/http/client-address.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
let round = 0

beforeAll(async () => {
  world = await openWorld({
    instances: 2,
    env: { TRUSTED_PROXIES: '127.0.0.1', PASSWORD_HASHES_WAITING: '1000' },
  })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app?.close()
  await world?.close()
})
beforeEach(async () => {
  round += 1
  ana = await world.makeAccount()
  await sql`truncate limit_buckets, password_attempts`.execute(world.db)
})

const wrong = 'wrong, and wrong again'
const home = '203.0.113.7'

describe('an attacker with many addresses', () => {
  test('T28: of 500 parallel wrong passwords from 500 addresses over two instances forty reach the hash, and the person on a known device gets in', async () => {
    const known = await signedInBrowser(ana)
    const doors = await Promise.all(
      Array.from({ length: 10 }, (_, index) => openDoor({ via: world.instances[index % 2]?.origin })),
    )
    const [first, ...others] = doors.flatMap((door, index) =>
      Array.from(
        { length: 50 },
        (_, guess) => () => door.attempt(ana.email, wrong, `10.1.${index}.${guess}`),
      ),
    )
    expect((await first?.())?.status).toBe(401)
    await stopTheClock()
    const answers = await Promise.all(others.map((guess) => guess()))
    const looked = await comparedFor(ana.id)
    const statuses = answers.map(({ status }) => status)
    const [compared, refused, busy] = [401, 429, 503].map(
      (wanted) => statuses.filter((status) => status === wanted).length,
    )
    console.log(
      `500 parallel guesses from 500 addresses: ${looked} compared, ${refused} refused, ${busy} busy`,
    )
    expect(statuses.filter((status) => ![401, 429, 503].includes(status))).toEqual([])
    expect(looked).toBeLessThanOrEqual(40)
    expect(looked).toBeGreaterThanOrEqual(1 + (compared ?? 0))
    // A machine that has much else to do turns some away, which may have been counted; one that has not, none.
    if (busy === 0) expect({ looked, compared, refused }).toEqual({ looked: 40, compared: 39, refused: 460 })
    // What the busy ones left over is spent too, and gives nobody more than forty.
    const rest = await openDoor()
    for (let index = 0; (await rest.attempt(ana.email, wrong, `10.2.0.${index}`)).status !== 429; index += 1)
      expect(index).toBeLessThan(40)
    expect(await comparedFor(ana.id)).toBeLessThanOrEqual(40)
    // A stranger with the right password waits like everybody; the person's own browser does not.
    expect((await (await openDoor()).attempt(ana.email, ana.password, '192.0.2.200')).status).toBe(429)
    expect((await (await openDoor({ browser: known })).attempt(ana.email, ana.password, home)).status).toBe(
      303,
    )
  })

  test('from the very same address as the person, too', async () => {
    const known = await signedInBrowser(ana)
    const door = await openDoor()
    for (let attempt = 0; attempt < 11; attempt += 1) await door.attempt(ana.email, wrong, home)
    expect((await door.attempt(ana.email, ana.password, home)).status).toBe(429)
    expect((await (await openDoor({ browser: known })).attempt(ana.email, ana.password, home)).status).toBe(
      303,
    )
  })

  test('v5.0.0-6.1.1: who spends the ninety shuts the password for strangers, and not for the person’s own device', async () => {
    const known = await signedInBrowser(ana)
    await spendAllButOne(ana.id)
    const door = await openDoor()
    expect((await door.attempt(ana.email, wrong, '192.0.2.1')).status).toBe(401)
    expect((await door.attempt(ana.email, ana.password, '192.0.2.2')).status).toBe(401)
    expect(await eventsOf(ana.id, 'account.password_disabled')).toBe(1)
    expect((await (await openDoor({ browser: known })).attempt(ana.email, ana.password, home)).status).toBe(
      303,
    )
    // And not by that for strangers again.
    expect((await door.attempt(ana.email, ana.password, '192.0.2.3')).status).toBe(401)
  })

  test('a device cookie that was made up, or is known to somebody else, helps nobody', async () => {
    const ben = await world.makeAccount()
    const bens = await signedInBrowser(ben)
    await spendAllButOne(ana.id)
    await (await openDoor()).attempt(ana.email, wrong, '192.0.2.1')
    expect((await (await openDoor({ browser: bens })).attempt(ana.email, ana.password, home)).status).toBe(
      401,
    )
    const forged = openBrowser(world)
    forged.cookies.take(new URL(world.issuer), [`device=${'A'.repeat(43)}; Path=/`])
    expect((await (await openDoor({ browser: forged })).attempt(ana.email, ana.password, home)).status).toBe(
      401,
    )
  })

  test('T28: the lock holds for a sign-in that was begun before it', async () => {
    const before = await openDoor()
    await spendAllButOne(ana.id)
    await (await openDoor()).attempt(ana.email, wrong, '192.0.2.1')
    expect((await before.attempt(ana.email, ana.password, '192.0.2.9')).status).toBe(401)
    const drained = await openDoor()
    for (let attempt = 0; attempt < 12; attempt += 1) await drained.attempt(ana.email, wrong, '192.0.2.9')
    expect((await before.attempt(ana.email, ana.password, '192.0.2.9')).status).toBe(429)
  })
})

test('the delay grows: ten at once, then one a minute, and after thirty one every ten minutes', async () => {
  const door = await openDoor()
  const guess = async () => (await door.attempt(ana.email, wrong, home)).status
  const guesses = async (count: number) => {
    const statuses: number[] = []
    for (let index = 0; index < count; index += 1) statuses.push(await guess())
    return statuses
  }
  expect(await guesses(11)).toEqual([...Array.from({ length: 10 }, () => 401), 429])
  await letTimePass(61)
  expect(await guesses(2)).toEqual([401, 429])
  // Each minute one, until the thirty of the longer budget are gone: it regained two in these twenty minutes.
  for (let minute = 0; minute < 21; minute += 1) {
    await letTimePass(60)
    expect(await guess()).toBe(401)
  }
  await letTimePass(60)
  const refused = await door.attempt(ana.email, wrong, home)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(300)
  await letTimePass(600)
  expect(await guesses(2)).toEqual([401, 429])
})

test('T29: user name, address, case and compatibility forms are one counter', async () => {
  const name = `anna${round}`
  const change = world.db.updateTable('accounts').set({ username: name, usernameKey: name })
  await change.where('id', '=', ana.id).execute()
  const fullWidth = Array.from(name)
    .map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0))
    .join('')
  const spellings = [name, name.toUpperCase(), ` ${name} `, fullWidth, ana.email, ana.email.toUpperCase()]
  const door = await openDoor()
  for (let attempt = 0; attempt < 10; attempt += 1)
    await door.attempt(spellings[attempt % spellings.length] ?? '', wrong, home)
  for (const spelling of spellings) expect((await door.attempt(spelling, wrong, home)).status).toBe(429)
  expect(await comparedFor(ana.id)).toBe(10)
  const { count } = await world.db
    .selectFrom('passwordAttempts')
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  expect(count).toBe(1)
})

describe('T30: addresses of one network', () => {
  test('10,000 addresses of one /64, and every way to write one, are one bucket', () => {
    const buckets = new Set<string>()
    for (let index = 0; index < 10_000; index += 1) {
      const [high, low] = [(index * 2_654_435_761) % 65_536, index]
      buckets.add(addressBucket(`2001:db8:aa:bb:${high.toString(16)}::${low.toString(16)}`))
    }
    for (const written of [
      '2001:db8:aa:bb::1',
      '2001:0DB8:00AA:00BB:0000:0000:0000:0001',
      '2001:db8:aa:bb:0:0:0:1',
      '2001:DB8:AA:BB::0.0.0.1',
      '2001:db8:aa:bb::1%eth0',
      '2001:db8:aa:bb:ffff:ffff:ffff:ffff',
    ])
      buckets.add(addressBucket(written))
    expect(buckets).toEqual(new Set(['2001:db8:aa:bb::/64']))
  })

  test('300 failures from different /64 of one /48 end its turn, at whatever names', async () => {
    const guard = createSignInGuard(world.db)
    const from = (index: number, network: string) =>
      guard.admit(
        { login: `nobody${index}@example.com` },
        { actor: { type: 'anonymous' }, now: new Date(), address: `${network}:${index.toString(16)}::1` },
      )
    expect((await from(1, '2001:db8:cc')).allowed).toBe(true)
    await stopTheClock()
    const admitted: boolean[] = []
    for (let index = 2; index <= 320; index += 1) admitted.push((await from(index, '2001:db8:cc')).allowed)
    expect(admitted.indexOf(false)).toBe(299)
    expect(admitted.filter(Boolean)).toHaveLength(299)
    expect((await from(999, '2001:db8:cd')).allowed).toBe(true)
  })
})

describe('T31: a lock tells nothing', () => {
  test('too many attempts: the same bytes for an account and for none', async () => {
    const answers = []
    for (const login of [ana.email, 'nobody.at.all@example.com']) {
      const door = await openDoor()
      for (let attempt = 0; attempt < 10; attempt += 1) {
        await door.attempt(login, wrong, `10.9.9.${answers.length}`)
        await stopTheClock()
      }
      answers.push(await bytesOf(door, login, `10.9.9.${answers.length}`))
    }
    expect(answers[0]?.status).toBe(429)
    expect(answers[1]).toEqual(answers[0])
  })

  test('a disabled password: the same bytes as a wrong one, and as no account, whatever is typed', async () => {
    await spendAllButOne(ana.id)
    await (await openDoor()).attempt(ana.email, wrong, '192.0.2.1')
    const locked = await bytesOf(await openDoor(), ana.email, '192.0.2.2', ana.password)
    const unknown = await bytesOf(await openDoor(), 'nobody.here@example.com', '192.0.2.3', ana.password)
    expect(locked.status).toBe(401)
    expect(unknown).toEqual(locked)
  })
})

describe('devices', () => {
  test('every finished sign-in remembers the device: once per browser, told from the second on', async () => {
    const browser = await signedInBrowser(ana)
    const token = browser.cookies.all().get('device') ?? ''
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(await eventsOf(ana.id, 'sign_in.new_device')).toBe(0)
    await signIn(browser, ana, { prompt: 'login' })
    expect(browser.cookies.all().get('device')).toBe(token)
    expect(await eventsOf(ana.id, 'sign_in.new_device')).toBe(0)
    const other = await signedInBrowser(ana)
    expect(other.cookies.all().get('device')).not.toBe(token)
    expect(await eventsOf(ana.id, 'sign_in.new_device')).toBe(1)
    const rows = await world.db.selectFrom('devices').select('id').where('accountId', '=', ana.id).execute()
    expect(rows).toHaveLength(2)
  })

  test('one browser with two people has one cookie and a device of each', async () => {
    const ben = await world.makeAccount()
    const browser = await signedInBrowser(ana)
    const token = browser.cookies.all().get('device')
    // Signed out; the device stays.
    for (const name of browser.cookies.all().keys()) if (name !== 'device') browser.cookies.remove(name)
    await signIn(browser, ben)
    expect(browser.cookies.all().get('device')).toBe(token)
    const rows = await world.db.selectFrom('devices').select('accountId').execute()
    expect(rows.filter(({ accountId }) => [ana.id, ben.id].includes(accountId))).toHaveLength(2)
  })

  test('a wrong password leaves no cookie, and the cookie is for this server alone', async () => {
    const door = await openDoor()
    const answer = await door.attempt(ana.email, wrong, home)
    expect(answer.headers.getSetCookie().join()).not.toContain('device')
    const browser = openBrowser(world)
    const cookies = await cookiesOfSignIn(browser, ana)
    const cookie = cookies.find((text) => text.startsWith('device='))
    expect(cookie).toMatch(/; path=\/(;|$)/i)
    expect(cookie).toMatch(/; httponly/i)
    expect(cookie).toMatch(/; samesite=lax/i)
    expect(cookie).not.toMatch(/; domain=/i)
  })
})

interface Door {
  readonly page: Place
  readonly attempt: (login: string, password: string, from: string) => Promise<Response>
}

/** A sign-in page, and what comes of trying it from an address. */
async function openDoor({
  via,
  browser,
}: { via?: string | undefined; browser?: Browser } = {}): Promise<Door> {
  const own = browser ?? openBrowser(world, via === undefined ? {} : { via })
  const page = await own.visit((await app.begin({ prompt: 'login' })).url)
  return {
    page,
    attempt: (login, password, from) =>
      own.send(`${page.url.pathname}/login`, {
        method: 'POST',
        headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': from },
        body: new URLSearchParams({ login, password }),
      }),
  }
}

async function signIn(
  browser: Browser,
  { email, password }: TestAccount,
  params: Record<string, string> = {},
) {
  const page = await browser.visit((await app.begin(params)).url)
  const done = await browser.submit(page, { action: '/login', fields: { login: email, password } })
  expect(done.leavingTo?.searchParams.get('code')).toBeTruthy()
}

async function signedInBrowser(account: TestAccount): Promise<Browser> {
  const browser = openBrowser(world)
  await signIn(browser, account)
  return browser
}

/** What the answers on the way through a sign-in set. */
async function cookiesOfSignIn(browser: Browser, account: TestAccount): Promise<string[]> {
  const door = await openDoor({ browser })
  let answer = await door.attempt(account.email, account.password, home)
  const cookies: string[] = []
  for (let hop = 0; hop < 5; hop += 1) {
    cookies.push(...answer.headers.getSetCookie())
    const location = answer.headers.get('location')
    if (location === null || !new URL(location, world.issuer).href.startsWith(world.issuer)) break
    answer = await browser.send(location)
  }
  return cookies
}

/** An answer without what is its own: the request's id, the date, the sign-in's address and the name that was typed. */
async function bytesOf({ page, attempt }: Door, login: string, from: string, password = wrong) {
  const answer = await attempt(login, password, from)
  const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(answer.headers)
  const text = (await answer.text()).replaceAll(page.url.pathname, '').replaceAll(login, '')
  return { status: answer.status, headers: { ...headers, 'content-length': undefined }, text }
}

/** Eighty-nine wrong passwords in a row, as an attacker with patience makes them. */
async function spendAllButOne(accountId: string): Promise<void> {
  await sql`insert into password_attempts (key, account_id, elsewhere, updated_at)
    values (${accountId}, ${accountId}, 89, now())`.execute(world.db)
}

/** How often a password was really compared with the account's hash. */
async function comparedFor(accountId: string): Promise<number> {
  const rows = await world.db
    .selectFrom('auditEvents')
    .select('details')
    .where('type', '=', 'sign_in.failed')
    .where('targetId', '=', accountId)
    .execute()
  return rows.filter(({ details }) => JSON.stringify(details).includes('wrong_password')).length
}

async function eventsOf(accountId: string, type: string): Promise<number> {
  const rows = await world.db
    .selectFrom('auditEvents')
    .select('id')
    .where('targetId', '=', accountId)
    .where('type', '=', type)
    .execute()
  return rows.length
}

/** Makes all buckets older, as if nobody had tried anything for so long. */
async function letTimePass(seconds: number): Promise<void> {
  await sql`update limit_buckets set updated_at = updated_at - make_interval(secs => ${seconds})`.execute(
    world.db,
  )
}

/** No bucket that was taken from regains anything from now on, so that bounds are exact however slow the machine is. */
async function stopTheClock(): Promise<void> {
  await sql`update limit_buckets set updated_at = now() + interval '1 day'`.execute(world.db)
}
