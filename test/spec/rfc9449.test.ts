import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import type { DpopKey, ProofWishes } from '../support/dpop.ts'
import { signIn } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { authorizeUrl, codeFor, introspect, newPkce, postAs, redirectUri } from '../support/oauth.ts'
import type { Answer, Caller, Code } from '../support/oauth.ts'
import { age, openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let key: DpopKey
let otherKey: DpopKey
let bound: Caller

beforeAll(async () => {
  stage = await openStage()
  key = await newDpopKey()
  otherKey = await newDpopKey()
  bound = await stage.world.makeClient({
    metadata: { grant_types: ['client_credentials'], dpop_bound_access_tokens: true },
  })
  await stage.world.permit({ type: 'client', id: bound.id }, stage.api, ['read'])
})
afterAll(() => stage.close())

const tokenUrl = () => `${stage.world.issuer}/oauth/token`
const proof = (wishes?: ProofWishes, by = key) => dpopProof(by, tokenUrl(), wishes)

function token(caller: Caller, form: Readonly<Record<string, string>>, dpop?: string): Promise<Answer> {
  const headers = dpop === undefined ? {} : { dpop }
  return postAs(stage.world, caller, { path: '/oauth/token', form, headers })
}

function serviceToken(dpop?: string, caller: Caller = stage.service): Promise<Answer> {
  return token(caller, { grant_type: 'client_credentials', resource: stage.api.identifier }, dpop)
}

function redeem(caller: Caller, { code, verifier }: Code, dpop?: string): Promise<Answer> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  return token(caller, form, dpop)
}

function refreshWith(caller: Caller, refreshToken: string, dpop?: string): Promise<Answer> {
  return token(caller, { grant_type: 'refresh_token', refresh_token: refreshToken }, dpop)
}

function userinfo(accessToken: string, scheme: string, dpop?: string): Promise<Response> {
  const headers = { authorization: `${scheme} ${accessToken}`, ...(dpop !== undefined && { dpop }) }
  return fetch(`${stage.world.issuer}/oauth/userinfo`, { headers })
}

test('RFC 9449 §5: PAR, sign-in, code, refresh and userinfo with one key (oauth4webapi)', async () => {
  const { world, web, account } = stage
  const options = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(world.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const client: oauth.Client = { client_id: web.id, id_token_signed_response_alg: 'ES256' }
  const auth = oauth.ClientSecretBasic(web.secret)
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid email',
    state: 's',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const withKey = { ...options, DPoP }
  const par = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, withKey)
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, par)
  const url = authorizeUrl(world, {
    client_id: web.id,
    request_uri,
    redirect_uri: undefined,
    state: undefined,
    response_type: undefined,
  })
  const { callback } = await signIn(world, { account, authorizeUrl: url })
  const params = oauth.validateAuthResponse(as, client, callback, 's')
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    params,
    redirectUri,
    verifier,
    withKey,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response)
  expect(tokens.token_type).toBe('dpop')
  const info = await oauth.userInfoRequest(as, client, tokens.access_token, withKey)
  const claims = await oauth.processUserInfoResponse(as, client, account.id, info)
  expect(claims.email).toBe(account.email)
  const again = await oauth.refreshTokenGrantRequest(as, client, auth, String(tokens.refresh_token), withKey)
  expect((await oauth.processRefreshTokenResponse(as, client, again)).token_type).toBe('dpop')
})

test('RFC 9449 §6: a token is bound to the key, and introspection says to which', async () => {
  const { world, guard, service, jwtApi } = stage
  const answer = await serviceToken(await proof())
  expect(answer.body['token_type']).toBe('DPoP')
  const asked = await introspect(world, guard, String(answer.body['access_token']))
  expect(asked.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } })
  const form = { grant_type: 'client_credentials', resource: jwtApi.identifier }
  const jwt = await token(service, form, await proof())
  const askedJwt = await introspect(world, guard, String(jwt.body['access_token']))
  expect(askedJwt.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } })
})

test('P28, RFC 9449 §5.2: a client registered for bound tokens gets no others', async () => {
  const without = await serviceToken(undefined, bound)
  expect(without.status).toBe(400)
  expect(without.body).not.toHaveProperty('access_token')
  expect((await serviceToken('', bound)).status).toBe(400)
  expect((await serviceToken(await proof(), bound)).body['token_type']).toBe('DPoP')
})

describe('P25, RFC 9449 §4.3: a proof with one fault is refused', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const faults: Record<string, () => Promise<string>> = {
    'not a JWT': async () => 'proof',
    'another typ': () => proof({ header: { typ: 'jwt' } }),
    'no typ': () => proof({ header: { typ: undefined } }),
    'no key': () => proof({ header: { jwk: undefined } }),
    'a key with its private part': () => proof({ header: { jwk: key.privateJwk } }),
    'the key of another': () => proof({ header: { jwk: otherKey.publicJwk } }),
    'a symmetric key': () => proof({ header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } }),
    'no jti': () => proof({ claims: { jti: undefined } }),
    'a jti that is a number': () => proof({ claims: { jti: 1 } }),
    'no htm': () => proof({ claims: { htm: undefined } }),
    'another method': () => proof({ claims: { htm: 'GET' } }),
    'no htu': () => proof({ claims: { htu: undefined } }),
    'another address': () => proof({ claims: { htu: `${stage.world.issuer}/oauth/introspect` } }),
    'another host': () => proof({ claims: { htu: 'https://evil.test/oauth/token' } }),
    'no iat': () => proof({ claims: { iat: undefined } }),
    'an iat of an hour ago': () => proof({ claims: { iat: now() - 3600 } }),
    'an iat in an hour': () => proof({ claims: { iat: now() + 3600 } }),
    'a signature that is cut': async () => (await proof()).slice(0, -4),
    'no signature': async () => (await proof()).replace(/[^.]+$/, ''),
    'alg none': async () => unsigned({ alg: 'none' }),
    'alg HS256': async () => unsigned({ alg: 'HS256' }),
    'a nonce that is not ours': () => proof({ claims: { nonce: 'made-up' } }),
    'two proofs in one header': async () => `${await proof()}, ${await proof()}`,
  }

  test.each(Object.entries(faults))('%s', async (_name, make) => {
    const answer = await serviceToken(await make())
    expect(answer.status).toBe(400)
    expect(answer.body['error']).toMatch(/^(invalid_dpop_proof|use_dpop_nonce|invalid_request)$/)
    expect(answer.body).not.toHaveProperty('access_token')
  })

  test('query and fragment of the address do not count', async () => {
    expect((await serviceToken(await proof({ claims: { htu: `${tokenUrl()}?a=b#c` } }))).status).toBe(200)
  })

  test('P23: clocks may differ by some seconds', async () => {
    for (const iat of [now() - 9, now() + 9])
      expect((await serviceToken(await proof({ claims: { iat } }))).status).toBe(200)
  })

  function unsigned(header: object): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { jti: crypto.randomUUID(), htm: 'POST', htu: tokenUrl(), iat: now() }
    return `${encode({ typ: 'dpop+jwt', jwk: key.publicJwk, ...header })}.${encode(claims)}.AAAA`
  }
})

test('P26, RFC 9449 §11.1: a proof is used once, even when ten requests carry it at the same moment', async () => {
  const one = await proof()
  const answers = await Promise.all(Array.from({ length: 10 }, () => serviceToken(one)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  for (const { status, body } of answers) if (status !== 200) expect(body['error']).toBe('invalid_dpop_proof')
  expect((await serviceToken(one)).body['error']).toBe('invalid_dpop_proof')
})

describe('using a bound token', () => {
  async function infoToken(): Promise<string> {
    const { world, web, account } = stage
    const code = await codeFor(world, { account, client: web, params: { scope: 'openid email' } })
    return String((await redeem(web, code, await proof())).body['access_token'])
  }
  const infoProof = (accessToken: string, wishes: ProofWishes = {}, by = key) =>
    dpopProof(by, `${stage.world.issuer}/oauth/userinfo`, { method: 'GET', accessToken, ...wishes })

  test('P27, RFC 9449 §7.2: it is refused as a bearer token, and with no proof, another’s or one for another token', async () => {
    const accessToken = await infoToken()
    expect((await userinfo(accessToken, 'DPoP', await infoProof(accessToken))).status).toBe(200)
    const refused = [
      await userinfo(accessToken, 'Bearer'),
      await userinfo(accessToken, 'Bearer', await infoProof(accessToken)),
      await userinfo(accessToken, 'DPoP'),
      await userinfo(accessToken, 'DPoP', await infoProof(accessToken, {}, otherKey)),
      await userinfo(accessToken, 'DPoP', await infoProof('another')),
      await userinfo(accessToken, 'DPoP', await infoProof(accessToken, { claims: { ath: undefined } })),
      await userinfo(accessToken, 'DPoP', await infoProof(accessToken, { method: 'POST' })),
    ]
    for (const response of refused) {
      expect([400, 401]).toContain(response.status)
      expect(await response.text()).not.toContain(stage.account.email)
      if (response.status === 401) expect(response.headers.get('www-authenticate')).toMatch(/DPoP/)
    }
  })

  test('P26: a proof for userinfo is used once', async () => {
    const accessToken = await infoToken()
    const one = await infoProof(accessToken)
    expect((await userinfo(accessToken, 'DPoP', one)).status).toBe(200)
    expect([400, 401]).toContain((await userinfo(accessToken, 'DPoP', one)).status)
  })
})

describe('refresh tokens', () => {
  test('P28, RFC 9449 §5: those of a public client are bound to its key', async () => {
    const { app, world, guard } = stage
    const first = await redeem(app, await stage.code(app), await proof())
    const refreshToken = String(first.body['refresh_token'])
    expect((await refreshWith(app, refreshToken)).status).toBe(400)
    expect((await refreshWith(app, refreshToken, await proof({}, otherKey))).status).toBe(400)
    const second = await refreshWith(app, refreshToken, await proof())
    expect(second.status).toBe(200)
    expect(second.body['token_type']).toBe('DPoP')
    const asked = await introspect(world, guard, String(second.body['access_token']))
    expect(asked.body).toMatchObject({ active: true, cnf: { jkt: key.thumbprint } })
  })

  test('P9, P10, RFC 9700 §4.14.2: one that is bound to a key is not rotated, and may be used again', async () => {
    const { app } = stage
    const first = await redeem(app, await stage.code(app), await proof())
    const refreshToken = String(first.body['refresh_token'])
    for (let time = 0; time < 3; time += 1) {
      const next = await refreshWith(app, refreshToken, await proof())
      expect(next.status).toBe(200)
      expect(next.body['refresh_token'] ?? refreshToken).toBe(refreshToken)
    }
    await age(stage.world, refreshToken, 400 * 86400)
    expect((await refreshWith(app, refreshToken, await proof())).body['error']).toBe('invalid_grant')
  })
})

describe('dpop_jkt', () => {
  async function codeBoundTo(jkt: string): Promise<Code> {
    const { verifier, challenge } = newPkce()
    const url = authorizeUrl(stage.world, {
      client_id: stage.app.id,
      scope: 'openid',
      dpop_jkt: jkt,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const { callback } = await signIn(stage.world, { account: stage.account, authorizeUrl: url })
    return { code: callback.searchParams.get('code') ?? '', verifier, callback }
  }

  test('P29, RFC 9449 §10: a code is redeemed with the key it was asked for, not with another, not without', async () => {
    const { app } = stage
    expect((await redeem(app, await codeBoundTo(key.thumbprint), await proof())).status).toBe(200)
    expect((await redeem(app, await codeBoundTo(key.thumbprint), await proof({}, otherKey))).status).toBe(400)
    expect((await redeem(app, await codeBoundTo(key.thumbprint))).status).toBe(400)
  })

  test('P29, RFC 9449 §10.1: a pushed request may not name one key and prove another', async () => {
    const { world, app } = stage
    const url = `${world.issuer}/oauth/par`
    const form = {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      dpop_jkt: otherKey.thumbprint,
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
    }
    const headers = { dpop: await dpopProof(key, url) }
    const answer = await postAs(world, app, { path: '/oauth/par', form, headers })
    expect(answer.status).toBe(400)
    expect(answer.body).not.toHaveProperty('request_uri')
  })

  test('P29, RFC 9449 §10.1: a code from a request pushed with a proof is bound to its key', async () => {
    const { world, app, account } = stage
    const { verifier, challenge } = newPkce()
    const push = async () => {
      const headers = { dpop: await dpopProof(key, `${world.issuer}/oauth/par`) }
      const form = {
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid',
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }
      const { body } = await postAs(world, app, { path: '/oauth/par', form, headers })
      const request_uri = String(body['request_uri'])
      const none = { redirect_uri: undefined, response_type: undefined, state: undefined }
      const url = authorizeUrl(world, { client_id: app.id, request_uri, ...none })
      const { callback } = await signIn(world, { account, authorizeUrl: url, browser: openBrowser(world) })
      return { code: callback.searchParams.get('code') ?? '', verifier, callback }
    }
    expect((await redeem(app, await push(), await proof({}, otherKey))).status).toBe(400)
    expect((await redeem(app, await push())).status).toBe(400)
    expect((await redeem(app, await push(), await proof())).status).toBe(200)
  })
})

describe('where nonces are required', () => {
  let strict: Stage

  beforeAll(async () => {
    strict = await openStage({ instances: 2, env: { DPOP_NONCE_REQUIRED: 'true' } })
  })
  afterAll(() => strict.close())

  function ask(dpop: string, at?: string): Promise<Answer> {
    const form = { grant_type: 'client_credentials', resource: strict.api.identifier }
    const request = { path: '/oauth/token', form, headers: { dpop } }
    return postAs(strict.world, strict.service, at === undefined ? request : { ...request, at })
  }
  const strictProof = (nonce?: string) =>
    dpopProof(key, `${strict.world.issuer}/oauth/token`, { claims: { nonce } })

  test('RFC 9449 §8: a proof without a nonce is told use_dpop_nonce with one, which then works on any instance', async () => {
    const first = await ask(await strictProof())
    expect([first.status, first.body['error']]).toEqual([400, 'use_dpop_nonce'])
    const nonce = first.headers.get('dpop-nonce') ?? ''
    expect(nonce.length).toBeGreaterThan(20)
    for (const { origin } of strict.world.instances)
      expect((await ask(await strictProof(nonce), origin)).status, origin).toBe(200)
  })

  test('RFC 9449 §8: a nonce that was made up, cut or changed is refused with a good one', async () => {
    const nonce = (await ask(await strictProof())).headers.get('dpop-nonce') ?? ''
    for (const bad of ['made-up', nonce.slice(1), `${nonce}A`, nonce.toUpperCase(), '']) {
      const answer = await ask(await strictProof(bad))
      expect(answer.status, bad).toBe(400)
      expect(answer.body['error']).toMatch(/^(use_dpop_nonce|invalid_dpop_proof)$/)
    }
    expect((await ask(await strictProof(nonce))).status).toBe(200)
  })

  test('RFC 9449 §8: a client that knows the rules gets through by itself (oauth4webapi)', async () => {
    const { world, service, api } = strict
    const options = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client: oauth.Client = { client_id: service.id }
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('EdDSA'))
    const parameters = { resource: api.identifier }
    const auth = oauth.ClientSecretBasic(service.secret)
    const request = () =>
      oauth
        .clientCredentialsGrantRequest(as, client, auth, parameters, { ...options, DPoP })
        .then((response) => oauth.processClientCredentialsResponse(as, client, response))
    const tokens = await request().catch((error: unknown) => {
      expect(oauth.isDPoPNonceError(error)).toBe(true)
      return request()
    })
    expect(tokens.token_type).toBe('dpop')
  })

  test('RFC 9449 §5: without any proof a client that need not use DPoP goes on as before', async () => {
    const form = { grant_type: 'client_credentials', resource: strict.api.identifier }
    const answer = await postAs(strict.world, strict.service, { path: '/oauth/token', form })
    expect(answer.body['token_type']).toBe('Bearer')
  })
})
