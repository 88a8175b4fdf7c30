/**
 * Rotation as a client sees it: two instances with clocks that differ, clients that keep the JWKS for as long as they
 * may and never fetch it early, tokens verified until they expire. Time is simulated; keys, rows and signatures are real.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { providerJwks, publicJwks } from '../../../src/domain/signing-keys/jwks.ts'
import { ensureKeys, rotateNow } from '../../../src/domain/signing-keys/rotate.ts'
import type { KeyChanges, Rotation } from '../../../src/domain/signing-keys/rotate.ts'
import { loadKeys } from '../../../src/domain/signing-keys/store.ts'
import type { InstallationKey } from '../../../src/domain/signing-keys/store.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { after, testRotation, testSeal } from './support.ts'
import { openRoom } from '../../support/room.ts'
import type { Room } from '../../support/room.ts'
import { times } from '../../support/long.ts'

const cacheSeconds = 60
const tokenLifeSeconds = 60
const seal = testSeal()

let room: Room
let db: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
afterAll(() => room.close())
afterEach(async () => {
  await db.deleteFrom('signingKeys').execute()
})

interface Instance {
  readonly clockAheadSeconds: number
  /** How long after a change it loads the keys again. */
  readonly noticesAfterSeconds: number
  keys: readonly InstallationKey[]
}

interface Story {
  readonly clocksAheadSeconds: readonly number[]
  readonly rotations: number
  readonly rotation: Rotation
  /** Called every ten seconds by one instance after the other. */
  readonly rotate: (rotation: Rotation, second: number, now: Date) => Promise<KeyChanges>
}

interface Token {
  readonly kid: string
  readonly signedAt: number
  readonly signature: Buffer
}

interface Outcome {
  rotations: number
  verifications: number
  failures: number
}

// Reading a JWK takes longer than a signature, and the same one is always the same key.
const privateKeys = new Map<string, KeyObject>()
const publicKeys = new Map<string, KeyObject>()

function once(known: Map<string, KeyObject>, kid: string, read: () => KeyObject): KeyObject {
  const key = known.get(kid) ?? read()
  known.set(kid, key)
  return key
}

const message = Buffer.from('a token')

function signToken({ keys, clockAheadSeconds }: Instance, second: number): Token {
  const [jwk] = providerJwks(keys, after(second + clockAheadSeconds)).keys
  if (jwk === undefined) throw new Error('there is no key')
  const key = once(privateKeys, jwk.kid, () => createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
  return {
    kid: jwk.kid,
    signedAt: second,
    signature: sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }),
  }
}

/** Keeps a JWKS for `cacheSeconds`, whatever it meets meanwhile. */
function createClient(phase: number, instances: readonly Instance[]) {
  let kept = new Map<string, KeyObject>()
  return (second: number, tokens: readonly Token[], outcome: Outcome) => {
    if (second === 0 || second % cacheSeconds === phase) {
      const instance = instances[(Math.floor(second / cacheSeconds) + phase) % instances.length]
      if (instance === undefined) throw new Error('there is no instance')
      const jwks = publicJwks(instance.keys, after(second + instance.clockAheadSeconds))
      kept = new Map(
        jwks.keys.map((jwk) => [
          jwk.kid,
          once(publicKeys, jwk.kid, () => createPublicKey({ key: { ...jwk }, format: 'jwk' })),
        ]),
      )
    }
    for (const token of tokens) {
      outcome.verifications += 1
      const key = kept.get(token.kid)
      // The signature is checked once, by the first: afterwards only the presence of the key can change.
      if (key === undefined || (second === token.signedAt && phase === 0 && !isSignedBy(key, token)))
        outcome.failures += 1
    }
  }
}

function isSignedBy(key: KeyObject, { signature }: Token): boolean {
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

async function tell(story: Story): Promise<Outcome> {
  const outcome: Outcome = { rotations: 0, verifications: 0, failures: 0 }
  const instances = story.clocksAheadSeconds.map((clockAheadSeconds, index): Instance => ({
    clockAheadSeconds,
    noticesAfterSeconds: 5 * index,
    keys: [],
  }))
  const clients = [0, 7, 41].map((phase) => createClient(phase, instances))
  let tokens: Token[] = []
  let changedAt = 0
  for (let second = 0; outcome.rotations < story.rotations; second += 1) {
    const working = instances[(second / 10) % instances.length]
    if (working !== undefined) {
      const now = after(second + working.clockAheadSeconds)
      const { created, removed } = await story.rotate(story.rotation, second, now)
      outcome.rotations += created.length
      if (created.length + removed.length > 0) changedAt = second
    }
    for (const instance of instances) {
      if (second === 0 || second === changedAt + instance.noticesAfterSeconds) {
        instance.keys = await loadKeys(db, { seal })
      }
    }
    tokens = tokens.filter(({ signedAt }) => second < signedAt + tokenLifeSeconds)
    if (second % 3 === 0) tokens.push(...instances.map((instance) => signToken(instance, second)))
    for (const client of clients) client(second, tokens, outcome)
  }
  return outcome
}

const rotation: Rotation = {
  ...testRotation(seal),
  publishLeadSeconds: cacheSeconds,
  retireAfterSeconds: tokenLifeSeconds,
  rotateAfterSeconds: 30,
  clockToleranceSeconds: 10,
  purposes: ['ES256'],
}

function bySchedule(order: Rotation, _second: number, now: Date): Promise<KeyChanges> {
  return ensureKeys(db, order, systemAct(now))
}

async function everyThirtySeconds(order: Rotation, second: number, now: Date): Promise<KeyChanges> {
  if (second === 0 || second % 30 !== 0) return ensureKeys(db, order, systemAct(now))
  return rotateNow(db, { ...order, purpose: 'ES256', manner: 'announced' }, systemAct(now))
}

const rotations = times(40, 200)
const stories = [
  { name: 'one instance', clocksAheadSeconds: [0] },
  { name: 'two instances with clocks four seconds apart', clocksAheadSeconds: [2, -2] },
]

test.each(stories)(
  'R5 R18: scheduled rotations on $name fail no verification at clients that keep the JWKS',
  async ({ clocksAheadSeconds }) => {
    const outcome = await tell({ clocksAheadSeconds, rotations, rotation, rotate: bySchedule })
    console.log(`scheduled, clocks ${clocksAheadSeconds.join('/')}: ${JSON.stringify(outcome)}`)
    expect(outcome).toMatchObject({ rotations, failures: 0 })
  },
)

test('R5 R18: a rotation every 30 s, while clients keep the JWKS for 60 s, fails no verification', async () => {
  const outcome = await tell({
    clocksAheadSeconds: [2, -2],
    rotations,
    rotation: { ...rotation, rotateAfterSeconds: 86_400 },
    rotate: everyThirtySeconds,
  })
  console.log(`every 30 s, clocks 2/-2: ${JSON.stringify(outcome)}`)
  expect(outcome).toMatchObject({ rotations, failures: 0 })
})

test('the same clients do fail without the lead, without the retirement, or without the tolerance', async () => {
  for (const wrong of [{ publishLeadSeconds: 0 }, { retireAfterSeconds: 0 }, { clockToleranceSeconds: 0 }]) {
    const outcome = await tell({
      clocksAheadSeconds: [2, -2],
      rotations: 20,
      rotation: { ...rotation, ...wrong },
      rotate: bySchedule,
    })
    expect(outcome.failures).toBeGreaterThan(0)
    await db.deleteFrom('signingKeys').execute()
  }
})
