import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemAct } from '../../../src/domain/audit/act.ts'
import {
  recoveryCodesLeft,
  replaceRecoveryCodes,
  useRecoveryCode,
} from '../../../src/domain/second-factors/recovery-codes.ts'
import { removePasskey } from '../../../src/domain/second-factors/passkeys.ts'
import { sha256Hex } from '../../../src/platform/crypto/digest.ts'
import { randomId } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openWorld } from '../../support/world.ts'
import type { World } from '../../support/world.ts'
import { openPool } from '../../support/room.ts'

let world: World
let instances: readonly Database[]
let accountId: string
let codes: readonly string[]
const act = systemAct(new Date())

beforeAll(async () => {
  world = await openWorld()
  instances = [1, 2].map(() => openPool(world.databaseUrl, 20))
})
afterAll(async () => {
  await Promise.all(instances.map((db) => db.destroy()))
  await world.close()
})
beforeEach(async () => {
  accountId = (await world.makeAccount()).id
  codes = await replaceRecoveryCodes(world.db, { accountId }, act)
})

test('ten codes of 125 random bits, in letters and digits that cannot be mistaken (v5.0.0-6.5.3, v5.0.0-6.5.4)', async () => {
  expect(codes).toHaveLength(10)
  const many = [...codes]
  for (let round = 0; round < 20; round += 1) {
    many.push(...(await replaceRecoveryCodes(world.db, { accountId }, act)))
  }
  for (const code of many) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){4}$/)
  expect(new Set(many).size).toBe(many.length)
  expect(new Set(many.join('').replaceAll('-', '')).size).toBe(32)
})

test('only hashes are kept, which differ between accounts for the same code (v5.0.0-6.5.2)', async () => {
  const rows = await world.db
    .selectFrom('recoveryCodes')
    .selectAll()
    .where('accountId', '=', accountId)
    .execute()
  const stored = JSON.stringify(rows.map(({ codeHash }) => codeHash.toString('hex')))
  for (const code of codes) {
    const bare = code.replaceAll('-', '')
    for (const text of [code, bare]) expect(stored).not.toContain(sha256Hex(text))
  }
})

test('of 20 who use one code at the same moment, over two instances, one is let in (v5.0.0-6.5.1)', async () => {
  for (const code of codes.slice(0, 5)) {
    const outcomes = await atOnce(20, (db) => useRecoveryCode(db, { accountId, code }, act))
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
  }
  expect(await recoveryCodesLeft(world.db, accountId)).toBe(5)
})

test('ten different codes at the same moment are all let in', async () => {
  const outcomes = await Promise.all(
    codes.map((code, index) => useRecoveryCode(instances[index % 2] ?? world.db, { accountId, code }, act)),
  )
  expect(outcomes).toEqual(Array.from({ length: 10 }, () => 'accepted'))
})

test('a code may be typed in any case, with or without dashes, with O for 0 and l or I for 1', async () => {
  const written = [
    (code: string) => code.toLowerCase(),
    (code: string) => code.replaceAll('-', ''),
    (code: string) => ` ${code.replaceAll('-', ' ')} `,
    (code: string) => code.replaceAll('-', '–'),
    (code: string) => code.replaceAll('0', 'O').replaceAll('1', 'l'),
    (code: string) => code.replaceAll('0', 'o').replaceAll('1', 'I'),
  ]
  for (const [index, write] of written.entries()) {
    expect(await useRecoveryCode(world.db, { accountId, code: write(codes[index] ?? '') }, act)).toBe(
      'accepted',
    )
  }
})

test('new codes make the old ones worthless, used or not', async () => {
  const fresh = await replaceRecoveryCodes(world.db, { accountId }, act)
  for (const code of codes) expect(await useRecoveryCode(world.db, { accountId, code }, act)).toBe('rejected')
  expect(await useRecoveryCode(world.db, { accountId, code: fresh[9] ?? '' }, act)).toBe('accepted')
})

test('of two new sets made at the same moment exactly one counts, whole', async () => {
  const sets = await atOnce(6, (db) => replaceRecoveryCodes(db, { accountId }, act))
  expect(await recoveryCodesLeft(world.db, accountId)).toBe(10)
  const accepted = await Promise.all(
    sets.map(([code = '']) => useRecoveryCode(world.db, { accountId, code }, act)),
  )
  expect(accepted.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
})

test('T28: of 300 wrong codes at once no more than a hundred are looked at; then the set is off, and a new one is not', async () => {
  const wrong = '00000-00000-00000-00000-00000'
  const outcomes = await atOnce(300, (db) => useRecoveryCode(db, { accountId, code: wrong }, act))
  expect(outcomes).not.toContain('accepted')
  const set = await world.db
    .selectFrom('recoveryCodeSets')
    .selectAll()
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow()
  expect(set.failures).toBe(100)
  expect(await useRecoveryCode(world.db, { accountId, code: codes[0] ?? '' }, act)).toBe('locked')
  const [fresh = ''] = await replaceRecoveryCodes(world.db, { accountId }, act)
  expect(await useRecoveryCode(world.db, { accountId, code: fresh }, act)).toBe('accepted')
})

test('the codes of one account are worth nothing at another', async () => {
  const other = (await world.makeAccount()).id
  await replaceRecoveryCodes(world.db, { accountId: other }, act)
  expect(await useRecoveryCode(world.db, { accountId: other, code: codes[0] ?? '' }, act)).toBe('rejected')
})

test.each([
  '',
  '-',
  'A'.repeat(24),
  'A'.repeat(26),
  'Ü'.repeat(25),
  `${'A'.repeat(24)}U`,
  'A'.repeat(100_000),
])('what is no code is refused without being counted', async (code) => {
  expect(await useRecoveryCode(world.db, { accountId, code }, act)).toBe('rejected')
  const set = await world.db
    .selectFrom('recoveryCodeSets')
    .select('failures')
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow()
  expect(set.failures).toBe(0)
})

test('a use is an event that says how many are left, and never the code', async () => {
  await useRecoveryCode(world.db, { accountId, code: codes[0] ?? '' }, act)
  const rows = await world.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('targetId', '=', accountId)
    .execute()
  const used = rows.find(({ type }) => type === 'recovery_code.used')
  expect(used?.details).toEqual({ left: 9 })
  for (const code of codes) expect(JSON.stringify(rows)).not.toContain(code)
})

test('they go with the last factor that they stand in for, and not before', async () => {
  const [first, second] = [await insertPasskey(), await insertPasskey()]
  await removePasskey(world.db, { accountId, id: first }, act)
  expect(await recoveryCodesLeft(world.db, accountId)).toBe(10)
  await removePasskey(world.db, { accountId, id: second }, act)
  expect(await recoveryCodesLeft(world.db, accountId)).toBe(0)
})

async function insertPasskey(): Promise<string> {
  const id = randomId('pk')
  await sql`insert into passkey_users (account_id, user_handle) values (${accountId}, sha256(${accountId}::text::bytea))
    on conflict do nothing`.execute(world.db)
  await sql`insert into passkeys (id, account_id, credential_id, public_key, counter, transports, aaguid, synchronises,
      backed_up, name, created_at)
    values (${id}, ${accountId}, ${Buffer.from(id)}, '', 0, '{}', ${randomUUID()}, true, true, 'Phone', now())`.execute(
    world.db,
  )
  return id
}

function atOnce<T>(count: number, request: (db: Database) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => request(instances[index % 2] ?? world.db)))
}
