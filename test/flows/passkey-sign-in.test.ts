/** Signing in with a passkey alone, over HTTP, and what the numbers of the server say of it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import {
  beginPasskeyRegistration,
  finishPasskeyRegistration,
} from '../../src/domain/second-factors/passkey-registration.ts'
import { relyingPartyOf } from '../../src/domain/second-factors/passkey-relying-party.ts'
import { createKey, useKey } from '../support/authenticator.ts'
import type { SoftKey } from '../support/authenticator.ts'
import { openBrowser } from '../support/browser.ts'
import type { Place } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let app: RelyingParty

beforeAll(async () => {
  world = await openWorld({ host: 'localhost' })
  app = await openRelyingParty(world, { settings: { firstParty: true } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})

test('v5.0.0-6.3.1: every passkey that was presented alone is counted once, by what came of it', async () => {
  const key = await passkeyOf((await world.makeAccount()).id)
  const before = await counted()
  expect((await signIn(key)).leavingTo?.searchParams.has('code')).toBe(true)
  expect(await counted()).toEqual({ ...before, authenticated: before.authenticated + 1 })

  const forged = { ...key, privateKey: (await passkeyOf((await world.makeAccount()).id)).privateKey }
  expect((await signIn(forged)).status).toBe(401)
  expect(await counted()).toEqual({
    authenticated: before.authenticated + 1,
    rejected: before.rejected + 1,
  })
})

/** A passkey of an account, made elsewhere. */
async function passkeyOf(accountId: string): Promise<SoftKey> {
  const relyingParty = relyingPartyOf(world.issuer, 'Latchkey')
  if (relyingParty === undefined) throw new Error('there are no passkeys for this issuer')
  const owner = { accountId, place: 'a test' }
  const act = systemAct(new Date())
  const names = { name: 'ana@example.com', displayName: 'Ana' }
  const options = await beginPasskeyRegistration(world.db, relyingParty, { ...owner, ...names }, act)
  const { key, response } = createKey(options, here())
  await finishPasskeyRegistration(world.db, relyingParty, { ...owner, response }, act)
  return key
}

async function signIn(key: SoftKey): Promise<Place> {
  const browser = openBrowser(world)
  const page = await browser.visit((await app.begin()).url)
  const [, asked = ''] = /data-options="([^"]*)"/.exec(page.html) ?? []
  const credential = useKey(key, JSON.parse(asked.replaceAll('&quot;', '"')), here())
  return browser.submit(page, { action: '/passkey', fields: { credential } })
}

function here() {
  const { origin, hostname } = new URL(world.issuer)
  return { origin, rpId: hostname }
}

async function counted(): Promise<{ authenticated: number; rejected: number }> {
  const management = createServer(world.instances[0]?.server.management)
  await once(management.listen(0, '127.0.0.1'), 'listening')
  const { port } = management.address() as AddressInfo
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  await new Promise((done) => management.close(done))
  const count = (outcome: string) =>
    Number(new RegExp(`latchkey_sign_ins_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
  return { authenticated: count('authenticated'), rejected: count('rejected') }
}
