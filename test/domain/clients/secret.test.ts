import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireClient } from '../../../src/domain/clients/client.ts'
import { deleteClient, disableClient } from '../../../src/domain/clients/lifecycle.ts'
import {
  addSecret,
  clientSecretMatches,
  expireSecret,
  revokeSecret,
} from '../../../src/domain/clients/secret.ts'
import { randomId, randomSecret } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { openRoom } from '../../support/room.ts'
import { act, eventTypes, expectRefusal, lastEvent, now, register, service, webClient } from './support.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  ;({ db, close } = await openRoom())
})
afterAll(() => close())

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)

async function give(clientId: string, secretId = randomId('sec'), expiresAt?: Date) {
  const secret = randomSecret()
  await addSecret(db, { clientId, secretId, secret, expiresAt }, act)
  return { clientId, secretId, secret }
}

describe('a secret', () => {
  test('works from the moment it is given, and is kept as a hash alone', async () => {
    await register(db, 'one', service)
    const { secret, secretId } = await give('one')
    const client = await requireClient(db, 'one')
    expect(clientSecretMatches(client, secret, now)).toBe(true)
    expect(client.secrets).toMatchObject([{ id: secretId, createdAt: now, expiresAt: undefined }])
    const rows = await db.selectFrom('clientSecrets').selectAll().where('clientId', '=', 'one').execute()
    expect(JSON.stringify(rows)).not.toContain(secret)
    const event = await lastEvent(db)
    expect(event).toMatchObject({ type: 'client.secret_created', targetId: 'one', details: { secretId } })
    expect(JSON.stringify(event)).not.toContain(secret)
  })

  test.each(['', 'wrong', '\u0000', '\uD800', 'x'.repeat(1_000_000), Buffer.alloc(32).toString('base64url')])(
    'is not %#',
    async (given) => {
      const client = await register(db, randomId('client'), service)
      expect(clientSecretMatches(client, given, now)).toBe(false)
      await give(client.id)
      expect(clientSecretMatches(await requireClient(db, client.id), given, now)).toBe(false)
    },
  )

  test('is not its own hash, nor another with another case or an end cut off', async () => {
    await register(db, 'near', service)
    const { secret } = await give('near')
    const client = await requireClient(db, 'near')
    const hash = client.secrets[0]?.hash ?? Buffer.alloc(0)
    for (const text of [
      hash.toString('hex'),
      hash.toString('base64url'),
      secret.slice(0, -1),
      `${secret} `,
      secret.toUpperCase(),
    ]) {
      expect(clientSecretMatches(client, text, now)).toBe(false)
    }
  })

  test('of one client is not that of another', async () => {
    await register(db, 'mine', service)
    await register(db, 'theirs', service)
    const { secret } = await give('mine')
    await give('theirs')
    expect(clientSecretMatches(await requireClient(db, 'theirs'), secret, now)).toBe(false)
  })

  test('does not work for a disabled client, nor for one that authenticates otherwise', async () => {
    await register(db, 'asleep', service)
    const { secret } = await give('asleep')
    const client = await requireClient(db, 'asleep')
    expect(clientSecretMatches(await disableClient(db, 'asleep', act), secret, now)).toBe(false)
    const publicMetadata = { ...client.metadata, token_endpoint_auth_method: 'none' } as const
    expect(clientSecretMatches({ ...client, metadata: publicMetadata }, secret, now)).toBe(false)
  })

  test('is not given to a public client, to nobody, or when it is too short', async () => {
    await register(db, 'open', { ...webClient, token_endpoint_auth_method: 'none' })
    const before = await eventTypes(db)
    await expectRefusal(() => give('open'), 'invalid_request')
    await expectRefusal(() => give('nobody'), 'not_found')
    await expectRefusal(() => give('no\u0000body'), 'not_found')
    await expectRefusal(() => give('open', 'sec_x', now), 'invalid_request')
    const short = { clientId: 'one', secretId: 'sec_short', secret: 'x'.repeat(42) }
    expect(() => addSecret(db, short, act)).toThrow('256 random bits')
    expect(await eventTypes(db)).toEqual(before)
  })
})

describe('two secrets', () => {
  test('work side by side, and the third is refused', async () => {
    await register(db, 'two', service)
    const first = await give('two')
    const second = await give('two')
    const before = await eventTypes(db)
    await expectRefusal(() => give('two'), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
    const client = await requireClient(db, 'two')
    expect(clientSecretMatches(client, first.secret, now)).toBe(true)
    expect(clientSecretMatches(client, second.secret, now)).toBe(true)
  })

  test.each([1, 2, 3, 4, 5])('are all that 20 parallel calls can add (round %i)', async (round) => {
    const id = `parallel-${round}`
    await register(db, id, service)
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => give(id)))
    const given = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []))
    expect(given).toHaveLength(2)
    for (const call of calls) {
      if (call.status === 'rejected') expect(call.reason).toMatchObject({ code: 'conflict' })
    }
    const client = await requireClient(db, id)
    for (const { secret } of given) expect(clientSecretMatches(client, secret, now)).toBe(true)
    const events = await db.selectFrom('auditEvents').select('type').where('targetId', '=', id).execute()
    expect(events).toHaveLength(3)
  })

  test('make room for one when one of them is revoked, in either order', async () => {
    await register(db, 'turning', service)
    const secrets = [await give('turning'), await give('turning')]
    for (let turn = 0; turn < 4; turn += 1) {
      const [oldest] = secrets.splice(0, 1)
      if (oldest === undefined) throw new Error('there are always two')
      expect(await revokeSecret(db, oldest, act)).toEqual({ secretsLeft: 1 })
      expect(clientSecretMatches(await requireClient(db, 'turning'), oldest.secret, now)).toBe(false)
      secrets.push(await give('turning'))
      await expectRefusal(() => give('turning'), 'conflict')
    }
  })
})

describe('the end of a secret', () => {
  test('comes at its time, and frees its place', async () => {
    await register(db, 'ending', service)
    const kept = await give('ending')
    const ending = await give('ending', 'sec_ending', later(60))
    const client = await requireClient(db, 'ending')
    expect(clientSecretMatches(client, ending.secret, later(59))).toBe(true)
    expect(clientSecretMatches(client, ending.secret, later(60))).toBe(false)
    expect(clientSecretMatches(client, kept.secret, later(60))).toBe(true)
    const add = (at: Date) =>
      addSecret(
        db,
        { clientId: 'ending', secretId: randomId('sec'), secret: randomSecret() },
        { ...act, now: at },
      )
    await expectRefusal(() => add(later(59)), 'conflict')
    await add(later(60))
    expect(clientSecretMatches(await requireClient(db, 'ending'), kept.secret, later(60))).toBe(true)
    await expectRefusal(() => add(later(61)), 'conflict')
  })

  test('can be set and moved forward, but never back', async () => {
    await register(db, 'moving', service)
    const { secret, ...name } = await give('moving')
    await expireSecret(db, { ...name, expiresAt: later(600) }, act)
    expect(await lastEvent(db)).toMatchObject({
      type: 'client.changed',
      details: { secretId: name.secretId, expiresAt: later(600).toISOString() },
    })
    await expireSecret(db, { ...name, expiresAt: later(60) }, act)
    const before = await eventTypes(db)
    await expectRefusal(() => expireSecret(db, { ...name, expiresAt: later(61) }, act), 'conflict')
    await expectRefusal(() => expireSecret(db, { ...name, expiresAt: now }, act), 'invalid_request')
    const afterwards = { ...act, now: later(120) }
    await expectRefusal(() => expireSecret(db, { ...name, expiresAt: later(999) }, afterwards), 'conflict')
    expect(await eventTypes(db)).toEqual(before)
    expect(clientSecretMatches(await requireClient(db, 'moving'), secret, later(60))).toBe(false)
  })

  test('may leave the client without any, and says so', async () => {
    await register(db, 'last', service)
    const name = await give('last')
    expect(await revokeSecret(db, name, act)).toEqual({ secretsLeft: 0 })
    expect(await lastEvent(db)).toMatchObject({ type: 'client.secret_revoked', details: { secretsLeft: 0 } })
    await expectRefusal(() => revokeSecret(db, name, act), 'not_found')
  })

  test('is one event when 5 parallel calls revoke it', async () => {
    await register(db, 'revoked', service)
    const name = await give('revoked')
    const calls = await Promise.allSettled(Array.from({ length: 5 }, () => revokeSecret(db, name, act)))
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const events = await db
      .selectFrom('auditEvents')
      .select('type')
      .where('targetId', '=', 'revoked')
      .execute()
    expect(events.filter(({ type }) => type === 'client.secret_revoked')).toHaveLength(1)
  })

  test('cannot be brought about through another client', async () => {
    await register(db, 'victim', service)
    await register(db, 'attacker', service)
    const { secretId } = await give('victim')
    const theirs = { clientId: 'attacker', secretId }
    await expectRefusal(() => revokeSecret(db, theirs, act), 'not_found')
    await expectRefusal(() => expireSecret(db, { ...theirs, expiresAt: later(60) }, act), 'not_found')
    expect((await requireClient(db, 'victim')).secrets).toMatchObject([
      { id: secretId, expiresAt: undefined },
    ])
  })

  test('meets neither an error nor an orphan when the client is deleted at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = `leaving-${round}`
      await register(db, id, service)
      const calls = await Promise.allSettled([give(id), deleteClient(db, id, act), give(id)])
      for (const call of calls) {
        if (call.status === 'rejected') expect(call.reason).toMatchObject({ code: 'not_found' })
      }
      expect(await db.selectFrom('clientSecrets').select('id').where('clientId', '=', id).execute()).toEqual(
        [],
      )
    }
  })
})

test('comparing takes the same time whichever slot matches, or none', async () => {
  await register(db, 'timed', service)
  const { secret: first } = await give('timed')
  const { secret: second } = await give('timed')
  const client = await requireClient(db, 'timed')
  const compared: number[] = []
  // What is counted is work, not time: both slots are read in full whatever was given.
  const watched = client.secrets.map((secret, index) => ({
    ...secret,
    get hash() {
      compared.push(index)
      return secret.hash
    },
  }))
  for (const given of [first, second, randomSecret()]) {
    compared.length = 0
    clientSecretMatches({ ...client, secrets: watched }, given, now)
    expect(compared).toEqual([0, 1])
  }
})
