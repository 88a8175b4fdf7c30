import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiKeyListQuery, findApiKey, findApiKeys, listApiKeys } from '../../../src/domain/api-keys/find.ts'
import { parseApiKeyInput } from '../../../src/domain/api-keys/input.ts'
import { parseKey, secretMatches } from '../../../src/domain/api-keys/secret.ts'
import { disableApi } from '../../../src/domain/apis/lifecycle.ts'
import { giveRole } from '../../../src/domain/apis/role-members.ts'
import { deleteClient, disableClient } from '../../../src/domain/clients/lifecycle.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { give, makeAccount, makeApi, makeClient, makeRole } from '../apis/support.ts'
import { act, eventTypes, expectRefusal, hostileTexts, lastEvent, now, planned } from '../clients/support.ts'
import { makeApiKey, making } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
  await makeApi(db, 'api', ['read', 'write', 'admin'])
})
afterAll(() => close())

describe('a new key', () => {
  test('has what it was given, one secret, and one event; its text works and is nowhere in the database', async () => {
    const owner = await makeClient(db, 'client')
    await give(db, 'api', owner, ['read', 'write'])
    const before = await eventTypes(db)
    const { key, text } = await makeApiKey(
      db,
      { owner, apiId: 'api', scopes: ['write', 'read', 'read'] },
      {
        name: 'Nightly export',
        expiresAt: '2027-01-01T00:00:00Z',
        allowedAddresses: ['10.0.0.0/8', '2001:db8::/32'],
        rateLimit: { requests: 10, seconds: 60 },
        quota: { requests: 1_000_000_000_000, period: 'month' },
      },
    )
    expect(key).toMatchObject({
      name: 'Nightly export',
      owner: { type: 'client', id: 'client' },
      apiId: 'api',
      apiIdentifier: 'https://api.example',
      scopes: ['read', 'write'],
      expiresAt: new Date('2027-01-01T00:00:00Z'),
      allowedAddresses: ['10.0.0.0/8', '2001:db8::/32'],
      rateLimit: { requests: 10, seconds: 60 },
      quota: { requests: 1_000_000_000_000, period: 'month' },
      disabledAt: undefined,
      revokedAt: undefined,
      createdAt: now,
      version: 1,
      secrets: [{ slot: 1, pepperId: 'p1', createdAt: now, expiresAt: undefined, lastUsedAt: undefined }],
    })
    const given = parseKey(text, 'lk')
    expect(given?.keyId).toBe(key.id)
    expect(secretMatches(making.peppers, key, given?.secret ?? '', now)).toBe(1)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.created'])
    expect(await lastEvent(db)).toMatchObject({ targetType: 'api_key', targetId: key.id })
    const everything = JSON.stringify([
      await db.selectFrom('apiKeys').selectAll().execute(),
      await db.selectFrom('apiKeySecrets').selectAll().execute(),
      await db.selectFrom('auditEvents').selectAll().execute(),
    ])
    expect(everything).not.toContain(given?.secret)
  })

  test('has no scope beyond what its owner has at that API at that moment, directly or by role', async () => {
    await makeApi(db, 'other', ['read'])
    await makeRole(db, 'writer', 'api', ['write'])
    for (const owner of [await makeClient(db, 'ceiling'), await makeAccount(db, 'ceiling')]) {
      await expectRefusal(() => makeApiKey(db, { owner, apiId: 'api', scopes: ['read'] }), 'invalid_scope')
      await give(db, 'api', owner, ['read'])
      await giveRole(db, { roleId: 'writer', owner }, act)
      expect((await makeApiKey(db, { owner, apiId: 'api', scopes: ['read', 'write'] })).key.scopes).toEqual([
        'read',
        'write',
      ])
      const before = await eventTypes(db)
      await expectRefusal(
        () => makeApiKey(db, { owner, apiId: 'api', scopes: ['read', 'admin'] }),
        'invalid_scope',
      )
      await expectRefusal(() => makeApiKey(db, { owner, apiId: 'api', scopes: ['unknown'] }), 'invalid_scope')
      await expectRefusal(() => makeApiKey(db, { owner, apiId: 'other', scopes: ['read'] }), 'invalid_scope')
      await expectRefusal(() => makeApiKey(db, { owner, apiId: 'nothing' }), 'not_found')
      expect(await eventTypes(db)).toEqual(before)
    }
  })

  test('needs an owner that exists and is enabled, and an enabled API', async () => {
    await expectRefusal(
      () => makeApiKey(db, { owner: { type: 'client', id: 'nobody' }, apiId: 'api' }),
      'not_found',
    )
    const owner = await makeClient(db, 'off')
    await makeApi(db, 'off', ['read'])
    await give(db, 'off', owner, ['read'])
    await disableApi(db, 'off', act)
    await expectRefusal(() => makeApiKey(db, { owner, apiId: 'off', scopes: ['read'] }), 'invalid_scope')
    await disableClient(db, 'off', act)
    await expectRefusal(() => makeApiKey(db, { owner, apiId: 'api' }), 'conflict')
  })

  test.each([
    { expiresAt: '2026-11-21T12:00:00Z' },
    { expiresAt: 'tomorrow' },
    { allowedAddresses: ['0.0.0.0/0'] },
    { allowedAddresses: ['10.0.0.0/33'] },
    { allowedAddresses: ['::ffff:10.0.0.0/104'] },
    { allowedAddresses: ['fe80::1%eth0'] },
    { rateLimit: { requests: 0, seconds: 1 } },
    { rateLimit: { requests: 1 } },
    { quota: { requests: 1, period: 'week' } },
    { secret: 'mine' },
    { name: '' },
    ...Object.values(hostileTexts).map((name) => ({ name })),
  ])('is refused with %o', async (more) => {
    const owner = { type: 'client', id: 'client' } as const
    await expectRefusal(
      async () => makeApiKey(db, { owner, apiId: 'api', scopes: [] }, more),
      'invalid_request',
    )
  })
})

describe('finding keys', () => {
  test('one or many are one statement each, and what cannot be an id asks nothing', async () => {
    const owner = await makeClient(db, 'finder')
    const { key: one } = await makeApiKey(db, { owner, apiId: 'api' })
    const { key: two } = await makeApiKey(db, { owner, apiId: 'api' })
    expect(await findApiKey(db, one.id)).toEqual(one)
    const both = await findApiKeys(db, [one.id, 'x', two.id, one.id, '000000000000', '\u0000'.repeat(12)])
    expect(new Map(both.map((key) => [key.id, key]))).toEqual(new Map([one, two].map((key) => [key.id, key])))
    expect(await planned(db, 'api_key_by_id', (trx) => findApiKey(trx, one.id))).toBe(1)
    expect(await planned(db, 'api_keys_by_ids', (trx) => findApiKeys(trx, [one.id, two.id]))).toBe(1)
    expect(await planned(db, 'api_keys_by_ids', (trx) => findApiKeys(trx, ['x', '']))).toBe(0)
  })

  test('lists by owner, API, state and name, page by page, the newest first', async () => {
    const owner = await makeClient(db, 'lister')
    const ids: string[] = []
    for (let number = 1; number <= 5; number += 1) {
      const { key } = await makeApiKey(db, { owner, apiId: 'api' }, { name: `List ${number}_%` })
      ids.push(key.id)
    }
    const [first, second, third] = ids
    await db
      .updateTable('apiKeys')
      .set({ revokedAt: now, disabledAt: now })
      .where('id', '=', first ?? '')
      .execute()
    await db
      .updateTable('apiKeys')
      .set({ expiresAt: now })
      .where('id', '=', second ?? '')
      .execute()
    await db
      .updateTable('apiKeys')
      .set({ disabledAt: now })
      .where('id', '=', third ?? '')
      .execute()
    const list = async (query: object) => {
      const page = await listApiKeys(
        db,
        parseApiKeyInput(apiKeyListQuery, { owner: { type: 'client', id: 'lister' }, ...query }),
        now,
      )
      return { ids: page.items.map(({ id }) => id), next: page.next }
    }
    expect(new Set((await list({})).ids)).toEqual(new Set(ids))
    expect((await list({ state: 'revoked' })).ids).toEqual([first])
    expect((await list({ state: 'expired' })).ids).toEqual([second])
    expect((await list({ state: 'disabled' })).ids).toEqual([third])
    expect((await list({ state: 'active' })).ids).toHaveLength(2)
    expect((await list({ search: '4_%' })).ids).toEqual([ids[3]])
    expect((await list({ apiId: 'nothing' })).ids).toEqual([])
    const page = await list({ limit: 3 })
    const rest = await list({ limit: 3, after: page.next })
    expect(page.ids).toHaveLength(3)
    expect(new Set([...page.ids, ...rest.ids])).toEqual(new Set(ids))
    expect(rest.next).toBeUndefined()
  })

  test('a deleted owner took its keys along', async () => {
    const owner = await makeClient(db, 'leaving')
    const { key } = await makeApiKey(db, { owner, apiId: 'api' })
    await deleteClient(db, 'leaving', act)
    expect(await findApiKey(db, key.id)).toBeUndefined()
  })
})
