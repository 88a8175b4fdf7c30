import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findApiKey, requireApiKey } from '../../../src/domain/api-keys/find.ts'
import { parseApiKeyInput, rotation } from '../../../src/domain/api-keys/input.ts'
import { revokeApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { endRotation, rotateApiKey, rotationEvidence } from '../../../src/domain/api-keys/rotate.ts'
import { parseKey, secretMatches } from '../../../src/domain/api-keys/secret.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { give, makeApi, makeClient } from '../apis/support.ts'
import { act, eventTypes, expectRefusal, lastEvent, now } from '../clients/support.ts'
import { makeApiKey, making } from './support.ts'
import { openRoom } from '../../support/room.ts'

let db: Database
let close: () => Promise<void>
let owner: Owner
beforeAll(async () => {
  ;({ db, close } = await openRoom())
  await makeApi(db, 'api', ['read'])
  owner = await makeClient(db, 'client')
  await give(db, 'api', owner, ['read'])
})
afterAll(() => close())

const make = (more: object = {}) => makeApiKey(db, { owner, apiId: 'api', scopes: ['read'] }, more)
const rotate = async (input: object, when = now) =>
  rotateApiKey(db, { making, rotation: parseApiKeyInput(rotation, input) }, { ...act, now: when })
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)

async function slotOf(text: string, when: Date): Promise<number | undefined> {
  const given = parseKey(text, 'lk')
  const key = given && (await findApiKey(db, given.keyId))
  return key && secretMatches(making.peppers, key, given.secret, when)
}

describe('a rotation', () => {
  test('makes another secret of the same key; the old one works until the overlap is over', async () => {
    const { key, text } = await make({ rateLimit: { requests: 1, seconds: 1 } })
    const rotated = await rotate({ id: key.id, version: 1, overlapSeconds: 60 })
    const { secrets: _1, version: _2, ...kept } = key
    expect(rotated.key).toMatchObject({ ...kept, version: 2 })
    expect(rotated.text.slice(0, 16)).toBe(text.slice(0, 16))
    expect([await slotOf(text, now), await slotOf(rotated.text, now)]).toEqual([1, 2])
    expect([await slotOf(text, later(60)), await slotOf(rotated.text, later(60))]).toEqual([undefined, 2])
    expect(await lastEvent(db)).toMatchObject({
      type: 'api_key.rotated',
      targetId: key.id,
      details: { overlapSeconds: 60, oldExpiresAt: later(60).toISOString() },
    })
  })

  test('is refused while another is under way, and takes the place of the expired secret after it', async () => {
    const { key, text } = await make()
    const second = await rotate({ id: key.id, version: 1, overlapSeconds: 60 })
    await expectRefusal(() => rotate({ id: key.id, version: 2, overlapSeconds: 60 }, later(59)), 'conflict')
    expect((await requireApiKey(db, key.id)).version).toBe(2)
    const third = await rotate({ id: key.id, version: 2, overlapSeconds: 60 }, later(60))
    expect(third.key.secrets).toHaveLength(2)
    expect(await slotOf(text, later(61))).toBeUndefined()
    expect([await slotOf(second.text, later(61)), await slotOf(third.text, later(61))]).toEqual([2, 1])
  })

  test('without an overlap ends the old secret at once', async () => {
    const { key, text } = await make()
    const rotated = await rotate({ id: key.id, version: 1, overlapSeconds: 0 })
    expect([await slotOf(text, now), await slotOf(rotated.text, now)]).toEqual([undefined, 2])
  })

  test.each([0, 3600])(
    'of twenty at the same moment with %i seconds of overlap wins one',
    async (overlapSeconds) => {
      const { key, text } = await make()
      const before = await eventTypes(db)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => rotate({ id: key.id, version: 1, overlapSeconds })),
      )
      const winners = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' ? [outcome.value.text] : [],
      )
      expect(winners).toHaveLength(1)
      expect(await slotOf(winners[0] ?? '', now)).toBe(2)
      expect(await slotOf(text, now)).toBe(overlapSeconds === 0 ? undefined : 1)
      expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.rotated'])
    },
  )

  test('of a revoked key is refused, and an overlap has bounds', async () => {
    const { key } = await make()
    await revokeApiKey(db, { id: key.id }, act)
    await expectRefusal(() => rotate({ id: key.id, version: 2, overlapSeconds: 0 }), 'conflict')
    await expectRefusal(() => rotate({ id: '000000000000', version: 1, overlapSeconds: 0 }), 'not_found')
    for (const overlapSeconds of [-1, 0.5, 90 * 86_400 + 1]) {
      await expectRefusal(() => rotate({ id: key.id, version: 2, overlapSeconds }), 'invalid_request')
    }
  })

  test('can be ended early, once', async () => {
    const { key, text } = await make()
    const rotated = await rotate({ id: key.id, version: 1, overlapSeconds: 3600 })
    const before = await eventTypes(db)
    expect((await endRotation(db, key.id, act)).version).toBe(3)
    expect((await endRotation(db, key.id, act)).version).toBe(3)
    expect([await slotOf(text, now), await slotOf(rotated.text, now)]).toEqual([undefined, 2])
    expect((await eventTypes(db)).slice(before.length)).toEqual(['api_key.rotation_ended'])
  })
})

test('the evidence of a rotation says when, from where and by what the old secret was used last', async () => {
  const { key } = await make()
  expect(rotationEvidence(key, now)).toBeUndefined()
  const rotated = await rotate({ id: key.id, version: 1, overlapSeconds: 60 })
  expect(rotationEvidence(rotated.key, now)).toEqual({
    rotatedAt: now,
    overlapEndsAt: later(60),
    underWay: true,
    oldSecret: { slot: 1, lastUsedAt: undefined, lastUsedAddress: undefined, lastUsedUserAgent: undefined },
    newSecret: { slot: 2, lastUsedAt: undefined, lastUsedAddress: undefined, lastUsedUserAgent: undefined },
    oldUsedSinceRotation: false,
  })
  await db
    .updateTable('apiKeySecrets')
    .set({ lastUsedAt: later(30), lastUsedAddress: '203.0.113.7', lastUsedUserAgent: 'curl' })
    .where('keyId', '=', key.id)
    .where('slot', '=', 1)
    .execute()
  expect(rotationEvidence(await requireApiKey(db, key.id), later(60))).toMatchObject({
    underWay: false,
    oldSecret: { lastUsedAt: later(30), lastUsedAddress: '203.0.113.7', lastUsedUserAgent: 'curl' },
    oldUsedSinceRotation: true,
  })
})
