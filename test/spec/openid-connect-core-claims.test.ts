/** OpenID Connect Core 1.0: claims, by scope and by name, in the ID Token and at the UserInfo endpoint (§5). */
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../support/browser-like.ts'
import { openRelyingParty } from '../support/relying-party.ts'
import type { RelyingParty, Tokens } from '../support/relying-party.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'
import { within } from '../support/until.ts'

let world: World
let app: RelyingParty
let ana: TestAccount

const profile = {
  name: 'Ana Maria Test',
  family_name: 'Test',
  given_name: 'Ana',
  middle_name: 'Maria',
  nickname: 'Annie',
  preferred_username: 'ana',
  profile: 'https://people.example/ana',
  picture: 'https://people.example/ana.png',
  website: 'https://ana.example/',
  gender: 'female',
  birthdate: '1990-02-28',
  zoneinfo: 'Europe/Lisbon',
  locale: 'pt-PT',
}
const address = {
  formatted: 'Rua Um 1\n1000-001 Lisboa\nPortugal',
  street_address: 'Rua Um 1',
  locality: 'Lisboa',
  region: 'Lisboa',
  postal_code: '1000-001',
  country: 'PT',
}
const phone = { phone_number: '+351210000000', phone_number_verified: true }

beforeAll(async () => {
  world = await openWorld()
  app = await openRelyingParty(world)
  ana = await world.makeAccount({ email: 'ana@example.com', claims: { ...profile, address, ...phone } })
})
afterAll(async () => {
  await app.close()
  await world.close()
})

describe('§5.4 scopes ask for claims', () => {
  const withTime = { ...profile, updated_at: expect.any(Number) }
  const email = { email: 'ana@example.com', email_verified: false }

  test.each([
    ['openid', {}],
    ['openid profile', withTime],
    ['openid email', email],
    ['openid address', { address }],
    ['openid phone', phone],
    ['openid profile email address phone', { ...withTime, ...email, address, ...phone }],
  ])('%s gives these claims and no other, in both places', async (scope, claims) => {
    const tokens = await signedIn({ scope })
    expect(await userinfo(tokens)).toEqual({ sub: ana.id, ...claims })
    const protocol = {
      iss: world.issuer,
      aud: app.client.id,
      iat: expect.any(Number),
      exp: expect.any(Number),
      // How strongly the person signed in is told of every sign-in (§2), and only in the token that tells of it.
      acr: 'aal1',
      amr: ['pwd'],
    }
    const { nonce: _nonce, ...inToken } = tokens.claims() ?? {}
    expect(inToken).toEqual({ sub: ana.id, ...protocol, ...claims })
  })

  test('§5.3.2 claims an account does not have are left out, not empty', async () => {
    const bob = await world.makeAccount({ email: 'bob@example.com', claims: { name: 'Bob' } })
    const tokens = await signedIn({ scope: 'openid profile phone address' }, bob)
    expect(await userinfo(tokens, bob)).toEqual({ sub: bob.id, name: 'Bob', updated_at: expect.any(Number) })
  })
})

describe('§5.5 the claims parameter', () => {
  test('asks for single claims, each at the place it names', async () => {
    const tokens = await signedIn({
      scope: 'openid',
      claims: JSON.stringify({
        userinfo: { given_name: { essential: true }, phone_number: null, no_such_claim: null },
        id_token: { email: null },
      }),
    })
    expect(await userinfo(tokens)).toEqual({
      sub: ana.id,
      given_name: 'Ana',
      phone_number: '+351210000000',
    })
    expect(tokens.claims()).toMatchObject({ sub: ana.id, email: 'ana@example.com' })
    expect(tokens.claims()).not.toHaveProperty('given_name')
    expect(tokens.claims()).not.toHaveProperty('phone_number')
  })

  test('what was asked by name stays after a refresh', async () => {
    const claims = JSON.stringify({ userinfo: { birthdate: null } })
    const tokens = await signedIn({ scope: 'openid', claims })
    const again = await openid.refreshTokenGrant(app.configuration, String(tokens.refresh_token))
    expect(await userinfo(again)).toEqual({ sub: ana.id, birthdate: '1990-02-28' })
  })

  test('asking for nothing but a name of Object.prototype does no harm', async () => {
    const claims = '{"userinfo":{"__proto__":null,"constructor":null,"toString":null}}'
    const tokens = await signedIn({ scope: 'openid', claims })
    expect(await userinfo(tokens)).toEqual({ sub: ana.id })
  })
})

describe('§5.3 UserInfo endpoint', () => {
  test('§5.3.1 takes the token by header, with GET and POST, or in a form', async () => {
    const { access_token: token } = await signedIn({ scope: 'openid email' })
    const authorization = { authorization: `Bearer ${token}` }
    const answers = await Promise.all([
      ask({ headers: authorization }),
      ask({ method: 'POST', headers: authorization }),
      ask({ method: 'POST', body: new URLSearchParams({ access_token: token }) }),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(answer.headers.get('cache-control')).toContain('no-store')
      expect(await answer.json()).toMatchObject({ sub: ana.id, email: 'ana@example.com' })
    }
  })

  test('P38: a token in the query is not looked at (RFC 9700 §4.3.2)', async () => {
    const { access_token: token } = await signedIn({ scope: 'openid email' })
    const answer = await fetch(`${world.issuer}/oauth/userinfo?access_token=${token}`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await answer.text()).not.toContain('ana@example.com')
  })

  test('RFC 6750 §3 a request without a token is asked for one', async () => {
    const answer = await ask({})
    expect(answer.status).toBe(401)
    const challenge = String(answer.headers.get('www-authenticate'))
    expect(challenge).toContain(`Bearer realm="${world.issuer}"`)
    // RFC 6750 §3.1: whoever sent nothing made no mistake yet.
    expect(challenge).not.toContain('error')
  })

  test.each([
    ['unknown', () => 'AnUnknownTokenOfThisLengthThatNobodyIssued0'],
    ['cut off', (token: string) => token.slice(0, -1)],
    ['longer', (token: string) => `${token}A`],
    ['of another case', (token: string) => token.toUpperCase()],
  ])('RFC 6750 §3.1 a token that is %s is invalid_token, 401 (P40, T09)', async (_what, change) => {
    const { access_token: token } = await signedIn({ scope: 'openid email' })
    const answer = await ask({ headers: { authorization: `Bearer ${change(token)}` } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  test('a token for an API does not open it, nor does a refresh or ID token (RFC 8707 §2)', async () => {
    const api = await world.makeApi()
    await world.permit({ type: 'client', id: app.client.id }, api, ['read'])
    const tokens = await signedIn({ scope: 'openid read', resource: api.identifier })
    for (const [token, status, error] of [
      [tokens.access_token, 403, 'insufficient_scope'],
      [String(tokens.refresh_token), 401, 'invalid_token'],
      [String(tokens.id_token), 401, 'invalid_token'],
    ] as const) {
      const answer = await ask({ headers: { authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('www-authenticate')).toContain(`error="${error}"`)
    }
  })

  test('a DPoP token needs its proof, and is no Bearer token (RFC 9449 §7.1, §7.2)', async () => {
    const bound = await openRelyingParty(world, { metadata: { dpop_bound_access_tokens: true } })
    const handle = openid.getDPoPHandle(bound.configuration, await openid.randomDPoPKeyPair('ES256'))
    const begun = await bound.begin({ scope: 'openid email' })
    const { callback } = await signIn(world, { account: ana, authorizeUrl: begun.url })
    const tokens = await openid.authorizationCodeGrant(
      bound.configuration,
      callback,
      { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce },
      undefined,
      { DPoP: handle },
    )
    expect(tokens.token_type).toBe('dpop')
    const options = { DPoP: handle }
    const claims = await openid.fetchUserInfo(bound.configuration, tokens.access_token, ana.id, options)
    expect(claims.email).toBe('ana@example.com')
    const bare = await ask({ headers: { authorization: `Bearer ${tokens.access_token}` } })
    expect(bare.status).toBe(401)
    const proofless = await ask({ headers: { authorization: `DPoP ${tokens.access_token}` } })
    expect([400, 401]).toContain(proofless.status)
    expect(proofless.headers.get('www-authenticate')).toMatch(/DPoP/)
    const foreign = openid.getDPoPHandle(bound.configuration, await openid.randomDPoPKeyPair('ES256'))
    await expect(
      openid.fetchUserInfo(bound.configuration, tokens.access_token, ana.id, { DPoP: foreign }),
    ).rejects.toThrow()
    await bound.close()
  })

  test('a token whose account was disabled tells nothing any more, within a second (T12)', async () => {
    const bob = await world.makeAccount()
    const tokens = await signedIn({ scope: 'openid email' }, bob)
    await world.db.updateTable('accounts').set({ disabledAt: new Date() }).where('id', '=', bob.id).execute()
    const status = async () =>
      (await ask({ headers: { authorization: `Bearer ${tokens.access_token}` } })).status
    await within(1000, async () => (await status()) === 401)
  })
})

async function signedIn(params: Record<string, string>, account = ana): Promise<Tokens> {
  const begun = await app.begin(params)
  const { callback } = await signIn(world, { account, authorizeUrl: begun.url })
  return begun.complete(String(callback))
}

function userinfo({ access_token: token }: { access_token: string }, account = ana) {
  return openid.fetchUserInfo(app.configuration, token, account.id)
}

function ask(request: RequestInit): Promise<Response> {
  return fetch(`${world.issuer}/oauth/userinfo`, request)
}
