/** OpenID Connect Back-Channel Logout 1.0, delivered by a queue. */
import { createServer } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { endEverythingOfAccount } from '../../src/oidc/end-everything.ts'
import { inTransaction } from '../../src/platform/db/transaction.ts'
import { createLog } from '../../src/platform/log.ts'
import { buildServer } from '../../src/server.ts'
import { signIn } from '../support/browser-like.ts'
import type { Browser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

/** An app's endpoint for logout tokens, which can be down. */
interface Endpoint {
  readonly uri: string
  readonly received: { readonly token: string; readonly contentType: string }[]
  status: number
  connections: number
  readonly up: () => Promise<void>
  readonly down: () => Promise<void>
}

let world: World
let ana: TestAccount
let endpoint: Endpoint
let unlisted: Endpoint
let env: Record<string, string>
const opened: RelyingParty[] = []

beforeAll(async () => {
  endpoint = await openEndpoint()
  unlisted = await openEndpoint()
  env = { OUTBOUND_ALLOWED_HOSTS: new URL(endpoint.uri).host }
  world = await openWorld({ env })
})
afterAll(async () => {
  await Promise.all(opened.map((app) => app.close()))
  await endpoint.down()
  await unlisted.down()
  await world.close()
})
beforeEach(async () => {
  ana = await world.makeAccount()
  endpoint.status = 200
  endpoint.received.length = 0
})
afterEach(async () => {
  await world.db.deleteFrom('logoutDeliveries').execute()
})

test('§2.4 the logout token: typ, iss, aud, iat, jti, exp, events, sub and sid, no nonce, well signed', async () => {
  const app = await openApp({ backchannel_logout_session_required: true })
  const { browser, sid } = await signedIn(app)
  await signOut(browser)
  await expect.poll(() => endpoint.received.length).toBe(1)
  const { contentType } = endpoint.received[0] ?? {}
  expect(contentType).toBe('application/x-www-form-urlencoded')
  const { payload, protectedHeader } = await verified(app)
  expect(protectedHeader).toMatchObject({ typ: 'logout+jwt', alg: 'ES256', kid: expect.any(String) })
  expect(payload).toEqual({
    iss: world.issuer,
    aud: app.client.id,
    sub: ana.id,
    sid,
    jti: expect.stringMatching(/^[\w-]{21,}$/),
    iat: expect.any(Number),
    exp: expect.any(Number),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
  // §2.4: preferably at most two minutes in the future.
  expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(120)
  await expect.poll(deliveries).toEqual([])
})

test('§2.1 discovery says that it is supported, with sessions', async () => {
  const response = await fetch(`${world.issuer}/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  })
})

test('§2.3 only the session that ended is named: the same person elsewhere stays signed in', async () => {
  const app = await openApp({ backchannel_logout_session_required: true })
  const here = await signedIn(app)
  const there = await signedIn(app)
  expect(here.sid).not.toBe(there.sid)
  await signOut(here.browser)
  await expect.poll(() => endpoint.received.length).toBe(1)
  expect((await verified(app)).payload['sid']).toBe(here.sid)
  const place = await there.browser.visit((await app.begin({ prompt: 'none' })).url)
  expect(place.leavingTo?.searchParams.has('code')).toBe(true)
})

test('§2.3 every app of the session is told, and no app that was not part of it', async () => {
  const [first, second, never] = await Promise.all([openApp(), openApp(), openApp()])
  const { browser } = await signedIn(first)
  await signIn(world, { account: ana, authorizeUrl: (await second.begin()).url, browser })
  await signOut(browser)
  await expect.poll(() => endpoint.received.length).toBe(2)
  await expect.poll(deliveries).toEqual([])
  const told = endpoint.received.map(({ token }) => audienceOf(token))
  expect(told.sort()).toEqual([first.client.id, second.client.id].sort())
  expect(told).not.toContain(never.client.id)
})

test('§2.5 a client that is down is told when it is back, and once', async () => {
  const app = await openApp()
  const { browser } = await signedIn(app)
  await endpoint.down()
  await signOut(browser)
  await expect.poll(attempts).toEqual([1])
  expect((await deliveries())[0]?.lastProblem).toMatch(/\S/)
  await endpoint.up()
  await becomeDue()
  await expect.poll(deliveries).toEqual([])
  expect(endpoint.received.map(({ token }) => audienceOf(token))).toEqual([app.client.id])
})

test.each([500, 400, 302])('§2.8 an answer %i is not yet told: it is tried again later', async (status) => {
  const app = await openApp()
  const { browser } = await signedIn(app)
  endpoint.status = status
  await signOut(browser)
  await expect.poll(attempts).toEqual([1])
  const [row] = await deliveries()
  expect(Number(row?.nextAttemptAt)).toBeGreaterThan(Date.now() + 2000)
  endpoint.status = 200
  await becomeDue()
  await expect.poll(deliveries).toEqual([])
  expect(endpoint.received).toHaveLength(2)
})

test('a delivery survives the end of the server it was made on', async () => {
  const own = await openWorld({ env })
  const app = await openRelyingParty(own, { metadata: { backchannel_logout_uri: endpoint.uri } })
  const account = await own.makeAccount()
  await endpoint.down()
  const begun = await app.begin()
  const { browser } = await signIn(own, { account, authorizeUrl: begun.url })
  await signOut(browser, own)
  await own.instances[0]?.stop()
  const left = await own.db.selectFrom('logoutDeliveries').selectAll().execute()
  expect(left).toHaveLength(1)
  await endpoint.up()
  await own.db.updateTable('logoutDeliveries').set({ nextAttemptAt: new Date() }).execute()
  const again = await startAgain(own)
  await expect.poll(() => endpoint.received.length).toBe(1)
  await expect.poll(() => own.db.selectFrom('logoutDeliveries').selectAll().execute()).toEqual([])
  await again.close()
  await app.close()
  await own.close()
})

test('a sign-out that could not be noted for its apps ends nothing, and can be repeated', async () => {
  const app = await openApp()
  const { browser } = await signedIn(app)
  const repair = await breakTable('logout_deliveries', 'insert')
  const place = await browser.visit(`${world.issuer}/oauth/logout`)
  const failed = await browser.submit(place, { action: '/oauth/logout/confirm', button: 'yes' })
  expect(failed.status).toBeGreaterThanOrEqual(500)
  await repair()
  expect(await liveSessions()).toBe(1)
  await signOut(browser)
  expect(await liveSessions()).toBe(0)
  await expect.poll(() => endpoint.received.length).toBe(1)
})

test('nobody is told of a sign-out that did not happen', async () => {
  const app = await openApp()
  const { browser } = await signedIn(app)
  const repair = await breakTable('oidc_sessions', 'delete')
  const place = await browser.visit(`${world.issuer}/oauth/logout`)
  const failed = await browser.submit(place, { action: '/oauth/logout/confirm', button: 'yes' })
  expect(failed.status).toBeGreaterThanOrEqual(500)
  expect(await deliveries()).toEqual([])
  await repair()
})

test('§2.5 apps are told of sessions that end because the account was disabled', async () => {
  const app = await openApp()
  await signedIn(app)
  await inTransaction(world.db, async (trx) => {
    await disableAccount(trx, { id: ana.id }, systemAct(new Date()))
    await endEverythingOfAccount(trx, ana.id, systemAct(new Date()))
  })
  expect(await liveSessions()).toBe(0)
  await expect.poll(() => endpoint.received.length).toBe(1)
  expect((await verified(app)).payload.sub).toBe(ana.id)
})

test('T44: a private address that the operator did not name is never contacted', async () => {
  const app = await openApp({ backchannel_logout_uri: unlisted.uri })
  const { browser } = await signedIn(app)
  await signOut(browser)
  await expect.poll(attempts).toEqual([1])
  expect(unlisted.connections).toBe(0)
  expect(unlisted.received).toEqual([])
})

test('a client that was disabled meanwhile is not told, and the queue does not keep trying', async () => {
  const app = await openApp()
  const { browser } = await signedIn(app)
  await endpoint.down()
  await signOut(browser)
  await expect.poll(attempts).toEqual([1])
  await world.db
    .updateTable('clients')
    .set({ disabledAt: new Date() })
    .where('id', '=', app.client.id)
    .execute()
  await endpoint.up()
  await expect.poll(async () => (await becomeDue(), await deliveries())).toEqual([])
  expect(endpoint.received).toEqual([])
})

async function openApp(metadata: Readonly<Record<string, unknown>> = {}): Promise<RelyingParty> {
  const app = await openRelyingParty(world, {
    metadata: { backchannel_logout_uri: endpoint.uri, ...metadata },
  })
  opened.push(app)
  return app
}

async function signedIn(app: RelyingParty): Promise<{ browser: Browser; sid: unknown }> {
  const begun = await app.begin()
  const { browser, callback } = await signIn(world, { account: ana, authorizeUrl: begun.url })
  const tokens = await begun.complete(String(callback))
  return { browser, sid: tokens.claims()?.['sid'] }
}

async function signOut(browser: Browser, at: World = world): Promise<void> {
  const place = await browser.visit(`${at.issuer}/oauth/logout`)
  const done = await browser.submit(place, { action: '/oauth/logout/confirm', button: 'yes' })
  expect(done.html).toContain('You are signed out')
}

/** Lets every write of this kind to a table fail; gives back what undoes it. */
async function breakTable(table: string, write: 'insert' | 'delete'): Promise<() => Promise<void>> {
  await sql`create or replace function fail_now() returns trigger language plpgsql as
    $$ begin raise exception 'broken by a test'; end $$`.execute(world.db)
  await sql`create trigger broken before ${sql.raw(write)} on ${sql.table(table)}
    for each row execute function fail_now()`.execute(world.db)
  return async () => {
    await sql`drop trigger broken on ${sql.table(table)}`.execute(world.db)
  }
}

async function liveSessions(): Promise<number> {
  const rows = await world.db
    .selectFrom('oidcSessions')
    .select('uid')
    .where('accountId', '=', ana.id)
    .execute()
  // A value that was replaced a moment ago has a row of the same session.
  return new Set(rows.map(({ uid }) => uid)).size
}

function verified(app: RelyingParty) {
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`))
  return jwtVerify(endpoint.received[0]?.token ?? '', keys, {
    issuer: world.issuer,
    audience: app.client.id,
    typ: 'logout+jwt',
  })
}

function audienceOf(token: string): string {
  const [, payload = ''] = token.split('.')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud: string }).aud
}

function deliveries() {
  return world.db.selectFrom('logoutDeliveries').selectAll().execute()
}

async function attempts(): Promise<number[]> {
  // A row is claimed before it is tried; the problem stands there once it was.
  return (await deliveries()).filter((row) => row.lastProblem !== null).map((row) => row.attempts)
}

async function becomeDue(): Promise<void> {
  await world.db.updateTable('logoutDeliveries').set({ nextAttemptAt: new Date() }).execute()
}

/** The same server, started again on the same database. */
function startAgain(own: World) {
  const log = createLog('info', { write: () => {} })
  return buildServer(own.config, { now: () => new Date(), log })
}

async function openEndpoint(): Promise<Endpoint> {
  const received: Endpoint['received'] = []
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  const endpoint: Endpoint = {
    uri: `http://127.0.0.1:${port}/logout`,
    received,
    status: 200,
    connections: 0,
    up: async () => {
      server = await listen(port)
    },
    down: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  async function listen(wanted: number): Promise<HttpServer> {
    const listener = createServer((request, response) => {
      let body = ''
      request.on('data', (data) => (body += String(data)))
      request.on('end', () => {
        const token = new URLSearchParams(body).get('logout_token') ?? ''
        received.push({ token, contentType: request.headers['content-type'] ?? '' })
        const headers = { location: endpoint.uri, connection: 'close' }
        response.writeHead(endpoint.status, headers).end()
      })
    })
    listener.on('connection', () => (endpoint.connections += 1))
    listener.listen(wanted, '127.0.0.1')
    await once(listener, 'listening')
    return listener
  }
  return endpoint
}
