/**
 * The adapter: how oidc-provider reaches PostgreSQL. One object per model, all with the same seven methods.
 * The library checks and then acts; here single use is decided by the database, and a loser is told so by an OAuth error.
 */
import { errors } from 'oidc-provider'
import type { Adapter, AdapterFactory } from 'oidc-provider'
import { guarded } from './adapter-errors.ts'
import { lifetimeOf, revocationReason } from './adapter-needs.ts'
import type { AdapterNeeds } from './adapter-needs.ts'
import { artifactAdapter, createSharedFind } from './artifact-adapter.ts'
import { deviceCodeAdapter } from './device-code-adapter.ts'
import { markUsed } from './artifact-use.ts'
import { findGrant, revokeGrant, upsertGrant } from './grants.ts'
import { joinedDatabase, onceCommitted } from './join.ts'
import { actOf, currentContext, stateOf } from './request-state.ts'
import { sessionAdapter } from './session-adapter.ts'

/** The factory for the library's `adapter` setting. */
export function createAdapterFactory(given: AdapterNeeds): AdapterFactory {
  // A door may have opened a transaction for what it and the library write together.
  const needs: AdapterNeeds = {
    ...given,
    get db() {
      return joinedDatabase(given.db)
    },
    announce: (change) => onceCommitted(() => given.announce(change)),
  }
  const findShared = createSharedFind(needs)
  return (model) => {
    if (model === 'Client') return guarded(clientAdapter(needs))
    if (model === 'Grant') return guarded(grantAdapter(needs))
    if (model === 'Session') return guarded(sessionAdapter(needs))
    if (model === 'ReplayDetection') return guarded(replayAdapter(needs))
    const artifacts = artifactAdapter(needs, model, findShared)
    return guarded(model === 'DeviceCode' ? deviceCodeAdapter(needs, artifacts) : artifacts)
  }
}

function clientAdapter({ findClientMetadata }: AdapterNeeds): Partial<Adapter> {
  return { find: (id) => findClientMetadata(id) }
}

function grantAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    find: (id) => findGrant(needs.db, id),
    upsert: async (id, payload, expiresIn) => {
      const grant = { id, payload: payload, lifetimeSeconds: lifetimeOf(expiresIn) }
      const written = await upsertGrant(needs.db, grant)
      if (!written) throw new errors.AccessDenied('the grant was revoked')
    },
    destroy: async (id) => {
      const ctx = currentContext()
      await revokeGrant(needs.db, { id, reason: revocationReason(ctx?.oidc.route) }, actOf(ctx, needs.now()))
      needs.announce({ kind: 'grant', id })
    },
  }
}

function replayAdapter(needs: AdapterNeeds): Partial<Adapter> {
  return {
    // Always "not seen": asking first and writing later is what lets two requests through. The insert decides.
    find: async () => undefined,
    upsert: async (id, _payload, expiresIn) => {
      const isAssertion = isClientAssertion()
      if (await markUsed(needs.db, id, lifetimeOf(expiresIn))) return
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
