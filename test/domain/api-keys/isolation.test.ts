import { expect, test } from 'vitest'
import type { ApiKey } from '../../../src/domain/api-keys/find.ts'
import { findApiKey } from '../../../src/domain/api-keys/find.ts'
import {
  changeApiKey,
  deleteApiKey,
  disableApiKey,
  enableApiKey,
  revokeApiKey,
} from '../../../src/domain/api-keys/lifecycle.ts'
import { reportLeak } from '../../../src/domain/api-keys/leaks.ts'
import { endRotation, rotateApiKey } from '../../../src/domain/api-keys/rotate.ts'
import { createUsageRecorder } from '../../../src/domain/api-keys/usage.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { Refusal } from '../../../src/platform/errors.ts'
import { give, makeAccount, makeApi, makeClient } from '../apis/support.ts'
import { act, now } from '../clients/support.ts'
import { makeApiKey, making } from './support.ts'
import { openRoom } from '../../support/room.ts'

const rounds = 120
// A small generator with a seed, so that a failure can be seen again.
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test.each([1, 2, 3])('T39: whatever is done to one key changes no row of another (seed %i)', async (seed) => {
  const room = await openRoom()
  await makeApi(room.db, 'api', ['a', 'b', 'c'])
  await makeApi(room.db, 'other', ['a', 'b', 'c'])
  const owners = [await makeClient(room.db, 'client'), await makeAccount(room.db, 'person')]
  for (const owner of owners)
    for (const api of ['api', 'other']) await give(room.db, api, owner, ['a', 'b', 'c'])
  const random = createRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] ?? pick(items)
  const texts = new Map<string, string>()
  const make = async (owner: Owner) => {
    const { key, text } = await makeApiKey(room.db, { owner, apiId: pick(['api', 'other']), scopes: ['a'] })
    texts.set(key.id, text)
  }
  for (const owner of [...owners, ...owners, ...owners]) await make(owner)
  const done = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    const id = pick([...texts.keys()])
    const operation = pick(operations)
    const before = await rowsOfOthers(room.db, id)
    if (await carryOut({ db: room.db, operation, id, texts, round })) done.add(operation)
    expect(await rowsOfOthers(room.db, id)).toEqual(before)
    if (texts.size < 4) await make(pick(owners))
  }
  await room.close()
  expect([...done].sort()).toEqual([...operations].sort())
})

interface Turn {
  readonly db: Database
  readonly operation: string
  readonly id: string
  readonly texts: Map<string, string>
  readonly round: number
}

async function carryOut(turn: Turn): Promise<boolean> {
  const key = await findApiKey(turn.db, turn.id)
  if (key === undefined) throw new Error('the key is gone')
  try {
    await operationsByName[turn.operation]?.(turn, key)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const operationsByName: Record<string, (turn: Turn, key: ApiKey) => Promise<unknown>> = {
  change: ({ db, round }, { id, version }) =>
    changeApiKey(db, { id, version, name: `Name ${round}`, scopes: ['a', 'b'] }, act),
  disable: ({ db }, { id }) => disableApiKey(db, id, act),
  enable: ({ db }, { id }) => enableApiKey(db, id, act),
  rotate: async ({ db, texts }, { id, version }) => {
    const { text } = await rotateApiKey(db, { making, rotation: { id, version, overlapSeconds: 60 } }, act)
    texts.set(id, text)
  },
  'end rotation': ({ db }, { id }) => endRotation(db, id, act),
  revoke: ({ db }, { id }) => revokeApiKey(db, { id, reason: 'chance' }, act),
  delete: async ({ db, texts }, { id }) => {
    await deleteApiKey(db, id, act)
    texts.delete(id)
  },
  use: async ({ db }, { id }) => {
    const recorder = createUsageRecorder({ db, flushSeconds: 3600 })
    const use = { keyId: id, slot: 1, outcome: 'allowed', scopes: ['a'], userAgent: 'test' } as const
    recorder.record({ ...use, address: '203.0.113.7', at: now })
    await recorder.close()
  },
  report: ({ db, texts }, { id }) =>
    reportLeak(db, { making, policy: 'grace', graceSeconds: 60 }, { text: texts.get(id) ?? '' }, act),
}
const operations = Object.keys(operationsByName)

/** Every row of every other key, as the database holds it. */
async function rowsOfOthers(db: Database, id: string): Promise<unknown> {
  const [keys, secrets, usage, scopes] = await Promise.all([
    db.selectFrom('apiKeys').selectAll().where('id', '!=', id).orderBy('id').execute(),
    db
      .selectFrom('apiKeySecrets')
      .selectAll()
      .where('keyId', '!=', id)
      .orderBy('keyId')
      .orderBy('slot')
      .execute(),
    db.selectFrom('apiKeyUsage').selectAll().where('keyId', '!=', id).orderBy('keyId').execute(),
    db.selectFrom('apiKeyScopeUsage').selectAll().where('keyId', '!=', id).orderBy('keyId').execute(),
  ])
  return { keys, secrets, usage, scopes }
}
