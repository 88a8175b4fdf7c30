/** T12, 7.4.2: what goes on with a session at the very moment at which it is ended does not bring it back. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { endEverythingOfAccount } from '../../src/oidc/end-everything.ts'
import { endListedSession } from '../../src/oidc/listings.ts'
import { beginEndingSessions } from '../../src/oidc/session-ends.ts'
import { endAllSessions, endOtherSessions } from '../../src/oidc/session-list.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { answerConsent, asks, signInOutcome } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
/** First-party: the code comes at once. */
let app: RelyingParty
/** Somebody else's: consent is asked for. */
let other: RelyingParty
beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
  other = await openRelyingParty(world)
})
afterAll(async () => {
  await app.close()
  await other.close()
  await world.close()
})

const act = () => systemAct(new Date())
const ends: Readonly<Record<string, (account: TestAccount) => Promise<unknown>>> = {
  'everything is ended': ({ id }) => endEverythingOfAccount(world.db, id, act()),
  'all sessions are ended': ({ id }) => endAllSessions(world.db, id, act()),
  'the person ends all others': ({ id }) => endOtherSessions(world.db, { accountId: id, except: 'x' }, act()),
  'an administrator ends each': (account) => endAlone(world.db, account),
}

describe.each(Object.entries(ends))('while %s', (_, end) => {
  test('browsers that go on come to nothing, whoever is faster', async () => {
    for (let round = 0; round < 4; round += 1) {
      const ana = await world.makeAccount()
      const browsers = await signedIn(ana, 4)
      const ways = [goOn, proveAgain, chooseAgain, allow]
      const ready = await Promise.all(browsers.map((browser, at) => (ways[at] ?? goOn)(browser, ana)))
      const [, ...places] = await Promise.all([end(ana), ...ready.map((go) => go())])
      expect(await sessionsOf(ana)).toEqual([])
      // Whoever was faster was given a code, which has ended with the session that it came from.
      for (const { leavingTo } of places) expect(await isWorthSomething(leavingTo)).toBe(false)
    }
    expect(world.logLines.filter((line) => /40P01|deadlock/.test(line))).toEqual([])
  })
})

describe.each([
  ['asks for another code', goOn, asksToSignIn],
  ['chooses the same account again', chooseAgain, saysItIsOver],
  ['allows an app something', allow, saysItIsOver],
  ['has proven itself again', proveAgain, saysItIsOver],
])('a browser that %s', (_, prepare, isTold) => {
  test.each([
    [
      'with all others of the account',
      (trx: Database, account: TestAccount) => endAllSessions(trx, account.id, act()),
    ],
    ['alone', endAlone],
  ])('and whose session ends %s before the answer leaves is told so, and gets no code', async (_how, end) => {
    const ana = await world.makeAccount()
    const [browser] = await signedIn(ana, 1)
    if (browser === undefined) throw new Error('nobody is signed in')
    const go = await prepare(browser, ana)
    let going: Promise<Place> | undefined
    await world.db.transaction().execute(async (trx) => {
      await beginEndingSessions(trx, ana.id)
      going = go()
      await expect.poll(waitingAtTheLock, { timeout: 60_000 }).toBe(1)
      await end(trx, ana)
    })
    const place = await going
    expect(place?.leavingTo).toBeUndefined()
    expect(place && isTold(place)).toBe(true)
    expect(await sessionsOf(ana)).toEqual([])
    // It can begin again at once.
    expect(asks(await browser.visit((await app.begin()).url), '/login')).toBe(true)
  })

  test('and whose session does not end goes on, under one living cookie value', async () => {
    const ana = await world.makeAccount()
    const [browser] = await signedIn(ana, 1)
    if (browser === undefined) throw new Error('nobody is signed in')
    const before = await sessionsOf(ana)
    const place = await (await prepare(browser, ana))()
    expect(place.leavingTo?.searchParams.get('code')).toBeTruthy()
    expect(new Set(await sessionsOf(ana))).toEqual(new Set(before))
    expect(await livingValues(ana)).toBe(1)
    expect(
      (await browser.visit((await app.begin({ prompt: 'none' })).url)).leavingTo?.searchParams.has('code'),
    ).toBe(true)
  })
})

test('somebody who signs out while their session is ended waits for that, and holds nothing that it needs', async () => {
  const ana = await world.makeAccount()
  const [browser] = await signedIn(ana, 1)
  if (browser === undefined) throw new Error('nobody is signed in')
  const question = await browser.visit(`${world.issuer}/oauth/logout`)
  let going: Promise<Place> | undefined
  await world.db.transaction().execute(async (trx) => {
    await beginEndingSessions(trx, ana.id)
    going = browser.submit(question, { action: '/oauth/logout/confirm', button: 'yes' })
    await expect.poll(waitingAtTheLock, { timeout: 60_000 }).toBe(1)
    await endAllSessions(trx, ana.id, act())
  })
  expect((await going)?.status).toBeLessThan(500)
  expect(await sessionsOf(ana)).toEqual([])
  expect(world.logLines.filter((line) => /40P01|deadlock/.test(line))).toEqual([])
})

function signedIn(account: TestAccount, count: number): Promise<Browser[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const browser = openBrowser(world, { via: world.instances[at % 2]?.origin ?? '' })
      await signInOutcome(browser, { account, authorizeUrl: (await app.begin()).url })
      return browser
    }),
  )
}

function asksToSignIn(place: Place): boolean {
  return asks(place, '/login')
}

function saysItIsOver({ status, html }: Place): boolean {
  return status === 400 && html.includes('This sign-in is over')
}

/** Everything but the last step, which is taken when it is called. */
async function goOn(browser: Browser, _account: TestAccount): Promise<() => Promise<Place>> {
  const { url } = await app.begin()
  return () => browser.visit(url)
}

async function chooseAgain(browser: Browser, { id }: TestAccount): Promise<() => Promise<Place>> {
  const page = await browser.visit((await app.begin({ prompt: 'select_account' })).url)
  return () => browser.submit(page, { action: '/accounts', button: id })
}

async function allow(browser: Browser, _account: TestAccount): Promise<() => Promise<Place>> {
  const page = await browser.visit((await other.begin()).url)
  expect(asks(page, '/consent')).toBe(true)
  return () => answerConsent(browser, page, 'allow')
}

/** Up to where the proof leads. */
async function proveAgain(browser: Browser, { email, password }: TestAccount): Promise<() => Promise<Place>> {
  const page = await browser.visit((await app.begin({ prompt: 'login' })).url)
  const answer = await browser.send(`${page.url.pathname}/login`, {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ login: email, password }),
  })
  const onward = new URL(answer.headers.get('location') ?? '', world.issuer)
  return () => browser.visit(onward)
}

/** As an administrator does it, or the person for another browser. */
async function endAlone(trx: Database, account: TestAccount): Promise<void> {
  for (const uid of new Set(await sessionsOf(account))) await endListedSession(trx, uid, act())
}

async function sessionsOf({ id }: TestAccount): Promise<string[]> {
  const rows = await world.db.selectFrom('oidcSessions').select('uid').where('accountId', '=', id).execute()
  return rows.map(({ uid }) => uid)
}

/** Values that were replaced end by themselves a moment later. */
async function livingValues({ id }: TestAccount): Promise<number> {
  const { rows } = await sql`select 1 from oidc_sessions
    where account_id = ${id} and not payload ? 'replaced'`.execute(world.db)
  return rows.length
}

async function isWorthSomething(callback: URL | undefined): Promise<boolean> {
  const code = callback?.searchParams.get('code')
  if (code === undefined || code === null) return false
  const { rows } = await sql`select 1 from oidc_artifacts a
    where a.id_hash = ${sha256(code)}
      and exists (select from oidc_sessions s where s.uid = a.session_uid and s.expires_at > now())`.execute(
    world.db,
  )
  return rows.length > 0
}

async function waitingAtTheLock(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_locks
    where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(world.db)
  return rows[0]?.n ?? 0
}
