/** What a person is told of the device that asks, and their refusal. */
import { z } from 'zod'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { denyDeviceCode, findDeviceCode, hashOfReference } from './device-codes.ts'
import { revokeGrant } from './grants.ts'

/** How user codes look: eight consonants, so that they spell nothing and no letter is taken for a digit. */
export const userCodeMask = '****-****'

/** A device that asks. */
export interface DeviceRequest {
  /** As the device shows it. */
  readonly userCode: string
  readonly requestedAt: Date
  /** Where the device is, and what its program says it is. */
  readonly address: string | undefined
  readonly program: string | undefined
}

/** What sealing the user code is bound to. */
export function userCodeContext(idHash: Buffer): string {
  return `user code of device ${idHash.toString('hex')}`
}

const facts = z.object({
  iat: z.number(),
  deviceInfo: z.object({ address: z.string().optional(), program: z.string().optional() }).default({}),
})

/** The device that a sign-in is for; undefined for one that ended. */
export async function findDeviceRequest(
  { db, seal }: { readonly db: Database; readonly seal: Seal },
  reference: string,
): Promise<DeviceRequest | undefined> {
  const idHash = hashOfReference(reference)
  const found = idHash === undefined ? undefined : await findDeviceCode(db, idHash)
  if (found === undefined) return undefined
  const { iat, deviceInfo } = facts.parse(found.payload)
  const letters = seal.open(found.userCodeSealed, userCodeContext(found.idHash)).toString()
  return {
    userCode: grouped(letters),
    requestedAt: new Date(iat * 1000),
    address: deviceInfo.address,
    program: deviceInfo.program,
  }
}

/** As {@link userCodeMask} says. */
function grouped(letters: string): string {
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** A refusal of a device. */
export interface DeviceRefusal {
  readonly reference: string
  /** The session that must have claimed it, where nothing else shows that it is theirs. */
  readonly claimedBy?: string | undefined
  readonly error: string
  readonly description: string
}

/**
 * Refuses a device, once. Of an approval and a refusal at the same moment the refusal counts (T48): what was approved is
 * taken back, with the tokens that were issued in between.
 */
export async function refuseDevice(
  db: Database,
  { reference, claimedBy, error, description }: DeviceRefusal,
  act: Act,
): Promise<void> {
  const idHash = hashOfReference(reference)
  if (idHash === undefined) return
  await inTransaction(db, async (trx) => {
    const found = await findDeviceCode(trx, idHash)
    const denied = await denyDeviceCode(trx, { idHash, claimedBy, error, description })
    if (found === undefined || denied === undefined) return
    if (denied.grantId !== undefined) await revokeGrant(trx, { id: denied.grantId, reason: 'revoked' }, act)
    const target = { type: 'client', id: String(found.payload['clientId']) } as const
    await record(trx, { type: 'device.denied', target, details: { reason: error } }, act)
  })
}
