/**
 * The RSA keys of a world. Making them takes most of the time of a first start, so a run makes them once; each world
 * seals them for itself, under ids of its own. What a first start makes by itself has tests of its own.
 */
import { inject } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { record } from '../../src/domain/audit/record.ts'
import { generateMaterial } from '../../src/domain/signing-keys/material.ts'
import { insertKey, sealMaterial } from '../../src/domain/signing-keys/store.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import type { Seal } from '../../src/platform/crypto/seal.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { inTransaction } from '../../src/platform/db/transaction.ts'

const purposes = ['RS256', 'PS256'] as const

/** What is sealed, in base64, by purpose. */
export type RsaKeys = Readonly<Record<(typeof purposes)[number], string>>

/** Makes the keys of a run. */
export async function makeRsaKeys(): Promise<RsaKeys> {
  const [RS256, PS256] = await Promise.all(purposes.map(generateMaterial))
  if (RS256 === undefined || PS256 === undefined) throw new Error('a key for each purpose is made')
  return { RS256: RS256.toString('base64'), PS256: PS256.toString('base64') }
}

/** Gives an empty database the keys of the run, as its first start would give it its own. */
export function giveRsaKeys(db: Database, seal: Seal, now: Date): Promise<void> {
  const materials = inject('rsaKeys')
  return inTransaction(db, async (trx) => {
    for (const purpose of purposes) {
      const id = randomId('key')
      const sealedKey = sealMaterial(seal, id, Buffer.from(materials[purpose], 'base64'))
      await insertKey(trx, { id, purpose, sealedKey, activatesAt: now }, now)
      const details = { purpose, signsFrom: now.toISOString() }
      const target = { type: 'signing_key', id } as const
      await record(trx, { type: 'signing_key.created', target, details }, systemAct(now))
    }
  })
}
