import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { requireClient } from '../../src/domain/clients/client.ts'
import { changeClient } from '../../src/domain/clients/lifecycle.ts'
import { Refusal } from '../../src/platform/errors.ts'
import { openBrowser } from '../support/browser.ts'
import { signIn } from '../support/browser-like.ts'
import { authorizeUrl, exchange, newPkce, postAs, redirectUri } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let exempt: Caller

beforeAll(async () => {
  stage = await openStage()
  exempt = await stage.world.makeClient({
    metadata: { redirect_uris: [redirectUri] },
    settings: { pkceRequired: false },
  })
})
afterAll(() => stage.close())

/** Where an authorization request with these parameters leads, and what it says. */
async function errorOf(params: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const url = authorizeUrl(stage.world, { scope: 'openid', client_id: stage.app.id, ...params })
  const place = await openBrowser(stage.world).visit(url)
  // A sign-in page means the request was accepted.
  return place.leavingTo === undefined ? `${place.status}` : place.leavingTo.searchParams.get('error')
}

/** A code of a request with these PKCE parameters. */
async function codeWith(client: Caller, params: Readonly<Record<string, string>>): Promise<string> {
  const url = authorizeUrl(stage.world, { scope: 'openid', client_id: client.id, ...params })
  const { callback } = await signIn(stage.world, { account: stage.account, authorizeUrl: url })
  return callback.searchParams.get('code') ?? ''
}

function redeem(client: Caller, code: string, form: Readonly<Record<string, string>>) {
  return postAs(stage.world, client, {
    path: '/oauth/token',
    form: { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...form },
  })
}

describe('the challenge', () => {
  const { challenge } = newPkce()

  test('RFC 7636 §4.3: a request with an S256 challenge is accepted', async () => {
    expect(await errorOf({ code_challenge: challenge, code_challenge_method: 'S256' })).toBe('200')
  })

  test.each([
    ['no challenge', {}],
    ['an empty challenge', { code_challenge: '', code_challenge_method: 'S256' }],
    ['the method alone', { code_challenge_method: 'S256' }],
    ['the method plain', { code_challenge: challenge, code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge: challenge }],
    ['the method in small letters', { code_challenge: challenge, code_challenge_method: 's256' }],
    ['an unknown method', { code_challenge: challenge, code_challenge_method: 'S512' }],
    ['a challenge of 42 characters', { code_challenge: challenge.slice(1), code_challenge_method: 'S256' }],
    ['a challenge of 129 characters', { code_challenge: 'a'.repeat(129), code_challenge_method: 'S256' }],
    ['a challenge with a space', { code_challenge: `${challenge.slice(1)} `, code_challenge_method: 'S256' }],
  ])('P4, RFC 7636 §4.4.1: %s is refused', async (_name, params) => {
    expect(await errorOf(params)).toBe('invalid_request')
    expect(await errorOf({ ...params, client_id: stage.web.id })).toBe('invalid_request')
  })

  test('P4: a public client can never be exempted, be it when it is made or later', async () => {
    const { world, app } = stage
    const metadata = { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }
    await expect(world.makeClient({ metadata, settings: { pkceRequired: false } })).rejects.toThrow(Refusal)
    const { version } = await requireClient(world.db, app.id)
    const change = { id: app.id, version, pkceRequired: false }
    await expect(changeClient(world.db, change, systemAct(new Date()))).rejects.toThrow(Refusal)
    // Not even when the row says so.
    const forged = await world.makeClient({ metadata })
    await world.db.updateTable('clients').set({ pkceRequired: false }).where('id', '=', forged.id).execute()
    await expect.poll(() => errorOf({ client_id: forged.id })).toBe('invalid_request')
  })
})

describe('the verifier', () => {
  test('P5, T05, RFC 7636 §4.6: the matrix of challenge and verifier for an app that must use PKCE', async () => {
    const { world, web, app } = stage
    for (const client of [web, app]) {
      const right = await stage.code(client)
      expect((await exchange(world, client, right)).status).toBe(200)
      const missing = await stage.code(client)
      const without = await redeem(client, missing.code, {})
      expect([without.status, without.body['error']]).toEqual([400, 'invalid_grant'])
    }
  })

  test('P5, T05: an exempted app that sent no challenge is not believed a verifier (downgrade)', async () => {
    const code = await codeWith(exempt, {})
    const downgraded = await redeem(exempt, code, { code_verifier: newPkce().verifier })
    expect([downgraded.status, downgraded.body['error']]).toEqual([400, 'invalid_grant'])
    expect((await redeem(exempt, await codeWith(exempt, {}), {})).status).toBe(200)
  })

  test('P5: an exempted app that did send a challenge is held to it', async () => {
    const { verifier, challenge } = newPkce()
    const params = { code_challenge: challenge, code_challenge_method: 'S256' }
    const without = await redeem(exempt, await codeWith(exempt, params), {})
    expect([without.status, without.body['error']]).toEqual([400, 'invalid_grant'])
    const wrong = await redeem(exempt, await codeWith(exempt, params), { code_verifier: newPkce().verifier })
    expect(wrong.body['error']).toBe('invalid_grant')
    expect((await redeem(exempt, await codeWith(exempt, params), { code_verifier: verifier })).status).toBe(
      200,
    )
  })

  test('P4: an exempted app may not use plain either', async () => {
    const plain = { client_id: exempt.id, code_challenge: newPkce().verifier, code_challenge_method: 'plain' }
    expect(await errorOf(plain)).toBe('invalid_request')
  })

  test.each([
    ['another verifier', () => newPkce().verifier],
    ['the challenge itself', (_verifier: string, challenge: string) => challenge],
    ['a verifier in other letters', (verifier: string) => verifier.toLowerCase()],
    ['a verifier cut short', (verifier: string) => verifier.slice(0, -1)],
    ['a verifier with one more character', (verifier: string) => `${verifier}A`],
    ['an empty verifier', () => ''],
    ['a verifier that is too long', () => 'a'.repeat(129)],
  ])('P5, RFC 7636 §4.6: %s is refused', async (_name, make) => {
    const { code, verifier } = await stage.code(stage.app)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const answer = await redeem(stage.app, code, { code_verifier: make(verifier, challenge) })
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatch(/^invalid_(grant|request)$/)
    expect(answer.body).not.toHaveProperty('access_token')
  })

  test('P5: of two sign-ins the verifier of one does not open the code of the other', async () => {
    const one = await stage.code(stage.app)
    const two = await stage.code(stage.app)
    expect((await redeem(stage.app, one.code, { code_verifier: two.verifier })).body['error']).toBe(
      'invalid_grant',
    )
  })
})
