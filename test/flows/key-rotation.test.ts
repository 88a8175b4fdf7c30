/** Keys are replaced while apps verify and people are signed in, on two instances: nobody notices. */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { rotateNow } from '../../src/domain/signing-keys/rotate.ts'
import type { RotationOrder } from '../../src/domain/signing-keys/rotate.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { signIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World
let app: RelyingParty
let ana: TestAccount
/** The same signed-in browser, reaching each of the two instances. */
let browsers: readonly Browser[]

// Long enough beyond what the client keeps that an instance of a slow machine has published the key by then.
const publishLeadSeconds = 5
const keptSeconds = 2

beforeAll(async () => {
  world = await openWorld({ instances: 2 })
  app = await openRelyingParty(world)
  ana = await world.makeAccount()
  browsers = await Promise.all(
    world.instances.map(async ({ origin }) => {
      const browser = openBrowser(world, { via: origin })
      await signIn(world, { account: ana, authorizeUrl: (await app.begin()).url, browser })
      return browser
    }),
  )
})
afterAll(async () => {
  await app.close()
  await world.close()
})

test('R18: signing keys rotate under a client that keeps the JWKS: not one verification fails', async () => {
  // Never asks again when it meets an unknown key, as many clients do; only when its copy is two seconds old.
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`), {
    cacheMaxAge: keptSeconds * 1000,
    cooldownDuration: 3_600_000,
  })
  const early = await idToken(0)
  const verify = (token: string) => jwtVerify(token, keys, { issuer: world.issuer, audience: app.client.id })
  await verify(early)
  await rotateNow(world.db, order('ES256'), systemAct(new Date()))
  const signedBy: (string | undefined)[] = []
  const failures: unknown[] = []
  await expect
    .poll(async () => {
      for (const instance of [0, 1]) {
        const token = await idToken(instance)
        signedBy.push(decodeProtectedHeader(token).kid)
        await verify(token).catch((error: unknown) => failures.push(error))
      }
      return signedBy.slice(-4).every((kid) => kid !== signedBy[0]) && signedBy.length > 4
    })
    .toBe(true)
  console.log(`rotation: ${signedBy.length} ID Tokens verified, ${failures.length} failures`)
  expect(failures).toEqual([])
  expect(new Set(signedBy).size).toBe(2)
  // What the old key signed still verifies, also with a fresh copy of the keys.
  await verify(early)
  await jwtVerify(early, createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`)))
})

test('people stay signed in while the keys of cookies rotate, on every instance', async () => {
  await rotateCookieKeys()
})

test('a sign-in that was on its way when the keys of cookies rotated is finished', async () => {
  const browser = openBrowser(world, { via: world.instances[1]?.origin ?? '' })
  const begun = await app.begin()
  const page = await browser.visit(begun.url)
  await rotateCookieKeys()
  const done = await browser.submit(page, {
    action: '/login',
    fields: { login: ana.email, password: ana.password },
  })
  expect((await begun.complete(String(done.leavingTo))).claims()?.sub).toBe(ana.id)
})

/** Rotates, and waits until both instances sign with the new key; the people of the old one are answered all the time. */
async function rotateCookieKeys(): Promise<void> {
  const signatures = () => browsers.map((browser) => browser.cookies.all().get('sid.sig'))
  const before = signatures()
  await rotateNow(world.db, { ...order('cookies'), manner: 'immediately' }, systemAct(new Date()))
  const visitAll = async () => {
    for (const browser of browsers) {
      const place = await browser.visit((await app.begin({ prompt: 'none' })).url)
      expect(place.leavingTo?.searchParams.has('code')).toBe(true)
    }
    return signatures().map((signature, index) => signature !== before[index])
  }
  await expect.poll(visitAll).toEqual([true, true])
}

function order(purpose: RotationOrder['purpose']): RotationOrder {
  return {
    purpose,
    manner: 'announced',
    publishLeadSeconds,
    retireAfterSeconds: 3600,
    rotateAfterSeconds: 86_400,
    clockToleranceSeconds: 0,
    newId: randomId,
    seal: createSeal(world.config.sealingKeys),
  }
}

/** An ID Token that this instance signed just now. */
async function idToken(instance: number): Promise<string> {
  const begun = await app.begin({ prompt: 'none' })
  const place = await browsers[instance]?.visit(begun.url)
  const response = await fetch(`${world.instances[instance]?.origin}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${app.client.id}:${app.client.secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: place?.leavingTo?.searchParams.get('code') ?? '',
      redirect_uri: app.redirectUri,
      code_verifier: begun.verifier,
    }),
  })
  return ((await response.json()) as { id_token: string }).id_token
}
