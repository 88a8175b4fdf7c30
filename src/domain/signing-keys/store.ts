import { sql } from 'kysely'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { byActivation, keyPurposes } from './key.ts'
import type { KeyPurpose, KeyTimes } from './key.ts'
import { parseMaterial } from './material.ts'
import type { KeyMaterial } from './material.ts'

/** A key with its private part. Lives in memory only. */
export type InstallationKey = KeyTimes & KeyMaterial

/** A key as it is inserted. */
export interface SealedKey {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly sealedKey: Buffer
}

/** A key could not be opened. Says which, and which sealing key would be needed; nothing of what is inside. */
export class KeyOpeningFailure extends Error {
  readonly keyId: string
  readonly sealingKeyId: string

  constructor(keyId: string, sealingKeyId: string) {
    super(`key ${keyId} cannot be opened with sealing key ${sealingKeyId}`)
    this.name = 'KeyOpeningFailure'
    this.keyId = keyId
    this.sealingKeyId = sealingKeyId
  }
}

/** Lets one transaction at a time change keys, over all instances, until it ends. */
export async function lockKeys(trx: Database): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('latchkey signing keys', 0))`.execute(trx)
}

/** All keys, opened. Fails with a KeyOpeningFailure if any of them cannot be: half a key set is worse than the old one. */
export async function loadKeys(
  db: Database,
  { seal }: { readonly seal: Seal },
): Promise<readonly InstallationKey[]> {
  const rows = await selectKeys(db).select('sealedKey').execute()
  return rows.map((row) => ({ ...timesOf(row), ...openMaterial(seal, row) })).sort(byActivation)
}

/** All keys without their private parts, oldest first: for planning and for lists, even if a sealing key is lost. */
export async function listKeys(db: Database): Promise<readonly KeyTimes[]> {
  const rows = await selectKeys(db).execute()
  return rows.map(timesOf).sort(byActivation)
}

/** Seals a new key for its row. */
export function sealMaterial(seal: Seal, id: string, material: Buffer): Buffer {
  return seal.seal(material, contextOf(id))
}

/** Inserts a key that activates at the given time. */
export async function insertKey(
  trx: Database,
  key: SealedKey & { readonly activatesAt: Date },
  now: Date,
): Promise<void> {
  await trx
    .insertInto('signingKeys')
    .values({ ...key, createdAt: now })
    .execute()
}

/** Sets when those of a purpose that have no end yet stop being published, and says which they were. */
export async function endKeys(
  trx: Database,
  { purpose, retiresAt }: { readonly purpose: KeyPurpose; readonly retiresAt: Date },
): Promise<readonly string[]> {
  const rows = await trx
    .updateTable('signingKeys')
    .set({ retiresAt })
    .where('purpose', '=', purpose)
    .where('retiresAt', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes keys for good. */
export async function deleteKeys(trx: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await trx.deleteFrom('signingKeys').where('id', 'in', ids).execute()
}

/** Seals every key that is not under the current sealing key anew, and returns how many: then the old one can go. */
export function resealKeys(db: Database, { seal }: { readonly seal: Seal }): Promise<number> {
  return inTransaction(db, async (trx) => {
    await lockKeys(trx)
    const rows = await selectKeys(trx).select('sealedKey').execute()
    const outdated = rows.filter((row) => sealingKeyIdOf(seal, row.sealedKey) !== seal.currentKeyId)
    for (const row of outdated) {
      const sealedKey = sealMaterial(seal, row.id, openBox(seal, row))
      await trx.updateTable('signingKeys').set({ sealedKey }).where('id', '=', row.id).execute()
    }
    return outdated.length
  })
}

// A newer version may keep keys for purposes that this one does not know; during a rolling update both run.
function selectKeys(db: Database) {
  return db
    .selectFrom('signingKeys')
    .select(['id', 'purpose', 'createdAt', 'activatesAt', 'retiresAt'])
    .where('purpose', 'in', keyPurposes)
    .$narrowType<{ purpose: KeyPurpose }>()
}

interface KeyRow {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly createdAt: Date
  readonly activatesAt: Date
  readonly retiresAt: Date | null
}

interface SealedRow {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly sealedKey: Buffer
}

function timesOf({ id, purpose, createdAt, activatesAt, retiresAt }: KeyRow): KeyTimes {
  return { id, purpose, createdAt, activatesAt, retiresAt: retiresAt ?? undefined }
}

function openMaterial(seal: Seal, row: SealedRow): KeyMaterial {
  const opened = openBox(seal, row)
  try {
    const material = parseMaterial(opened)
    if (material.purpose === row.purpose) return material
  } catch {
    // Told below, without the cause: a parse error may quote what it could not read.
  }
  throw new KeyOpeningFailure(row.id, sealingKeyIdOf(seal, row.sealedKey))
}

function openBox(seal: Seal, { id, sealedKey }: SealedRow): Buffer {
  try {
    return seal.open(sealedKey, contextOf(id))
  } catch {
    throw new KeyOpeningFailure(id, sealingKeyIdOf(seal, sealedKey))
  }
}

// What is not a box has no id that could be shown.
function sealingKeyIdOf(seal: Seal, box: Buffer): string {
  try {
    const id = seal.keyIdOf(box)
    return /^[\w-]{1,32}$/.test(id) ? id : 'unknown'
  } catch {
    return 'unknown'
  }
}

// The box of one row does not open in another.
function contextOf(id: string): string {
  return `signing_key:${id}`
}
