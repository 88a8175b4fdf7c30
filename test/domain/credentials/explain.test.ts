/**
 * What would happen, against what happens: for every kind of credential in every state the explanation gives the very bytes
 * of the real answer, its steps lead to the same verdict, and it leaves no trace.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { disableAccount } from '../../../src/domain/accounts/lifecycle.ts'
import { deleteApiKey, disableApiKey, revokeApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { findApiKey } from '../../../src/domain/api-keys/find.ts'
import { rotateApiKey } from '../../../src/domain/api-keys/rotate.ts'
import { disableApi } from '../../../src/domain/apis/lifecycle.ts'
import { withdrawPermission } from '../../../src/domain/apis/permissions.ts'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { disableClient } from '../../../src/domain/clients/lifecycle.ts'
import { makeApiKey, making } from '../../support/api-keys.ts'
import { postAs, revoke, textOf } from '../../support/oauth.ts'
import { openWorld } from '../../support/world.ts'
import type { TestApi, TestClient, World } from '../../support/world.ts'
import { openExplaining, verdictOf } from './explaining.ts'
import type { Asked, Explaining } from './explaining.ts'
import { randomsOf } from './support.ts'

let world: World
let explaining: Explaining
let caller: TestClient
let service: TestClient
let api: TestApi

const act = () => systemAct(new Date())

beforeAll(async () => {
  world = await openWorld({ env: { ACCESS_TOKEN_LIFETIME_SECONDS: '600' } })
  explaining = await openExplaining(world)
})
afterAll(async () => {
  await explaining.close()
  await world.close()
})
beforeEach(async () => {
  caller = await world.makeClient({ metadata: { grant_types: [] } })
  service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  api = await world.makeApi({ scopes: ['read', 'write', 'admin'], introspectors: [caller] })
  await world.permit({ type: 'client', id: service.id }, api, ['read', 'write'])
})

const owner = () => ({ type: 'client', id: service.id }) as const
const explained: Explaining['explained'] = (...given) => explaining.explained(...given)
/** Whatever was done before, the server that answers has heard of it. */
const agrees = async (credential: string, asked: Asked = {}) => {
  await explaining.heard()
  return explaining.agree(caller, credential, asked)
}
const real = (credential: string, asked: Asked = {}) => explaining.real(caller, credential, asked)

const key = (more: Readonly<Record<string, unknown>> = {}, scopes = ['read', 'write']) =>
  makeApiKey(world, { owner: owner(), api, scopes, more })

async function serviceToken(at: TestApi = api): Promise<string> {
  const answer = await postAs(world, service, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource: at.identifier, scope: 'read write' },
  })
  return textOf(answer, 'access_token')
}

describe('API keys', () => {
  const states: readonly (readonly [string, string, () => Promise<string>])[] = [
    ['good', 'accepted', async () => (await key()).text],
    [
      'with a typo',
      'credential: key_checksum',
      async () => (await key()).text.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    ],
    ['cut off', 'credential: key_length', async () => (await key()).text.slice(0, -3)],
    [
      'with the right checksum and no such key',
      'credential: key_unknown',
      async () => {
        const { text, id } = await key()
        await sql`delete from api_keys where id = ${id}`.execute(world.db)
        return text
      },
    ],
    [
      'deleted',
      'credential: key_deleted',
      async () => {
        const { text, id } = await key()
        await deleteApiKey(world.db, id, act())
        return text
      },
    ],
    [
      'of which somebody made up the secret',
      'credential: key_secret_wrong',
      async () => {
        const { text, id } = await key()
        await sql`update api_key_secrets set secret_hash = decode(repeat('00', 32), 'hex') where key_id = ${id}`.execute(
          world.db,
        )
        return text
      },
    ],
    [
      'rotated out',
      'credential: key_secret_ended',
      async () => {
        const { text, id } = await key()
        await rotateApiKey(world.db, { making, rotation: { id, version: 1, overlapSeconds: 0 } }, act())
        return text
      },
    ],
    [
      'in the overlap of a rotation',
      'accepted',
      async () => {
        const { text, id } = await key()
        await rotateApiKey(world.db, { making, rotation: { id, version: 1, overlapSeconds: 600 } }, act())
        return text
      },
    ],
    [
      'revoked',
      'credential: key_revoked',
      async () => {
        const { text, id } = await key()
        await revokeApiKey(world.db, { id, reason: 'on a slide' }, act())
        return text
      },
    ],
    [
      'disabled',
      'credential: key_disabled',
      async () => {
        const { text, id } = await key()
        await disableApiKey(world.db, id, act())
        return text
      },
    ],
    [
      'expired',
      'credential: key_expired',
      async () => {
        const { text, id } = await key()
        await sql`update api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where id = ${id}`.execute(
          world.db,
        )
        return text
      },
    ],
    [
      'of a disabled client',
      'owner: client_disabled',
      async () => {
        const { text } = await key()
        await disableClient(world.db, service.id, act())
        return text
      },
    ],
    [
      'of an account that was disabled',
      'owner: account_disabled',
      async () => {
        const { id } = await world.makeAccount()
        await world.permit({ type: 'account', id }, api, ['read'])
        const { text } = await makeApiKey(world, { owner: { type: 'account', id }, api })
        await disableAccount(world.db, { id }, act())
        return text
      },
    ],
    [
      'at a disabled API',
      'audience: api_disabled',
      async () => {
        const { text } = await key()
        await disableApi(world.db, api.id, act())
        return text
      },
    ],
    [
      'whose owner lost everything',
      'owner: nothing_left',
      async () => {
        const { text } = await key()
        await withdrawPermission(
          world.db,
          { apiId: api.id, owner: owner(), scopes: ['read', 'write'] },
          act(),
        )
        return text
      },
    ],
  ]

  test.each(states)('%s: %s', async (_, verdict, make) => {
    const text = await make()
    for (const asked of [
      {},
      { required_scope: 'read' },
      { required_scope: 'admin', client_ip: '10.0.0.1' },
    ]) {
      const explanation = await agrees(text, asked)
      if (verdict !== 'accepted') expect(verdictOf(explanation)).toBe(verdict)
      else if (asked.required_scope !== 'admin') expect(verdictOf(explanation)).toBe('accepted')
    }
  })

  test('who revoked it, when and why; who took the scope, and when', async () => {
    const admin = await world.makeAccount()
    const by = { ...act(), actor: { type: 'account', id: admin.id } as const }
    const { text, id } = await key()
    await withdrawPermission(world.db, { apiId: api.id, owner: owner(), scopes: ['write'] }, by)
    const lacking = await explained(text, { required_scope: 'write OR admin' })
    const permission = lacking.steps.find(({ name }) => name === 'permission')
    expect(permission).toMatchObject({
      outcome: 'failed',
      reason: {
        code: 'permission_lacking',
        scopes: ['read'],
        lost: [
          {
            scope: 'write',
            how: 'permission',
            owner: service.id,
            at: expect.any(Date),
            by: { type: 'account', id: admin.id },
          },
          { scope: 'admin', how: 'never' },
        ],
      },
    })
    await revokeApiKey(world.db, { id, reason: 'on a slide' }, by)
    expect((await explained(text)).steps[0]).toMatchObject({
      reason: {
        code: 'key_revoked',
        because: 'on a slide',
        by: { type: 'account', id: admin.id },
        at: expect.any(Date),
      },
    })
  })

  test('F7: another API that asks is told nothing, and the explanation says to whom it belongs', async () => {
    const other = await world.makeApi({ introspectors: [service] })
    const nobody = await world.makeApi()
    const { text } = await key()
    const explanation = await explained(text, {}, other)
    expect([explanation.answer, verdictOf(explanation)]).toEqual([
      '{"active":false}',
      'audience: audience_other',
    ])
    const { text: lonely } = await (async () => {
      await world.permit(owner(), nobody, ['read'])
      return makeApiKey(world, { owner: owner(), api: nobody })
    })()
    expect(verdictOf(await explained(lonely))).toBe('audience: api_nobody')
  })
})

describe('tokens', () => {
  const jwtApi = () =>
    world.makeApi({ scopes: ['read', 'write'], introspectors: [caller], settings: { tokenFormat: 'jwt' } })

  test.each(['opaque', 'jwt'])('%s: good, without its owner, without what it was given', async (format) => {
    if (format === 'jwt') {
      api = await jwtApi()
      await world.permit(owner(), api, ['read', 'write'])
    }
    const token = await serviceToken()
    expect(verdictOf(await agrees(token, { required_scope: 'read' }))).toBe('accepted')
    expect(verdictOf(await agrees(token, { required_scope: 'admin' }))).toBe('permission: permission_lacking')
    await withdrawPermission(world.db, { apiId: api.id, owner: owner(), scopes: ['read', 'write'] }, act())
    expect(verdictOf(await agrees(token))).toBe('owner: nothing_left')
    await disableClient(world.db, service.id, act())
    expect(verdictOf(await agrees(token))).toBe('owner: client_disabled')
  })

  test('opaque: revoked, made up, of another kind', async () => {
    const token = await serviceToken()
    await revoke(world, service, token)
    expect(verdictOf(await agrees(token))).toBe('credential: token_unknown')
    expect(verdictOf(await agrees('x'.repeat(43)))).toBe('credential: token_unknown')
    expect(verdictOf(await explained(''))).toBe('credential: empty')
    expect(verdictOf(await explained('x'.repeat(9000)))).toBe('credential: too_long')
  })

  test('opaque: of a time that was ended', async () => {
    const token = await serviceToken()
    await sql`update apis set tokens_end_before = now() + interval '1 second' where id = ${api.id}`.execute(
      world.db,
    )
    expect(verdictOf(await agrees(token))).toBe('owner: api_tokens_ended')
  })

  test('JWT: revoked, changed, cut off, of somebody else, signed by an unknown key or a retired one', async () => {
    api = await jwtApi()
    await world.permit(owner(), api, ['read', 'write'])
    const token = await serviceToken()
    const [header = '', payload = '', signature = ''] = token.split('.')
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const decode = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, 'base64url').toString())
    const changed = (more: object) => [header, encode({ ...decode(payload), ...more }), signature].join('.')
    const headed = (more: object) => [encode({ ...decode(header), ...more }), payload, signature].join('.')
    const cases: readonly (readonly [string, string])[] = [
      [changed({ scope: 'admin' }), 'jwt_signature'],
      [changed({ iss: 'https://evil.example' }), 'jwt_issuer'],
      [headed({ typ: 'JWT' }), 'jwt_type'],
      [headed({ kid: 'none' }), 'jwt_key_unknown'],
      [headed({ alg: 'none' }), 'jwt_signature'],
      [`${header}.${payload}`, 'jwt_malformed'],
      ['a.b.c', 'jwt_malformed'],
      ['...', 'jwt_malformed'],
    ]
    for (const [text, code] of cases) expect(verdictOf(await agrees(text)), code).toBe(`credential: ${code}`)
    await revoke(world, service, token)
    expect(verdictOf(await agrees(token))).toBe('credential: jwt_revoked')
    await sql`update signing_keys set retires_at = now() - interval '1 second' where id = ${String(decode(header)['kid'])}`.execute(
      world.db,
    )
    expect(verdictOf(await explained(changed({ scope: 'admin' })))).toBe('credential: jwt_key_retired')
    await sql`update signing_keys set retires_at = null where id = ${String(decode(header)['kid'])}`.execute(
      world.db,
    )
  })
})

describe('property: whatever key is asked about, however', () => {
  test('explaining and introspecting come to the same, a hundred times', async () => {
    const random = randomsOf(20_261_122)
    const one = <Value>(values: readonly [Value, ...(readonly Value[])]): Value => {
      const [first, ...others] = values
      const at = random.below(values.length)
      return at === 0 ? first : (others[at - 1] ?? first)
    }
    const seen = new Set<string>()
    for (let round = 0; round < 100; round += 1) {
      const made = await key(
        {
          ...(one([true, false]) && { allowedAddresses: ['10.0.0.0/8', '2001:db8::/32'] }),
          ...(one([true, false]) && {
            rateLimit: {
              requests: one([1, 3, 100]),
              seconds: 86_400,
              ...(one([true, false]) && { burst: one([1, 2]) }),
            },
          }),
          ...(one([true, false]) && { quota: { requests: one([2, 50]), period: one(['day', 'month']) } }),
        },
        one([['read'], ['read', 'write']]),
      )
      const scope = one<string | undefined>([
        undefined,
        'read',
        'write',
        'read AND write',
        'admin OR read',
        'admin',
      ])
      const address = one<string | undefined>([
        undefined,
        '10.1.2.3',
        '192.0.2.1',
        '::ffff:10.1.2.3',
        '2001:db8::5',
      ])
      // It is explained at one instance and asked at another: what a refused request gave back to the lease of the one
      // the other does not see for a second, so that no cost here takes more than what is left without it.
      const cost = one<string | undefined>([undefined, '0', '1', '2', '4'])
      const asked = {
        ...(scope !== undefined && { required_scope: scope }),
        ...(address !== undefined && { client_ip: address }),
        ...(cost !== undefined && { cost }),
      }
      // Asked about until some have nothing left; each explanation comes first, and takes nothing from the answer after it.
      for (let time = 0; time < 3; time += 1)
        seen.add(verdictOf(await explaining.agree(caller, made.text, asked)))
    }
    for (const verdict of [
      'accepted',
      'address: address_out',
      'address: address_missing',
      'permission: permission_lacking',
      'limits: rate_limited',
      'limits: quota_exceeded',
    ]) {
      expect([...seen]).toContain(verdict)
    }
  })

  test('it spends nothing and leaves no trace, however often it is asked', async () => {
    const { text, id } = await key({
      rateLimit: { requests: 2, seconds: 86_400 },
      quota: { requests: 2, period: 'day' },
    })
    const before = await counts()
    for (let time = 0; time < 20; time += 1)
      expect((await explained(text, { required_scope: 'read', cost: '2' })).accepted).toBe(true)
    expect(await counts()).toEqual(before)
    expect(JSON.parse(await real(text, { cost: '2' }))).toMatchObject({ decision: { allow: true } })
    const secrets = (await findApiKey(world.db, id))?.secrets
    expect(secrets?.map(({ lastUsedAt }) => lastUsedAt)).toEqual([undefined])
  })
})

async function counts(): Promise<unknown> {
  const { rows } = await sql`select (select count(*) from limit_buckets where key like 'lease:%') as buckets,
    (select count(*) from quota_counters) as quotas, (select count(*) from audit_events) as events`.execute(
    world.db,
  )
  return rows
}
