import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findApiKey } from '../../../src/domain/api-keys/find.ts'
import { apiKeyChange, parseApiKeyInput } from '../../../src/domain/api-keys/input.ts'
import {
  changeApiKey,
  deleteApiKey,
  disableApiKey,
  enableApiKey,
  revokeApiKey,
} from '../../../src/domain/api-keys/lifecycle.ts'
import { withdrawPermission } from '../../../src/domain/apis/permissions.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { give, makeApi, makeClient } from '../apis/support.ts'
import { act, eventTypes, expectRefusal, lastEvent, now } from '../clients/support.ts'
import { makeApiKey } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
let owner: Owner
beforeAll(async () => {
  ;({ db, close } = await openRoom())
  await makeApi(db, 'api', ['read', 'write', 'admin'])
  owner = await makeClient(db, 'client')
  await give(db, 'api', owner, ['read', 'write'])
})
afterAll(() => close())

const make = async (more: object = {}) =>
  (await makeApiKey(db, { owner, apiId: 'api', scopes: ['read'] }, more)).key
const change = async (input: object) => changeApiKey(db, parseApiKeyInput(apiKeyChange, input), act)

describe('a change', () => {
  test('sets and takes away what it names, and says so in one event', async () => {
    const { id } = await make({ rateLimit: { requests: 1, seconds: 1 }, expiresAt: '2027-01-01T00:00:00Z' })
    const changed = await change({
      id,
      version: 1,
      name: 'Other',
      scopes: ['write'],
      expiresAt: null,
      rateLimit: null,
      quota: { requests: 5, period: 'day' },
      allowedAddresses: ['10.0.0.0/8'],
    })
    expect(changed).toMatchObject({
      name: 'Other',
      scopes: ['write'],
      expiresAt: undefined,
      rateLimit: undefined,
      quota: { requests: 5, period: 'day' },
      allowedAddresses: ['10.0.0.0/8'],
      version: 2,
    })
    expect(await lastEvent(db)).toMatchObject({
      type: 'api_key.changed',
      targetId: id,
      details: {
        members: ['name', 'scopes', 'expiresAt', 'allowedAddresses', 'rateLimit', 'quota'],
        scopesAdded: ['write'],
        scopesRemoved: ['read'],
      },
    })
  })

  test('that changes nothing leaves no event and no version', async () => {
    const key = await make()
    const before = await eventTypes(db)
    expect(await change({ id: key.id, version: 1, name: 'Key', scopes: ['read'], quota: null })).toEqual(key)
    expect(await eventTypes(db)).toEqual(before)
  })

  test('from another version is refused, and of twenty at the same moment one wins', async () => {
    const { id } = await make()
    await expectRefusal(() => change({ id, version: 2, name: 'x' }), 'conflict')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, number) => change({ id, version: 1, name: `Name ${number}` })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('adds no scope beyond what the owner has now; one it had given away stays until it is taken off', async () => {
    const { id } = await make()
    await expectRefusal(() => change({ id, version: 1, scopes: ['read', 'admin'] }), 'invalid_scope')
    await withdrawPermission(db, { apiId: 'api', owner, scopes: ['read'] }, act)
    expect(await change({ id, version: 1, name: 'Renamed' })).toMatchObject({ scopes: ['read'], version: 2 })
    await change({ id, version: 2, scopes: [] })
    await expectRefusal(() => change({ id, version: 3, scopes: ['read'] }), 'invalid_scope')
    await give(db, 'api', owner, ['read'])
    expect((await change({ id, version: 3, scopes: ['read'] })).scopes).toEqual(['read'])
  })

  test('cannot set an expiry that is over', async () => {
    const { id } = await make()
    await expectRefusal(
      () => change({ id, version: 1, expiresAt: '2020-01-01T00:00:00Z' }),
      'invalid_request',
    )
  })
})

describe('the states of a key', () => {
  test('disabling and enabling twice is as once', async () => {
    const { id } = await make()
    const before = await eventTypes(db)
    expect(await disableApiKey(db, id, act)).toMatchObject({ disabledAt: now, version: 2 })
    expect(await disableApiKey(db, id, act)).toMatchObject({ version: 2 })
    expect(await enableApiKey(db, id, act)).toMatchObject({ disabledAt: undefined, version: 3 })
    expect(await enableApiKey(db, id, act)).toMatchObject({ version: 3 })
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.disabled', 'api_key.enabled'])
  })

  test('revoking is for good: once, with its first reason, and nothing changes the key after it', async () => {
    const { id } = await make()
    const before = await eventTypes(db)
    const revoked = await revokeApiKey(db, { id, reason: 'No longer needed' }, act)
    expect(revoked).toMatchObject({ revokedAt: now, revocationReason: 'No longer needed', version: 2 })
    expect(await revokeApiKey(db, { id, reason: 'Other' }, act)).toEqual(revoked)
    await expectRefusal(() => enableApiKey(db, id, act), 'conflict')
    await expectRefusal(() => disableApiKey(db, id, act), 'conflict')
    await expectRefusal(() => change({ id, version: 2, name: 'x' }), 'conflict')
    expect(await findApiKey(db, id)).toEqual(revoked)
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.revoked'])
  })

  test('of twenty revocations at the same moment one leaves an event', async () => {
    const { id } = await make()
    const before = await eventTypes(db)
    await Promise.all(Array.from({ length: 20 }, () => revokeApiKey(db, { id }, act)))
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.revoked'])
  })

  test('a deleted key is gone with its secrets; its name and owner stay in the log', async () => {
    const { id } = await make()
    await deleteApiKey(db, id, act)
    expect(await findApiKey(db, id)).toBeUndefined()
    expect(await lastEvent(db)).toMatchObject({
      type: 'api_key.deleted',
      details: { name: 'Key', ownerType: 'client', ownerId: 'client' },
    })
    await expectRefusal(() => deleteApiKey(db, id, act), 'not_found')
    for (const act_ of [disableApiKey, enableApiKey])
      await expectRefusal(() => act_(db, id, act), 'not_found')
    await expectRefusal(() => revokeApiKey(db, { id }, act), 'not_found')
  })
})
