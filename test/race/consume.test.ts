import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { upsertArtifact } from '../../src/oidc/artifacts.ts'
import { commitTokens } from '../../src/oidc/token-commit.ts'
import type { TokenWrites } from '../../src/oidc/token-commit.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { openRoom } from '../support/room.ts'
import type { Room } from '../support/room.ts'

let room: Room
let db: Database

beforeAll(async () => {
  room = await openRoom()
  ;({ db } = room)
})
afterAll(() => room.close())

const consuming = (id: string, model: string): TokenWrites => ({
  consume: { id, model, graceSeconds: 0 },
  artifacts: [],
  events: [],
})

test.each(['AuthorizationCode', 'RefreshToken'])(
  'F1: %s used by a request that began first and comes second is used once',
  async (model) => {
    const id = randomUUID()
    await upsertArtifact(db, { id, model, payload: { grantId: id }, lifetimeSeconds: 60 })
    const late = await db.transaction().execute(async (trx) => {
      // From here on the database's now() stands still in this transaction, and is before the other's.
      expect(await commitTokens(trx, consuming(randomUUID(), model))).toBe(false)
      expect(await commitTokens(db, consuming(id, model))).toBe(true)
      return commitTokens(trx, consuming(id, model))
    })
    expect(late).toBe(false)
  },
)
