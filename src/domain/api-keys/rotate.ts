/**
 * Rotation: a key gets another secret while the one it has goes on working for an overlap, so that nothing that uses it
 * is cut off. Id, prefix, scopes and limits stay as they are.
 *
 * While two secrets work a further rotation is refused: it would have to end one that may still be in use. Whoever
 * wants that says so first, with `endRotation`.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { CreatedKey, KeyMaking } from './create.ts'
import type { ApiKey, ApiKeySecret } from './find.ts'
import { requireApiKey } from './find.ts'
import type { Rotation } from './input.ts'
import { moveVersion, requireNotRevoked, target } from './lifecycle.ts'
import { hashSecret, isSecretLive, makeKey } from './secret.ts'
import type { Slot } from './secret.ts'

/** What is known of a rotation: whether the older secret is still needed. */
export interface RotationEvidence {
  readonly rotatedAt: Date
  /** Until when the older secret works, or worked. */
  readonly overlapEndsAt: Date
  readonly underWay: boolean
  /** When, from where and by what the older secret was used last; as much as has been written down so far. */
  readonly oldSecret: SecretUse
  readonly newSecret: SecretUse
  /** The older secret was used after the newer one was made. */
  readonly oldUsedSinceRotation: boolean
}

/** The last use of a secret. */
export type SecretUse = Pick<ApiKeySecret, 'slot' | 'lastUsedAt' | 'lastUsedAddress' | 'lastUsedUserAgent'>

/** Gives a key another secret; the one it has works until the overlap is over. Of parallel calls one succeeds. */
export function rotateApiKey(
  db: Database,
  { making, rotation }: { readonly making: KeyMaking; readonly rotation: Rotation },
  act: Act,
): Promise<CreatedKey> {
  const { id, version, overlapSeconds } = rotation
  return inTransaction(db, async (trx) => {
    const key = await requireApiKey(trx, id)
    requireNotRevoked(key)
    // Holds the key's row: from here on nobody else rotates it.
    await moveVersion(trx, { id, version }, act)
    const live = (await requireApiKey(trx, id)).secrets.filter((secret) => isSecretLive(secret, act.now))
    if (live.length > 1) throw rotationUnderWay()
    const oldSlot = live[0]?.slot
    const oldExpiresAt = new Date(act.now.getTime() + overlapSeconds * 1000)
    if (oldSlot !== undefined) await expireSecret(trx, { id, slot: oldSlot, expiresAt: oldExpiresAt })
    const { text, secret } = makeKey(making.prefix, id)
    const { hash, pepperId } = hashSecret(making.peppers, { keyId: id, secret })
    await fillSlot(trx, {
      keyId: id,
      slot: oldSlot === 1 ? 2 : 1,
      secretHash: hash,
      pepperId,
      createdAt: act.now,
    })
    const details = { overlapSeconds, oldExpiresAt: oldExpiresAt.toISOString() }
    await record(trx, { type: 'api_key.rotated', target: target(id), details }, act)
    return { key: await requireApiKey(trx, id), text }
  })
}

/** Ends the overlap of a rotation now: only the newer secret works from here on. Doing so twice changes nothing. */
export function endRotation(db: Database, id: string, act: Act): Promise<ApiKey> {
  return inTransaction(db, async (trx) => {
    await requireApiKey(trx, id)
    await shortenOverlap(trx, { id, expiresAt: act.now }, act)
    return requireApiKey(trx, id)
  })
}

/** Lets the older of two working secrets expire earlier, never later; says whether that changed anything. */
export async function shortenOverlap(
  db: Database,
  { id, expiresAt }: { readonly id: string; readonly expiresAt: Date },
  act: Act,
): Promise<boolean> {
  const ended = await db
    .updateTable('apiKeySecrets')
    .set({ expiresAt })
    .where('keyId', '=', id)
    .where('expiresAt', '>', act.now)
    .where('expiresAt', '>', expiresAt)
    .executeTakeFirst()
  if (ended.numUpdatedRows === 0n) return false
  await db
    .updateTable('apiKeys')
    .set({ version: sql<number>`version + 1`, updatedAt: act.now })
    .where('id', '=', id)
    .execute()
  const details = { oldExpiresAt: expiresAt.toISOString() }
  await record(db, { type: 'api_key.rotation_ended', target: target(id), details }, act)
  return true
}

/** What is known of the last rotation, or undefined if there was none. */
export function rotationEvidence({ secrets }: ApiKey, now: Date): RotationEvidence | undefined {
  const oldSecret = secrets.find(({ expiresAt }) => expiresAt !== undefined)
  const newSecret = secrets.find(({ expiresAt }) => expiresAt === undefined)
  if (oldSecret?.expiresAt === undefined || newSecret === undefined) return undefined
  const { lastUsedAt } = oldSecret
  return {
    rotatedAt: newSecret.createdAt,
    overlapEndsAt: oldSecret.expiresAt,
    underWay: isSecretLive(oldSecret, now),
    oldSecret: useOf(oldSecret),
    newSecret: useOf(newSecret),
    oldUsedSinceRotation: lastUsedAt !== undefined && lastUsedAt >= newSecret.createdAt,
  }
}

function useOf({ slot, lastUsedAt, lastUsedAddress, lastUsedUserAgent }: ApiKeySecret): SecretUse {
  return { slot, lastUsedAt, lastUsedAddress, lastUsedUserAgent }
}

async function expireSecret(
  db: Database,
  { id, slot, expiresAt }: { readonly id: string; readonly slot: Slot; readonly expiresAt: Date },
): Promise<void> {
  await db
    .updateTable('apiKeySecrets')
    .set({ expiresAt })
    .where('keyId', '=', id)
    .where('slot', '=', slot)
    .execute()
}

/** Puts a new secret where an expired one was, or none; what was known of the expired one's use goes with it. */
async function fillSlot(
  db: Database,
  secret: {
    readonly keyId: string
    readonly slot: Slot
    readonly secretHash: Buffer
    readonly pepperId: string
    readonly createdAt: Date
  },
): Promise<void> {
  await db
    .insertInto('apiKeySecrets')
    .values(secret)
    .onConflict((conflict) =>
      conflict.columns(['keyId', 'slot']).doUpdateSet({
        ...secret,
        expiresAt: null,
        lastUsedAt: null,
        lastUsedAddress: null,
        lastUsedUserAgent: null,
      }),
    )
    .execute()
}

function rotationUnderWay(): Refusal {
  return new Refusal(
    'conflict',
    'The API key is being rotated already; end that first, or wait until the older secret expires.',
  )
}
