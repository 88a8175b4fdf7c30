import type { NewId } from '../../platform/crypto/random.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { currentOf, keyPurposes, stateOf } from './key.ts'
import type { KeyPurpose, KeyTimes } from './key.ts'
import { generateMaterial } from './material.ts'
import { deleteKeys, endKeys, insertKey, listKeys, lockKeys, sealMaterial } from './store.ts'
import type { SealedKey } from './store.ts'

/** How keys are made and how long each part of their life takes. */
export interface Rotation {
  readonly seal: Seal
  readonly newId: NewId
  /** How long a key is published before it signs: at least as long as any client keeps the JWKS. */
  readonly publishLeadSeconds: number
  /** How long a key is published after it stopped signing: at least as long as anything it signed is valid. */
  readonly retireAfterSeconds: number
  /** The age at which a signing key is replaced. */
  readonly rotateAfterSeconds: number
  /**
   * Added before and after, for clocks that differ between instances and for the time an instance needs to notice a new
   * key: at least twice the greatest difference, plus the period in which keys are reloaded.
   */
  readonly clockToleranceSeconds: number
  /** All of them, unless an installation does without some. */
  readonly purposes?: readonly KeyPurpose[]
}

/** The keys that were made and those that are no longer published. */
export interface KeyChanges {
  readonly created: readonly string[]
  readonly removed: readonly string[]
}

/**
 * How a key is replaced by hand.
 * `announced`: the new one is published now and signs after the lead; nobody notices.
 * `immediately`: the new one signs at once and the old one stays published; a client that does not fetch the JWKS again
 * when it meets an unknown `kid` refuses our signatures until its copy is old enough.
 * `compromised`: besides, all older keys of the purpose are deleted, so that nothing an attacker signs is accepted: every
 * ID token and JWT access token they signed stops verifying, and with `cookies` every browser is signed out.
 */
export type RotationManner = 'announced' | 'immediately' | 'compromised'

/** Which keys are replaced by hand, and how. */
export interface RotationOrder extends Rotation {
  readonly purpose: KeyPurpose | 'all'
  readonly manner: RotationManner
}

/**
 * Makes what is missing or due, and removes what has retired. Harmless to call at any time from any instance: on the
 * first start there is one key for each purpose, however many instances start at once.
 */
export async function ensureKeys(db: Database, rotation: Rotation, act: Act): Promise<KeyChanges> {
  const known = await listKeys(db)
  const wanted = dueKeys(known, rotation, act.now)
  if (wanted.size === 0 && goneKeys(known, act.now).length === 0) return { created: [], removed: [] }
  const fresh = await makeKeys([...wanted.keys()], rotation)
  return inTransaction(db, async (trx) => {
    await lockKeys(trx)
    // Looked at again under the lock: another instance may have been first, and then what we made is thrown away.
    const keys = await listKeys(trx)
    const due = dueKeys(keys, rotation, act.now)
    const created = fresh.flatMap((key) => {
      const activatesAt = due.get(key.purpose)
      return activatesAt === undefined ? [] : [{ ...key, activatesAt }]
    })
    for (const key of created) await addKey(trx, { key, rotation }, act)
    const removed = goneKeys(keys, act.now)
    await removeKeys(trx, removed, act)
    return { created: created.map(({ id }) => id), removed: removed.map(({ id }) => id) }
  })
}

/** Replaces keys by hand; see RotationManner for what each way breaks. Needs no older key to be readable. */
export async function rotateNow(db: Database, order: RotationOrder, act: Act): Promise<KeyChanges> {
  const fresh = await makeKeys(order.purpose === 'all' ? purposesOf(order) : [order.purpose], order)
  return inTransaction(db, async (trx) => {
    await lockKeys(trx)
    const keys = await listKeys(trx)
    const removed: KeyTimes[] = []
    for (const key of fresh) {
      const older = keys.filter(({ purpose }) => purpose === key.purpose)
      const withdrawn = withdrawnBy(order, older, act.now)
      const staying = older.filter((each) => !withdrawn.includes(each))
      await removeKeys(trx, withdrawn, act)
      const activatesAt = activation(order, staying, act.now)
      await addKey(trx, { key: { ...key, activatesAt }, rotation: order }, act)
      removed.push(...withdrawn)
    }
    return { created: fresh.map(({ id }) => id), removed: removed.map(({ id }) => id) }
  })
}

/** The purposes that need a new key, and when it activates. */
function dueKeys(keys: readonly KeyTimes[], rotation: Rotation, now: Date): ReadonlyMap<KeyPurpose, Date> {
  const due = new Map<KeyPurpose, Date>()
  for (const purpose of purposesOf(rotation)) {
    const ofPurpose = keys.filter((key) => key.purpose === purpose)
    const current = currentOf(ofPurpose, now)
    // Nothing was signed before the first key, so no client can hold an older JWKS.
    if (current === undefined) due.set(purpose, now)
    else if (isDue(current, ofPurpose, { rotation, now }))
      due.set(purpose, announcedActivation(rotation, now))
  }
  return due
}

function isDue(
  current: KeyTimes,
  ofPurpose: readonly KeyTimes[],
  { rotation, now }: { rotation: Rotation; now: Date },
): boolean {
  const hasNext = ofPurpose.some((key) => stateOf(key, ofPurpose, now) === 'next')
  return !hasNext && now.getTime() - current.activatesAt.getTime() >= rotation.rotateAfterSeconds * 1000
}

function goneKeys(keys: readonly KeyTimes[], now: Date): readonly KeyTimes[] {
  return keys.filter((key) => stateOf(key, [key], now) === 'gone')
}

/** When a key made by hand activates: never before one that stays, which would take over from it again. */
function activation(order: RotationOrder, staying: readonly KeyTimes[], now: Date): Date {
  const earliest = order.manner === 'announced' ? announcedActivation(order, now) : now
  return new Date(
    Math.max(earliest.getTime(), ...staying.map(({ activatesAt }) => activatesAt.getTime() + 1)),
  )
}

function announcedActivation({ publishLeadSeconds, clockToleranceSeconds }: Rotation, now: Date): Date {
  return secondsAfter(now, publishLeadSeconds + clockToleranceSeconds)
}

function withdrawnBy({ manner }: RotationOrder, older: readonly KeyTimes[], now: Date): readonly KeyTimes[] {
  if (manner === 'announced') return []
  if (manner === 'compromised') return older
  // One that was announced would replace the new key later, and has signed nothing yet.
  return older.filter((key) => stateOf(key, older, now) === 'next')
}

/** Generated before the transaction: an RSA key takes longer than a lock should be held. */
function makeKeys(
  purposes: readonly KeyPurpose[],
  { seal, newId }: Pick<Rotation, 'seal' | 'newId'>,
): Promise<SealedKey[]> {
  return Promise.all(
    purposes.map(async (purpose) => {
      const id = newId('key')
      return { id, purpose, sealedKey: sealMaterial(seal, id, await generateMaterial(purpose)) }
    }),
  )
}

/** Inserts a key and gives its predecessor an end, so that nothing has to happen when the time comes. */
async function addKey(
  trx: Database,
  { key, rotation }: { key: SealedKey & { readonly activatesAt: Date }; rotation: Rotation },
  act: Act,
): Promise<void> {
  const { purpose, activatesAt } = key
  const retiresAt = secondsAfter(activatesAt, rotation.retireAfterSeconds + rotation.clockToleranceSeconds)
  const predecessors = await endKeys(trx, { purpose, retiresAt })
  await insertKey(trx, key, act.now)
  const target = { type: 'signing_key', id: key.id } as const
  await record(
    trx,
    { type: 'signing_key.created', target, details: { purpose, signsFrom: activatesAt.toISOString() } },
    act,
  )
  const details = {
    purpose,
    successor: key.id,
    signsUntil: activatesAt.toISOString(),
    publishedUntil: retiresAt.toISOString(),
  }
  for (const id of predecessors) {
    await record(trx, { type: 'signing_key.retired', target: { type: 'signing_key', id }, details }, act)
  }
}

async function removeKeys(trx: Database, keys: readonly KeyTimes[], act: Act): Promise<void> {
  const ids = keys.map(({ id }) => id)
  await deleteKeys(trx, ids)
  for (const { id, purpose } of keys) {
    await record(
      trx,
      { type: 'signing_key.removed', target: { type: 'signing_key', id }, details: { purpose } },
      act,
    )
  }
}

function purposesOf({ purposes }: Rotation): readonly KeyPurpose[] {
  return purposes ?? keyPurposes
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000)
}
