/**
 * Sessions as the library reads and writes them: found when a request begins, written when it has been answered. What was
 * ended in between stays ended, and whoever asked gets nothing of the answer.
 */
import { errors } from 'oidc-provider'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { record } from '../domain/audit/record.ts'
import type { AuditEvent } from '../domain/audit/record.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { lifetimeOf } from './adapter-needs.ts'
import type { AdapterNeeds } from './adapter-needs.ts'
import type { Payload } from './artifacts.ts'
import { takeHeldSignIn } from './artifact-end.ts'
import { actOf, currentContext, stateOf } from './request-state.ts'
import type { KnownSession, RequestState } from './request-state.ts'
import {
  deleteSession,
  deleteSessionByUid,
  findSession,
  findSessionByUid,
  isLivingSession,
  replaceSession,
  upsertSession,
} from './sessions.ts'
import { beginEndingSessions, holdSessions } from './session-ends.ts'

/** The adapter of the model `Session`. */
export function sessionAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    find: async (id) => {
      const kept = await findSession(needs.db, id)
      const found = isTooOld(needs, kept) ? undefined : kept
      const session = isSigningOut() ? await beginSigningOut(needs.db, { id, found }) : found
      know(session)
      return session
    },
    findByUid: (uid) => findSessionByUid(needs.db, uid),
    upsert: async (id, payload, expiresIn) => {
      const ctx = currentContext()
      const clientId = ctx?.oidc.client?.clientId
      const { address, userAgent } = actOf(ctx, needs.now())
      const session = { id, payload, lifetimeSeconds: lifetimeOf(expiresIn), clientId, address, userAgent }
      await writeInStep(needs.db, { state: ctx && stateOf(ctx), payload }, (db) =>
        upsertSession(db, session, needs.now()),
      )
      know(payload)
    },
    destroy: (id) => endSession(needs, id),
  }
}

/**
 * ASVS 7.3.2: however busy a session is, it ends. One whose lifetime has just become shorter is none at once, and not only when
 * it is deleted: what began with it in between would be over then.
 */
function isTooOld({ now, sessionLifetimeSeconds }: AdapterNeeds, session: Payload | undefined): boolean {
  const signedInAt = session?.['loginTs']
  return typeof signedInAt === 'number' && now().getTime() / 1000 - signedInAt >= sessionLifetimeSeconds()
}

function isSigningOut(): boolean {
  return String(currentContext()?.oidc.route) === 'end_session_confirm'
}

/**
 * The transaction of a sign-out revokes grants before it ends the session, and whoever ends sessions has the lock before they
 * revoke grants: so it takes the lock first too, and looks again at what it may have waited for.
 */
async function beginSigningOut(
  transaction: Database,
  { id, found }: { readonly id: string; readonly found: Payload | undefined },
): Promise<Payload | undefined> {
  const accountId = found?.['accountId']
  if (typeof accountId !== 'string') return found
  await beginEndingSessions(transaction, accountId)
  return findSession(transaction, id)
}

/** Remembers whose session this request goes on with, from when it was found or first written. */
function know(payload: Pick<AdapterPayload, 'uid' | 'accountId'> | undefined): void {
  const ctx = currentContext()
  const [uid, accountId] = [payload?.uid, payload?.accountId]
  if (ctx === undefined || uid === undefined || accountId === undefined) return
  stateOf(ctx).knownSession = { uid, accountId }
}

/**
 * Writes a session only if what it comes from has not ended meanwhile: the sign-in that was proven, and the session that it
 * was. One of nobody, and one that begins without either, has nothing that could have ended.
 */
async function writeInStep(
  db: Database,
  { state, payload }: { readonly state: RequestState | undefined; readonly payload: AdapterPayload },
  write: (db: Database) => Promise<void>,
): Promise<void> {
  const { heldSignIn: held, knownSession: known, leftSession: left } = state ?? {}
  const goesOn = isSame(known, payload)
  if (state === undefined || (held === undefined && left === undefined && !goesOn)) return write(db)
  await inTransaction(db, async (trx) => {
    if (payload.accountId !== undefined) await holdSessions(trx, payload.accountId)
    if (held !== undefined && !(await takeHeldSignIn(trx, held))) {
      throw new errors.SessionNotFound('the sign-in has ended')
    }
    if (goesOn && !(await isLivingSession(trx, known))) {
      throw new errors.SessionNotFound('the session has ended')
    }
    if (left !== undefined) await deleteSession(trx, left)
    await write(trx)
  })
  state.heldSignIn = undefined
  state.leftSession = undefined
}

function isSame(known: KnownSession | undefined, { uid, accountId }: AdapterPayload): known is KnownSession {
  return known !== undefined && known.uid === uid && known.accountId === accountId
}

/**
 * Signing out ends a session for good; a session that only takes another id goes on. At a sign-in the id before is
 * worth nothing at once (session fixation); at a consent nobody's identity changes, and two tabs may give it together. Of
 * somebody who goes on, the id before ends with the writing of the next, because it shows that the session has not ended.
 */
async function endSession(needs: AdapterNeeds, id: string): Promise<void> {
  const ctx = currentContext()
  const session = ctx?.oidc.session
  const isSignOut = session !== undefined && session.jti === id && isSigningOut()
  if (isSignOut && session.accountId !== undefined) {
    return signOut(needs, { uid: session.uid, accountId: session.accountId })
  }
  if (!isSignOut && ctx?.oidc.result?.consent !== undefined) return replaceSession(needs.db, id)
  const state = ctx && stateOf(ctx)
  if (!isSignOut && state?.knownSession !== undefined) state.leftSession = id
  else await deleteSession(needs.db, id)
}

async function signOut(needs: AdapterNeeds, { uid, accountId }: KnownSession): Promise<void> {
  const event: AuditEvent = {
    type: 'session.ended',
    target: { type: 'account', id: accountId },
    details: { session_uid: uid, reason: 'signed_out' },
  }
  await inTransaction(needs.db, async (trx) => {
    await beginEndingSessions(trx, accountId)
    await deleteSessionByUid(trx, uid)
    await record(trx, event, actOf(currentContext(), needs.now()))
  })
  needs.announce({ kind: 'session', id: uid })
}
