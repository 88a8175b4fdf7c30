/** OpenID AuthZEN Authorization API 1.0: decisions in the words of that specification, the same as introspection's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount, enableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { disableApi, enableApi } from '../../src/domain/apis/lifecycle.ts'
import { withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { askAccess, question } from '../support/access.ts'
import type { AccessBody } from '../support/access.ts'
import {
  basicWays,
  certificateEnv,
  certificateWay,
  post,
  postWay,
  signedWay,
} from '../support/introspection.ts'
import type { Way } from '../support/introspection.ts'
import { basic, introspect } from '../support/oauth.ts'
import type { Answer } from '../support/oauth.ts'
import { samplesOf } from '../support/samples.ts'
import type { Samples } from '../support/samples.ts'
import { openStage } from '../support/stage.ts'
import { within } from '../support/until.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage
let samples: Samples
/** Every caller that may ask about both APIs: by secret in front of the provider and behind it, by key, by certificate. */
let ways: readonly Way[]
let strangers: readonly Way[]

const now = () => systemAct(new Date())
const no = '{"decision":false}'
const yes = '{"decision":true}'

beforeAll(async () => {
  stage = await openStage({ env: certificateEnv })
  samples = samplesOf(stage)
  const { world, guard, api, jwtApi } = stage
  const callers = async () => [await signedWay(world), await certificateWay(world)]
  const [proven, otherProven] = [await callers(), await callers()]
  const poster = await world.makeClient({
    metadata: { grant_types: [], token_endpoint_auth_method: 'client_secret_post' },
  })
  const other = await world.makeClient({ metadata: { grant_types: [] } })
  for (const clientId of [poster.id, ...proven.map(({ callerId }) => callerId)])
    for (const { id: apiId } of [api, jwtApi]) await addIntrospector(world.db, { apiId, clientId }, now())
  const foreign = await world.makeApi({ introspectors: [other] })
  for (const { callerId: clientId } of otherProven)
    await addIntrospector(world.db, { apiId: foreign.id, clientId }, now())
  const bySecret = basicWays(world, guard).slice(0, 1)
  ways = [...bySecret, ...bySecret.map(behindProvider), postWay(world, poster), ...proven]
  strangers = [...basicWays(world, other).slice(0, 1), ...otherProven]
})
afterAll(() => stage.close())

/** What a browser would send along, which the short way leaves to the long one. */
function behindProvider(way: Way): Way {
  return {
    ...way,
    name: 'client_secret_basic, long',
    headers: async () => ({ ...(await way.headers()), origin: 'https://elsewhere.example' }),
  }
}

async function evaluate(body: AccessBody, way = ways[0] as Way): Promise<Answer> {
  return askAccess(stage.world, 'evaluation', { body, headers: await way.headers() })
}

async function evaluateAll(body: AccessBody, way = ways[0] as Way): Promise<Answer> {
  return askAccess(stage.world, 'evaluations', { body, headers: await way.headers() })
}

const service = () => ({ type: 'client', id: stage.service.id })
const insufficient = { decision: false, context: { reason: 'insufficient_scope' } }

describe('§6, one decision', () => {
  test('§9: the document names the two endpoints at the issuer, and no searches', async () => {
    const { issuer } = stage.world
    const response = await fetch(`${issuer}/.well-known/authzen-configuration`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ])
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toEqual({
      policy_decision_point: issuer,
      access_evaluation_endpoint: `${issuer}/access/v1/evaluation`,
      access_evaluations_endpoint: `${issuer}/access/v1/evaluations`,
    })
  })

  test('of a credential is the decision that introspection makes, for every kind, question and caller', async () => {
    const questions = [
      ['read', {}],
      ['write', {}],
      ['read OR nothing', { client_ip: '203.0.113.7' }],
      ['read write', { client_ip: '2001:db8::1' }],
      ['(write OR read) AND read', { cost: 2 }],
    ] as const
    const [caller] = ways as [Way]
    for (const { name, token } of await samples.living()) {
      const { body: told } = await caller.ask({ token, client_ip: '203.0.113.7' })
      const api = { identifier: String(told['aud']) }
      const subject = { type: 'credential', id: token, properties: { cnf: told['cnf'] } }
      for (const [scope, context] of questions) {
        const members = Object.entries(context).map(([member, value]) => [member, String(value)] as const)
        const { body } = await caller.ask([['token', token], ['required_scope', scope], ...members])
        const { allow, ...denial } = body['decision'] as { allow: boolean }
        const expected = { decision: allow, ...(!allow && { context: denial }) }
        for (const way of ways) {
          const answer = await evaluate(question(subject, api, { name: scope, context }), way)
          expect([name, way.name, scope, answer.status, answer.body]).toEqual([
            name,
            way.name,
            scope,
            200,
            expected,
          ])
        }
      }
      for (const way of strangers) expect((await evaluate(question(subject, api), way)).text, name).toBe(no)
    }
  })

  test('of what is worth nothing is no, in the same bytes whatever the reason, at either API', async () => {
    const { api, jwtApi } = stage
    for (const { name, token } of await samples.worthless()) {
      for (const at of [api, jwtApi]) {
        for (const way of ways.slice(0, 2)) {
          const answer = await evaluate(question(token, at), way)
          expect([name, way.name, answer.status, answer.text]).toEqual([name, way.name, 200, no])
        }
      }
    }
  })

  test('is about the API that is named: a credential for another one, or a foreign or unknown API, is no', async () => {
    const { api, jwtApi, guard, world } = stage
    const foreign = await world.makeApi()
    await world.permit({ type: 'client', id: stage.service.id }, foreign, ['read'])
    const token = await samples.serviceToken(api)
    expect((await evaluate(question(token, api))).text).toBe(yes)
    for (const at of [jwtApi, foreign, { identifier: 'https://nowhere.example/' }, { identifier: guard.id }])
      expect((await evaluate(question(token, at))).text).toBe(no)
    const theirs = await samples.serviceToken(foreign)
    for (const subject of [theirs, service()])
      for (const at of [foreign, { identifier: `${foreign.identifier}x` }])
        expect((await evaluate(question(subject, at))).text).toBe(no)
  })

  test('about a kind of credential alone is no for the other kind', async () => {
    const token = await samples.serviceToken(stage.api)
    const { text: key } = await samples.keyOf()
    for (const [type, id, expected] of [
      ['access_token', token, yes],
      ['api_key', key, yes],
      ['credential', key, yes],
      ['api_key', token, no],
      ['access_token', key, no],
    ] as const)
      expect([type, (await evaluate(question({ type, id }, stage.api))).text]).toEqual([type, expected])
  })

  test('RFC 9449, RFC 8705: a bound token is yes only for the key or certificate whose proof was seen', async () => {
    const bound = (await samples.living()).filter(({ name }) => name.includes('bound'))
    expect(bound).toHaveLength(4)
    for (const { name, token } of bound) {
      const { body: told } = await introspect(stage.world, stage.guard, token)
      const api = { identifier: String(told['aud']) }
      const asked = (cnf?: unknown) =>
        evaluate(question({ type: 'credential', id: token, properties: { cnf } }, api))
      const [[member, value] = ['', '']] = Object.entries(told['cnf'] as Record<string, string>)
      const other = member === 'jkt' ? 'x5t#S256' : 'jkt'
      for (const cnf of [undefined, {}, { [member]: `${value}A` }, { [member]: '' }, { [other]: value }])
        expect([name, cnf, (await asked(cnf)).body]).toEqual([
          name,
          cnf,
          { decision: false, context: { reason: 'proof_required' } },
        ])
      expect([name, (await asked({ [member]: value, kid: 'x' })).text]).toEqual([name, yes])
    }
  })

  test('§10.1: the name that a caller gives its request comes back, by both ways, and in refusals', async () => {
    const id = 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716'
    const token = await samples.serviceToken(stage.api)
    for (const way of ways.slice(0, 2)) {
      for (const body of [question(token, stage.api), '{']) {
        const headers = { ...(await way.headers()), 'x-request-id': id }
        const answer = await askAccess(stage.world, 'evaluation', { body, headers })
        expect([way.name, answer.headers.get('x-request-id')]).toEqual([way.name, id])
      }
    }
    const headers = { 'x-request-id': id }
    const turnedAway = await askAccess(stage.world, 'evaluation', { body: '{}', headers })
    expect([turnedAway.status, turnedAway.headers.get('x-request-id')]).toEqual([401, id])
  })

  test('unknown members and properties change nothing', async () => {
    const asked = {
      ...question(service(), stage.api),
      context: { time: '2026-01-01T00:00Z', ip: '192.0.2.1', nested: { deeply: [{ a: 1 }] } },
      foo: 'bar',
      constructor: { prototype: { allow: true } },
    }
    expect((await evaluate(asked)).text).toBe(yes)
  })
})

describe('§5.1, about an account or a client by its id', () => {
  test('yes is what it was given, directly or through roles, and no reason is told for a no', async () => {
    const { world, api } = stage
    const person = await world.makeAccount()
    const subject = { type: 'account', id: person.id }
    const ask = async (name: string) => (await evaluate(question(subject, api, { name }))).text
    expect([await ask('read'), await ask('write')]).toEqual([no, no])
    const owner = { type: 'account', id: person.id } as const
    await world.permit(owner, api, ['read'])
    await within(1000, async () => (await ask('read')) === yes)
    const roleId = randomId('rol')
    const role = { id: roleId, apiId: api.id, name: 'writers', description: '', scopes: ['write'] }
    await createRole(world.db, role, now())
    await giveRole(world.db, { roleId, owner }, now())
    await within(1000, async () => (await ask('read AND write')) === yes)
    expect(await ask('nothing')).toBe(no)
    await withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['read'] }, now())
    await within(1000, async () => (await ask('read')) === no)
    expect(await ask('write')).toBe(yes)
  })

  test('disabled and unknown is no, of the account, the client or the API', async () => {
    const { world, api } = stage
    const person = await world.makeAccount()
    const owner = { type: 'account', id: person.id } as const
    await world.permit(owner, api, ['read'])
    const ask = async () => (await evaluate(question(owner, api))).text
    await within(1000, async () => (await ask()) === yes)
    await disableAccount(world.db, { id: person.id }, now())
    await within(1000, async () => (await ask()) === no)
    await enableAccount(world.db, { id: person.id }, now())
    await within(1000, async () => (await ask()) === yes)
    await disableApi(world.db, api.id, now())
    await within(1000, async () => (await ask()) === no)
    await enableApi(world.db, api.id, now())
    await within(1000, async () => (await ask()) === yes)
    for (const id of ['', 'acc_nobody', `${person.id}\nx`, `${person.id}\0`, '%', "' or 1=1 --", '💥'])
      expect([id, (await evaluate(question({ type: 'account', id }, api))).text]).toEqual([id, no])
    // Its id is the id of no client, and a client's id that of no account.
    expect((await evaluate(question({ type: 'client', id: person.id }, api))).text).toBe(no)
    expect((await evaluate(question({ type: 'account', id: stage.service.id }, api))).text).toBe(no)
  })

  test('other types are denied, and only that is said', async () => {
    for (const type of ['user', 'Account', '', '__proto__', 'constructor', 'toString'])
      expect((await evaluate(question({ type, id: stage.service.id }, stage.api))).body).toEqual({
        decision: false,
        context: { reason: 'unknown_subject_type' },
      })
    const record = { ...question(service(), stage.api), resource: { type: 'invoice', id: 'inv_1' } }
    expect((await evaluate(record)).body).toEqual({
      decision: false,
      context: { reason: 'unknown_resource_type' },
    })
  })
})

describe('§7, several decisions', () => {
  test('come in order, with defaults that a part of an evaluation replaces as a whole', async () => {
    const { api, jwtApi } = stage
    const { text: key } = await samples.keyOf({ more: { allowedAddresses: ['203.0.113.7'] } })
    const { body } = await evaluateAll({
      ...question(key, api, { context: { client_ip: '203.0.113.7' } }),
      evaluations: [
        {},
        { action: { name: 'write' } },
        { resource: { type: 'api', id: jwtApi.identifier } },
        { context: {} },
        { subject: service(), action: { name: 'write' }, resource: { id: jwtApi.identifier } },
      ],
    })
    expect(body).toEqual({
      evaluations: [
        { decision: true },
        insufficient,
        { decision: false },
        { decision: false, context: { reason: 'address_not_allowed' } },
        { decision: true },
      ],
    })
  })

  test('a default lends its type, id or name, and never its properties', async () => {
    const bound = (await samples.living()).find(({ name }) => name === 'opaque token bound to a key')
    const { body: told } = await introspect(stage.world, stage.guard, bound?.token ?? '')
    const { body } = await evaluateAll({
      subject: { type: 'credential', properties: { cnf: told['cnf'] } },
      action: { name: 'read' },
      resource: { type: 'api', id: stage.api.identifier },
      evaluations: [{ subject: { id: bound?.token } }],
    })
    expect(body).toEqual({ evaluations: [{ decision: false, context: { reason: 'proof_required' } }] })
  })

  test('§7.2.1: what is wrong with one is said in its place, and is a no', async () => {
    const { resource: _, ...rest } = question(service(), stage.api) as { resource: unknown }
    const resource = { type: 'api', id: stage.api.identifier }
    const { status, body } = await evaluateAll({
      ...rest,
      evaluations: [{ resource }, {}, 'x', null, [], { resource, action: { name: 'a"b' } }, { resource: 1 }],
    })
    expect(status).toBe(200)
    const [first, ...others] = body['evaluations'] as readonly unknown[]
    expect(first).toEqual({ decision: true })
    expect(others).toHaveLength(6)
    for (const one of others)
      expect(one).toEqual({
        decision: false,
        context: { error: { status: 400, message: expect.stringMatching(/\S+ .+\.$/) } },
      })
  })

  test('§7.1.2.1: stop at the first no or the first yes, and what comes later spends nothing', async () => {
    const { text: key } = await samples.keyOf({ more: { quota: { requests: 3, period: 'day' } } })
    const evaluations = ['write', 'read', 'write', 'read'].map((name) => ({ action: { name } }))
    const ask = async (semantic?: string) => {
      const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } }
      const { body } = await evaluateAll({ ...question(key, stage.api), evaluations, ...options })
      return (body['evaluations'] as { decision: boolean }[]).map(({ decision }) => decision)
    }
    expect(await ask('deny_on_first_deny')).toEqual([false])
    expect(await ask('permit_on_first_permit')).toEqual([false, true])
    expect(await ask()).toEqual([false, true, false, true])
    expect(await ask('execute_all')).toEqual([false, false, false, false])
    const unknown = await evaluateAll({
      ...question(key, stage.api),
      evaluations,
      options: { evaluations_semantic: 'any' },
    })
    expect([unknown.status, unknown.body['error']]).toEqual([400, 'invalid_request'])
  })

  test('§7.1: without evaluations it is one decision', async () => {
    for (const more of [{}, { evaluations: [] }])
      expect((await evaluateAll({ ...question(service(), stage.api), ...more })).text).toBe(yes)
    expect((await evaluateAll({ evaluations: [] })).status).toBe(400)
  })

  test('a hundred are answered, one more is refused before anything is spent', async () => {
    const { text: key } = await samples.keyOf({ more: { quota: { requests: 100, period: 'day' } } })
    const ask = (count: number) =>
      evaluateAll({ ...question(key, stage.api), evaluations: Array.from({ length: count }, () => ({})) })
    const refused = await ask(101)
    expect([refused.status, refused.body['error']]).toEqual([413, 'payload_too_large'])
    expect((await ask(100)).text).toBe(
      `{"evaluations":[${Array.from({ length: 100 }, () => yes).join(',')}]}`,
    )
    expect((await ask(1)).body).toMatchObject({
      evaluations: [
        { decision: false, context: { reason: 'quota_exceeded', retry_after: expect.any(Number) } },
      ],
    })
  })

  test('every caller gets the same bytes', async () => {
    const asked = {
      ...question(await samples.serviceToken(stage.api), stage.api),
      evaluations: [{}, { action: { name: 'write' } }, { subject: service() }, {}],
    }
    for (const way of ways) {
      const answer = await evaluateAll(asked, way)
      expect([way.name, answer.text]).toEqual([
        way.name,
        `{"evaluations":[${yes},${JSON.stringify(insufficient)},${yes},${yes}]}`,
      ])
    }
    for (const way of strangers)
      expect((await evaluateAll(asked, way)).text).toBe(`{"evaluations":[${no},${no},${no},${no}]}`)
  })
})

describe('who may ask', () => {
  test('is a client that has proved who it is; everybody else is told 401, and nothing of the question', async () => {
    const { world, guard, app, api } = stage
    const token = await samples.serviceToken(api)
    const signer = await signedWay(world)
    const used = await signer.headers()
    await askAccess(world, 'evaluation', { body: '{}', headers: used })
    const { 'client-cert': _, ...withoutCertificate } = (await ways.at(-1)?.headers()) ?? {}
    const attempts: Readonly<Record<string, string>>[] = [
      {},
      basic({ ...guard, secret: 'wrong' }),
      basic({ id: 'cli_nobody', secret: 'x' }),
      basic({ id: guard.id, secret: '' }),
      basic({ id: app.id, secret: '' }),
      // A client assertion is worth something once (RFC 7523 §3).
      used,
      { authorization: `Bearer ${token}` },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic' },
      { authorization: 'Basic !' },
      { authorization: `Digest ${token}` },
      withoutCertificate,
    ]
    for (const headers of attempts) {
      for (const path of ['evaluation', 'evaluations'] as const) {
        for (const body of [question(token, api), '{', '']) {
          const answer = await askAccess(world, path, { body, headers })
          expect([headers, answer.status, answer.text]).toEqual([
            headers,
            401,
            '{"error":"invalid_client","error_description":"client authentication failed"}',
          ])
          expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
          expect(answer.headers.get('cache-control')).toContain('no-store')
        }
      }
    }
  })

  test('client authentication in the body, or beside the header, is none here', async () => {
    const { world, guard, api } = stage
    const body = { ...question(service(), api), client_id: guard.id, client_secret: guard.secret }
    expect((await askAccess(world, 'evaluation', { body, headers: {} })).status).toBe(401)
    const form = await post(
      `${world.issuer}/access/v1/evaluation`,
      { client_id: guard.id, client_secret: guard.secret, token: 'x' },
      {},
    )
    expect(form.status).toBe(401)
  })

  test('other methods are told so, and no other site may ask in a browser', async () => {
    const url = `${stage.world.issuer}/access/v1/evaluation`
    const headers = basic(stage.guard)
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, origin: 'https://elsewhere.example' },
      })
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'POST'])
      expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    }
    const asked = await askAccess(stage.world, 'evaluation', {
      body: question(service(), stage.api),
      headers: { ...headers, origin: 'https://elsewhere.example' },
    })
    expect([asked.status, asked.headers.has('access-control-allow-origin')]).toEqual([200, false])
  })
})
