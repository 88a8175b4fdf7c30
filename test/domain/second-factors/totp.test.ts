import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { newSeed, otpauthUrl, stepOfCode } from '../../../src/domain/second-factors/totp-codes.ts'
import {
  beginTotpEnrolment,
  confirmTotpEnrolment,
} from '../../../src/domain/second-factors/totp-enrolment.ts'
import { findTotp, removeTotp, verifyTotp } from '../../../src/domain/second-factors/totp.ts'
import { enrolledFactors, resetSecondFactors } from '../../../src/domain/second-factors/second-factors.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import type { Seal } from '../../../src/platform/crypto/seal.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import {
  after,
  codeAt,
  enrol,
  oathCode,
  oathtoolMissing,
  withOathtool,
  wrongCode,
} from '../../support/totp.ts'
import type { Factors } from '../../support/totp.ts'
import { openWorld } from '../../support/world.ts'
import type { World } from '../../support/world.ts'
import { openPool } from '../../support/room.ts'

// One pool for each instance: what is at once is decided by the database alone.
let world: World
let instances: readonly Database[]
let seal: Seal
let accountId: string
let factors: Factors
/** The beginning of a time step. */
const start = new Date('2027-01-01T00:00:00Z')

beforeAll(async () => {
  world = await openWorld()
  seal = createSeal(world.config.sealingKeys)
  instances = [1, 2].map(() => openPool(world.databaseUrl, 20))
})
afterAll(async () => {
  await Promise.all(instances.map((db) => db.destroy()))
  await world.close()
})
beforeEach(async () => {
  accountId = (await world.makeAccount()).id
  factors = await enrol(world, accountId, start)
})

describe('codes', () => {
  test.runIf(oathtoolMissing === undefined)(
    withOathtool('are those of oathtool, for 50 seeds and moments'),
    () => {
      for (let round = 0; round < 50; round += 1) {
        const seed = newSeed()
        const at = after(start, round * 86_413)
        const code = oathCode(seed, at)
        expect(codeAt(seed, at)).toBe(code)
        expect(stepOfCode(seed, code, at)).toBe(Math.floor(at.getTime() / 30_000))
      }
    },
  )

  test.runIf(oathtoolMissing !== undefined)(withOathtool('are those of oathtool'), (context) =>
    context.skip(),
  )

  test('a seed has 160 random bits, and no two are alike (v5.0.0-6.5.3, NIST SP 800-63B-4 §3.1.4)', () => {
    const seeds = Array.from({ length: 100 }, newSeed)
    for (const seed of seeds) expect(seed).toMatch(/^[A-Z2-7]{32}$/)
    expect(new Set(seeds).size).toBe(100)
  })

  test.each([
    [-1, 'no'],
    [0, 'yes'],
    [29, 'yes'],
    [30, 'yes'],
    [39, 'yes'],
    [40, 'no'],
    [60, 'no'],
  ])('a code is taken %d seconds after the beginning of its step: %s (v5.0.0-6.5.5)', (seconds, taken) => {
    const code = codeAt(factors.seed, start)
    const step = stepOfCode(factors.seed, code, after(start, seconds))
    expect(step === undefined ? 'no' : 'yes').toBe(taken)
  })

  test('the address for apps names the service and the account, whatever is in their names', () => {
    const url = new URL(otpauthUrl({ issuer: 'A:&? Ä', accountName: 'a+b@x.de', seed: factors.seed }))
    expect(url.protocol).toBe('otpauth:')
    expect(url.searchParams.get('secret')).toBe(factors.seed)
    expect(url.searchParams.get('issuer')).toBe('A &? Ä')
    expect(decodeURIComponent(url.pathname)).toContain('A &? Ä:a+b@x.de')
  })
})

describe('taking a code', () => {
  test('T26: of 20 who bring one code at the same moment, over two instances, one is let in (v5.0.0-6.5.1)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const at = after(start, round * 30)
      const outcomes = await atOnce(20, (db) => verify(db, codeAt(factors.seed, at), at))
      expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'rejected')).toHaveLength(19)
    }
  })

  test('T26: an older code is not taken after a newer one, though it would still be in its time', async () => {
    const older = codeAt(factors.seed, start)
    const at = after(start, 35)
    expect(await verify(world.db, codeAt(factors.seed, at), at)).toBe('accepted')
    expect(await verify(world.db, older, at)).toBe('rejected')
  })

  test('T28: of 500 wrong codes at once no more are looked at than may fail in a row, and then the app is off', async () => {
    const wrong = wrongCode(factors.seed, start)
    const outcomes = await atOnce(500, (db) => verify(db, wrong, start))
    expect(outcomes).not.toContain('accepted')
    const row = await world.db
      .selectFrom('totpAuthenticators')
      .selectAll()
      .where('accountId', '=', accountId)
      .executeTakeFirstOrThrow()
    expect(row.failures).toBe(100)
    expect(row.disabledAt).not.toBeNull()
    expect(await countEvents('second_factor.locked')).toBe(1)
    const at = after(start, 60)
    expect(await verify(world.db, codeAt(factors.seed, at), at)).toBe('locked')
  })

  test('99 failures and then the right code: it is taken, and the count begins anew', async () => {
    await setFailures(99)
    expect(await verify(world.db, codeAt(factors.seed, start), start)).toBe('accepted')
    expect(await verify(world.db, wrongCode(factors.seed, start), start)).toBe('rejected')
  })

  test('the count alone refuses, should the lock never have been written', async () => {
    await setFailures(100)
    expect(await verify(world.db, codeAt(factors.seed, start), start)).toBe('locked')
  })

  test('a locked app stays a second factor: who knows the password alone does not get around it', async () => {
    await setFailures(100)
    await verify(world.db, wrongCode(factors.seed, start), start)
    expect((await enrolledFactors(world.db, accountId)).totp).toBe(true)
  })

  test('the code of one account is not taken for another, and a seed moved to another account does not open', async () => {
    const other = (await world.makeAccount()).id
    await enrol(world, other, start)
    expect(
      await verifyTotp(world.db, seal, { accountId: other, code: codeAt(factors.seed, start) }, act(start)),
    ).toBe('rejected')
    await world.db
      .updateTable('totpAuthenticators')
      .set({
        seed: (db) =>
          db.selectFrom('totpAuthenticators as mine').select('seed').where('mine.accountId', '=', accountId),
      })
      .where('accountId', '=', other)
      .execute()
    await expect(
      verifyTotp(world.db, seal, { accountId: other, code: codeAt(factors.seed, start) }, act(start)),
    ).rejects.toThrow()
  })

  test('nobody without an app is let in, and nothing is written but the event', async () => {
    const other = (await world.makeAccount()).id
    expect(await verifyTotp(world.db, seal, { accountId: other, code: '000000' }, act(start))).toBe(
      'rejected',
    )
    expect(await findTotp(world.db, other)).toBeUndefined()
  })
})

describe('setting up', () => {
  test('T26: the code that confirmed the app is used up by it', async () => {
    const at = after(start, -60)
    expect(await verify(world.db, codeAt(factors.seed, at), at)).toBe('rejected')
  })

  test('a second app takes the place of the first, whose codes stop at once', async () => {
    const second = await enrol(world, accountId, after(start, 120))
    const at = after(start, 120)
    expect(await verify(world.db, codeAt(factors.seed, at), at)).toBe('rejected')
    expect(await verify(world.db, codeAt(second.seed, at), at)).toBe('accepted')
  })

  test('of 20 who confirm one enrolment at the same moment, one does', async () => {
    const { enrolmentId, secretBase32 } = await begin(accountId)
    const code = codeAt(secretBase32, start)
    const outcomes = await atOnce(20, (db) =>
      confirmTotpEnrolment(db, seal, { accountId, enrolmentId, code }, act(start)),
    )
    expect(outcomes.filter((outcome) => outcome === 'confirmed')).toHaveLength(1)
  })

  test('an enrolment belongs to its account: nobody else confirms it, whoever learns its id', async () => {
    const other = (await world.makeAccount()).id
    const { enrolmentId, secretBase32 } = await begin(accountId)
    const first = { accountId: other, enrolmentId, code: codeAt(secretBase32, start) }
    expect(await confirmTotpEnrolment(world.db, seal, first, act(start))).toBe('expired')
  })

  test('where there is a second factor already, one that was asked for in a sign-in changes nothing', async () => {
    const { enrolmentId, secretBase32 } = await begin(accountId)
    const first = { accountId, enrolmentId, code: codeAt(secretBase32, start), onlyIfNone: true }
    expect(await confirmTotpEnrolment(world.db, seal, first, act(start))).toBe('expired')
    expect(await verify(world.db, codeAt(factors.seed, start), start)).toBe('accepted')
  })
})

describe('taking it away', () => {
  test('recovery codes do not outlive the app they stand in for', async () => {
    expect((await enrolledFactors(world.db, accountId)).recoveryCodesLeft).toBe(10)
    expect(await removeTotp(world.db, { accountId }, act(start))).toBe('removed')
    expect(await enrolledFactors(world.db, accountId)).toEqual({
      totp: false,
      passkeys: 0,
      recoveryCodesLeft: 0,
    })
    expect(await removeTotp(world.db, { accountId }, act(start))).toBe('not_found')
    expect(await countEvents('totp.removed')).toBe(1)
    expect(await countEvents('recovery_codes.removed')).toBe(1)
  })

  test('a reset takes everything, and what was begun as well', async () => {
    const { enrolmentId, secretBase32 } = await begin(accountId)
    await resetSecondFactors(world.db, { accountId }, act(start))
    const first = { accountId, enrolmentId, code: codeAt(secretBase32, start) }
    expect(await confirmTotpEnrolment(world.db, seal, first, act(start))).toBe('expired')
    expect(await enrolledFactors(world.db, accountId)).toEqual({
      totp: false,
      passkeys: 0,
      recoveryCodesLeft: 0,
    })
  })

  test('everything goes with the account', async () => {
    await world.db.deleteFrom('accounts').where('id', '=', accountId).execute()
    expect(await enrolledFactors(world.db, accountId)).toEqual({
      totp: false,
      passkeys: 0,
      recoveryCodesLeft: 0,
    })
  })
})

function act(now: Date) {
  return systemAct(now)
}

function verify(db: Database, code: string, at: Date) {
  return verifyTotp(db, seal, { accountId, code }, act(at))
}

function begin(owner: string) {
  return beginTotpEnrolment(
    world.db,
    seal,
    { accountId: owner, issuer: 'Test', accountName: 'a' },
    act(start),
  )
}

function atOnce<T>(count: number, request: (db: Database) => Promise<T>): Promise<T[]> {
  const [first, second] = instances
  if (first === undefined || second === undefined) throw new Error('there are two instances')
  return Promise.all(Array.from({ length: count }, (_, index) => request(index % 2 === 0 ? first : second)))
}

async function setFailures(failures: number): Promise<void> {
  await world.db
    .updateTable('totpAuthenticators')
    .set({ failures })
    .where('accountId', '=', accountId)
    .execute()
}

async function countEvents(type: string): Promise<number> {
  const rows = await world.db
    .selectFrom('auditEvents')
    .select('id')
    .where('type', '=', type)
    .where('targetId', '=', accountId)
    .execute()
  return rows.length
}
