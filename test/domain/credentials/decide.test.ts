import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decide, decideLocally } from '../../../src/domain/credentials/decide.ts'
import type { Decision, Question } from '../../../src/domain/credentials/decide.ts'
import { parsePermissionQuery } from '../../../src/domain/credentials/permission-query.ts'
import type { Principal, PrincipalKey } from '../../../src/domain/credentials/principal.ts'
import { createLeases } from '../../../src/domain/limits/leases.ts'
import type { Leases } from '../../../src/domain/limits/leases.ts'
import { randomBase62 } from '../../../src/platform/crypto/random.ts'
import { openDatabase } from '../../../src/platform/db/open.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { keyOf, principalOf } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let room: Room
let db: Database
let leases: Leases
let clock: number

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
beforeEach(() => {
  clock = Date.parse('2026-03-31T23:00:00Z')
  leases = createLeases({
    db,
    now: () => new Date(clock),
    onError: (error) => {
      throw error
    },
  })
})
afterEach(() => leases.close())
afterAll(() => room.close())

const keyPrincipal = (more: Partial<PrincipalKey> = {}, scopes = ['read']): Principal =>
  principalOf('cli_owner', {
    credentialType: 'api_key',
    scopes: new Set(scopes),
    key: keyOf(randomBase62(12), more),
  })

interface Asked {
  readonly scope?: string
  readonly from?: string
  readonly cost?: number
}

function questionOf({ scope, from, cost = 1 }: Asked): Question {
  return {
    requiredScope: scope === undefined ? undefined : parsePermissionQuery(scope),
    callerAddress: from,
    cost,
  }
}

/** Both ways of asking: from memory if that is enough, else with the database. */
async function ask(principal: Principal, asked: Asked = {}): Promise<Decision> {
  const question = questionOf(asked)
  return decideLocally(principal, question, leases) ?? (await decide(principal, question, leases))
}

const reasonOf = (decision: Decision) => (decision.allow ? 'allowed' : decision.reason)

describe('where a key may be used from', () => {
  test.each([
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['10.1.2.3', true],
    ['11.0.0.0', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:0a01:0203', true],
    ['::ffff:11.0.0.1', false],
    ['2001:db8::1', true],
    ['2001:0DB8:0:0:0:0:0:ff', true],
    ['2001:db9::1', false],
    ['fe80::1%eth0', false],
    ['010.1.2.3', false],
    ['10.1.2.3:443', false],
    ['10.1.2', false],
    ['', false],
    ['unknown', false],
    ['10.1.2.3, 203.0.113.9', false],
    ['::', false],
    [undefined, false],
  ] as const)('%s is in the list: %s', async (from, allowed) => {
    const principal = keyPrincipal({ allowedAddresses: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'] })
    const decision = await ask(principal, from === undefined ? {} : { from })
    expect(reasonOf(decision)).toBe(allowed ? 'allowed' : 'address_not_allowed')
  })

  test('without a list it may be used from anywhere, known or not', async () => {
    expect(await ask(keyPrincipal())).toMatchObject({ allow: true })
    expect(await ask(keyPrincipal(), { from: '203.0.113.7' })).toMatchObject({ allow: true })
  })
})

describe('the order is address, permission, limits', () => {
  const exhausted = { rateLimit: { requests: 1, seconds: 86_400 } }

  test('the first that refuses is the reason, whatever the later ones would say', async () => {
    const principal = keyPrincipal({ ...exhausted, allowedAddresses: ['10.0.0.0/8'] })
    const right = { from: '10.0.0.1', scope: 'read' }
    expect(reasonOf(await ask(principal, right))).toBe('allowed')
    expect(reasonOf(await ask(principal, { from: '11.0.0.1', scope: 'write' }))).toBe('address_not_allowed')
    expect(reasonOf(await ask(principal, { from: '10.0.0.1', scope: 'write' }))).toBe('insufficient_scope')
    expect(reasonOf(await ask(principal, right))).toBe('rate_limited')
  })

  test('a refused address or permission spends nothing, however often it is asked', async () => {
    const principal = keyPrincipal({
      allowedAddresses: ['10.0.0.0/8'],
      rateLimit: { requests: 3, seconds: 86_400 },
      quota: { requests: 3, period: 'day' },
    })
    for (let round = 0; round < 50; round += 1) {
      expect((await ask(principal, { from: '11.0.0.1' })).allow).toBe(false)
      expect((await ask(principal, { from: '10.0.0.1', scope: 'write', cost: 3 })).allow).toBe(false)
    }
    for (let round = 0; round < 3; round += 1)
      expect((await ask(principal, { from: '10.0.0.1' })).allow).toBe(true)
    expect((await ask(principal, { from: '10.0.0.1' })).allow).toBe(false)
  })

  test('a token has no address list and no limits, and is asked for its permission alone', async () => {
    const token = principalOf('cli_service')
    expect(await ask(token, { scope: 'read', cost: 1_000_000 })).toEqual({ allow: true, limit: undefined })
    expect(await ask(token, { scope: 'read AND write' })).toEqual({
      allow: false,
      reason: 'insufficient_scope',
    })
  })
})

describe('rate and quota together', () => {
  test('what one of them refused, the other gets back: the wider one is never worn down by refusals', async () => {
    const principal = keyPrincipal({
      rateLimit: { requests: 10, seconds: 86_400 },
      quota: { requests: 4, period: 'day' },
    })
    const outcomes: string[] = []
    for (let round = 0; round < 40; round += 1) outcomes.push(reasonOf(await ask(principal)))
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(4)
    // Had the refusals been spent from the rate, it would have been the one that refuses after six of them.
    expect(new Set(outcomes)).toEqual(new Set(['allowed', 'quota_exceeded']))
  })

  test('the same when many ask at once', async () => {
    const principal = keyPrincipal({
      rateLimit: { requests: 30, seconds: 86_400 },
      quota: { requests: 20, period: 'day' },
    })
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => ask(principal)))
    expect(outcomes.filter(({ allow }) => allow)).toHaveLength(20)
    await leases.close()
    clock += 24 * 3_600_000
    // The next day the quota is whole again, and ten are left of the rate that regained next to nothing.
    const next = await Promise.all(Array.from({ length: 200 }, () => ask(principal)))
    expect(next.filter(({ allow }) => allow)).toHaveLength(10)
  })

  test('the refusing one is told of, and of two that allow, the narrower', async () => {
    const principal = keyPrincipal({
      rateLimit: { requests: 100, seconds: 86_400 },
      quota: { requests: 3, period: 'day' },
    })
    expect(await ask(principal)).toMatchObject({
      allow: true,
      limit: { name: 'quota', requests: 3, windowSeconds: 86_400, remaining: 2 },
    })
    expect(await ask(principal, { cost: 3 })).toMatchObject({
      allow: false,
      reason: 'quota_exceeded',
      retryAfterSeconds: 3600,
      limit: { name: 'quota', remaining: 0, resetSeconds: 3600 },
    })
  })
})

describe('cost', () => {
  test('zero asks without spending, and is allowed of an exhausted key too', async () => {
    const principal = keyPrincipal({ quota: { requests: 1, period: 'day' } })
    for (let round = 0; round < 10; round += 1)
      expect(await ask(principal, { cost: 0 })).toEqual({ allow: true, limit: undefined })
    expect((await ask(principal)).allow).toBe(true)
    expect((await ask(principal)).allow).toBe(false)
    expect((await ask(principal, { cost: 0 })).allow).toBe(true)
    expect(reasonOf(await ask(principal, { cost: 0, scope: 'write' }))).toBe('insufficient_scope')
  })

  test('more than there can ever be is refused and spends nothing', async () => {
    const principal = keyPrincipal({ rateLimit: { requests: 5, seconds: 86_400 } })
    expect(await ask(principal, { cost: 6 })).toMatchObject({ allow: false, reason: 'rate_limited' })
    expect((await ask(principal, { cost: 5 })).allow).toBe(true)
  })
})

test('nobody is allowed because the limits cannot be looked at: it fails, and says so', async () => {
  const away = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    maxConnections: 1,
    applicationName: 'decisions',
    onConnectionError: () => {},
  })
  const cut = createLeases({ db: away, now: () => new Date(clock), onError: () => {} })
  const principal = keyPrincipal({ rateLimit: { requests: 5, seconds: 60 } })
  expect(decideLocally(principal, questionOf({}), cut)).toBeUndefined()
  await expect(decide(principal, questionOf({}), cut)).rejects.toThrow()
  await cut.close()
  await away.destroy()
})
