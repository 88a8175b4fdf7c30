/**
 * The adapter of the model `DeviceCode`. The library reads a code, changes it and writes it back; here each of these writes is
 * a step that happens once, or not at all: claimed, approved, refused.
 */
import { errors } from 'oidc-provider'
import type { Adapter, AdapterPayload, KoaContextWithOIDC } from 'oidc-provider'
import { record } from '../domain/audit/record.ts'
import { sha256 } from '../platform/crypto/digest.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { lifetimeOf } from './adapter-needs.ts'
import type { AdapterNeeds } from './adapter-needs.ts'
import { upsertArtifact } from './artifacts.ts'
import type { Payload } from './artifacts.ts'
import {
  approveDeviceCode,
  claimDeviceCode,
  findDeviceCode,
  findTypedCode,
  hashOfReference,
  insertDeviceCode,
  referenceTo,
} from './device-codes.ts'
import type { StoredDeviceCode } from './device-codes.ts'
import { isConfirmedBy } from './device-prompt.ts'
import { refuseDevice, userCodeContext } from './device-requests.ts'
import { actOf, currentContext, stateOf } from './request-state.ts'
import { holdSessions } from './session-ends.ts'
import { isLivingSession } from './sessions.ts'

/** Around the adapter of artifacts, which finds the code that a device presents and uses it up. */
export function deviceCodeAdapter(needs: AdapterNeeds, artifacts: Partial<Adapter>): Partial<Adapter> {
  return {
    ...artifacts,
    find: async (id) => {
      const idHash = hashOfReference(id)
      if (idHash === undefined) return artifacts.find?.(id)
      // A reference is ours alone: whoever presents one, instead of a code, presents nothing.
      if (!isPageRoute(currentContext())) return undefined
      const found = await findDeviceCode(needs.db, idHash)
      return found === undefined ? undefined : asPayload(found)
    },
    findByUserCode: async (userCode) => {
      const found = await findTypedCode(needs.db, userCode)
      if (found === undefined) return undefined
      const mine = found.claimedBy !== null && found.claimedBy === currentContext()?.oidc.session?.uid
      // Whoever claimed it may type it once more; to anybody else it is taken.
      return { ...asPayload(found), userCode, inFlight: found.claimedBy !== null && !mine }
    },
    upsert: async (id, payload, expiresIn) => {
      const idHash = hashOfReference(id)
      if (idHash === undefined) return keep(needs, { id, payload, lifetimeSeconds: lifetimeOf(expiresIn) })
      const step = { idHash, payload: keptOf(payload) }
      if (payload.error !== undefined) return refuse(needs, step)
      return payload.accountId === undefined ? claim(needs, step) : approve(needs, step)
    },
  }
}

interface Step {
  readonly idHash: Buffer
  readonly payload: Payload
}

function isPageRoute(ctx: KoaContextWithOIDC | undefined): boolean {
  const route = String(ctx?.oidc.route)
  return route === 'code_verification' || route === 'device_resume'
}

function asPayload({ idHash, payload, isConsumed }: StoredDeviceCode): AdapterPayload {
  return { ...payload, jti: referenceTo(idHash), kind: 'DeviceCode', ...(isConsumed && { consumed: true }) }
}

/** Without what names the code, and without what stands in a column. */
function keptOf({ jti: _id, userCode: _typed, inFlight: _claimed, ...kept }: AdapterPayload): Payload {
  return kept
}

/** A new code, with who asked for it; the device is told of it only when all of this is kept. */
async function keep(
  needs: AdapterNeeds,
  code: { readonly id: string; readonly payload: AdapterPayload; readonly lifetimeSeconds: number },
): Promise<void> {
  const { id, lifetimeSeconds } = code
  const { userCode = '', clientId = '', params } = code.payload
  // RFC 6749 §3.3: said now, and not to a person who has answered everything.
  if (typeof params?.['scope'] !== 'string') throw new errors.InvalidScope('a scope must be requested', '')
  const idHash = sha256(id)
  const userCodeSealed = needs.seal.seal(Buffer.from(userCode), userCodeContext(idHash))
  await inTransaction(needs.db, async (trx) => {
    if (!(await insertDeviceCode(trx, { idHash, userCode, userCodeSealed, lifetimeSeconds }))) {
      throw new errors.TemporarilyUnavailable('no user code is free at this moment, try again')
    }
    await upsertArtifact(trx, { id, model: 'DeviceCode', payload: keptOf(code.payload), lifetimeSeconds })
    const target = { type: 'client', id: clientId } as const
    await record(trx, { type: 'device.requested', target }, actOf(currentContext(), needs.now()))
  })
}

/** T48: the first browser that names the code goes on with it, and no other. */
async function claim({ db }: AdapterNeeds, { idHash }: Step): Promise<void> {
  const uid = currentContext()?.oidc.session?.uid
  if (uid === undefined || !(await claimDeviceCode(db, idHash, uid))) throw notTheirs()
}

/**
 * The device gets what its person allowed a moment ago. Not by anything but the page on which they did so, as whom they did
 * so, and while they are signed in: whoever ends their sessions ends this as well.
 */
async function approve(needs: AdapterNeeds, { idHash, payload }: Step): Promise<void> {
  const ctx = currentContext()
  const known = ctx === undefined ? undefined : stateOf(ctx).knownSession
  if (ctx === undefined || known === undefined || !isBegunWith(ctx, idHash)) throw notTheirs()
  if (!isConfirmedBy(ctx, String(payload['accountId']))) throw notTheirs()
  await inTransaction(needs.db, async (trx) => {
    await holdSessions(trx, known.accountId)
    if (!(await isLivingSession(trx, known))) throw notTheirs()
    if (!(await approveDeviceCode(trx, { idHash, payload }))) throw notTheirs()
    const target = { type: 'client', id: String(payload['clientId']) } as const
    const details = { grant_id: String(payload['grantId']) }
    await record(trx, { type: 'device.approved', target, details }, actOf(ctx, needs.now()))
  })
}

/** Said by the person, or by a sign-in that cannot end well. Trouble of a moment decides nothing. */
async function refuse(needs: AdapterNeeds, { idHash, payload }: Step): Promise<void> {
  const ctx = currentContext()
  const { error, errorDescription } = payload
  if (ctx === undefined || error === 'temporarily_unavailable' || error === 'server_error') return
  // What came too late changes nothing: a button that is pressed twice allows.
  if (errorDescription === tooLate) return
  // Typing a code is not enough to end it for whoever is in the middle of it.
  const claimedBy = isBegunWith(ctx, idHash) ? undefined : (ctx.oidc.session?.uid ?? '')
  const description = String(errorDescription ?? error)
  const refusal = { reference: referenceTo(idHash), claimedBy, error: String(error), description }
  await refuseDevice(needs.db, refusal, actOf(ctx, needs.now()))
}

/** Whether this request ends a page that was begun with this code, which the browser's cookie proves. */
function isBegunWith({ oidc }: KoaContextWithOIDC, idHash: Buffer): boolean {
  return oidc.entities.Interaction?.deviceCode === referenceTo(idHash)
}

const tooLate = 'the code cannot be used'

/** Unknown, taken, decided: all the same to whoever asks. */
function notTheirs(): Error {
  return new errors.InvalidRequest(tooLate)
}
