/** Browsers that an account signed in from. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  findDevice,
  forgetDevice,
  forgetDevices,
  listDevices,
  rememberDevice,
} from '../../../src/domain/devices/devices.ts'
import type { Account } from '../../../src/domain/accounts/account.ts'
import { randomId, randomSecret } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { sweepExpired } from '../../../src/platform/sweep.ts'
import { act, eventsAbout, makeAccount, now } from '../accounts/support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

let database: Room
let db: Database
let ana: Account
let made = 0

beforeAll(async () => {
  database = await openRoom()
  db = database.db
})
afterAll(() => database.close())
beforeEach(async () => {
  made += 1
  ana = await makeAccount(db, { email: `ana${made}@example.com` })
})

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const day = 86_400

describe('remembering', () => {
  test('a device is known to the account that signed in on it, and to no other', async () => {
    const ben = await makeAccount(db, { email: `ben${made}@example.com` })
    const token = randomSecret()
    await remember(token)
    expect(await findDevice(db, { token, accountId: ana.id }, now)).toMatchObject({ trustedUntil: undefined })
    expect(await findDevice(db, { token, accountId: ben.id }, now)).toBeUndefined()
    expect(await findDevice(db, { token: randomSecret(), accountId: ana.id }, now)).toBeUndefined()
  })

  test('the token is nowhere in the table', async () => {
    const token = randomSecret()
    await remember(token)
    const rows = await db.selectFrom('devices').selectAll().where('accountId', '=', ana.id).execute()
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(rows[0]?.tokenHash).toHaveLength(32)
  })

  test('the second device tells the audit log, the first ever and a known one do not', async () => {
    const [first, second] = [randomSecret(), randomSecret()]
    expect(await remember(first)).toBe('first')
    expect(await remember(first)).toBe('known')
    expect(await remember(second)).toBe('new')
    expect(await remember(second)).toBe('known')
    expect(await newDeviceEvents()).toBe(1)
  })

  test('after all were forgotten the next one is new, not the first', async () => {
    const token = randomSecret()
    await remember(token)
    expect(await forgetDevices(db, { accountId: ana.id }, act)).toBe(1)
    expect(await remember(token)).toBe('new')
    expect(await newDeviceEvents()).toBe(1)
  })

  test('of twenty first sign-ins at once on two instances one is the first, and each other is told', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        remember(randomSecret(), { on: index % 2 === 0 ? db : database.other }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'first')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(19)
    expect(await newDeviceEvents()).toBe(19)
  })

  test('one browser that signs in twice at once is one device', async () => {
    const token = randomSecret()
    await Promise.all([remember(token), remember(token, { on: database.other })])
    expect(await listDevices(db, ana.id, now)).toHaveLength(1)
  })

  test('an account has thirty devices at most, and the longest unused makes room', async () => {
    const tokens = Array.from({ length: 31 }, () => randomSecret())
    for (const [index, token] of tokens.entries()) await remember(token, { at: later(index) })
    const [oldest = '', next = ''] = tokens
    expect(await listDevices(db, ana.id, later(40))).toHaveLength(30)
    expect(await findDevice(db, { token: oldest, accountId: ana.id }, later(40))).toBeUndefined()
    expect(await findDevice(db, { token: next, accountId: ana.id }, later(40))).toBeDefined()
  })

  test('hostile text as the name of a browser is stored as far as it can be', async () => {
    const userAgent = `a\u0000b\ud800${'x'.repeat(1000)}`
    await remember(randomSecret(), { userAgent })
    const [device] = await listDevices(db, ana.id, now)
    expect(device?.userAgent).toMatch(/^ab\ufffdx+$/)
    expect(device?.userAgent?.length).toBeLessThanOrEqual(400)
  })
})

describe('trust', () => {
  test('stays over sign-ins that do not ask for it, and ends at its time', async () => {
    const token = randomSecret()
    await remember(token, { trustUntil: later(30 * day) })
    await remember(token, { at: later(day) })
    const at = (seconds: number) => findDevice(db, { token, accountId: ana.id }, later(seconds))
    expect((await at(29 * day))?.trustedUntil).toEqual(later(30 * day))
    expect((await at(30 * day))?.trustedUntil).toBeUndefined()
  })

  test('ends with the device', async () => {
    const token = randomSecret()
    await remember(token, { trustUntil: later(30 * day) })
    await forgetDevices(db, { accountId: ana.id }, act)
    await remember(token)
    expect((await findDevice(db, { token, accountId: ana.id }, now))?.trustedUntil).toBeUndefined()
  })
})

describe('forgetting', () => {
  test('nobody forgets a device of somebody else', async () => {
    const ben = await makeAccount(db, { email: `ben${made}@example.com` })
    await remember(randomSecret())
    const [device] = await listDevices(db, ana.id, now)
    const id = device?.id ?? ''
    expect(await forgetDevice(db, { id, accountId: ben.id }, act)).toBe('not_found')
    expect(await forgetDevice(db, { id, accountId: ana.id }, act)).toBe('forgotten')
    expect(await forgetDevice(db, { id, accountId: ana.id }, act)).toBe('not_found')
    expect(await listDevices(db, ana.id, now)).toEqual([])
  })

  test('all others are forgotten and this one stays', async () => {
    const here = randomSecret()
    await remember(here)
    await remember(randomSecret())
    await remember(randomSecret())
    expect(await forgetDevices(db, { accountId: ana.id, exceptToken: here }, act)).toBe(2)
    expect(await findDevice(db, { token: here, accountId: ana.id }, now)).toBeDefined()
    expect(await eventsAbout(db, ana.id)).toContainEqual(['device.forgotten', { count: 2 }])
  })

  test('a device unused for a year is unknown at once, and swept', async () => {
    const token = randomSecret()
    const longAgo = later(-400 * day)
    await remember(token, { at: longAgo })
    expect(await findDevice(db, { token, accountId: ana.id }, now)).toBeUndefined()
    expect(await listDevices(db, ana.id, now)).toEqual([])
    expect(
      await sweepExpired(db, { table: 'devices', batchSize: 100, graceSeconds: 60 }, now),
    ).toBeGreaterThan(0)
    expect(await remember(token)).toBe('new')
  })
})

function remember(
  token: string,
  options: {
    readonly at?: Date
    readonly trustUntil?: Date
    readonly userAgent?: string
    readonly on?: Database
  } = {},
) {
  const { at = now, trustUntil, userAgent = 'a browser', on = db } = options
  const signIn = { token, accountId: ana.id, id: randomId('dev'), trustUntil, userAgent }
  return rememberDevice(on, signIn, { ...act, now: at })
}

async function newDeviceEvents(): Promise<number> {
  const events = await eventsAbout(db, ana.id)
  return events.filter(([type]) => type === 'sign_in.new_device').length
}
