/** One answer for every credential: what it says, to whom, by which way, and for how long. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount, enableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { disableApiKey, enableApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { disableApi, enableApi } from '../../src/domain/apis/lifecycle.ts'
import { givePermission, withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../src/domain/apis/role-members.ts'
import { changeRole, createRole } from '../../src/domain/apis/roles.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableClient, enableClient } from '../../src/domain/clients/lifecycle.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { randomsOf } from '../domain/credentials/support.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import type { TestKey } from '../support/api-keys.ts'
import {
  basicWays,
  certificateEnv,
  certificateWay,
  post,
  postWay,
  signedWay,
  tookLongWay,
} from '../support/introspection.ts'
import type { Way } from '../support/introspection.ts'
import { basic, postAs, postForm } from '../support/oauth.ts'
import type { Answer, Form } from '../support/oauth.ts'
import { samplesOf } from '../support/samples.ts'
import type { Samples } from '../support/samples.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import type { TestApi } from '../support/world.ts'

let stage: Stage
/** Every way of every caller that may ask about both APIs. */
let ways: readonly Way[]
/** The same of callers that may ask about another API alone. */
let strangers: readonly Way[]
let short: Way

const now = () => systemAct(new Date())
const inactive = '{"active":false}'

beforeAll(async () => {
  stage = await openStage({ env: certificateEnv })
  const { world, guard, api, jwtApi } = stage
  const posting = { grant_types: [], token_endpoint_auth_method: 'client_secret_post' }
  const poster = await world.makeClient({ metadata: posting })
  const signer = await signedWay(world)
  const shower = await certificateWay(world)
  for (const clientId of [poster.id, signer.callerId, shower.callerId])
    for (const { id: apiId } of [api, jwtApi]) await addIntrospector(world.db, { apiId, clientId }, now())
  ways = [...basicWays(world, guard), postWay(world, poster), signer, shower]
  short = ways[0] as Way
  const [stranger, otherPoster, otherSigner, otherShower] = [
    await world.makeClient({ metadata: { grant_types: [] } }),
    await world.makeClient({ metadata: posting }),
    await signedWay(world),
    await certificateWay(world),
  ]
  const other = await world.makeApi({ introspectors: [stranger, otherPoster] })
  for (const { callerId: clientId } of [otherSigner, otherShower])
    await addIntrospector(world.db, { apiId: other.id, clientId }, now())
  strangers = [...basicWays(world, stranger), postWay(world, otherPoster), otherSigner, otherShower]
})
afterAll(() => stage.close())

/** What may be presented here. */
const samples = (): Samples => samplesOf(stage)
const serviceToken: Samples['serviceToken'] = (...wishes) => samples().serviceToken(...wishes)
const keyOf: Samples['keyOf'] = (wishes) => samples().keyOf(wishes)
const accountKey: Samples['accountKey'] = (wishes) => samples().accountKey(wishes)

const ask = (form: Form, way = short): Promise<Answer> => way.ask(form)

/** All of an answer that may not differ between two credentials that are worth nothing. */
function shapeOf({ status, headers, text }: Answer): unknown {
  const varying = new Set(['date', 'x-request-id', 'etag', 'connection', 'keep-alive'])
  return { status, text, headers: [...headers].filter(([name]) => !varying.has(name)) }
}

describe('what an answer says', () => {
  test.each([
    ['opaque', () => stage.api],
    ['JWT', () => stage.jwtApi],
  ] as const)('an %s token of a service', async (format, which) => {
    const before = Math.floor(Date.now() / 1000)
    const { body } = await ask({ token: await serviceToken(which(), stage.service, 'write read') })
    const { iat, exp, scope, jti, ...rest } = body
    expect(rest).toEqual({
      active: true,
      sub: stage.service.id,
      client_id: stage.service.id,
      iss: stage.world.issuer,
      aud: which().identifier,
      token_type: 'Bearer',
      credential_type: 'access_token',
      owner: { type: 'client', id: stage.service.id },
    })
    expect(String(scope).split(' ').sort()).toEqual(['read', 'write'])
    expect(Number(iat)).toBeGreaterThanOrEqual(before)
    expect(Number(exp) - Number(iat)).toBe(600)
    expect(typeof jti).toBe(format === 'JWT' ? 'string' : 'undefined')
  })

  test.each([
    ['opaque', () => stage.api],
    ['JWT', () => stage.jwtApi],
  ] as const)('an %s token of a person: whose it is, and how they signed in', async (_format, which) => {
    const { web, account, world } = stage
    const { accessToken } = await stage.tokens(web, { resource: which().identifier })
    const { body } = await ask({ token: accessToken })
    expect(body).toMatchObject({
      active: true,
      sub: account.id,
      client_id: web.id,
      iss: world.issuer,
      aud: which().identifier,
      scope: 'read',
      token_type: 'Bearer',
      credential_type: 'access_token',
      owner: { type: 'account', id: account.id },
      amr: ['pwd'],
    })
    expect(Math.abs(Number(body['auth_time']) - Date.now() / 1000)).toBeLessThan(120)
    for (const member of ['key_id', 'cnf', 'decision', 'gid', 'email', 'name'])
      expect(body).not.toHaveProperty(member)
  })

  test('a key of a client', async () => {
    const { id, text } = await keyOf({ scopes: ['read', 'write'] })
    const { body } = await ask({ token: text })
    const { iat, scope, ...rest } = body
    expect(rest).toEqual({
      active: true,
      sub: stage.service.id,
      client_id: stage.service.id,
      iss: stage.world.issuer,
      aud: stage.api.identifier,
      token_type: 'Bearer',
      credential_type: 'api_key',
      key_id: id,
      owner: { type: 'client', id: stage.service.id },
    })
    expect(String(scope).split(' ').sort()).toEqual(['read', 'write'])
    expect(Math.abs(Number(iat) - Date.now() / 1000)).toBeLessThan(60)
    expect(text).toContain(`lk_${id}_`)
  })

  test('a key of an account: no client acts for it', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    const { id, text } = await accountKey({ more: { expiresAt } })
    const { body } = await ask({ token: text })
    expect(body).toMatchObject({
      active: true,
      sub: stage.account.id,
      credential_type: 'api_key',
      key_id: id,
      owner: { type: 'account', id: stage.account.id },
      exp: Math.floor(expiresAt.getTime() / 1000),
      scope: 'read',
    })
    for (const member of ['client_id', 'acr', 'amr', 'auth_time', 'sid', 'decision'])
      expect(body).not.toHaveProperty(member)
  })

  test('a token that is bound to a key says to which (RFC 9449)', async () => {
    const { world, service, api } = stage
    const key = await newDpopKey()
    const proof = await dpopProof(key, `${world.issuer}/oauth/token`)
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
    const issued = await postAs(world, service, { path: '/oauth/token', form, headers: { dpop: proof } })
    expect(issued.body['token_type']).toBe('DPoP')
    const { body } = await ask({ token: String(issued.body['access_token']) })
    expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } })
  })

  test('no answer holds a secret or a hash of one (T37)', async () => {
    const key = await keyOf()
    for (const token of [key.text, await serviceToken(stage.api)]) {
      const { text } = await ask({ token, required_scope: 'read' })
      expect(text).not.toContain(token)
      expect(text).not.toMatch(/secret|hash|pepper|[0-9a-f]{64}/i)
    }
  })
})

describe('a caller that asks for a decision', () => {
  const decisionOf = async (form: Form) => (await ask(form)).body['decision']

  test('gets one for each of the three members, and none without', async () => {
    const { text: token } = await keyOf()
    for (const more of [{ required_scope: 'read' }, { client_ip: '203.0.113.7' }, { cost: '1' }])
      expect(await decisionOf({ token, ...more })).toEqual({ allow: true })
    expect(await decisionOf({ token })).toBeUndefined()
    expect(await decisionOf({ token: await serviceToken(stage.api), cost: '0' })).toEqual({ allow: true })
  })

  test('about permission gets it by the query, and the credential stays what it is', async () => {
    const token = await serviceToken(stage.api)
    for (const [required_scope, allow] of [
      ['read', true],
      ['write', false],
      ['read AND write', false],
      ['write OR read', true],
      ['read write', false],
      ['(write OR read) AND read', true],
      ['nothing', false],
    ] as const) {
      const { body } = await ask({ token, required_scope })
      expect(body).toMatchObject({ active: true, scope: 'read' })
      expect(body['decision']).toEqual(allow ? { allow } : { allow, reason: 'insufficient_scope' })
    }
  })

  test('is told the first reason of the order address, permission, limits', async () => {
    const { text: token } = await keyOf({
      more: { allowedAddresses: ['203.0.113.0/24'], quota: { requests: 1, period: 'day' } },
    })
    const inside = { token, client_ip: '203.0.113.7' }
    expect(await decisionOf({ ...inside, required_scope: 'read' })).toEqual({ allow: true })
    expect(await decisionOf({ token, client_ip: '198.51.100.1', required_scope: 'write' })).toEqual({
      allow: false,
      reason: 'address_not_allowed',
    })
    expect(await decisionOf({ ...inside, required_scope: 'write' })).toEqual({
      allow: false,
      reason: 'insufficient_scope',
    })
    expect(await decisionOf({ ...inside, required_scope: 'read' })).toMatchObject({
      allow: false,
      reason: 'quota_exceeded',
    })
    // The address is not known: not an allowed one.
    expect(await decisionOf({ token, required_scope: 'read' })).toEqual({
      allow: false,
      reason: 'address_not_allowed',
    })
  })

  test('a refused permission or address spends no quota', async () => {
    const { text: token } = await keyOf({
      more: { allowedAddresses: ['203.0.113.7'], quota: { requests: 3, period: 'day' } },
    })
    for (let round = 0; round < 20; round += 1) {
      await ask({ token, client_ip: '203.0.113.8', cost: '3' })
      await ask({ token, client_ip: '203.0.113.7', required_scope: 'write', cost: '3' })
    }
    const form = { token, client_ip: '203.0.113.7', required_scope: 'read', cost: '3' }
    expect(await decisionOf(form)).toEqual({ allow: true })
    expect(await decisionOf(form)).toMatchObject({ allow: false, reason: 'quota_exceeded' })
  })

  test('of a key that is limited, is told when to come back', async () => {
    const { text: token } = await keyOf({ more: { rateLimit: { requests: 2, seconds: 3600 } } })
    expect(await decisionOf({ token, cost: '2' })).toEqual({ allow: true })
    const refused = await decisionOf({ token, cost: '1' })
    expect(refused).toMatchObject({ allow: false, reason: 'rate_limited' })
    const { retry_after: seconds } = refused as { retry_after: number }
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(1800)
    expect(await decisionOf({ token, cost: '0' })).toEqual({ allow: true })
  })

  test('about what is worth nothing gets no decision', async () => {
    for (const token of ['x', 'lk_', 'a.b.c'])
      expect((await ask({ token, required_scope: 'read', client_ip: '::1', cost: '1' })).text).toBe(inactive)
  })
})

describe('a caller that asks for no decision will not look at one', () => {
  test('so a key with an address list is inactive when nobody says where its caller is', async () => {
    const { text: token } = await keyOf({ more: { allowedAddresses: ['203.0.113.7'] } })
    expect((await ask({ token })).text).toBe(inactive)
    expect((await ask({ token, client_ip: '203.0.113.7' })).body).toMatchObject({
      active: true,
      decision: { allow: true },
    })
  })

  test('and a key whose limit is spent becomes inactive, until there is something again', async () => {
    const { text: token } = await keyOf({ more: { quota: { requests: 3, period: 'month' } } })
    for (let round = 0; round < 3; round += 1) expect((await ask({ token })).body['active']).toBe(true)
    for (const way of ways) expect((await ask({ token }, way)).text).toBe(inactive)
  })
})

const malformed: readonly (readonly [string, string])[] = [
  ...['', ' ', 'read AND', '(read', '()', 'OR', '"read"', 'read\\', 'é', 'a\tb', `${'a '.repeat(500)}a`].map(
    (value) => ['required_scope', value] as const,
  ),
  ...['', 'x', '1.2.3', '1.2.3.4:80', '[::1]', '1.2.3.4, 5.6.7.8', '300.1.1.1', '010.0.0.1', '1.2.3.4\0'].map(
    (value) => ['client_ip', value] as const,
  ),
  ...['', '-1', '-0', '1.5', '1e3', '0x10', ' 1', '1 ', '+1', '1000001', '99999999999', 'NaN', '١'].map(
    (value) => ['cost', value] as const,
  ),
]

describe('values that make no sense', () => {
  test.each(malformed)('%s=%j is refused with 400, whatever the credential', async (name, value) => {
    const { text } = await keyOf()
    for (const token of [text, 'unknown']) {
      const answer = await ask({ token, [name]: value })
      expect(answer.status).toBe(400)
      expect(answer.body['error']).toBe('invalid_request')
      expect(answer.body).not.toHaveProperty('active')
      expect(answer.headers.get('cache-control')).toContain('no-store')
    }
  })

  test('a member that comes twice is refused, by every way', async () => {
    const { text: token } = await keyOf()
    for (const way of ways) {
      for (const [name, value] of [
        ['required_scope', 'read'],
        ['client_ip', '203.0.113.7'],
        ['cost', '1'],
        ['token', token],
      ] as const) {
        const answer = await way.ask([
          ['token', token],
          [name, value],
          [name, value],
        ])
        expect([way.name, answer.status, answer.body['error']]).toEqual([way.name, 400, 'invalid_request'])
      }
    }
  })
})

describe('the two ways hold together', () => {
  test('each way is the one it is called', async () => {
    for (const way of ways) {
      const answer = await way.ask({ token: 'unknown' })
      expect([way.name, tookLongWay(answer)]).toEqual([way.name, !way.name.startsWith('short')])
    }
  })

  const questions: readonly Readonly<Record<string, string>>[] = [
    {},
    { required_scope: 'read' },
    { required_scope: 'write', client_ip: '203.0.113.7' },
    { client_ip: '2001:db8::1' },
    { cost: '0' },
    { token_type_hint: 'refresh_token' },
    { token_type_hint: 'nonsense', required_scope: 'read OR write', client_ip: '203.0.113.7', cost: '2' },
  ]

  test('what is worth something gets the same JSON by every way, and every stranger the same nothing', async () => {
    for (const { name, token } of await samples().living()) {
      for (const question of questions) {
        const expected = await ask({ token, ...question })
        expect(expected.status).toBe(200)
        for (const way of ways) {
          const answer = await way.ask({ token, ...question })
          expect([name, way.name, question, answer.status, answer.text]).toEqual([
            name,
            way.name,
            question,
            200,
            expected.text,
          ])
        }
      }
      expect((await ask({ token, client_ip: '203.0.113.7' })).body['active'], name).toBe(true)
      for (const way of strangers) expect((await way.ask({ token })).text, way.name).toBe(inactive)
    }
  })

  test('an answer that took from a limit tells how it stands, the same by every way (RateLimit fields)', async () => {
    const rateLimit = { requests: 100, seconds: 86_400 }
    const { text: token } = await keyOf({ more: { rateLimit } })
    let left = 100
    for (const way of ways) {
      for (const question of [{}, { cost: '1' }, { required_scope: 'read' }]) {
        const { headers, body } = await way.ask({ token, ...question })
        left -= 1
        expect([way.name, body['active']]).toEqual([way.name, true])
        expect(headers.get('ratelimit-policy'), way.name).toBe('"rate";q=100;w=86400')
        expect(headers.get('ratelimit'), way.name).toMatch(new RegExp(`^"rate";r=${left};t=\\d+$`))
      }
    }
    // Nothing was taken, so there is nothing to tell.
    for (const way of ways) {
      for (const question of [{ cost: '0' }, { required_scope: 'write' }]) {
        const { headers } = await way.ask({ token, ...question })
        expect([way.name, headers.has('ratelimit'), headers.has('ratelimit-policy')]).toEqual([
          way.name,
          false,
          false,
        ])
      }
    }
  })

  test('a limit that refused is told with the decision alone: without one it is the answer of everything inactive', async () => {
    const { text: token } = await keyOf({ more: { rateLimit: { requests: 1, seconds: 3600, burst: 1 } } })
    expect((await ask({ token })).headers.get('ratelimit-policy')).toBe('"rate";q=1;w=3600;burst=1')
    for (const way of ways) {
      const told = await way.ask({ token, cost: '1' })
      expect(told.body['decision']).toMatchObject({ allow: false, reason: 'rate_limited' })
      expect(told.headers.get('ratelimit-policy'), way.name).toBe('"rate";q=1;w=3600;burst=1')
      expect(told.headers.get('ratelimit'), way.name).toMatch(/^"rate";r=0;t=\d+$/)
      const untold = await way.ask({ token })
      expect(shapeOf(untold), way.name).toEqual(shapeOf(await way.ask({ token: 'unknown' })))
    }
  })

  test('what is worth nothing gets the same bytes and headers by every way, whatever the reason', async () => {
    const worthless = await samples().worthless()
    const long = ways.find(({ name }) => name === 'long by Accept')
    const unknownLong = await long?.ask({ token: 'unknown' })
    for (const way of ways) {
      const unknown = await way.ask({ token: 'unknown' })
      for (const { name, token } of worthless) {
        for (const question of [{}, { required_scope: 'read', client_ip: '203.0.113.7', cost: '1' }]) {
          const answer = await way.ask({ token, ...question })
          expect([name, way.name, answer.text]).toEqual([name, way.name, inactive])
          // A NUL is left to the long way, which has more headers: that tells who asked what they sent.
          const expected = tookLongWay(answer) && !tookLongWay(unknown) ? unknownLong : unknown
          expect(shapeOf(answer), `${name}, ${way.name}`).toEqual(expected && shapeOf(expected))
        }
      }
    }
  })

  test('a refresh token is answered to its own client the same by both ways', async () => {
    const { world, web } = stage
    const { refreshToken: token } = await stage.tokens(web)
    const answers = await Promise.all(basicWays(world, web).map((way) => way.ask({ token })))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.body).toMatchObject({ active: true, client_id: web.id, sub: stage.account.id })
    expect(answers.map(tookLongWay)).toContain(true)
  })

  test('headers that browsers and caches live by are the same', async () => {
    const { text: token } = await keyOf()
    const [fast, slow] = [await ask({ token }), await ask({ token }, ways[3])]
    const names = ['cache-control', 'content-type', 'strict-transport-security', 'x-content-type-options']
    for (const name of [...names, 'content-security-policy', 'referrer-policy'])
      expect([name, fast.headers.get(name)]).toEqual([name, slow.headers.get(name)])
  })

  test('who may not ask is told the same by both, and nothing about the credential', async () => {
    const { world, guard, web } = stage
    const { text: token } = await keyOf()
    const url = `${world.issuer}/oauth/introspect`
    for (const [expected, headers] of [
      [401, basic({ ...guard, secret: 'wrong' })],
      [401, basic({ id: 'cli_nobody', secret: 'x' })],
      [401, basic({ id: web.id, secret: guard.secret })],
      [401, {}],
    ] as const) {
      for (const accept of ['*/*', 'application/json;q=0.9']) {
        const known = await post(url, { token }, { ...headers, accept })
        const unknown = await post(url, { token: 'unknown' }, { ...headers, accept })
        expect(known.status).toBe(expected)
        expect(shapeOf(known)).toEqual(shapeOf(unknown))
        expect(known.text).not.toContain('active')
      }
    }
  })

  test('a caller that was disabled, or may no longer ask, stops being told within a second by both', async () => {
    const { world, api } = stage
    const { text: token } = await keyOf()
    const caller = await world.makeClient({ metadata: { grant_types: [] } })
    await addIntrospector(world.db, { apiId: api.id, clientId: caller.id }, now())
    const both = basicWays(world, caller).filter((way) => ['short', 'long by Accept'].includes(way.name))
    for (const way of both) await soon(async () => (await way.ask({ token })).body['active'] === true)
    await disableClient(world.db, caller.id, now())
    for (const way of both) await soon(async () => (await way.ask({ token })).status === 401)
  })
})

/** Waits for what must be so at the latest a second after it was done. */
async function soon(isSo: () => Promise<boolean>, since = Date.now()): Promise<void> {
  for (;;) {
    const begunAt = Date.now()
    if (await isSo()) return
    // What was asked within the second may have been answered by what was so before.
    if (begunAt - since > 1000) throw new Error('it is not so a second later')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('callers that have proved nothing', () => {
  test('learn nothing: public clients are told what strangers are, the anonymous are turned away', async () => {
    const { world, app, api } = stage
    await addIntrospector(world.db, { apiId: api.id, clientId: app.id }, now()).catch(() => {})
    const url = `${world.issuer}/oauth/introspect`
    for (const token of [
      (await keyOf()).text,
      await serviceToken(api),
      (await stage.tokens(app)).accessToken,
    ]) {
      const answer = await postForm(url, { token, client_id: app.id })
      const unknown = await postForm(url, { token: 'unknown', client_id: app.id })
      expect(shapeOf(answer)).toEqual(shapeOf(unknown))
      expect(answer.text).toBe(inactive)
      const anonymous = await postForm(url, { token })
      expect(anonymous.status).toBe(401)
      expect(anonymous.text).not.toContain('active')
    }
  })
})

describe('signed answers (RFC 9701)', () => {
  const type = 'application/token-introspection+jwt'

  test('verify against the published keys, are for the caller alone, and say what the plain ones say', async () => {
    const { world, guard } = stage
    const url = `${world.issuer}/oauth/introspect`
    const jwks = createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`))
    for (const { name, token } of [...(await samples().living()), { name: 'unknown', token: 'unknown' }]) {
      for (const question of [{}, { required_scope: 'write', client_ip: '203.0.113.7' }]) {
        const plain = await ask({ token, ...question })
        const signed = await post(url, { token, ...question }, { ...basic(guard), accept: type })
        expect([name, signed.status, signed.headers.get('content-type')]).toEqual([name, 200, type])
        expect(signed.headers.get('cache-control')).toContain('no-store')
        const { payload, protectedHeader } = await jwtVerify(signed.text, jwks, {
          issuer: world.issuer,
          audience: guard.id,
          typ: 'token-introspection+jwt',
        })
        expect(protectedHeader.typ).toBe('token-introspection+jwt')
        // RFC 9701 §5: nothing beside these, so that it can be mistaken for no other JWT.
        expect(Object.keys(payload).sort()).toEqual(['aud', 'iat', 'iss', 'token_introspection'])
        expect(payload.aud).toBe(guard.id)
        expect(Math.abs(Number(payload.iat) - Date.now() / 1000)).toBeLessThan(30)
        expect(payload['token_introspection']).toEqual(plain.body)
      }
    }
  })

  test('are no credentials themselves, anywhere', async () => {
    const { world, guard } = stage
    const url = `${world.issuer}/oauth/introspect`
    const { text: token } = await keyOf()
    const signed = await post(url, { token }, { ...basic(guard), accept: type })
    expect((await ask({ token: signed.text })).text).toBe(inactive)
    const verified = await fetch(`${world.issuer}/verify?api=${encodeURIComponent(stage.api.identifier)}`, {
      headers: { authorization: `Bearer ${signed.text}` },
    })
    expect(verified.status).toBe(401)
  })

  test('a stranger gets the same nothing, signed for itself', async () => {
    const { world } = stage
    const stranger = await world.makeClient({ metadata: { grant_types: [] } })
    const url = `${world.issuer}/oauth/introspect`
    const { text } = await post(url, { token: (await keyOf()).text }, { ...basic(stranger), accept: type })
    const jwks = createRemoteJWKSet(new URL(`${world.issuer}/oauth/jwks`))
    const { payload } = await jwtVerify(text, jwks, { audience: stranger.id })
    expect(payload['token_introspection']).toEqual({ active: false })
  })
})

test('T43: three hundred keys with scopes of their own, asked about all at once by two callers with different questions', async () => {
  const { world } = stage
  const other = await world.makeClient({ metadata: { grant_types: [] } })
  const [mine, theirs] = [await world.makeApi({ introspectors: [stage.guard] }), await world.makeApi()]
  await addIntrospector(world.db, { apiId: theirs.id, clientId: other.id }, now())
  for (const api of [mine, theirs])
    await world.permit({ type: 'client', id: stage.service.id }, api, ['read', 'write'])
  const sets = [['read'], ['write'], ['read', 'write']] as const
  const keys: (TestKey & { readonly api: TestApi; readonly scopes: readonly string[] })[] = []
  for (let index = 0; index < 300; index += 1) {
    const api = index % 2 === 0 ? mine : theirs
    const scopes = sets[index % 3] ?? []
    keys.push({ api, scopes, ...(await keyOf({ api, scopes })) })
  }
  const callers = [
    { ways: basicWays(world, stage.guard), api: mine },
    { ways: basicWays(world, other), api: theirs },
  ]
  const random = randomsOf(43)
  const wrong: unknown[] = []
  const one = async () => {
    const key = keys[random.below(keys.length)]
    const caller = callers[random.below(2)]
    const wanted = ['read', 'write', 'read AND write', 'read OR write'][random.below(4)]
    const way = caller?.ways[random.below(10) === 0 ? 3 : 0]
    if (key === undefined || caller === undefined || wanted === undefined || way === undefined) return
    const { body } = await way.ask({ token: key.text, required_scope: wanted })
    const has = (scope: 'read' | 'write') => key.scopes.includes(scope)
    const allow = wanted.includes('AND')
      ? has('read') && has('write')
      : wanted.includes('OR') || has(wanted as 'read')
    const expected =
      key.api === caller.api
        ? { key_id: key.id, aud: key.api.identifier, scope: key.scopes.join(' '), allow }
        : { key_id: undefined, aud: undefined, scope: undefined, allow: undefined }
    const decision = body['decision'] as { allow?: boolean } | undefined
    const got = { key_id: body['key_id'], aud: body['aud'], scope: body['scope'], allow: decision?.allow }
    if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push({ expected, got })
  }
  const worker = async () => {
    for (let round = 0; round < 100; round += 1) await one()
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  expect(wrong).toEqual([])
})

describe('the live ceiling', () => {
  test.each([1, 2])(
    'T12, T39: whatever is given, withdrawn, disabled and enabled, an answer never says more than the owner has (seed %i)',
    async (seed) => {
      const random = randomsOf(seed)
      const { world, guard } = stage
      const { db } = world
      const names = ['a', 'b', 'c', 'd']
      const api = await world.makeApi({ introspectors: [guard], scopes: names })
      const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
      const account = await world.makeAccount()
      const owners = [
        { type: 'client', id: service.id },
        { type: 'account', id: account.id },
      ] as const
      const apiId = api.id
      const role = { id: randomId('rol'), scopes: new Set(['c', 'd']) }
      await createRole(db, { id: role.id, apiId, name: 'Role', description: '', scopes: ['c', 'd'] }, now())
      for (const owner of owners) await world.permit(owner, api, names)
      const credentials = await Promise.all([
        serviceToken(api, service, 'a b c').then((token) => ({
          token,
          owner: 0,
          given: ['a', 'b', 'c'],
          key: '',
        })),
        ...[0, 1].map(async (owner) => {
          const given = ['b', 'c', 'd']
          const { text, id } = await keyOf({ owner: owners[owner] ?? owners[0], api, scopes: given })
          return { token: text, owner, given, key: id }
        }),
      ])
      const state = {
        direct: owners.map(() => new Set(names)),
        hasRole: owners.map(() => false),
        off: owners.map(() => false),
        apiOff: false,
        keysOff: new Set<string>(),
      }
      const expectedOf = ({ owner, given, key }: (typeof credentials)[number]): string => {
        const held = new Set(state.direct[owner])
        if (state.hasRole[owner] === true) for (const scope of role.scopes) held.add(scope)
        const scopes = given.filter((scope) => held.has(scope))
        const isOff = state.off[owner] === true || state.apiOff || state.keysOff.has(key)
        return isOff || scopes.length === 0 ? '' : scopes.join(' ')
      }
      const step = async (): Promise<void> => {
        const at = random.below(2)
        const owner = owners[at] ?? owners[0]
        const scope = names[random.below(4)] ?? 'a'
        switch (random.below(7)) {
          case 0:
            state.direct[at]?.add(scope)
            return void (await givePermission(db, { apiId, owner, scopes: [scope] }, now()))
          case 1:
          case 2:
            state.direct[at]?.delete(scope)
            return void (await withdrawPermission(db, { apiId, owner, scopes: [scope] }, now()))
          case 3:
            state.hasRole[at] = state.hasRole[at] !== true
            return void (await (state.hasRole[at] ? giveRole : withdrawRole)(
              db,
              { roleId: role.id, owner },
              now(),
            ))
          case 4:
            if (!role.scopes.delete(scope)) role.scopes.add(scope)
            return void (await changeRole(db, { id: role.id, scopes: [...role.scopes] }, now()))
          case 5: {
            const isOff = (state.off[at] = state.off[at] !== true)
            if (at === 0) return void (await (isOff ? disableClient : enableClient)(db, owner.id, now()))
            return void (await (isOff ? disableAccount : enableAccount)(db, { id: owner.id }, now()))
          }
          default: {
            const key = credentials[1 + random.below(2)]?.key ?? ''
            if (random.below(2) === 0) {
              state.apiOff = !state.apiOff
              return void (await (state.apiOff ? disableApi : enableApi)(db, apiId, now()))
            }
            if (state.keysOff.delete(key)) return void (await enableApiKey(db, key, now()))
            state.keysOff.add(key)
            return void (await disableApiKey(db, key, now()))
          }
        }
      }
      const scopeOf = async (token: string, way: Way) => {
        const { body } = await way.ask({ token })
        return body['active'] === true ? String(body['scope']).split(' ').sort().join(' ') : ''
      }
      for (let round = 0; round < 60; round += 1) {
        await step()
        const since = Date.now()
        for (const credential of credentials) {
          const expected = expectedOf(credential)
          const way = ways[random.below(4)] ?? short
          await soon(async () => (await scopeOf(credential.token, way)) === expected, since).catch(() =>
            expect(`round ${round}: another answer`).toBe(expected),
          )
        }
      }
    },
  )
})
