import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableApi } from '../../src/domain/apis/lifecycle.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { asks } from '../support/browser-like.ts'
import { authorizeUrl, codeFor, exchange, newPkce, postAs, redirectUri, tokensOf } from '../support/oauth.ts'
import type { Answer, Caller, Tokens } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestApi, World } from '../support/world.ts'
import { within } from '../support/until.ts'

/** The published bound: what was disabled is refused everywhere within a second. */
const boundMilliseconds = 1000

let world: World

beforeAll(async () => {
  world = await openWorld({ instances: 2 })
})
afterAll(() => world.close())

interface Signed {
  readonly account: TestAccount
  readonly client: Caller
  readonly guard: Caller
  readonly api: TestApi
  readonly tokens: Tokens
  readonly serviceToken: string
  readonly browser: Browser
}

/** Everything that could outlive what is disabled, and both instances have just been asked about all of it. */
async function signedIn(tokenFormat: 'opaque' | 'jwt'): Promise<Signed> {
  const account = await world.makeAccount()
  const guard = await world.makeClient({ metadata: { grant_types: [] } })
  const client = await world.makeClient({
    metadata: {
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
  })
  const api = await world.makeApi({ introspectors: [guard], settings: { tokenFormat } })
  await world.permit({ type: 'client', id: client.id }, api, ['read'])
  const browser = openBrowser(world)
  const params = { scope: 'openid offline_access read', resource: api.identifier }
  const tokens = tokensOf(
    await exchange(world, client, await codeFor(world, { account, client, browser, params })),
  )
  const form = { grant_type: 'client_credentials', resource: api.identifier }
  const service = await postAs(world, client, { path: '/oauth/token', form })
  const signed = {
    account,
    client,
    guard,
    api,
    tokens,
    browser,
    serviceToken: String(service.body['access_token']),
  }
  for (const { origin } of world.instances) {
    expect((await ask(signed, signed.tokens.accessToken, origin)).body['active']).toBe(true)
    expect((await ask(signed, signed.serviceToken, origin)).body['active']).toBe(true)
  }
  return signed
}

function ask({ guard }: Signed, token: string, at: string): Promise<Answer> {
  return postAs(world, guard, { path: '/oauth/introspect', form: { token }, at })
}

function refreshAt({ client, tokens }: Signed, at: string): Promise<Answer> {
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken }
  return postAs(world, client, { path: '/oauth/token', form, at })
}

/** Waits on every instance until it is so, within the bound; gives the longest it took. */
async function everywhere(isSo: (origin: string) => Promise<boolean>): Promise<number> {
  const began = performance.now()
  await Promise.all(world.instances.map(({ origin }) => within(boundMilliseconds, () => isSo(origin), began)))
  return performance.now() - began
}

describe.each(['opaque', 'jwt'] as const)(
  'T12, 8.3.2: with %s tokens, within a second on every instance',
  (format) => {
    test('a disabled account: its tokens, refreshes, session and code are nothing any more', async () => {
      const signed = await signedIn(format)
      const { account, client, browser, api } = signed
      const params = { scope: 'openid offline_access read', resource: api.identifier }
      const code = await codeFor(world, { account, client, browser, params })
      await disableAccount(world.db, { id: account.id }, systemAct(new Date()))
      const took = await everywhere(
        async (at) => (await ask(signed, signed.tokens.accessToken, at)).text === '{"active":false}',
      )
      for (const { origin } of world.instances) {
        expect((await refreshAt(signed, origin)).body['error']).toBe('invalid_grant')
        const url = new URL(
          authorizeUrl(world, {
            client_id: client.id,
            scope: 'openid',
            code_challenge: newPkce().challenge,
            code_challenge_method: 'S256',
          }),
        )
        const page = await browser.visit(url)
        expect(page.leavingTo).toBeUndefined()
        expect(asks(page, '/login')).toBe(true)
        const userinfo = await fetch(`${origin}/oauth/userinfo`, {
          headers: { authorization: `Bearer ${signed.tokens.accessToken}` },
        })
        expect(userinfo.status).toBeGreaterThanOrEqual(400)
        // The service acts for itself and goes on.
        expect((await ask(signed, signed.serviceToken, origin)).body['active']).toBe(true)
      }
      expect((await exchange(world, client, code)).body['error']).toBe('invalid_grant')
      expect(took).toBeLessThan(boundMilliseconds)
    })

    test('a disabled client: its tokens are nothing, and it cannot authenticate', async () => {
      const signed = await signedIn(format)
      await disableClient(world.db, signed.client.id, systemAct(new Date()))
      await everywhere(
        async (at) => (await ask(signed, signed.tokens.accessToken, at)).text === '{"active":false}',
      )
      await everywhere(async (at) => (await ask(signed, signed.serviceToken, at)).text === '{"active":false}')
      for (const { origin } of world.instances) {
        const answer = await refreshAt(signed, origin)
        expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
      }
    })

    test('a disabled API: nothing is issued or answered for it', async () => {
      const signed = await signedIn(format)
      await disableApi(world.db, signed.api.id, systemAct(new Date()))
      await everywhere(
        async (at) => (await ask(signed, signed.tokens.accessToken, at)).text === '{"active":false}',
      )
      await everywhere(async (at) => (await ask(signed, signed.serviceToken, at)).text === '{"active":false}')
      for (const { origin } of world.instances) {
        const form = { grant_type: 'client_credentials', resource: signed.api.identifier }
        const issued = await postAs(world, signed.client, { path: '/oauth/token', form, at: origin })
        expect(issued.body['error']).toBe('invalid_target')
        expect((await refreshAt(signed, origin)).body).not.toHaveProperty('access_token')
      }
    })

    test('a disabled introspector: it is told nothing', async () => {
      const signed = await signedIn(format)
      await disableClient(world.db, signed.guard.id, systemAct(new Date()))
      await everywhere(async (at) => (await ask(signed, signed.tokens.accessToken, at)).status === 401)
    })

    test('a token that one instance revoked: the other knows', async () => {
      const signed = await signedIn(format)
      const form = { token: signed.tokens.accessToken }
      const [here] = world.instances
      await postAs(world, signed.client, { path: '/oauth/revoke', form, at: here?.origin ?? '' })
      await everywhere(
        async (at) => (await ask(signed, signed.tokens.accessToken, at)).text === '{"active":false}',
      )
    })
  },
)
