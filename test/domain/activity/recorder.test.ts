import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createActivityRecorder } from '../../../src/domain/activity/recorder.ts'
import type { ActivityParts } from '../../../src/domain/activity/recorder.ts'
import { activityByHour, busiestSubjects } from '../../../src/domain/activity/reports.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'

const noon = new Date('2026-11-22T12:34:56Z')
const day = { from: new Date('2026-11-22T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') }

let room: Room
let db: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
afterAll(() => room.close())
beforeEach(() => db.deleteFrom('activityHours').execute())

function open(parts: Partial<ActivityParts> = {}) {
  return createActivityRecorder({ db, now: () => noon, flushSeconds: 3600, onError: () => {}, ...parts })
}

test('what several instances count is added up, by hour, kind and outcome', async () => {
  const [one, other] = [open(), open()]
  for (let count = 0; count < 5; count += 1)
    one.count({ kind: 'token', subject: 'a', outcome: 'refresh_token' })
  other.count({ kind: 'token', subject: 'b', outcome: 'refresh_token' })
  other.count({ kind: 'sign_in', subject: '', outcome: 'rejected' })
  await Promise.all([one.flush(), other.flush()])
  await one.flush()
  const hour = new Date('2026-11-22T12:00:00Z')
  expect(await activityByHour(db, day)).toEqual([
    { hour, kind: 'sign_in', outcome: 'rejected', number: 1 },
    { hour, kind: 'token', outcome: 'refresh_token', number: 6 },
  ])
  await Promise.all([one.close(), other.close()])
})

test('the busiest come first, with how much was refused; nobody in particular is no caller', async () => {
  const recorder = open()
  const count = (subject: string, outcome: string) =>
    recorder.count({ kind: 'verification', subject, outcome })
  for (const outcome of ['allowed', 'allowed', 'rate_limited']) count('busy', outcome)
  count('calm', 'allowed')
  count('', 'allowed')
  await recorder.close()
  expect(await busiestSubjects(db, { ...day, kind: 'verification', limit: 10 })).toEqual([
    { subject: 'busy', number: 3, denied: 1 },
    { subject: 'calm', number: 1, denied: 0 },
  ])
})

test('what cannot be written is kept and written later, once', async () => {
  const recorder = open()
  recorder.count({ kind: 'token', subject: 'a', outcome: 'client_credentials' })
  await sql`alter table activity_hours rename to activity_away`.execute(db)
  await expect(recorder.flush()).rejects.toThrow()
  await sql`alter table activity_away rename to activity_hours`.execute(db)
  recorder.count({ kind: 'token', subject: 'a', outcome: 'client_credentials' })
  await recorder.flush()
  await recorder.flush()
  expect((await activityByHour(db, day)).map(({ number }) => number)).toEqual([2])
  await recorder.close()
})

test('whoever calls under ten thousand names is counted without taking the memory', async () => {
  const recorder = open()
  for (let name = 0; name < 10_000; name += 1) {
    recorder.count({ kind: 'verification', subject: `client ${name}`, outcome: 'allowed' })
  }
  await recorder.close()
  const rows = await db.selectFrom('activityHours').select(['subject', 'number']).execute()
  expect(rows.length).toBeLessThanOrEqual(5001)
  expect(rows.reduce((sum, { number }) => sum + number, 0)).toBe(10_000)
})
