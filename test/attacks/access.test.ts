/** The decision endpoints under attack: hostile bodies, several readers of one text, other instances, a database that is away. */
import { connect } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask as askServer } from '../../src/start/ask.ts'
import { revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { disableApi, enableApi } from '../../src/domain/apis/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { budgets } from '../../src/domain/limits/budgets.ts'
import { askAccess, question } from '../support/access.ts'
import type { AccessBody } from '../support/access.ts'
import { makeApiKey } from '../support/api-keys.ts'
import { basic, postForm } from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { until, within } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, TestClient, World } from '../support/world.ts'

const no = '{"decision":false}'
const yes = '{"decision":true}'
const now = () => systemAct(new Date())

interface Party {
  readonly world: World
  readonly guard: TestClient
  readonly service: TestClient
  readonly api: TestApi
}

let party: Party
beforeAll(async () => {
  party = await openParty(await openWorld({ instances: 2, env: { TRUSTED_PROXIES: '127.0.0.1' } }))
})
afterAll(() => party.world.close())

async function openParty(world: World): Promise<Party> {
  const guard = await world.makeClient({ metadata: { grant_types: [] } })
  const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api = await world.makeApi({ introspectors: [guard] })
  await world.permit({ type: 'client', id: service.id }, api, ['read', 'write'])
  return { world, guard, service, api }
}

type Wishes = Parameters<typeof makeApiKey>[1]['more']

async function newKey(more: Wishes = {}, { world, service, api }: Party = party) {
  return makeApiKey(world, { owner: { type: 'client', id: service.id }, api, more })
}

/** By the short way, or by the long one, where a browser's header sends it. */
async function evaluate(
  body: AccessBody | Uint8Array<ArrayBuffer>,
  { headers = {}, at, many }: { headers?: Record<string, string>; at?: string; many?: boolean } = {},
): Promise<Answer> {
  const { world, guard } = party
  return askAccess(world, many === true ? 'evaluations' : 'evaluation', {
    body,
    headers: { ...basic(guard), ...headers },
    ...(at !== undefined && { at }),
  })
}

function introspect(
  { issuer }: World,
  headers: Record<string, string>,
  form: Record<string, string>,
): Promise<Answer> {
  return postForm(`${issuer}/oauth/introspect`, form, headers)
}

const long = { origin: 'https://elsewhere.example' }
const subject = () => ({ type: 'client', id: party.service.id })
const good = () => JSON.stringify(question(subject(), party.api))

describe('hostile bodies', () => {
  const refused: readonly (readonly [string, () => AccessBody | Uint8Array<ArrayBuffer>])[] = [
    ['nothing', () => ''],
    ['a space', () => ' '],
    ['a number', () => '1'],
    ['null', () => 'null'],
    ['an array', () => `[${good()}]`],
    ['a string', () => JSON.stringify(good())],
    ['cut short', () => good().slice(0, -1)],
    ['something after the end', () => `${good()}{}`],
    ['a comment', () => `/**/${good()}`],
    ['single quotes', () => good().replaceAll('"', "'")],
    ['not UTF-8', () => Buffer.from(good().replace('read', 'r\xe9ad'), 'latin1')],
    ['UTF-16', () => Buffer.from(good(), 'utf16le')],
    ['deep arrays', () => `{"x":${'['.repeat(5000)}${']'.repeat(5000)},${good().slice(1)}`],
    ['deep objects', () => `{"x":${'{"a":'.repeat(2500)}1${'}'.repeat(2500)},${good().slice(1)}`],
    ['a subject twice', () => `{"subject":{"type":"account","id":"x"},${good().slice(1)}`],
    [
      'a subject twice, once with an escape',
      () => `{"\\u0073ubject":{"type":"x","id":"x"},${good().slice(1)}`,
    ],
    ['an id twice', () => good().replace('"type":"client",', '"type":"client","id":"x",')],
    ['a name twice, the same', () => good().replace('"name":"read"', '"name":"read","name":"read"')],
    ['__proto__ twice', () => `{"__proto__":1,"__proto__":2,${good().slice(1)}`],
    ['members through __proto__', () => `{"__proto__":${good()}}`],
    ['members through constructor', () => `{"constructor":{"prototype":${good()}}}`],
    ['a subject as text', () => good().replace(/"subject":\{[^}]*\}/, '"subject":"x"')],
    ['a subject as a list', () => good().replace(/"subject":(\{[^}]*\})/, '"subject":[$1]')],
    ['an id as a number', () => good().replace(/"id":"cli[^"]*"/, '"id":1')],
    ['a missing id', () => good().replace(/,"id":"cli[^"]*"/, '')],
    ['an action without a name', () => good().replace(/"name":"read"/, '')],
    ['an empty action', () => good().replace('"read"', '""')],
    ['an action that is no query', () => good().replace('"read"', String.raw`"read\" OR true"`)],
    ['properties as text', () => good().replace('"name"', '"properties":"x","name"')],
    ['a context as text', () => `{"context":"x",${good().slice(1)}`],
    ...['"1"', '-1', '1.5', '1000001', '1e21', 'null', 'true', '{}'].map(
      (cost) => [`a cost of ${cost}`, () => `{"context":{"cost":${cost}},${good().slice(1)}`] as const,
    ),
    ...['1', '"x"', '""', '"300.1.1.1"', '"1.2.3.4, 5.6.7.8"', '["1.2.3.4"]'].map(
      (ip) => [`a client_ip of ${ip}`, () => `{"context":{"client_ip":${ip}},${good().slice(1)}`] as const,
    ),
  ]

  test.each(refused)(
    '%s is refused with 400 and a sentence, by both ways and at both endpoints',
    async (_, body) => {
      for (const headers of [{}, long]) {
        for (const many of [false, true]) {
          const answer = await evaluate(body(), { headers, many })
          expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request'])
          expect(answer.body['error_description']).toMatch(/^\S.+\.$/)
          expect(answer.headers.get('cache-control')).toContain('no-store')
          expect(answer.text).not.toContain('decision')
        }
      }
      expect((await evaluate(good())).text).toBe(yes)
    },
  )

  test('colons, quotes and braces in strings are no members', async () => {
    const name = String.raw`\":{[,\\`
    const body = `{"a:b":"c:d","e":{"":""},"f":["\\"x\\":1",{"g":":"}],"${name}":"}]",${good().slice(1)}`
    expect([JSON.parse(body)].length).toBe(1)
    for (const headers of [{}, long]) expect((await evaluate(body, { headers })).text).toBe(yes)
    expect((await evaluate(`\ufeff${good()}`)).text).toBe(yes)
  })

  test('another type is 400, a compressed body 415, a large one 413, whatever it holds', async () => {
    for (const headers of [{}, long]) {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/jsonp',
        'application/json; charset=latin1',
      ]) {
        const answer = await evaluate(good(), { headers: { ...headers, 'content-type': type } })
        expect([type, answer.status]).toEqual([type, 400])
      }
      const packed = await evaluate(good(), { headers: { ...headers, 'content-encoding': 'gzip' } })
      expect(packed.status).toBe(415)
      for (const [many, most] of [
        [false, 16 * 1024],
        [true, 256 * 1024],
      ] as const) {
        const padded = (length: number) => good() + ' '.repeat(length - good().length)
        expect((await evaluate(padded(most), { headers, many })).text).toBe(yes)
        const answer = await evaluate(padded(most + 1), { headers, many })
        expect([answer.status, answer.body['error']]).toEqual([413, 'payload_too_large'])
      }
    }
    expect(
      (await evaluate(good(), { headers: { 'content-type': 'APPLICATION/JSON;charset="UTF-8"' } })).text,
    ).toBe(yes)
  })

  test('what is presented never comes back and is never logged, whatever is wrong with the rest (T37)', async () => {
    const { text: key } = await newKey()
    const asked = question(key, party.api)
    const bodies = [
      asked,
      { ...asked, action: { name: 'write' } },
      { ...asked, action: 1 },
      { ...asked, action: { name: key } },
      { ...asked, context: { client_ip: key } },
      { ...asked, subject: { type: key, id: key } },
      { ...asked, resource: { type: key, id: key } },
      { ...asked, [key]: key, options: { evaluations_semantic: key } },
      { ...asked, evaluations: [{}, { subject: { type: key, id: 1 } }, key] },
    ]
    const texts: string[] = []
    for (const headers of [{}, long])
      for (const many of [false, true])
        for (const body of bodies) texts.push((await evaluate(body, { headers, many })).text)
    const secret = key.slice(-38)
    for (const text of [...texts, ...party.world.logLines]) expect(text).not.toContain(secret)
  })

  test('a body that ends early ends its own connection and nothing else', async () => {
    const { hostname, port } = new URL(party.world.issuer)
    const { authorization } = basic(party.guard)
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(Number(port), hostname)
      const head = `POST /access/v1/evaluation HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${authorization}\r\n`
      const begun = `${head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"subject"`
      await new Promise((sent) => socket.write(begun, sent))
      socket.destroy()
    }
    expect((await evaluate(good())).text).toBe(yes)
  })
})

describe('several at once', () => {
  test('a limit is never overspent, and every answer is the one of its own question', async () => {
    const limited = await newKey({ quota: { requests: 50, period: 'day' } })
    const { text: open } = await newKey()
    const origins = party.world.instances.map(({ origin }) => origin)
    const answers = await Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const at = origins[index % 2] ?? ''
        const name = index % 3 === 2 ? 'nothing' : 'read'
        const token = index % 3 === 0 ? limited.text : open
        return { index, text: (await evaluate(question(token, party.api, { name }), { at })).text }
      }),
    )
    for (const { index, text } of answers) {
      if (index % 3 === 1) expect(text).toBe(yes)
      if (index % 3 === 2) expect(text).toContain('insufficient_scope')
    }
    // Fifty were asked for, and fifty there were: of a quota, what one instance holds unused comes back.
    const spent = answers.filter(({ index, text }) => index % 3 === 0 && text === yes).length
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(50)
    const batch = {
      ...question(limited.text, party.api),
      evaluations: Array.from({ length: 100 }, () => ({})),
    }
    const { body } = await evaluate(batch, { many: true })
    const more = (body['evaluations'] as { decision: boolean }[]).filter(({ decision }) => decision).length
    expect(spent + more).toBeLessThanOrEqual(50)
  })
})

test('T12: what ends is refused at once by the instance that heard of it, and within a second by every other', async () => {
  const { world, api } = party
  const ask = async (asked: object, at: string) => (await evaluate(asked, { at })).text
  const key = await newKey()
  const origins = world.instances.map(({ origin }) => origin)
  const owner = question(subject(), api)
  for (const at of origins)
    for (const asked of [question(key.text, api), owner])
      await until(async () => (await ask(asked, at)) === yes)
  await revokeApiKey(world.db, { id: key.id }, now())
  for (const at of origins) await within(1000, async () => (await ask(question(key.text, api), at)) === no)
  await disableApi(world.db, api.id, now())
  for (const at of origins) await within(1000, async () => (await ask(owner, at)) === no)
  await enableApi(world.db, api.id, now())
  for (const at of origins) await within(1000, async () => (await ask(owner, at)) === yes)
})

test('guessing secrets here spends the budget of all client authentication, and no other address pays', async () => {
  const { world, guard } = party
  const attacker = { 'x-forwarded-for': '198.51.100.7' }
  const guess = { ...basic({ ...guard, secret: 'wrong' }), ...attacker }
  const { capacity } = budgets.client_authentication_address
  const statuses: number[] = []
  // The budget regains something while it is spent.
  while (!statuses.includes(429) && statuses.length < 10 * capacity) {
    const guesses = Array.from({ length: 20 }, () => evaluate(good(), { headers: guess }))
    statuses.push(...(await Promise.all(guesses)).map(({ status }) => status))
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  expect(statuses.indexOf(429)).toBeGreaterThanOrEqual(capacity)
  const elsewhere = await introspect(world, guess, { token: 'x' })
  expect([elsewhere.status, Number(elsewhere.headers.get('retry-after')) > 0]).toEqual([429, true])
  expect((await evaluate(good(), { headers: { 'x-forwarded-for': '198.51.100.8' } })).text).toBe(yes)
})

test('the use of a key is counted as by introspection, and of an owner that presented nothing not at all', async () => {
  const own = await openParty(await openWorld())
  const { world, guard, api } = own
  const headers = basic(guard)
  const [asked, evaluated] = [await newKey({}, own), await newKey({}, own)]
  for (const scope of ['read', 'read', 'nothing', 'write OR read']) {
    const context = { client_ip: '203.0.113.7' }
    await introspect(world, headers, { token: asked.text, required_scope: scope, ...context })
    const body = question(evaluated.text, api, { name: scope, context })
    await askAccess(world, 'evaluation', { body, headers })
  }
  const one = question(evaluated.text, api)
  const elsewhere = { ...one, resource: { type: 'api', id: 'https://elsewhere.example/' } }
  await askAccess(world, 'evaluation', { body: elsewhere, headers })
  const owner = question({ type: 'client', id: own.service.id }, api)
  await askAccess(world, 'evaluation', { body: owner, headers })
  await world.instances[0]?.stop()
  const { rows } = await sql<{ id: string; uses: unknown }>`select k.id, json_build_object(
      'verifications', (select json_agg(json_build_array(outcome, verifications) order by outcome)
        from api_key_usage where key_id = k.id),
      'scopes', (select json_agg(scope order by scope) from api_key_scope_usage where key_id = k.id),
      'activity', (select json_agg(json_build_array(outcome, number) order by outcome) from activity_hours
        where kind = 'verification' and subject = ${own.service.id})) as uses from api_keys k`.execute(
    world.db,
  )
  const usesOf = (id: string) => rows.find((row) => row.id === id)?.uses
  expect(usesOf(evaluated.id)).toEqual(usesOf(asked.id))
  expect(usesOf(evaluated.id)).toMatchObject({
    verifications: [
      ['allowed', 3],
      ['insufficient_scope', 1],
    ],
    scopes: ['read'],
    activity: [
      ['allowed', 6],
      ['insufficient_scope', 2],
    ],
  })
  await world.close()
})

test('T42: without the database what is not known is 503, never a yes, of one and of several', async () => {
  const proxied: { proxy?: TcpProxy } = {}
  const world = await openWorld({
    databaseBehind: async (url) => (proxied.proxy = await startTcpProxy(url)).url,
  })
  const own = await openParty(world)
  const keys = [await newKey({}, own), await newKey({}, own)]
  const headers = basic(own.guard)
  const { management } = world.instances[0]?.server ?? fail()
  await until(async () => (await askServer(management, '/readyz', {})).status === 200)
  const known = question(keys[0]?.text ?? '', own.api)
  await until(async () => (await askAccess(world, 'evaluation', { body: known, headers })).text === yes)
  await proxied.proxy?.close()
  const unseen = question(keys[1]?.text ?? '', own.api)
  const batch = { ...known, evaluations: [{}, unseen] }
  const person = question({ type: 'account', id: 'acc_nobody' }, own.api)
  for (const ofBrowser of [{}, long]) {
    for (const [path, body] of [
      ['evaluation', unseen],
      ['evaluation', person],
      ['evaluations', batch],
    ] as const) {
      const answer = await askAccess(world, path, { body, headers: { ...headers, ...ofBrowser } })
      expect([path, answer.status, answer.body['error']]).toEqual([path, 503, 'temporarily_unavailable'])
      expect(answer.headers.get('retry-after')).toBe('1')
    }
  }
  // Whatever was known is known no longer once changes are not heard of.
  await within(
    1000,
    async () => (await askAccess(world, 'evaluation', { body: known, headers })).status === 503,
  )
  await world.close()
})

function fail(): never {
  throw new Error('there is no instance')
}
