import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { generateMaterial } from '../../../src/domain/signing-keys/material.ts'
import { ensureKeys } from '../../../src/domain/signing-keys/rotate.ts'
import {
  KeyOpeningFailure,
  loadKeys,
  resealKeys,
  sealMaterial,
} from '../../../src/domain/signing-keys/store.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { noon, testRotation, testSeal } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const first = { id: 'first', key: randomBytes(32) }
const second = { id: 'second', key: randomBytes(32) }
const seal = createSeal([first])
const rotation = testRotation(seal)

let room: Room
let db: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
afterAll(() => room.close())
beforeEach(async () => {
  await db.deleteFrom('signingKeys').execute()
  await ensureKeys(db, rotation, systemAct(noon))
})

async function openingFailure(keys: Promise<unknown>): Promise<KeyOpeningFailure> {
  const error: unknown = await keys.catch((failure: unknown) => failure)
  if (error instanceof KeyOpeningFailure) return error
  throw new Error('there was no opening failure')
}

test('no private part of a key stands in the database in the clear', async () => {
  const keys = await loadKeys(db, { seal })
  const rows = await db.selectFrom('signingKeys').select('sealedKey').execute()
  const stored = Buffer.concat(rows.map(({ sealedKey }) => sealedKey))
  for (const key of keys) {
    const secret = 'jwk' in key ? key.jwk.d : key.secret.toString('base64url')
    expect(stored.includes(secret)).toBe(false)
    expect(stored.includes(Buffer.from(secret, 'base64url'))).toBe(false)
  }
})

test('a key that cannot be opened is named with its sealing key, and nothing else is told', async () => {
  const failure = await openingFailure(loadKeys(db, { seal: testSeal('other') }))
  const ids = (await db.selectFrom('signingKeys').select('id').execute()).map(({ id }) => id)
  expect(ids).toContain(failure.keyId)
  expect(failure.sealingKeyId).toBe('first')
  expect(failure.message).toBe(`key ${failure.keyId} cannot be opened with sealing key first`)
  expect(failure.cause).toBeUndefined()
  expect(Object.keys(failure).sort()).toEqual(['keyId', 'name', 'sealingKeyId'])
  expect(inspect(failure)).not.toContain('Buffer')
})

test('a box that was changed, moved to another row or given another purpose does not open', async () => {
  const rows = await db.selectFrom('signingKeys').selectAll().orderBy('id').execute()
  const cookies = rows.find(({ purpose }) => purpose === 'cookies')
  const nonce = rows.find(({ purpose }) => purpose === 'dpop_nonce')
  if (cookies === undefined || nonce === undefined) throw new Error('keys are missing')
  const set = (values: { sealedKey: Buffer } | { purpose: string }) =>
    db.updateTable('signingKeys').set(values).where('id', '=', cookies.id).execute()

  const changed = Buffer.from(cookies.sealedKey)
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1)
  for (const values of [
    { sealedKey: changed },
    { sealedKey: nonce.sealedKey },
    { sealedKey: sealMaterial(seal, nonce.id, await generateMaterial('cookies')) },
    { sealedKey: Buffer.alloc(3) },
    { sealedKey: seal.seal(Buffer.from('{"purpose":"cookies"}'), `signing_key:${cookies.id}`) },
    { sealedKey: cookies.sealedKey, purpose: 'dpop_nonce' },
  ]) {
    await set(values)
    expect((await openingFailure(loadKeys(db, { seal }))).keyId).toBe(cookies.id)
  }
  await set({ sealedKey: cookies.sealedKey, purpose: 'cookies' })
  expect(await loadKeys(db, { seal })).toHaveLength(4)
})

test('keys are sealed anew under the current sealing key, and then the old one is not needed', async () => {
  const before = await loadKeys(db, { seal })
  const both = createSeal([second, first])
  expect(await resealKeys(db, { seal: both })).toBe(4)
  expect(await resealKeys(db, { seal: both })).toBe(0)
  expect(await loadKeys(db, { seal: createSeal([second]) })).toEqual(before)
  expect((await openingFailure(loadKeys(db, { seal }))).sealingKeyId).toBe('second')
})

test('re-sealing leaves everything as it was if one key cannot be opened', async () => {
  const unreadable = await db
    .selectFrom('signingKeys')
    .select('id')
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('signingKeys')
    .set({ sealedKey: testSeal('lost').seal(Buffer.from('x'), `signing_key:${unreadable.id}`) })
    .where('id', '=', unreadable.id)
    .execute()
  const failure = await openingFailure(resealKeys(db, { seal: createSeal([second, first]) }))
  expect([failure.keyId, failure.sealingKeyId]).toEqual([unreadable.id, 'lost'])
  const rows = await db.selectFrom('signingKeys').select('sealedKey').execute()
  expect(rows.map(({ sealedKey }) => seal.keyIdOf(sealedKey)).sort()).toEqual([
    'first',
    'first',
    'first',
    'lost',
  ])
})

test('keys for a purpose this version does not know are left to the version that does', async () => {
  await db.executeQuery(
    db.schema.alterTable('signing_keys').dropConstraint('signing_keys_purpose_check').compile(),
  )
  const sealedKey = Buffer.from('whatever it is')
  const times = { createdAt: noon, activatesAt: noon, retiresAt: null }
  await db
    .insertInto('signingKeys')
    .values({ id: 'key_new', purpose: 'ML-DSA-44', sealedKey, ...times })
    .execute()
  expect(await loadKeys(db, { seal })).toHaveLength(4)
  expect(await ensureKeys(db, rotation, systemAct(noon))).toEqual({ created: [], removed: [] })
})
