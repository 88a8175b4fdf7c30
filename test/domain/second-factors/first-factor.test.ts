/** The first factor of an account that a sign-in sets up: of several ways at the same moment one is taken. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  beginPasskeyRegistration,
  finishPasskeyRegistration,
} from '../../../src/domain/second-factors/passkey-registration.ts'
import { enrolledFactors, mayBindFactor } from '../../../src/domain/second-factors/second-factors.ts'
import {
  beginTotpEnrolment,
  confirmTotpEnrolment,
} from '../../../src/domain/second-factors/totp-enrolment.ts'
import { createSeal } from '../../../src/platform/crypto/seal.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { createKey } from '../../support/authenticator.ts'
import { codeAt } from '../../support/totp.ts'
import { act, makeAccount, now } from '../accounts/support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const relyingParty = { id: 'login.example.com', origin: 'https://login.example.com', name: 'Example' }
const device = { origin: relyingParty.origin, rpId: relyingParty.id }
const seal = createSeal([{ id: 'test', key: randomBytes(32) }])

let database: Room
let accountId: string

beforeAll(async () => {
  database = await openRoom()
})
afterAll(() => database.close())
beforeEach(async () => {
  accountId = (await makeAccount(database.db, { email: `${randomBytes(8).toString('hex')}@example.com` })).id
})

/** A sign-in that has a passkey ready to send. */
async function passkeyReady(place: string, onlyIfNone = true) {
  const owner = { accountId, place, name: 'ana@example.com', displayName: 'Ana' }
  const options = await beginPasskeyRegistration(database.db, relyingParty, owner, act)
  const { response } = createKey(options, device)
  return async (db: Database) => {
    const answer = { accountId, place, response, onlyIfNone }
    return (await finishPasskeyRegistration(db, relyingParty, answer, act)).outcome
  }
}

/** A sign-in that has the first code of an app ready to send. */
async function appReady(place: string) {
  const wishes = { accountId, enrolmentId: place, issuer: 'Example', accountName: 'ana@example.com' }
  const { secretBase32 } = await beginTotpEnrolment(database.db, seal, wishes, act)
  const first = { accountId, enrolmentId: place, code: codeAt(secretBase32, now), onlyIfNone: true }
  return (db: Database) => confirmTotpEnrolment(db, seal, first, act)
}

test('T24: of passkeys and apps that sign-ins set up at the same moment, on two instances, one is bound', async () => {
  const ready = [
    ...(await Promise.all([1, 2, 3, 4].map((number) => passkeyReady(`sign-in ${number}`)))),
    ...(await Promise.all([5, 6, 7, 8].map((number) => appReady(`${accountId} ${number}`)))),
  ]
  const outcomes = await Promise.all(
    ready.map((send, index) => send(index % 2 === 0 ? database.db : database.other)),
  )
  expect(outcomes.filter((outcome) => outcome === 'registered' || outcome === 'confirmed')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'expired')).toHaveLength(7)
  const { totp, passkeys } = await enrolledFactors(database.db, accountId)
  expect(Number(totp) + passkeys).toBe(1)
})

test('T24: who was held up while the account got its first factor adds none beside it', async () => {
  const [sendPasskey, sendApp] = [await passkeyReady('sign-in'), await appReady(`${accountId} late`)]
  const own = await passkeyReady('own page', false)
  const late = await database.db.transaction().execute(async (transaction) => {
    await mayBindFactor(transaction, { accountId, onlyIfNone: false })
    const waiting = [sendPasskey(database.other), sendApp(database.other)]
    expect(await own(transaction)).toBe('registered')
    return waiting
  })
  expect(await Promise.all(late)).toEqual(['expired', 'expired'])
  expect(await enrolledFactors(database.db, accountId)).toMatchObject({ totp: false, passkeys: 1 })
})

test('whoever proved what there is may add another', async () => {
  const [first, second] = [await passkeyReady('sign-in'), await passkeyReady('own page', false)]
  expect(await first(database.db)).toBe('registered')
  expect(await second(database.db)).toBe('registered')
})
