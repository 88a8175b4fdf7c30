import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseApiInput, permission } from '../../../src/domain/apis/input.ts'
import {
  grantableScopes,
  scopesOfOwner,
  scopesOfOwners,
  withdrawPermission,
} from '../../../src/domain/apis/permissions.ts'
import { giveRole } from '../../../src/domain/apis/role-members.ts'
import { setScopes } from '../../../src/domain/apis/scopes.ts'
import { deleteClient } from '../../../src/domain/clients/lifecycle.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act, eventTypes, expectRefusal, hostileTexts, lastEvent, now, planned } from '../clients/support.ts'
import { give, makeAccount, makeApi, makeClient, makeRole } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
})
afterAll(() => close())

const set = (text: string) => new Set(text.split(' ').filter(Boolean))

describe('what may be requested', () => {
  // Without an account the client acts for itself.
  test.each([
    { named: 'a b c', client: 'a b', account: undefined, asked: false, expected: 'a b' },
    { named: 'a b c', client: 'a b', account: undefined, asked: true, expected: 'a b' },
    { named: 'a b c', client: '', account: undefined, asked: false, expected: '' },
    { named: 'a b c', client: 'a b', account: '', asked: false, expected: 'a b' },
    { named: 'a b c', client: 'a b', account: 'b c', asked: false, expected: 'a b' },
    { named: 'a b c', client: 'a b', account: 'b c', asked: true, expected: 'b' },
    { named: 'a b c', client: 'a b', account: '', asked: true, expected: '' },
    { named: 'a b c', client: '', account: 'a b c', asked: true, expected: '' },
    { named: 'a b c', client: '', account: 'a b c', asked: false, expected: '' },
    { named: 'a b c', client: 'c', account: 'a b', asked: true, expected: '' },
    { named: 'a', client: 'a removed', account: 'a removed', asked: true, expected: 'a' },
    { named: 'a', client: 'A a ', account: undefined, asked: false, expected: 'a' },
    { named: '', client: 'a b', account: undefined, asked: false, expected: '' },
  ])(
    'at an API with "$named": client "$client", account "$account", asked of accounts: $asked -> "$expected"',
    ({ named, client, account, asked, expected }) => {
      const scopes = [...set(named)].map((name) => ({ name, description: name }))
      const question = {
        api: { scopes: scopes, accountsNeedPermission: asked, disabledAt: undefined },
        clientScopes: set(client),
        ...(account !== undefined && { accountScopes: set(account) }),
      }
      expect(grantableScopes(question)).toEqual(set(expected))
      expect(grantableScopes({ ...question, api: { ...question.api, disabledAt: now } })).toEqual(new Set())
    },
  )
})

describe('a permission', () => {
  test('is given once; what is new is answered and recorded', async () => {
    await makeApi(db, 'api', ['a', 'b', 'c'])
    const owner = await makeClient(db, 'client')
    const before = await eventTypes(db)
    expect(await give(db, 'api', owner, ['b', 'a', 'a'])).toEqual(['a', 'b'])
    expect(await lastEvent(db)).toMatchObject({
      type: 'permission.given',
      targetType: 'client',
      targetId: 'client',
      details: { apiId: 'api', scopes: ['a', 'b'] },
    })
    expect(await give(db, 'api', owner, ['b', 'c'])).toEqual(['c'])
    expect(await give(db, 'api', owner, ['a', 'b', 'c'])).toEqual([])
    expect(await give(db, 'api', owner, [])).toEqual([])
    expect((await eventTypes(db)).slice(before.length)).toEqual(['permission.given', 'permission.given'])
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(set('a b c'))
  })

  test('is withdrawn once; what was there is answered and recorded', async () => {
    const owner = { type: 'client', id: 'client' } as const
    const withdraw = (scopes: string[]) =>
      withdrawPermission(db, parseApiInput(permission, { apiId: 'api', owner, scopes }), act)
    const before = await eventTypes(db)
    expect(await withdraw(['c', 'a', 'never'])).toEqual(['a', 'c'])
    expect(await withdraw(['a', 'c'])).toEqual([])
    expect((await eventTypes(db)).slice(before.length)).toEqual(['permission.withdrawn'])
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(set('b'))
  })

  test('is all or nothing: an unknown scope among them gives none, and leaves no event', async () => {
    const owner = await makeClient(db, 'careful')
    const before = await eventTypes(db)
    const { message } = await expectRefusal(() => give(db, 'api', owner, ['a', 'unknown']), 'invalid_scope')
    expect(message).toContain('unknown')
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set())
    expect(await eventTypes(db)).toEqual(before)
  })

  test('is given to nobody who does not exist, and at no API that does not', async () => {
    const owner = await makeClient(db, 'real')
    await expectRefusal(() => give(db, 'api', { type: 'client', id: 'nobody' }, ['a']), 'not_found')
    await expectRefusal(() => give(db, 'api', { type: 'account', id: 'acc_nobody' }, ['a']), 'not_found')
    await expectRefusal(() => give(db, 'api', { type: 'account', id: 'real' }, ['a']), 'not_found')
    await expectRefusal(() => give(db, 'nothing', owner, ['a']), 'not_found')
    await expectRefusal(() => give(db, 'nothing', owner, []), 'not_found')
  })

  test('of one API, of an account and of a client are three different things', async () => {
    await makeApi(db, 'other', ['a', 'b', 'c'])
    const client = await makeClient(db, 'twofold')
    const account = await makeAccount(db, 'twofold')
    await give(db, 'api', client, ['a'])
    await give(db, 'other', account, ['b'])
    await makeRole(db, 'twofold-role', 'api', ['c'])
    await giveRole(db, { roleId: 'twofold-role', owner: client }, act)
    expect(await scopesOfOwner(db, { apiId: 'api', owner: client })).toEqual(set('a c'))
    expect(await scopesOfOwner(db, { apiId: 'other', owner: client })).toEqual(new Set())
    expect(await scopesOfOwner(db, { apiId: 'api', owner: account })).toEqual(new Set())
    expect(await scopesOfOwner(db, { apiId: 'api', owner: { type: 'account', id: client.id } })).toEqual(
      new Set(),
    )
    expect(await scopesOfOwner(db, { apiId: 'other', owner: account })).toEqual(set('b'))
  })

  test('is recorded once when 10 parallel calls give it', async () => {
    const owner = await makeClient(db, 'parallel')
    const calls = await Promise.all(Array.from({ length: 10 }, () => give(db, 'api', owner, ['a', 'b'])))
    expect(calls.flat().sort()).toEqual(['a', 'b'])
    const events = await db
      .selectFrom('auditEvents')
      .select('type')
      .where('targetId', '=', owner.id)
      .where('type', '=', 'permission.given')
      .execute()
    expect(events).toHaveLength(1)
  })

  test('is found together with those of roles by one statement, known by its name', async () => {
    const owner = await makeClient(db, 'both')
    await makeRole(db, 'role-b', 'api', ['b', 'a'])
    await makeRole(db, 'role-other', 'other', ['c'])
    await give(db, 'api', owner, ['a'])
    await giveRole(db, { roleId: 'role-b', owner }, act)
    await giveRole(db, { roleId: 'role-other', owner }, act)
    const ask = (trx: Database) => scopesOfOwner(trx, { apiId: 'api', owner })
    expect(await ask(db)).toEqual(set('a b'))
    expect(await planned(db, 'scopes_by_owners', ask)).toBe(1)
  })

  test('is found for many at once by one statement, for each what is its own', async () => {
    const [one, two] = [await makeClient(db, 'one-of-many'), await makeClient(db, 'two-of-many')]
    await give(db, 'api', one, ['a'])
    await give(db, 'other', one, ['c'])
    await give(db, 'api', two, ['b'])
    const asked = [
      { apiId: 'api', owner: two },
      { apiId: 'other', owner: one },
      { apiId: 'api', owner: { ...one, id: 'nobody' } },
      { apiId: 'api', owner: { type: 'account', id: one.id } },
      { apiId: 'api', owner: { ...one, id: 'no\0id' } },
      { apiId: 'api', owner: two },
      { apiId: 'api', owner: one },
    ] as const
    const ask = (trx: Database) => scopesOfOwners(trx, asked)
    expect(await ask(db)).toEqual([set('b'), set('c'), set(''), set(''), set(''), set('b'), set('a')])
    expect(await planned(db, 'scopes_by_owners', ask)).toBe(1)
  })

  test.each(Object.entries(hostileTexts))('cannot be asked or given with %s', async (_, text) => {
    const owner = { type: 'client', id: 'client' } as const
    for (const hostile of [
      { apiId: text, owner, scopes: ['a'] },
      { apiId: 'api', owner: { ...owner, id: text }, scopes: ['a'] },
      { apiId: 'api', owner, scopes: [text] },
      { apiId: 'api', owner: { ...owner, type: text }, scopes: ['a'] },
    ]) {
      await expectRefusal(() => parseApiInput(permission, hostile), 'invalid_request')
    }
    expect(await scopesOfOwner(db, { apiId: text, owner })).toEqual(new Set())
    expect(await scopesOfOwner(db, { apiId: 'api', owner: { ...owner, id: text } })).toEqual(new Set())
  })

  test('10,000 scopes at once are refused', async () => {
    const scopes = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
    const input = { apiId: 'api', owner: { type: 'client', id: 'client' }, scopes }
    await expectRefusal(() => parseApiInput(permission, input), 'invalid_request')
  })
})

describe('when the owner goes', () => {
  test('what it was given goes along, and whoever takes its id later has nothing', async () => {
    const owner = await makeClient(db, 'phoenix')
    await give(db, 'api', owner, ['a'])
    await makeRole(db, 'phoenix-role', 'api', ['b'])
    await giveRole(db, { roleId: 'phoenix-role', owner }, act)
    await deleteClient(db, 'phoenix', act)
    await makeClient(db, 'phoenix')
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set())
  })

  test('an account takes its permissions along', async () => {
    const owner = await makeAccount(db, 'leaver')
    await give(db, 'api', owner, ['a'])
    await db.deleteFrom('accounts').where('id', '=', owner.id).execute()
    expect(await scopesOfOwner(db, { apiId: 'api', owner })).toEqual(new Set())
  })

  test('nothing is left behind when it is given something at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const owner = await makeClient(db, `race-${round}`)
      await Promise.allSettled([
        give(db, 'api', owner, ['a']),
        deleteClient(db, owner.id, act),
        give(db, 'api', owner, ['b', 'c']),
      ])
      const left = await db
        .selectFrom('apiPermissions')
        .select('scope')
        .where('ownerId', '=', owner.id)
        .execute()
      expect(left).toEqual([])
    }
  })
})

test('nothing fails but with a refusal when scopes are removed and given at the same moment', async () => {
  let { version, scopes } = await makeApi(db, 'busy', ['a', 'b', 'c'])
  const owner = await makeClient(db, 'busy-client')
  const without = (name: string) => scopes.filter((scope) => scope.name !== name)
  for (let round = 0; round < 10; round += 1) {
    const outcomes = await Promise.allSettled([
      setScopes(db, { apiId: 'busy', version, scopes: without('b') }, act),
      give(db, 'busy', owner, ['a', 'b']),
      makeRole(db, `busy-${round}`, 'busy', ['b', 'c']),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'invalid_scope' })
    }
    expect(await scopesOfOwner(db, { apiId: 'busy', owner })).not.toContain('b')
    ;({ version } = await setScopes(db, { apiId: 'busy', version: version + 1, scopes }, act))
  }
})
