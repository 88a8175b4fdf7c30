/**
 * What happens to a key after it was made: changes, pauses, its end. A revoked key never works again and is changed no
 * more; it stays to be looked at until it is deleted.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { holdOwner } from '../apis/owner.ts'
import type { Act } from '../audit/act.ts'
import type { AuditDetail } from '../audit/record.ts'
import { changeDetails } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import { requireFuture, requireWithinCeiling } from './create.ts'
import type { ApiKey } from './find.ts'
import { requireApiKey, unknownApiKey } from './find.ts'
import type { ApiKeyChange, Revocation } from './input.ts'

/** Changes a key; refuses with `conflict` if it is no longer at the version the change was made from. */
export function changeApiKey(db: Database, change: ApiKeyChange, act: Act): Promise<ApiKey> {
  const { id, version } = change
  return inTransaction(db, async (trx) => {
    const current = await requireApiKey(trx, id)
    requireNotRevoked(current)
    if (current.version !== version) throw changedMeanwhile()
    const members = changedMembers(current, change)
    if (members.length === 0) return current
    if (members.includes('expiresAt')) requireFuture(change.expiresAt, act.now)
    const added = (change.scopes ?? []).filter((scope) => !current.scopes.includes(scope))
    // What it has already may be beyond its owner by now: that is worth nothing, and no reason to refuse a new name.
    if (added.length > 0) {
      await holdOwner(trx, current.owner)
      await requireWithinCeiling(trx, { ...current, scopes: added })
    }
    await moveVersion(trx, { id, version, changes: rowOf(change) }, act)
    const details = {
      ...changeDetails(members, { ...current }, { ...change }),
      ...scopeDetails(current, change),
    }
    await record(trx, { type: 'api_key.changed', target: target(id), details }, act)
    return requireApiKey(trx, id)
  })
}

/** Takes a key that is not revoked from one version to the next, or refuses with `conflict`. */
export async function moveVersion(
  db: Database,
  from: { readonly id: string; readonly version: number; readonly changes?: ReturnType<typeof rowOf> },
  act: Act,
): Promise<void> {
  const moved = await db
    .updateTable('apiKeys')
    .set({ ...from.changes, version: from.version + 1, updatedAt: act.now })
    .where('id', '=', from.id)
    .where('version', '=', from.version)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
  if (moved.numUpdatedRows !== 1n) throw changedMeanwhile()
}

/** Disables a key: it works again when it is enabled. Doing so twice changes nothing. */
export function disableApiKey(db: Database, id: string, act: Act): Promise<ApiKey> {
  return setDisabled(db, { id, disabledAt: act.now }, act)
}

/** Enables a disabled key. Doing so twice changes nothing. */
export function enableApiKey(db: Database, id: string, act: Act): Promise<ApiKey> {
  return setDisabled(db, { id, disabledAt: null }, act)
}

/** Ends a key for good. Doing so twice changes nothing, not even the reason. */
export function revokeApiKey(db: Database, { id, reason }: Revocation, act: Act): Promise<ApiKey> {
  return inTransaction(db, async (trx) => {
    const revoked = await trx
      .updateTable('apiKeys')
      .set({
        revokedAt: act.now,
        revocationReason: reason ?? null,
        updatedAt: act.now,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .executeTakeFirst()
    if (revoked.numUpdatedRows === 1n) {
      await record(trx, { type: 'api_key.revoked', target: target(id), details: { reason } }, act)
    }
    return requireApiKey(trx, id)
  })
}

/** Deletes a key with everything that is known of its use. The audit log keeps its id, name and owner. */
export function deleteApiKey(db: Database, id: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    const { name, owner, apiId } = await requireApiKey(trx, id)
    const deleted = await trx.deleteFrom('apiKeys').where('id', '=', id).executeTakeFirst()
    if (deleted.numDeletedRows !== 1n) throw unknownApiKey()
    const details = { name, ownerType: owner.type, ownerId: owner.id, apiId }
    await record(trx, { type: 'api_key.deleted', target: target(id), details }, act)
  })
}

/** Refuses to change what has ended. */
export function requireNotRevoked({ revokedAt }: ApiKey): void {
  if (revokedAt !== undefined) {
    throw new Refusal('conflict', 'The API key was revoked, which is for good; make another one.')
  }
}

/** A key as the target of an event. */
export function target(id: string) {
  return { type: 'api_key', id } as const
}

function setDisabled(db: Database, to: { id: string; disabledAt: Date | null }, act: Act): Promise<ApiKey> {
  const { id, disabledAt } = to
  return inTransaction(db, async (trx) => {
    requireNotRevoked(await requireApiKey(trx, id))
    const changed = await trx
      .updateTable('apiKeys')
      .set({ disabledAt, updatedAt: act.now, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .where('disabledAt', disabledAt === null ? 'is not' : 'is', null)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 1n) {
      const type = disabledAt === null ? 'api_key.enabled' : 'api_key.disabled'
      await record(trx, { type, target: target(id) }, act)
    }
    return requireApiKey(trx, id)
  })
}

const changeable = ['name', 'scopes', 'expiresAt', 'allowedAddresses', 'rateLimit', 'quota'] as const

function changedMembers(current: ApiKey, change: ApiKeyChange): string[] {
  return changeable.filter((name) => change[name] !== undefined && !same(change[name], current[name]))
}

/** Equal as JSON; null asks for what undefined is. */
function same(wanted: unknown, present: unknown): boolean {
  return JSON.stringify(wanted ?? null) === JSON.stringify(present ?? null)
}

function scopeDetails(current: ApiKey, { scopes }: ApiKeyChange): Record<string, AuditDetail> {
  if (scopes === undefined || same(scopes, current.scopes)) return {}
  return {
    scopesAdded: scopes.filter((scope) => !current.scopes.includes(scope)),
    scopesRemoved: current.scopes.filter((scope) => !scopes.includes(scope)),
  }
}

function rowOf({ name, scopes, expiresAt, allowedAddresses, rateLimit, quota }: ApiKeyChange) {
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes: [...scopes] }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(allowedAddresses !== undefined && { allowedAddresses: [...allowedAddresses] }),
    ...(rateLimit !== undefined && {
      rateLimitRequests: rateLimit?.requests ?? null,
      rateLimitSeconds: rateLimit?.seconds ?? null,
      rateLimitBurst: rateLimit?.burst ?? null,
    }),
    ...(quota !== undefined && {
      quotaRequests: quota?.requests ?? null,
      quotaPeriod: quota?.period ?? null,
    }),
  }
}

function changedMeanwhile(): Refusal {
  return new Refusal('conflict', 'The API key was changed by somebody else meanwhile; look at it again.')
}
