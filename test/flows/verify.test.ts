/** Forward authentication, asked as a gateway asks and as an attacker would like it to be asked: never a wrong yes. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { disableApiKey, revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { ask as askServer } from '../../src/start/ask.ts'
import { randomsOf } from '../domain/credentials/support.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { KeyWishes, TestKey } from '../support/api-keys.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import { send } from '../support/gateway.ts'
import type { RawAnswer, RawHeaders, RawRequest } from '../support/gateway.ts'
import { postAs, revoke } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi } from '../support/world.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' } })
})
afterAll(() => stage.close())

const now = () => systemAct(new Date())
const nobody = '""'

function keyOf(wishes: Partial<KeyWishes> = {}): Promise<TestKey> {
  const { service, api, world } = stage
  return makeApiKey(world, { owner: { type: 'client', id: service.id }, api, ...wishes })
}

async function serviceToken(api: TestApi, headers: Record<string, string> = {}): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
  const { body, text } = await postAs(stage.world, stage.service, { path: '/oauth/token', form, headers })
  if (typeof body['access_token'] !== 'string') throw new Error(text)
  return body['access_token']
}

const bearer = (token: string): readonly [string, string] => ['Authorization', `Bearer ${token}`]
const apiKey = (text: string): readonly [string, string] => ['X-API-Key', text]

interface Asked extends Omit<RawRequest, 'path'> {
  readonly api?: string
  readonly scope?: string
  readonly cost?: string
  /** The whole query instead. */
  readonly query?: string
  readonly at?: string
}

function verify(asked: Asked): Promise<RawAnswer> {
  const { api = stage.api.identifier, scope, cost, query, at = stage.world.issuer, ...request } = asked
  const params = new URLSearchParams({ api })
  if (scope !== undefined) params.set('scope', scope)
  if (cost !== undefined) params.set('cost', cost)
  return send(at, { ...request, path: `/verify${query ?? `?${params.toString()}`}` })
}

const identityOf = ({ headers }: RawAnswer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-auth-')))

/** What every refusal has in common. */
function expectRefusal(answer: RawAnswer, status: number): void {
  expect(answer.status).toBe(status)
  expect(identityOf(answer)).toEqual({})
  expect(answer.text).toBe('')
  expect(answer.headers['cache-control']).toBe('no-store')
}

describe('204 says who it is', () => {
  test('a service, by an opaque token and by a JWT', async () => {
    for (const api of [stage.api, stage.jwtApi]) {
      const answer = await verify({ api: api.identifier, headers: [bearer(await serviceToken(api))] })
      expect(answer.status).toBe(204)
      expect(identityOf(answer)).toEqual({
        'x-auth-subject': stage.service.id,
        'x-auth-client': stage.service.id,
        'x-auth-scope': 'read',
        'x-auth-credential': 'access_token',
      })
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers).not.toHaveProperty('ratelimit')
    }
  })

  test('a person, by the token of an app', async () => {
    const { accessToken } = await stage.tokens(stage.web)
    const answer = await verify({ headers: [bearer(accessToken)] })
    expect(identityOf(answer)).toEqual({
      'x-auth-subject': stage.account.id,
      'x-auth-client': stage.web.id,
      'x-auth-scope': 'read',
      'x-auth-credential': 'access_token',
    })
  })

  test('a key, in either header; no header is ever empty, so that a forged copy is always written over (T41)', async () => {
    const owner = { type: 'account', id: stage.account.id } as const
    await stage.world.permit(owner, stage.api, ['read'])
    const [own, theirs] = [await keyOf({ scopes: ['read', 'write'] }), await keyOf({ owner })]
    for (const header of [apiKey, bearer]) {
      expect(identityOf(await verify({ headers: [header(own.text)] }))).toEqual({
        'x-auth-subject': stage.service.id,
        'x-auth-client': stage.service.id,
        'x-auth-scope': 'read write',
        'x-auth-credential': `api_key ${own.id}`,
      })
      expect(identityOf(await verify({ headers: [header(theirs.text)] }))).toEqual({
        'x-auth-subject': stage.account.id,
        'x-auth-client': nobody,
        'x-auth-scope': 'read',
        'x-auth-credential': `api_key ${theirs.id}`,
      })
    }
  })

  test('whatever the method, with and without a body, which is not waited for', async () => {
    const { text } = await keyOf()
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expect([method, (await verify({ method, headers: [apiKey(text)] })).status]).toEqual([method, 204])
    const body = 'x'.repeat(100_000)
    expect((await verify({ method: 'POST', headers: [apiKey(text)], body })).status).toBe(204)
    // More was promised than comes.
    const promised = [apiKey(text), ['Content-Length', '5'] as const]
    expect((await verify({ method: 'POST', headers: promised, body: 'abcde' })).status).toBe(204)
  })

  test('200 instead where the gateway asks for that, because it understands nothing else', async () => {
    const { text } = await keyOf()
    const query = `?api=${encodeURIComponent(stage.api.identifier)}&scope=read&status=200`
    const answer = await verify({ query, headers: [apiKey(text)] })
    expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', '0'])
    expect(identityOf(answer)).toMatchObject({ 'x-auth-subject': stage.service.id })
    expectRefusal(await verify({ query }), 401)
    expectRefusal(await verify({ query: query.replace('read', 'write'), headers: [apiKey(text)] }), 403)
  })

  test('the scheme is Bearer in any letters, and more scopes than asked for do not matter', async () => {
    const { text } = await keyOf({ scopes: ['read', 'write'] })
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect(
        (await verify({ headers: [['authorization', `${scheme} ${text}`]], scope: 'read' })).status,
      ).toBe(204)
  })
})

describe('401', () => {
  const realm = () => `Bearer realm="${stage.world.issuer}"`

  test('without a credential says how to present one, and no error (RFC 6750 §3)', async () => {
    const answer = await verify({})
    expectRefusal(answer, 401)
    expect(answer.headers['www-authenticate']).toBe(realm())
  })

  test('for everything that is worth nothing is the same answer', async () => {
    const { world, service } = stage
    const [revokedKey, disabledKey, { text }] = [await keyOf(), await keyOf(), await keyOf()]
    await revokeApiKey(world.db, { id: revokedKey.id }, now())
    await disableApiKey(world.db, disabledKey.id, now())
    const [token, jwt] = [await serviceToken(stage.api), await serviceToken(stage.jwtApi)]
    await revoke(world, service, token)
    const { refreshToken, idToken } = await stage.tokens(stage.web)
    const foreign = await world.makeApi()
    await world.permit({ type: 'client', id: service.id }, foreign, ['read'])
    for (const [name, value] of Object.entries({
      unknown: 'x',
      'cut key (T09)': text.slice(0, -1),
      'key id alone (T09)': text.slice(0, 15),
      'another prefix': `xx${text.slice(2)}`,
      'revoked key': revokedKey.text,
      'disabled key': disabledKey.text,
      'revoked token': token,
      'JWT of another API': jwt,
      'token of another API': await serviceToken(foreign),
      'key of another API': (await keyOf({ api: foreign })).text,
      'refresh token': refreshToken,
      'ID token': idToken,
      'very long': 'x'.repeat(10_000),
      'our own realm': '-._~+/',
    })) {
      const answer = await verify({ headers: [bearer(value)] })
      expectRefusal(answer, 401)
      expect([name, answer.headers['www-authenticate']]).toEqual([name, `${realm()}, error="invalid_token"`])
    }
  })

  test('for a token that is bound to a key: the proof was made for another request (RFC 9449 §7)', async () => {
    const key = await newDpopKey()
    const proof = await dpopProof(key, `${stage.world.issuer}/oauth/token`)
    const token = await serviceToken(stage.api, { dpop: proof })
    for (const scheme of ['Bearer', 'DPoP']) {
      const asked = await dpopProof(key, `${stage.world.issuer}/verify`, {
        method: 'GET',
        accessToken: token,
      })
      const headers: RawHeaders = [
        ['Authorization', `${scheme} ${token}`],
        ['DPoP', asked],
      ]
      expectRefusal(await verify({ headers }), 401)
    }
  })

  test('for credentials presented in two ways, twice, or in a way that could be read differently (T40, T41)', async () => {
    const [{ text }, other] = [await keyOf(), await keyOf()]
    const basic = Buffer.from(`${stage.service.id}:${stage.service.secret}`).toString('base64')
    const wrong: Readonly<Record<string, RawHeaders>> = {
      'both ways': [bearer(text), apiKey(text)],
      'both ways, one empty': [bearer(text), apiKey('')],
      'both ways, the other empty': [['Authorization', ''], apiKey(text)],
      'a key and Basic': [['Authorization', `Basic ${basic}`], apiKey(text)],
      'Authorization twice': [bearer(text), bearer(text)],
      'Authorization twice, different': [bearer(text), bearer(other.text)],
      'Authorization twice, a good one last': [bearer('x'), bearer(text)],
      'X-API-Key twice': [apiKey(text), apiKey(text)],
      'X-API-Key twice, in other letters': [apiKey(text), ['x-api-key', other.text]],
      'a list': [apiKey(`${text}, ${other.text}`)],
      'a list of schemes': [['Authorization', `Bearer ${text}, Bearer ${other.text}`]],
      Basic: [['Authorization', `Basic ${basic}`]],
      'a key as the user of Basic': [
        ['Authorization', `Basic ${Buffer.from(`${text}:`).toString('base64')}`],
      ],
      Token: [['Authorization', `Token ${text}`]],
      'no scheme': [['Authorization', text]],
      'scheme alone': [['Authorization', 'Bearer']],
      'two spaces': [['Authorization', `Bearer  ${text}`]],
      'a tab': [['Authorization', `Bearer\t${text}`]],
      quotes: [['Authorization', `Bearer "${text}"`]],
      'a parameter behind it': [['Authorization', `Bearer ${text} scope=read`]],
      'an empty key': [apiKey('')],
      'a key with a space in it': [apiKey(`${text.slice(0, 20)} ${text.slice(20)}`)],
      'another alphabet': [apiKey(`${text}\u00e9`)],
    }
    for (const [name, headers] of Object.entries(wrong)) {
      const answer = await verify({ headers })
      expect([name, answer.status, identityOf(answer)]).toEqual([name, 401, {}])
    }
  })

  test('for a credential that stands anywhere else: it is not looked at', async () => {
    const { text } = await keyOf()
    const token = await serviceToken(stage.api)
    const elsewhere: RawHeaders = [
      ['Cookie', `access_token=${token}; api_key=${text}; authorization=Bearer ${token}`],
      ['X_API_Key', text],
      ['X-Api_Key', text],
      ['X-Authorization', `Bearer ${token}`],
      ['Proxy-Authorization', `Bearer ${token}`],
      ['X-Original-Authorization', `Bearer ${token}`],
      ['X-Forwarded-Authorization', `Bearer ${token}`],
      ['Api-Key', text],
      ['X-Auth-Token', token],
      ['X-Forwarded-Uri', `/?access_token=${token}&api_key=${text}`],
      ['X-Original-Url', `/?access_token=${token}`],
    ]
    expectRefusal(await verify({ headers: elsewhere }), 401)
    const body = `access_token=${token}&api_key=${text}`
    const headers: RawHeaders = [['Content-Type', 'application/x-www-form-urlencoded']]
    expectRefusal(await verify({ method: 'POST', headers, body }), 401)
    for (const name of ['access_token', 'api_key', 'key', 'token', 'authorization', 'x-api-key']) {
      const query = `?api=${encodeURIComponent(stage.api.identifier)}&${name}=${encodeURIComponent(text)}`
      expect((await verify({ query })).status).toBe(403)
    }
  })
})

describe('403', () => {
  test('for a permission that is missing, and says so', async () => {
    const { text } = await keyOf()
    expect((await verify({ headers: [apiKey(text)], scope: 'write OR read' })).status).toBe(204)
    const answer = await verify({ headers: [apiKey(text)], scope: 'read AND write' })
    expectRefusal(answer, 403)
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="${stage.world.issuer}", error="insufficient_scope"`,
    )
  })

  test.each([
    '',
    '?',
    '?api',
    '?api=',
    '?scope=read',
    '?api={api}&scope=',
    '?api={api}&scope',
    '?api={api}&scope=read%20AND',
    '?api={api}&scope=(read',
    '?api={api}&scope=read%00',
    '?api={api}&cost=',
    '?api={api}&cost=-1',
    '?api={api}&cost=1.5',
    '?api={api}&cost=1e3',
    '?api={api}&cost=0x1',
    '?api={api}&cost=%201',
    '?api={api}&cost=1000001',
    '?api={api}&status=',
    '?api={api}&status=201',
    '?api={api}&status=403',
    '?api={api}&status=0200',
    '?api={api}&status=200&status=200',
    '?api={api}&api={api}',
    '?api={api}&api=https://other.example/',
    '?api={api}&scope=read&scope=read',
    '?api={api}&cost=1&cost=0',
    '?api={api}&role=admin',
    '?api={api}&=',
    '?api[]={api}',
    '?API={api}',
    '?api={api}&SCOPE=read',
    '?%20api={api}',
    '?api%00={api}',
    '?{api}',
    `?api={api}&scope=${'a'.repeat(3000)}`,
    `?api={api}${'&'.repeat(3000)}`,
  ])('for a gateway that asks nothing sensible, everybody: %s (T42)', async (template) => {
    const { text } = await keyOf()
    const query = template.replaceAll('{api}', encodeURIComponent(stage.api.identifier))
    for (const headers of [[apiKey(text)], []]) expectRefusal(await verify({ query, headers }), 403)
  })

  test.each([
    'https://nobody.example/',
    '*',
    '%',
    '{api}x',
    '{api}%20',
    '%20{api}',
    '{api}%00',
    '{API}',
    'undefined',
    '__proto__',
  ])('401 for an API that is not the credential’s, written however: %s', async (template) => {
    const { text } = await keyOf()
    const { identifier } = stage.api
    const named = template
      .replaceAll('{api}', encodeURIComponent(identifier))
      .replaceAll('{API}', encodeURIComponent(identifier.toUpperCase()))
    expectRefusal(await verify({ query: `?api=${named}`, headers: [apiKey(text)] }), 401)
  })

  test('no path but /verify is it', async () => {
    const { text } = await keyOf()
    const query = `?api=${encodeURIComponent(stage.api.identifier)}`
    for (const path of [
      '/verify/',
      '/verify/x',
      '/verifyx',
      '/Verify',
      '/%76erify',
      '/./verify',
      '/verify;x',
    ]) {
      const answer = await send(stage.world.issuer, { path: `${path}${query}`, headers: [apiKey(text)] })
      expect([path, answer.status, identityOf(answer)]).toEqual([path, 404, {}])
    }
  })
})

describe('429 and the limits', () => {
  test('say how much there is, and when to come back', async () => {
    const { text } = await keyOf({ more: { rateLimit: { requests: 3, seconds: 3600 } } })
    const headers = [apiKey(text)]
    const first = await verify({ headers })
    expect(first.status).toBe(204)
    expect(first.headers['ratelimit-policy']).toBe('"rate";q=3;w=3600')
    expect(first.headers['ratelimit']).toMatch(/^"rate";r=2;t=\d+$/)
    expect((await verify({ headers, cost: '2' })).headers['ratelimit']).toMatch(/^"rate";r=0;t=\d+$/)
    const refused = await verify({ headers })
    expectRefusal(refused, 429)
    expect(refused.headers['ratelimit-policy']).toBe('"rate";q=3;w=3600')
    expect(refused.headers['ratelimit']).toMatch(/^"rate";r=0;t=\d+$/)
    const seconds = Number(refused.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(1200)
    expect((await verify({ headers, cost: '0' })).status).toBe(204)
  })

  test('a refused permission spends nothing, and a spent quota is named', async () => {
    const { text } = await keyOf({ more: { quota: { requests: 2, period: 'day' } } })
    const headers = [apiKey(text)]
    for (let round = 0; round < 10; round += 1)
      expect((await verify({ headers, scope: 'write', cost: '2' })).status).toBe(403)
    expect((await verify({ headers, cost: '2' })).status).toBe(204)
    const refused = await verify({ headers })
    expect(refused.status).toBe(429)
    expect(refused.headers['ratelimit-policy']).toBe('"quota";q=2;w=86400')
  })

  test('both instances together allow no more than the key has', async () => {
    const { text } = await keyOf({ more: { quota: { requests: 30, period: 'month' } } })
    const asked = await Promise.all(
      Array.from({ length: 90 }, (_, index) =>
        verify({ headers: [apiKey(text)], at: stage.world.instances[index % 2]?.origin ?? '' }),
      ),
    )
    expect(asked.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(30)
    expect(asked.every(({ status }) => status === 204 || status === 429)).toBe(true)
  })
})

describe('where the caller is', () => {
  const limited = () => keyOf({ more: { allowedAddresses: ['203.0.113.0/24'] } })

  test('is what a trusted gateway says, and of a list what stands behind its own', async () => {
    const { text } = await limited()
    for (const [forwarded, status] of [
      ['203.0.113.7', 204],
      ['198.51.100.9, 203.0.113.7', 204],
      ['203.0.113.7, 10.1.2.3', 204],
      ['203.0.113.7:4711', 204],
      ['::ffff:203.0.113.7', 204],
      ['203.0.113.7, 198.51.100.9', 403],
      ['198.51.100.9', 403],
      ['garbage', 403],
      ['203.0.113.7, garbage', 403],
      ['203.0.113.7,', 403],
      ['', 403],
      ['203.0.113.7;203.0.113.8', 403],
      ['203.0.113', 403],
      ['unknown', 403],
      ['x'.repeat(5000), 403],
      [`203.0.113.7${', 10.0.0.1'.repeat(100)}`, 403],
    ] as const) {
      const headers = [apiKey(text), ['X-Forwarded-For', forwarded] as const]
      const answer = await verify({ headers })
      expect([forwarded.slice(0, 60), answer.status]).toEqual([forwarded.slice(0, 60), status])
    }
  })

  test('is never what anybody else says (T40)', async () => {
    const { text } = await limited()
    for (const name of [
      'X-Forwarded-For',
      'X-Real-IP',
      'X-Client-IP',
      'True-Client-IP',
      'CF-Connecting-IP',
      'Forwarded',
      'X-Forwarded-Client-Ip',
      'X_Forwarded_For',
    ]) {
      const value = name === 'Forwarded' ? 'for=203.0.113.7' : '203.0.113.7'
      const answer = await verify({ headers: [apiKey(text), [name, value]], from: '127.0.0.2' })
      expect([name, answer.status]).toEqual([name, 403])
      if (name === 'X-Forwarded-For') continue
      const trusted = await verify({ headers: [apiKey(text), [name, value]] })
      expect([name, trusted.status]).toEqual([name, 403])
    }
  })

  test('two X-Forwarded-For headers are one list', async () => {
    const { text } = await limited()
    const [good, bad] = [
      ['X-Forwarded-For', '203.0.113.7'] as const,
      ['X-Forwarded-For', '198.51.100.9'] as const,
    ]
    expect((await verify({ headers: [apiKey(text), bad, good] })).status).toBe(204)
    expect((await verify({ headers: [apiKey(text), good, bad] })).status).toBe(403)
  })
})

describe('what the judged request says of itself', () => {
  const forged: RawHeaders = [
    ['X-Auth-Subject', 'acc_admin'],
    ['x-auth-client', 'cli_admin'],
    ['X_Auth_Subject', 'acc_admin'],
    ['X-Auth-Scope', 'admin'],
    ['X-Auth-Credential', 'access_token'],
    ['X-Forwarded-Uri', '/health'],
    ['X-Forwarded-Prefix', '/public'],
    ['X-Forwarded-Method', 'OPTIONS'],
    ['X-Forwarded-Host', 'other.example'],
    ['X-Forwarded-Proto', 'gopher'],
    ['X-Original-Method', 'OPTIONS'],
    ['X-Original-Url', '/public?api=x'],
    ['X-Rewrite-Url', '/public'],
    ['X-HTTP-Method-Override', 'OPTIONS'],
    ['User-Agent', 'kube-probe/1.30'],
    ['Cookie', 'session=%00\u00ff; a=b; =; ;;'],
  ]
  const hopByHop: RawHeaders = [
    ['Connection', 'close, X-Auth-Subject, X-Auth-Client, Authorization, X-API-Key, Host, X-Forwarded-For'],
  ]

  test('changes nothing: neither a yes into another, nor a no into a yes (T40, T41, T42)', async () => {
    const key = await keyOf()
    const headers = [...forged, ...hopByHop]
    const allowed = await verify({ headers: [...headers, apiKey(key.text)], scope: 'read' })
    expect(allowed.status).toBe(204)
    expect(identityOf(allowed)).toEqual({
      'x-auth-subject': stage.service.id,
      'x-auth-client': stage.service.id,
      'x-auth-scope': 'read',
      'x-auth-credential': `api_key ${key.id}`,
    })
    expectRefusal(await verify({ headers }), 401)
    expectRefusal(await verify({ headers: [...headers, apiKey('x')] }), 401)
    expectRefusal(await verify({ headers: [...headers, apiKey(key.text)], scope: 'write' }), 403)
  })

  test('T40-T42: 500 combinations of whatever there is get no 2xx, and no 5xx either', async () => {
    const random = randomsOf(42)
    const { text } = await keyOf()
    const token = await serviceToken(stage.api)
    const foreign = await serviceToken(stage.jwtApi)
    const names = [
      ...forged.map(([name]) => name),
      'Authorization',
      'X-API-Key',
      'Cookie',
      'Via',
      'Forwarded',
      'X-Forwarded-For',
      'X-Real-Ip',
      'Connection',
      'Upgrade',
      'DPoP',
      'Accept',
      'Origin',
      'Content-Type',
      'Range',
      'If-None-Match',
      'X-Amzn-Trace-Id',
    ]
    const values = [
      '',
      ' ',
      '0',
      'null',
      'undefined',
      'true',
      'Bearer',
      'Bearer null',
      `Bearer ${foreign}`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer  ${token}`,
      `Basic ${Buffer.from(`${token}:${text}`).toString('base64')}`,
      `DPoP ${token}`,
      `Token ${text}`,
      text.slice(0, -1),
      text.slice(0, 15),
      text.toUpperCase(),
      `${text},${text}`,
      '../../verify',
      '/verify?api=x',
      '127.0.0.1',
      '\u00ff\u00fe',
      '{"a":1}',
      'x'.repeat(4000),
      '%00',
      'admin',
      'keep-alive',
      '*/*',
    ]
    const pick = <T>(from: readonly T[], otherwise: T): T => from[random.below(from.length)] ?? otherwise
    const seen = new Set<number>()
    for (let round = 0; round < 500; round += 1) {
      const headers: RawHeaders = Array.from(
        { length: random.below(8) },
        () => [pick(names, 'Via'), pick(values, '')] as const,
      )
      const method = pick(['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'], 'GET')
      const query = pick(
        [undefined, '', '?api=', `?api=${encodeURIComponent(stage.api.identifier)}&x`],
        undefined,
      )
      const answer = await verify({ headers, method, ...(query !== undefined && { query }) })
      seen.add(answer.status)
      expect([401, 403], JSON.stringify(headers)).toContain(answer.status)
      expect(identityOf(answer)).toEqual({})
    }
    expect(seen).toEqual(new Set([401, 403]))
  })
})

test('whoever is disabled, and what is revoked, is refused at both instances within a second (T12)', async () => {
  const { world, api } = stage
  const account = await world.makeAccount()
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const owners = [
    { type: 'account', id: account.id },
    { type: 'client', id: client.id },
  ] as const
  for (const owner of owners) await world.permit(owner, api, ['read'])
  const [ofAccount, ofClient, own] = [
    await keyOf({ owner: owners[0] }),
    await keyOf({ owner: owners[1] }),
    await keyOf(),
  ]
  for (const [key, end] of [
    [ofAccount, () => disableAccount(world.db, account, now())],
    [ofClient, () => disableClient(world.db, client.id, now())],
    [own, () => revokeApiKey(world.db, { id: own.id }, now())],
  ] as const) {
    const at = world.instances.map(({ origin }) => origin)
    for (const origin of at)
      expect((await verify({ at: origin, headers: [apiKey(key.text)] })).status).toBe(204)
    await end()
    const endedAt = Date.now()
    for (const origin of at) {
      for (;;) {
        const askedAt = Date.now()
        const { status } = await verify({ at: origin, headers: [apiKey(key.text)] })
        if (status === 401) break
        expect(askedAt - endedAt).toBeLessThanOrEqual(1000)
        await delay(10)
      }
    }
  }
})

describe.each([
  ['refuses connections', 'close'],
  ['is silent', 'swallow'],
] as const)('T42: the database %s', (_how, how) => {
  test('what is known is answered for a second at most, everything else is 503, and nothing is allowed', async () => {
    const proxied: { proxy?: TcpProxy } = {}
    const world = await openWorld({
      databaseBehind: async (url) => (proxied.proxy = await startTcpProxy(url)).url,
    })
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    const owner = { type: 'client', id: client.id } as const
    const api = await world.makeApi()
    await world.permit(owner, api, ['read'])
    const known = await makeApiKey(world, { owner, api })
    const limited = await makeApiKey(world, {
      owner,
      api,
      more: { rateLimit: { requests: 100, seconds: 60 } },
    })
    const unseen = await makeApiKey(world, { owner, api })
    const ask = async ({ text }: { readonly text: string }, scope = 'read') =>
      (await verify({ at: world.issuer, api: api.identifier, scope, headers: [apiKey(text)] })).status
    // Ready means, among others, that it answers from memory: then there is something that could be answered too long.
    const { management } = world.instances[0]?.server ?? fail()
    while ((await askServer(management, '/readyz', {})).status !== 200) await delay(20)
    for (let round = 0; round < 3; round += 1) expect(await ask(known)).toBe(204)
    expect(await ask(limited)).toBe(204)
    const goneAt = Date.now()
    await proxied.proxy?.[how]()
    const asked: Promise<void>[] = []
    while (Date.now() - goneAt < 2000) {
      const isLate = Date.now() - goneAt > 1000
      const expecting = async (answer: Promise<number>, ...statuses: number[]) =>
        expect(statuses).toContain(await answer)
      asked.push(
        expecting(ask(known), 503, ...(isLate ? [] : [204])),
        expecting(ask(limited), 503, ...(isLate ? [] : [204])),
        expecting(ask(known, 'write'), 503, ...(isLate ? [] : [403])),
        expecting(ask(unseen), 503),
        expecting(ask({ text: 'x' }), 503),
        // Worth nothing by its checksum: no database is needed to know.
        expecting(ask({ text: `${known.text.slice(0, -1)}-` }), 401),
      )
      await delay(100)
    }
    await Promise.all(asked)
    await proxied.proxy?.close()
    await world.close()
  })
})

function fail(): never {
  throw new Error('there is no instance')
}
