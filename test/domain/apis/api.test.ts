import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findApi, findApiById, listApis, requireApi } from '../../../src/domain/apis/api.ts'
import {
  apiChange,
  apiListQuery,
  introspector,
  newApi,
  parseApiInput,
  scopesChange,
} from '../../../src/domain/apis/input.ts'
import { addIntrospector, removeIntrospector } from '../../../src/domain/apis/introspectors.ts'
import { changeApi, deleteApi, disableApi, enableApi } from '../../../src/domain/apis/lifecycle.ts'
import { scopesOfOwner } from '../../../src/domain/apis/permissions.ts'
import { findRole } from '../../../src/domain/apis/roles.ts'
import { giveRole } from '../../../src/domain/apis/role-members.ts'
import { setScopes } from '../../../src/domain/apis/scopes.ts'
import { deleteClient } from '../../../src/domain/clients/lifecycle.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act, eventTypes, expectRefusal, hostileTexts, lastEvent, now, planned } from '../clients/support.ts'
import { give, makeApi, makeClient, makeRole } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
})
afterAll(() => close())

const least = { id: 'x', identifier: 'https://x.example', name: 'X' }

describe('a new API', () => {
  test('is found by identifier and by id as it was registered, with one event', async () => {
    const before = await eventTypes(db)
    const api = await makeApi(db, 'invoices', ['write', 'read'], {
      tokenFormat: 'jwt',
      accountsNeedPermission: true,
    })
    expect(api).toEqual({
      id: 'invoices',
      identifier: 'https://invoices.example',
      name: 'API invoices',
      tokenFormat: 'jwt',
      signingAlg: 'ES256',
      accessTokenLifetimeSeconds: 600,
      accountsNeedPermission: true,
      accountKeys: false,
      minimumAcr: 'aal1',
      builtIn: false,
      disabledAt: undefined,
      tokensEndBefore: undefined,
      createdAt: now,
      updatedAt: now,
      version: 1,
      scopes: [
        { name: 'read', description: 'May read' },
        { name: 'write', description: 'May write' },
      ],
      introspectorIds: [],
    })
    expect(await findApi(db, 'https://invoices.example')).toEqual(api)
    expect(await findApiById(db, 'invoices')).toEqual(api)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api.created'])
  })

  test('cannot have the identifier or id of another, and leaves no event', async () => {
    await makeApi(db, 'first')
    const before = await eventTypes(db)
    await expectRefusal(() => makeApi(db, 'first', [], { identifier: 'https://other.example' }), 'conflict')
    await expectRefusal(() => makeApi(db, 'second', [], { identifier: 'https://first.example' }), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
  })

  test.each([
    'https://api.example',
    'https://api.example/v1/',
    'https://api.example:8443/v1?tenant=7',
    'http://localhost:4000',
    'urn:example:invoices',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  ])('may be %s (RFC 8707 §2)', (identifier) => {
    expect(parseApiInput(newApi, { ...least, identifier }).identifier).toBe(identifier)
  })

  test.each([
    '',
    'api',
    '/api',
    '//api.example',
    'https://api.example#a',
    'https://api.example/#',
    'urn:example:a#b',
    'http://api.example',
    'https://API.example',
    'https://api.example:443/',
    'https://user@api.example',
    'https://*.example',
    'https://api.example/../x',
    'urn:Example:a',
    'URN:example:a',
    'urn:a',
    'urn:example:',
    'urn:example:a b',
    'urn:example:\u0000',
    'javascript:alert(1)',
    'tag:x',
    'https://api.example/\uD800',
    `https://api.example/${'x'.repeat(500)}`,
    `urn:example:${'x'.repeat(1_000_000)}`,
  ])('cannot be %j', async (identifier) => {
    await expectRefusal(() => parseApiInput(newApi, { ...least, identifier }), 'invalid_request')
  })

  test.each(Object.entries(hostileTexts))(
    'v5.0.0-16.4.1: cannot be called or described with %s',
    async (_, text) => {
      await expectRefusal(() => parseApiInput(newApi, { ...least, name: text }), 'invalid_request')
      const scopes = [{ name: 'read', description: text }]
      await expectRefusal(() => parseApiInput(newApi, { ...least, scopes }), 'invalid_request')
      await expectRefusal(
        () => parseApiInput(newApi, { ...least, scopes: [{ name: text, description: 'x' }] }),
        'invalid_request',
      )
      await expectRefusal(() => parseApiInput(newApi, { ...least, id: text }), 'invalid_request')
      await expectRefusal(() => parseApiInput(apiListQuery, { search: text }), 'invalid_request')
    },
  )

  test.each([
    [{ accessTokenLifetimeSeconds: 29 }],
    [{ accessTokenLifetimeSeconds: 86_401 }],
    [{ accessTokenLifetimeSeconds: '600' }],
    [{ tokenFormat: 'paseto' }],
    [{ signingAlg: 'HS256' }],
    [{ signingAlg: 'none' }],
    [{ accountsNeedPermission: 'no' }],
    [{ unknown: 1 }],
  ])('cannot have %j', async (more) => {
    await expectRefusal(() => parseApiInput(newApi, { ...least, ...more }), 'invalid_request')
  })
})

describe('scope names', () => {
  test.each(['read', 'invoices:read', 'https://api.example/read', 'a!#[]~', '*', "it's", 'x'.repeat(100)])(
    '%s is one (RFC 6749 §3.3)',
    (name) => {
      const { scopes } = parseApiInput(newApi, { ...least, scopes: [{ name, description: 'x' }] })
      expect(scopes).toEqual([{ name, description: 'x' }])
    },
  )

  test.each([
    '',
    ' ',
    'a b',
    'a"b',
    'a\\b',
    'a\tb',
    'é',
    'a\u007f',
    'x'.repeat(101),
    'openid',
    'profile',
    'email',
    'address',
    'phone',
    'offline_access',
  ])('%j is none', async (name) => {
    const scopes = [{ name, description: 'x' }]
    await expectRefusal(() => parseApiInput(newApi, { ...least, scopes }), 'invalid_request')
  })

  test('there are at most 500 of them, each once', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `s${index}`, description: 'x' }))
    const api = await makeApi(db, 'large', [], { scopes: many(500) })
    expect(api.scopes).toHaveLength(500)
    await expectRefusal(() => parseApiInput(newApi, { ...least, scopes: many(501) }), 'invalid_request')
    await expectRefusal(
      () => parseApiInput(newApi, { ...least, scopes: [...many(1), ...many(1)] }),
      'invalid_request',
    )
  })
})

describe('looking for an API', () => {
  test.each(['https://nobody.example', '', 'a\u0000', '\uD800', 'x'.repeat(1_000_000), "' or true --"])(
    'with a name nobody has finds nothing: %#',
    async (name) => {
      expect(await findApi(db, name)).toBeUndefined()
      expect(await findApiById(db, name)).toBeUndefined()
      for (const work of [disableApi, enableApi, deleteApi]) {
        await expectRefusal(() => work(db, name, act), 'not_found')
      }
    },
  )

  test('runs one statement, known to the connection by its name', async () => {
    await makeApi(db, 'counted', ['a', 'b'])
    expect(await planned(db, 'api_by_identifier', (trx) => findApi(trx, 'https://counted.example'))).toBe(1)
  })

  test('page by page meets every one once, and a search those that fit', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `listed_${index}`)
    for (const id of ids) await makeApi(db, id, [], { identifier: `urn:listed:${id}` })
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await listApis(db, apiListQuery.parse({ limit: 3, after, search: 'LISTED_' }))
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(ids.toReversed())
    expect((await listApis(db, apiListQuery.parse({ search: 'urn:listed:listed_4' }))).items).toHaveLength(1)
    expect((await listApis(db, apiListQuery.parse({ search: '%' }))).items).toEqual([])
  })
})

describe('a change of an API', () => {
  test('names what changed, and counts the version', async () => {
    await makeApi(db, 'changing', ['read'])
    const change = parseApiInput(apiChange, {
      id: 'changing',
      version: 1,
      tokenFormat: 'jwt',
      name: 'New',
      signingAlg: 'ES256',
    })
    expect(await changeApi(db, change, act)).toMatchObject({
      name: 'New',
      tokenFormat: 'jwt',
      version: 2,
      scopes: [{ name: 'read' }],
    })
    expect(await lastEvent(db)).toMatchObject({
      type: 'api.changed',
      details: { members: ['name', 'tokenFormat'] },
    })
    const before = await eventTypes(db)
    await expectRefusal(() => changeApi(db, change, act), 'conflict')
    await changeApi(db, { id: 'changing', version: 2, name: 'New' }, act)
    expect(await eventTypes(db)).toEqual(before)
  })

  test('never changes the identifier, which is the audience of its tokens', async () => {
    const change = { id: 'changing', version: 2, identifier: 'https://evil.example' }
    await expectRefusal(() => parseApiInput(apiChange, change), 'invalid_request')
  })

  test('wins alone when 10 are made from the same version at the same moment, whatever they change', async () => {
    await makeApi(db, 'raced', ['read'])
    const changes = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? changeApi(db, { id: 'raced', version: 1, name: `Name ${index}` }, act)
        : setScopes(
            db,
            { apiId: 'raced', version: 1, scopes: [{ name: `s${index}`, description: 'x' }] },
            act,
          ),
    )
    const outcomes = await Promise.allSettled(changes)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    }
    const events = await db.selectFrom('auditEvents').select('type').where('targetId', '=', 'raced').execute()
    expect(events).toHaveLength(2)
  })

  test('is disabled and enabled once each, however often it is asked', async () => {
    await makeApi(db, 'switched')
    const before = await eventTypes(db)
    expect((await disableApi(db, 'switched', act)).disabledAt).toEqual(now)
    await disableApi(db, 'switched', act)
    expect((await enableApi(db, 'switched', act)).disabledAt).toBeUndefined()
    await enableApi(db, 'switched', act)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api.disabled', 'api.enabled'])
  })
})

describe('the scopes of an API', () => {
  test('are set as a whole; the event names the differences, and a removed one is taken from everybody', async () => {
    await makeApi(db, 'scoped', ['a', 'b', 'c'])
    const owner = await makeClient(db, 'scoped-client')
    await makeRole(db, 'scoped-role', 'scoped', ['b', 'c'])
    await give(db, 'scoped', owner, ['a', 'b'])
    await giveRole(db, { roleId: 'scoped-role', owner }, act)
    const before = await eventTypes(db)
    const scopes = [
      { name: 'a', description: 'May a' },
      { name: 'c', description: 'Another word' },
      { name: 'd', description: 'New' },
    ]
    const change = parseApiInput(scopesChange, { apiId: 'scoped', version: 1, scopes })
    expect(await setScopes(db, change, act)).toMatchObject({ version: 2, scopes })
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api.changed'])
    expect(await lastEvent(db)).toMatchObject({
      details: { scopesAdded: ['d'], scopesRemoved: ['b'], scopesDescribed: ['c'] },
    })
    expect(await scopesOfOwner(db, { apiId: 'scoped', owner })).toEqual(new Set(['a', 'c']))
    expect((await findRole(db, 'scoped-role'))?.scopes).toEqual(['c'])
  })

  test('that come back are not given to those who had them', async () => {
    const owner = { type: 'client', id: 'scoped-client' } as const
    const { scopes, version } = await requireApi(db, 'scoped')
    await setScopes(
      db,
      { apiId: 'scoped', version, scopes: [...scopes, { name: 'b', description: 'b' }] },
      act,
    )
    expect(await scopesOfOwner(db, { apiId: 'scoped', owner })).toEqual(new Set(['a', 'c']))
  })

  test('set to what they are leave no event; set from an old view they are refused', async () => {
    const api = await requireApi(db, 'scoped')
    const before = await eventTypes(db)
    expect(await setScopes(db, { apiId: 'scoped', version: api.version, scopes: api.scopes }, act)).toEqual(
      api,
    )
    const stale = { apiId: 'scoped', version: api.version - 1 }
    await expectRefusal(() => setScopes(db, { ...stale, scopes: [...api.scopes] }, act), 'conflict')
    await expectRefusal(() => setScopes(db, { ...stale, scopes: [] }, act), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
  })
})

describe('those who may introspect', () => {
  test('are added and removed once, and each change is an event', async () => {
    await makeApi(db, 'asked')
    await makeClient(db, 'asker')
    const pair = parseApiInput(introspector, { apiId: 'asked', clientId: 'asker' })
    const before = await eventTypes(db)
    expect(await addIntrospector(db, pair, act)).toBe(true)
    expect(await addIntrospector(db, pair, act)).toBe(false)
    expect((await requireApi(db, 'asked')).introspectorIds).toEqual(['asker'])
    await disableApi(db, 'asked', act)
    expect(await removeIntrospector(db, pair, act)).toBe(true)
    expect(await removeIntrospector(db, pair, act)).toBe(false)
    expect((await eventTypes(db)).slice(before.length)).toEqual([
      'api.changed',
      'api.disabled',
      'api.changed',
    ])
  })

  test('exist, and so does what they ask about', async () => {
    await expectRefusal(() => addIntrospector(db, { apiId: 'asked', clientId: 'nobody' }, act), 'not_found')
    await expectRefusal(() => addIntrospector(db, { apiId: 'nothing', clientId: 'asker' }, act), 'not_found')
  })

  test('are forgotten with their client', async () => {
    await makeApi(db, 'left')
    await makeClient(db, 'leaver')
    await addIntrospector(db, { apiId: 'left', clientId: 'leaver' }, act)
    await deleteClient(db, 'leaver', act)
    expect((await requireApi(db, 'left')).introspectorIds).toEqual([])
  })
})

test('a deleted API takes its scopes, roles, permissions and introspectors along, and is deleted once', async () => {
  await makeApi(db, 'gone', ['a', 'b'])
  const owner = await makeClient(db, 'gone-client')
  await makeRole(db, 'gone-role', 'gone', ['b'])
  await give(db, 'gone', owner, ['a'])
  await giveRole(db, { roleId: 'gone-role', owner }, act)
  await addIntrospector(db, { apiId: 'gone', clientId: owner.id }, act)
  const before = await eventTypes(db)
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => deleteApi(db, 'gone', act)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await eventTypes(db)).slice(before.length)).toEqual(['api.deleted'])
  expect(await findApi(db, 'https://gone.example')).toBeUndefined()
  expect(await scopesOfOwner(db, { apiId: 'gone', owner })).toEqual(new Set())
  expect(await findRole(db, 'gone-role')).toBeUndefined()
  const members = await db
    .selectFrom('roleMembers')
    .select('roleId')
    .where('ownerId', '=', owner.id)
    .execute()
  expect(members).toEqual([])
})
