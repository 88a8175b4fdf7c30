/**
 * The adapter: how oidc-provider reaches PostgreSQL. One object per model, all with the same seven methods.
 * The library checks and then acts; here single use is decided by the database, and a loser is told so by an OAuth error.
 */
import { errors } from 'oidc-provider'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import { record } from '../domain/audit/record.ts'
import type { AuditEvent } from '../domain/audit/record.ts'
import { isDatabaseUnavailable, isUnstorableText } from '../platform/db/failures.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import {
  consumeArtifact,
  deleteArtifact,
  deleteArtifactsOfGrant,
  findArtifact,
  markUsed,
  upsertArtifact,
} from './artifacts.ts'
import type { Payload, StoredArtifact } from './artifacts.ts'
import { findGrant, revokeGrant, upsertGrant } from './grants.ts'
import { joinedDatabase } from './join.ts'
import { actOf, currentContext, stateOf } from './request-state.ts'
import { deleteSession, findSession, findSessionByUid, upsertSession } from './sessions.ts'

/** What the adapter needs besides the library's calls. */
export interface AdapterNeeds {
  readonly db: Database
  readonly now: () => Date
  /** Metadata of a living client, as the library expects it; undefined for unknown and disabled ones. */
  readonly findClientMetadata: (clientId: string) => Promise<Payload | undefined>
  /** False for an account that was disabled or deleted. */
  readonly isAccountActive: (accountId: string) => Promise<boolean>
  /** For how long a client may present a used refresh token once more. */
  readonly refreshGraceSeconds: (clientId: string) => Promise<number>
}

/** Artifacts that are written with the rest of their token request instead of at once. */
const issuedTokens = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken'])
/** Artifacts that are worth nothing once their client or account is disabled. */
const credentials = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken', 'AuthorizationCode'])

/** The factory for the library's `adapter` setting. */
export function createAdapterFactory(given: AdapterNeeds): AdapterFactory {
  // A door may have opened a transaction for what it and the library write together.
  const needs: AdapterNeeds = {
    ...given,
    get db() {
      return joinedDatabase(given.db)
    },
  }
  const findShared = createSharedFind(needs)
  return (model) => {
    if (model === 'Client') return guarded(clientAdapter(needs))
    if (model === 'Grant') return guarded(grantAdapter(needs))
    if (model === 'Session') return guarded(sessionAdapter(needs))
    if (model === 'ReplayDetection') return guarded(replayAdapter(needs))
    return guarded(artifactAdapter(needs, model, findShared))
  }
}

function artifactAdapter(needs: AdapterNeeds, model: string, findShared: FindShared): Partial<Adapter> {
  return {
    find: async (id) => {
      const stored = await findShared(id)
      if (stored === undefined || stored.model !== model) return undefined
      if (credentials.has(model) && !(await isOwnerActive(needs, stored.payload))) return undefined
      const consumed = await isConsumed(needs, stored)
      return { ...stored.payload, jti: id, kind: model, ...(consumed && { consumed: true }) }
    },
    upsert: async (id, payload, expiresIn) => {
      const artifact = { id, model, payload: payload as Payload, lifetimeSeconds: lifetime(expiresIn) }
      const unit = issuedTokens.has(model) ? unitOfRequest() : undefined
      if (unit === undefined) await upsertArtifact(needs.db, artifact)
      else unit.artifacts.push(artifact)
    },
    consume: async (id) => {
      const unit = unitOfRequest()
      if (unit === undefined) {
        if (!(await consumeArtifact(needs.db, id, model))) throw lostRace(model)
        return
      }
      unit.consume = { id, model, graceSeconds: await graceOfRequest(needs, model) }
    },
    destroy: (id) => endArtifact(needs, id, model),
    revokeByGrantId: async (grantId) => {
      // The library asks once per model; the table holds all of them.
      const ctx = currentContext()
      const done = ctx === undefined ? undefined : (stateOf(ctx).revokedGrants ?? rememberRevoked(ctx))
      if (done?.has(grantId) === true) return
      done?.add(grantId)
      await deleteArtifactsOfGrant(needs.db, grantId)
    },
  }
}

function clientAdapter({ findClientMetadata }: AdapterNeeds): Partial<Adapter> {
  return { find: (id) => findClientMetadata(id) }
}

function grantAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    find: (id) => findGrant(needs.db, id),
    upsert: async (id, payload, expiresIn) => {
      const grant = { id, payload: payload as Payload, lifetimeSeconds: lifetime(expiresIn) }
      const written = await upsertGrant(needs.db, grant)
      if (!written) throw new errors.AccessDenied('the grant was revoked')
    },
    destroy: async (id) => {
      const ctx = currentContext()
      await revokeGrant(needs.db, { id, reason: revocationReason(ctx?.oidc.route) }, actOf(ctx, needs.now()))
    },
  }
}

/** A token request ends a grant only because something was presented twice; see RFC 6749 §4.1.2 and RFC 9700 §4.14.2. */
function revocationReason(route: string | undefined): 'replayed' | 'revoked' | 'signed_out' {
  if (route === 'token') return 'replayed'
  return route === 'revocation' ? 'revoked' : 'signed_out'
}

function sessionAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    find: (id) => findSession(needs.db, id),
    findByUid: (uid) => findSessionByUid(needs.db, uid),
    upsert: (id, payload, expiresIn) =>
      upsertSession(needs.db, { id, payload: payload as Payload, lifetimeSeconds: lifetime(expiresIn) }),
    destroy: (id) => endSession(needs, id),
  }
}

function replayAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    // Always "not seen": asking first and writing later is what lets two requests through. The insert decides.
    find: async () => undefined,
    upsert: async (id, _payload, expiresIn) => {
      const isAssertion = isClientAssertion()
      if (await markUsed(needs.db, id, lifetime(expiresIn))) return
      if (isAssertion) throw new errors.InvalidClientAuth('client assertion tokens must only be used once')
      throw new errors.InvalidDpopProof('the DPoP proof was used before')
    },
  }
}

/**
 * Both client assertions (RFC 7523 §3) and DPoP proofs (RFC 9449 §11.1) are marked by `jti`, and are refused in different
 * words. The client authenticates before anything else, so of one request's marks the first is its assertion's, if it has one.
 */
function isClientAssertion(): boolean {
  const ctx = currentContext()
  if (ctx?.oidc.params?.['client_assertion'] === undefined) return false
  const state = stateOf(ctx)
  const isFirst = state.assertionMarked !== true
  state.assertionMarked = true
  return isFirst
}

function lifetime(expiresIn: number | undefined): number {
  if (expiresIn === undefined) throw new Error('every artifact has a lifetime')
  return expiresIn
}

function lostRace(model: string): Error {
  if (model === 'PushedAuthorizationRequest') {
    return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
  }
  return new errors.InvalidGrant('it was used by another request at the same moment')
}

/** A client that revokes its token is told of in the audit log; an artifact that is merely used up is not. */
async function endArtifact(needs: AdapterNeeds, id: string, model: string): Promise<void> {
  const ctx = currentContext()
  const token = ctx?.oidc.entities.AccessToken ?? ctx?.oidc.entities.ClientCredentials
  const isRevoked = ctx !== undefined && revocationReason(ctx.oidc.route) === 'revoked' && token?.jti === id
  if (!isRevoked) return deleteArtifact(needs.db, id, model)
  const event: AuditEvent = {
    type: 'token.revoked',
    target: { type: 'client', id: token.clientId ?? '' },
    details: { aud: typeof token.aud === 'string' ? token.aud : undefined, token_format: 'opaque' },
  }
  await inTransaction(needs.db, async (trx) => {
    await deleteArtifact(trx, id, model)
    await record(trx, event, actOf(ctx, needs.now()))
  })
}

/** Signing out ends a session for good; a session that only takes another id goes on. */
async function endSession(needs: AdapterNeeds, id: string): Promise<void> {
  const ctx = currentContext()
  const session = ctx?.oidc.session
  const isSignOut =
    session !== undefined && session.jti === id && String(ctx?.oidc.route) === 'end_session_confirm'
  if (!isSignOut || session.accountId === undefined) return deleteSession(needs.db, id)
  const event: AuditEvent = {
    type: 'session.ended',
    target: { type: 'account', id: session.accountId },
    details: { session_uid: session.uid, reason: 'signed_out' },
  }
  await inTransaction(needs.db, async (trx) => {
    await deleteSession(trx, id)
    await record(trx, event, actOf(ctx, needs.now()))
  })
}

function unitOfRequest() {
  const ctx = currentContext()
  return ctx === undefined ? undefined : stateOf(ctx).unit
}

function rememberRevoked(ctx: { state: object }): Set<string> {
  const revokedGrants = new Set<string>()
  Object.assign(ctx.state, { revokedGrants })
  return revokedGrants
}

async function isConsumed(needs: AdapterNeeds, stored: StoredArtifact): Promise<boolean> {
  const { consumedSecondsAgo } = stored
  if (consumedSecondsAgo === undefined) return false
  if (stored.model !== 'RefreshToken' || stored.reuses > 0) return true
  const graceSeconds = await needs.refreshGraceSeconds(String(stored.payload['clientId']))
  return consumedSecondsAgo >= graceSeconds
}

async function graceOfRequest(needs: AdapterNeeds, model: string): Promise<number> {
  const client = currentContext()?.oidc.client
  if (model !== 'RefreshToken' || client === undefined) return 0
  return needs.refreshGraceSeconds(client.clientId)
}

async function isOwnerActive(needs: AdapterNeeds, payload: Payload): Promise<boolean> {
  const { clientId, accountId } = payload
  if (typeof clientId !== 'string' || (await needs.findClientMetadata(clientId)) === undefined) return false
  return typeof accountId !== 'string' || (await needs.isAccountActive(accountId))
}

type FindShared = (id: string) => Promise<StoredArtifact | undefined>

/**
 * Introspection and revocation ask several models for the same value in one go; the value is the key of one table,
 * so one statement answers them all. Only look-ups of the same request share an answer.
 */
function createSharedFind(needs: AdapterNeeds): FindShared {
  let pending = new Map<string, { ctx: object | undefined; found: Promise<StoredArtifact | undefined> }>()
  return (id) => {
    const ctx = currentContext()
    const known = pending.get(id)
    if (known !== undefined && known.ctx === ctx) return known.found
    if (pending.size === 0) queueMicrotask(() => (pending = new Map()))
    const found = findArtifact(needs.db, id)
    pending.set(id, { ctx, found })
    return found
  }
}

type Found = AdapterPayload | undefined | void

/** Database trouble becomes an OAuth error: never a 500 with details, and never silently "not found". */
function guarded(adapter: Partial<Adapter>): Adapter {
  const unsupported = async () => {
    throw new Error('not kept for this model')
  }
  const guard =
    <Arguments extends unknown[], Result>(work: (...values: Arguments) => Promise<Result>) =>
    async (...values: Arguments): Promise<Result> => {
      try {
        return await work(...values)
      } catch (error) {
        throw asOAuthError(error)
      }
    }
  return {
    find: guard<[string], Found>(adapter.find ?? unsupported),
    findByUid: guard<[string], Found>(adapter.findByUid ?? unsupported),
    findByUserCode: guard<[string], Found>(unsupported),
    upsert: guard<[string, AdapterPayload, number?], void>(adapter.upsert ?? unsupported),
    consume: guard<[string], void>(adapter.consume ?? unsupported),
    destroy: guard<[string], void>(adapter.destroy ?? unsupported),
    revokeByGrantId: guard<[string], void>(adapter.revokeByGrantId ?? unsupported),
  }
}

/** The server is alive and the database is not: RFC 6749 §4.1.2.1 `temporarily_unavailable`, answered with 503. */
export function temporarilyUnavailable(cause: unknown): Error {
  const error = new errors.TemporarilyUnavailable('the service is temporarily unavailable, try again shortly')
  Object.assign(error, { status: 503, statusCode: 503, expose: true, allow_redirect: false, cause })
  return error
}

function asOAuthError(error: unknown): unknown {
  if (isUnstorableText(error))
    return new errors.InvalidRequest('the request holds characters that cannot be stored')
  return isDatabaseUnavailable(error) ? temporarilyUnavailable(error) : error
}
