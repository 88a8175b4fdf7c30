/** Logos of clients: fetched by us through the guard, bounded, believed only if they are pictures, served from here. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findClient } from '../../src/domain/clients/client.ts'
import { createOutbound } from '../../src/platform/outbound/outbound.ts'
import { createClientLogos, mostLogoBytes } from '../../src/web/client-logos.ts'
import { submitSignIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)])
const jpeg = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(100, 7)])
const webp = Buffer.from('RIFF\u0000\u0000\u0000\u0000WEBPVP8 ', 'latin1')
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

let world: World
let answer: { status: number; type: string; body: Buffer | string }
let requests = 0
let moment = new Date()

const server = createServer((_request, response) => {
  requests += 1
  response.writeHead(answer.status, { 'content-type': answer.type, location: 'http://169.254.169.254/' })
  response.end(answer.body)
})

beforeAll(async () => {
  world = await openWorld()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await world.close()
})

describe('fetching', () => {
  test.each([
    ['a PNG', png, 'image/png'],
    ['a JPEG that says it is HTML', jpeg, 'image/jpeg'],
    ['a WebP', webp, 'image/webp'],
  ])('%s is kept as what it is', async (_what, body, type) => {
    answer = { status: 200, type: 'text/html', body }
    const { id, path } = await pathAfterFetch()
    expect(path).toMatch(new RegExp(`^/client-logos/${id}/[0-9a-f]{64}$`))
    const served = await fetch(`${world.issuer}${path}`)
    expect(served.headers.get('content-type')).toBe(type)
    expect(served.headers.get('x-content-type-options')).toBe('nosniff')
    expect(Buffer.from(await served.arrayBuffer()).equals(body)).toBe(true)
  })

  test.each([
    ['an SVG', 200, 'image/svg+xml', svg],
    ['a page that says it is a PNG', 200, 'image/png', '<html><script>alert(1)</script>'],
    ['nothing', 200, 'image/png', ''],
    ['a byte more than is allowed', 200, 'image/png', Buffer.concat([png, Buffer.alloc(mostLogoBytes)])],
    ['a redirect', 302, 'image/png', png],
    ['an error', 500, 'image/png', png],
  ])('%s is no logo, and is asked for once, not for each page', async (_what, status, type, body) => {
    answer = { status, type, body }
    const before = requests
    const { path, again } = await pathAfterFetch()
    expect(path).toBeUndefined()
    expect(await again()).toBeUndefined()
    expect(requests - before).toBe(1)
  })

  test('twenty pages at once ask once', async () => {
    answer = { status: 200, type: 'image/png', body: png }
    const before = requests
    const { logos, client } = await logosOf()
    const paths = await Promise.all(Array.from({ length: 20 }, () => logos.pathOf(client)))
    expect(new Set(paths).size).toBe(1)
    expect(requests - before).toBe(1)
  })

  test('a logo outlives a day on which its server is down, and is replaced when it changes', async () => {
    answer = { status: 200, type: 'image/png', body: png }
    const { logos, client } = await logosOf()
    const first = await logos.pathOf(client)
    answer = { status: 500, type: 'image/png', body: '' }
    moment = new Date(moment.getTime() + 2 * 86_400_000)
    expect(await logos.pathOf(client)).toBe(first)
    await expect.poll(async () => fetchedAt(client.id)).toEqual(moment)
    answer = { status: 200, type: 'image/jpeg', body: jpeg }
    moment = new Date(moment.getTime() + 2 * 86_400_000)
    await logos.pathOf(client)
    await expect.poll(() => logos.pathOf(client)).not.toBe(first)
  })
})

describe('API7 T44 no address inside is reached', () => {
  test.each([
    'https://127.0.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://0x7f.1',
    'https://169.254.169.254',
    'https://localhost',
    'https://10.0.0.1',
    'http://127.0.0.1',
    'file:///etc/passwd',
  ])('%s', async (origin) => {
    answer = { status: 200, type: 'image/png', body: png }
    const before = requests
    const outbound = createOutbound({
      allowedHosts: [],
      timeoutMilliseconds: 2000,
      maxResponseBytes: mostLogoBytes,
    })
    const logos = createClientLogos({ db: world.db, fetch: outbound.fetch, now: () => moment, onError: fail })
    const { port } = server.address() as AddressInfo
    const client = await clientWith(`${origin}:${port}/logo.png`)
    expect(await logos.pathOf(client)).toBeUndefined()
    expect(requests).toBe(before)
  })
})

describe('serving', () => {
  test.each([
    '/client-logos/cli_nobody/0000000000000000000000000000000000000000000000000000000000000000',
    '/client-logos/../../etc/passwd/00',
    '/client-logos/a%00b/00',
    '/client-logos/',
  ])('%s is not there', async (path) => {
    expect((await fetch(`${world.issuer}${path}`)).status).toBe(404)
  })

  test('the consent page shows the logo from here, and an address elsewhere is in no page', async () => {
    const logo = 'https://logo.invalid/logo.png'
    const app = await openRelyingParty(world, { metadata: { logo_uri: logo } })
    await sql`insert into client_logos (client_id, uri, content_type, body, content_hash, fetched_at)
      values (${app.client.id}, ${logo}, 'image/png', ${png}, ${'ab'.repeat(32)}, now())`.execute(world.db)
    const browser = openBrowser(world)
    const place = await browser.visit((await app.begin()).url)
    const consent = await submitSignIn(browser, place, await world.makeAccount())
    expect(consent.html).toContain(`src="/client-logos/${app.client.id}/${'ab'.repeat(32)}"`)
    expect(consent.html).not.toContain(logo)
    await app.close()
  })

  test('without a picture the page is shown all the same', async () => {
    const app = await openRelyingParty(world, { metadata: { logo_uri: 'https://logo.invalid/logo.png' } })
    const browser = openBrowser(world)
    const place = await browser.visit((await app.begin()).url)
    const consent = await submitSignIn(browser, place, await world.makeAccount())
    expect(consent.html).toContain('<div class="client-badge" aria-hidden="true">G</div>')
    await app.close()
  })
})

async function logosOf() {
  const { port } = server.address() as AddressInfo
  const outbound = createOutbound({
    allowedHosts: [`127.0.0.1:${port}`],
    timeoutMilliseconds: 2000,
    maxResponseBytes: mostLogoBytes,
  })
  const logos = createClientLogos({ db: world.db, fetch: outbound.fetch, now: () => moment, onError: fail })
  return { logos, client: await clientWith(`http://127.0.0.1:${port}/logo.png`) }
}

async function pathAfterFetch() {
  const { logos, client } = await logosOf()
  const path = await logos.pathOf(client)
  return { id: client.id, path, again: () => logos.pathOf(client) }
}

/** A client with an address that its registration would not have taken: the guard is what is tried here. */
async function clientWith(logoUri: string) {
  const { id } = await world.makeClient({ metadata: { redirect_uris: ['https://app.example/'] } })
  const client = await findClient(world.db, id)
  if (client === undefined) throw new Error('the client was not made')
  return { id, metadata: { ...client.metadata, logo_uri: logoUri } }
}

async function fetchedAt(clientId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`select fetched_at as at from client_logos
    where client_id = ${clientId}`.execute(world.db)
  return rows[0]?.at
}

function fail(error: unknown): void {
  throw error
}
