import { errors } from 'oidc-provider'
import type { Adapter } from 'oidc-provider'
import { record } from '../domain/audit/record.ts'
import type { AuditEvent } from '../domain/audit/record.ts'
import { sha256Hex } from '../platform/crypto/digest.ts'
import { retryOnConflict } from '../platform/db/failures.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { lifetimeOf, revocationReason } from './adapter-needs.ts'
import type { AdapterNeeds } from './adapter-needs.ts'
import { deleteArtifact, deleteArtifactsOfGrant, revokeArtifact } from './artifact-end.ts'
import { consumeArtifact } from './artifact-use.ts'
import { findArtifact, upsertArtifact } from './artifacts.ts'
import type { Payload, StoredArtifact } from './artifacts.ts'
import { actOf, currentContext, stateOf } from './request-state.ts'
import { refuseNulInPushedRequest } from './refuse-nul.ts'

/** Artifacts that are written with the rest of their token request instead of at once. */
const issuedTokens = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken'])
/** Artifacts that are worth nothing once their client or account is disabled. */
const credentials = new Set([
  'AccessToken',
  'ClientCredentials',
  'RefreshToken',
  'AuthorizationCode',
  'DeviceCode',
])

/** The adapter of one model whose rows are artifacts. */
export function artifactAdapter(
  needs: AdapterNeeds,
  model: string,
  findShared: FindShared,
): Partial<Adapter> {
  return {
    find: async (id) => {
      const stored = await findShared(id)
      if (stored === undefined || stored.model !== model) return undefined
      if (credentials.has(model) && !(await isOwnerActive(needs, stored.payload))) return undefined
      const consumed = await isConsumed(needs, stored)
      const payload = { ...stored.payload, ...wayBack(stored.payload, idInItsPlace, id) }
      return { ...payload, jti: id, kind: model, ...(consumed && { consumed: true }) }
    },
    upsert: async (id, payload, expiresIn) => {
      const kept = { ...(payload as Payload), ...wayBack(payload, id, idInItsPlace) }
      const artifact = { id, model, payload: kept, lifetimeSeconds: lifetimeOf(expiresIn) }
      refuseNulInPushedRequest(artifact.payload)
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
    destroy: (id) => (model === 'Interaction' ? endInteraction(needs, id) : endArtifact(needs, id, model)),
    revokeByGrantId: async (grantId) => {
      // The library asks once per model; the table holds all of them.
      const ctx = currentContext()
      const done = ctx === undefined ? undefined : (stateOf(ctx).revokedGrants ?? rememberRevoked(ctx))
      if (done?.has(grantId) === true) return
      done?.add(grantId)
      await retryOnConflict(() => deleteArtifactsOfGrant(needs.db, grantId))
      needs.announce({ kind: 'grant', id: grantId })
    },
  }
}

// No id has these characters.
const idInItsPlace = '{id}'

/**
 * Where a sign-in goes on names the sign-in, and its id is a cookie's value: kept in clear, whoever reads the table could go
 * on in somebody's place.
 */
function wayBack({ returnTo }: Payload, from: string, to: string): { readonly returnTo?: string } {
  return typeof returnTo === 'string' ? { returnTo: returnTo.replaceAll(from, to) } : {}
}

/** Finds an artifact, together with whoever asks for the same one in the same go. */
export type FindShared = (id: string) => Promise<StoredArtifact | undefined>

/**
 * Introspection and revocation ask several models for the same value in one go; the value is the key of one table,
 * so one statement answers them all. Only look-ups of the same request share an answer.
 */
export function createSharedFind(needs: AdapterNeeds): FindShared {
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

function lostRace(model: string): Error {
  if (model === 'PushedAuthorizationRequest') {
    return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
  }
  return new errors.InvalidGrant('it was used by another request at the same moment')
}

/** One that somebody goes on with as the account it names ends with the writing of their session (`takeHeldSignIn`). */
async function endInteraction({ db }: AdapterNeeds, id: string): Promise<void> {
  const ctx = currentContext()
  const result = ctx?.oidc.entities.Interaction?.result
  if (ctx === undefined || result?.login === undefined || result.error !== undefined) {
    return deleteArtifact(db, id, 'Interaction')
  }
  stateOf(ctx).heldSignIn = id
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
    await revokeArtifact(trx, id, model)
    await record(trx, event, actOf(ctx, needs.now()))
  })
  needs.announce({ kind: 'token', id: sha256Hex(id) })
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
