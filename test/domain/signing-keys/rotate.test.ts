import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorAct, systemAct } from '../../../src/domain/audit/act.ts'
import { cookieKeys, dpopNonceSecret, providerJwks } from '../../../src/domain/signing-keys/jwks.ts'
import { keyPurposes, stateOf } from '../../../src/domain/signing-keys/key.ts'
import { ensureKeys, rotateNow } from '../../../src/domain/signing-keys/rotate.ts'
import { listKeys, loadKeys } from '../../../src/domain/signing-keys/store.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { after, noon, testRotation, testSeal } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const seal = testSeal()
const rotation = testRotation(seal)
const day = 86_400

let room: Room
let db: Database
let otherInstance: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db, other: otherInstance } = room)
})
afterAll(() => room.close())
beforeEach(async () => {
  await db.deleteFrom('signingKeys').execute()
})

async function statesOf(purpose: string, now: Date): Promise<string[]> {
  const keys = (await listKeys(db)).filter((key) => key.purpose === purpose)
  return keys.map((key) => stateOf(key, keys, now))
}

async function eventsAbout(ids: readonly string[]): Promise<{ type: string; details: unknown }[]> {
  return db
    .selectFrom('auditEvents')
    .select(['type', 'details'])
    .where('targetId', 'in', ids)
    .orderBy('id')
    .execute()
}

test('the first start makes one current key for every purpose, each with its event', async () => {
  const { created } = await ensureKeys(db, { ...rotation, purposes: keyPurposes }, systemAct(noon))
  const keys = await loadKeys(db, { seal })
  expect(keys.map(({ purpose }) => purpose).sort()).toEqual([...keyPurposes].sort())
  expect(keys.every((key) => stateOf(key, [key], noon) === 'current')).toBe(true)
  expect((await eventsAbout(created)).map(({ type }) => type)).toEqual(
    created.map(() => 'signing_key.created'),
  )
  expect(cookieKeys(keys, noon).map((text) => Buffer.from(text, 'base64url').length)).toEqual([32])
  expect(dpopNonceSecret(keys, noon)).toHaveLength(32)
  const rsa = providerJwks(keys, noon).keys.filter((jwk) => jwk.kty === 'RSA')
  expect(rsa.map((jwk) => Buffer.from(jwk.n, 'base64url').length * 8)).toEqual([3072, 3072])
})

test('R5: instances that start at once, with clocks two seconds apart, make one key for each purpose', async () => {
  const starts = [0, 2, -2, 1, -1, 0].map((seconds, index) =>
    ensureKeys(index % 2 === 0 ? db : otherInstance, rotation, systemAct(after(seconds))),
  )
  const created = (await Promise.all(starts)).flatMap((changes) => changes.created)
  expect(created).toHaveLength(4)
  expect(await listKeys(db)).toHaveLength(4)
  for (const seconds of [-2, 0, 2]) {
    expect(cookieKeys(await loadKeys(db, { seal }), after(seconds))).toHaveLength(1)
  }
})

test('nothing happens while the current key is young or its successor is announced', async () => {
  await ensureKeys(db, rotation, systemAct(noon))
  const early = await ensureKeys(db, rotation, systemAct(after(30 * day - 1)))
  expect(early).toEqual({ created: [], removed: [] })
  expect((await ensureKeys(db, rotation, systemAct(after(30 * day)))).created).toHaveLength(4)
  const announced = await ensureKeys(db, rotation, systemAct(after(30 * day + 60)))
  expect(announced).toEqual({ created: [], removed: [] })
})

test('a key is announced, signs after the lead, retires with its successor and is removed in the end', async () => {
  const only = { ...rotation, purposes: ['ES256'] as const }
  const { created: first } = await ensureKeys(db, only, systemAct(noon))
  const due = after(30 * day)
  const { created: second } = await ensureKeys(db, only, systemAct(due))
  expect(await statesOf('ES256', due)).toEqual(['current', 'next'])
  expect(await statesOf('ES256', after(3659, due))).toEqual(['current', 'next'])
  expect(await statesOf('ES256', after(3660, due))).toEqual(['retired', 'current'])
  const end = after(3660 + day + 60, due)
  expect(await statesOf('ES256', after(-1, end))).toEqual(['retired', 'current'])
  expect(await statesOf('ES256', end)).toEqual(['gone', 'current'])
  expect(await ensureKeys(db, only, systemAct(end))).toEqual({ created: [], removed: first })
  expect((await eventsAbout(first)).map(({ type }) => type)).toEqual([
    'signing_key.created',
    'signing_key.retired',
    'signing_key.removed',
  ])
  expect((await eventsAbout(first))[1]?.details).toEqual({
    purpose: 'ES256',
    successor: second[0],
    signsUntil: after(3660, due).toISOString(),
    publishedUntil: end.toISOString(),
  })
})

test('keys and events are written together or not at all', async () => {
  const failing = db.transaction().execute(async (trx) => {
    await ensureKeys(trx, rotation, systemAct(noon))
    expect(await listKeys(trx)).toHaveLength(4)
    throw new Error('the caller failed')
  })
  await expect(failing).rejects.toThrow('the caller failed')
  expect(await listKeys(db)).toHaveLength(0)
})

test('an announced rotation by hand may be repeated before the lead is over, and every key gets its turn', async () => {
  await ensureKeys(db, rotation, systemAct(noon))
  for (const seconds of [10, 10, 5]) {
    await rotateNow(db, { ...rotation, purpose: 'ES256', manner: 'announced' }, operatorAct(after(seconds)))
  }
  expect(await statesOf('ES256', after(10))).toEqual(['current', 'next', 'next', 'next'])
  const keys = (await listKeys(db)).filter(({ purpose }) => purpose === 'ES256')
  for (const [index, key] of keys.entries()) {
    expect(stateOf(key, keys, key.activatesAt)).toBe('current')
    expect(key.retiresAt === undefined).toBe(index === keys.length - 1)
  }
})

test('an immediate rotation signs with the new key at once, publishes the old one on, and drops an announced one', async () => {
  await ensureKeys(db, rotation, systemAct(noon))
  const announced = await rotateNow(
    db,
    { ...rotation, purpose: 'ES256', manner: 'announced' },
    operatorAct(noon),
  )
  const order = { ...rotation, purpose: 'ES256', manner: 'immediately' } as const
  const { created, removed } = await rotateNow(db, order, operatorAct(after(60)))
  expect(removed).toEqual(announced.created)
  expect(await statesOf('ES256', after(60))).toEqual(['retired', 'current'])
  expect(await statesOf('ES256', after(4000))).toEqual(['retired', 'current'])
  expect(providerJwks(await loadKeys(db, { seal }), after(60)).keys[0]?.kid).toBe(created[0])
})

test('R7: an immediate rotation wins over a key that an instance whose clock is ahead has just made', async () => {
  await ensureKeys(db, rotation, systemAct(after(2)))
  const order = { ...rotation, purpose: 'ES256', manner: 'immediately' } as const
  const { created } = await rotateNow(db, order, operatorAct(after(-2)))
  expect(providerJwks(await loadKeys(db, { seal }), after(3)).keys[0]?.kid).toBe(created[0])
})

test('a compromised key is withdrawn at once on every instance, whatever its clock, even if it cannot be opened', async () => {
  await ensureKeys(db, rotation, systemAct(noon))
  await rotateNow(db, { ...rotation, purpose: 'all', manner: 'announced' }, operatorAct(noon))
  const before = await listKeys(db)
  const newSeal = testSeal('second')
  const order = { ...rotation, seal: newSeal, purpose: 'all', manner: 'compromised' } as const
  const { created, removed } = await rotateNow(db, order, operatorAct(after(60)))
  expect([...removed].sort()).toEqual(before.map(({ id }) => id).sort())
  expect((await listKeys(db)).map(({ id }) => id).sort()).toEqual([...created].sort())
  const removals = (await eventsAbout(removed)).filter(({ type }) => type === 'signing_key.removed')
  expect(removals).toHaveLength(removed.length)
  for (const seconds of [-120, 0, 120]) {
    const keys = await loadKeys(db, { seal: newSeal })
    expect(providerJwks(keys, after(60 + seconds)).keys).toHaveLength(2)
    expect(cookieKeys(keys, after(60 + seconds))).toHaveLength(1)
  }
})
