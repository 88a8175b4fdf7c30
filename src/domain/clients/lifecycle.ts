import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { changeDetails } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import type { Client } from './client.ts'
import { requireClient, unknownClient } from './client.ts'
import type { ClientMetadata } from './metadata.ts'
import { refuseOwnClient } from './own-clients.ts'
import type { ClientSettingsChange } from './settings.ts'
import { checkSettings, tokenRateColumns } from './settings.ts'

/** A change of a client, made by somebody who saw it at `version`. Metadata is replaced as a whole. */
export interface ClientChange extends ClientSettingsChange {
  readonly id: string
  readonly version: number
  readonly metadata?: ClientMetadata | undefined
}

/** Changes a client; refuses with `conflict` if it is no longer at the version the change was made from. */
export function changeClient(db: Database, change: ClientChange, act: Act): Promise<Client> {
  refuseOwnClient(change.id)
  return inTransaction(db, async (trx) => {
    const current = await requireClient(trx, change.id)
    const next = {
      metadata: change.metadata ?? current.metadata,
      firstParty: change.firstParty ?? current.firstParty,
      pkceRequired: change.pkceRequired ?? current.pkceRequired,
      refreshGraceSeconds: change.refreshGraceSeconds ?? current.refreshGraceSeconds,
      verified: change.verified ?? current.verified,
      optionalScopes: [...(change.optionalScopes ?? current.optionalScopes)],
      tokenRateLimit: change.tokenRateLimit === undefined ? current.tokenRateLimit : change.tokenRateLimit,
    }
    checkSettings(next, next.metadata)
    if (current.version !== change.version) throw changedMeanwhile()
    const members = changedMembers(current, next)
    if (members.length === 0) return current
    const { tokenRateLimit, ...same } = next
    const updated = await trx
      .updateTable('clients')
      .set({
        ...same,
        ...tokenRateColumns(tokenRateLimit),
        metadata: JSON.stringify(next.metadata),
        name: next.metadata.client_name,
        updatedAt: act.now,
      })
      .set({ version: change.version + 1 })
      .where('id', '=', change.id)
      .where('version', '=', change.version)
      .executeTakeFirst()
    if (updated.numUpdatedRows !== 1n) throw changedMeanwhile()
    const details = changeDetails(members, valuesOf(current), valuesOf(next))
    await record(trx, { type: 'client.changed', target: target(change.id), details }, act)
    return requireClient(trx, change.id)
  })
}

/** Disables a client: from now on it is refused everything. Doing so twice changes nothing. */
export function disableClient(db: Database, id: string, act: Act): Promise<Client> {
  return setDisabled(db, { id, disabledAt: act.now }, act)
}

/** Enables a disabled client. Doing so twice changes nothing. */
export function enableClient(db: Database, id: string, act: Act): Promise<Client> {
  return setDisabled(db, { id, disabledAt: null }, act)
}

/** Makes everything worthless that was issued to a client until now. The caller records why, in the same transaction. */
export async function endTokensOfClient(db: Database, id: string, act: Act): Promise<void> {
  await db.updateTable('clients').set({ tokensEndBefore: act.now }).where('id', '=', id).execute()
}

/** Deletes a client with its secrets, permissions and roles. */
export function deleteClient(db: Database, id: string, act: Act): Promise<void> {
  refuseOwnClient(id)
  return inTransaction(db, async (trx) => {
    const { name } = await requireClient(trx, id)
    const deleted = await trx.deleteFrom('clients').where('id', '=', id).executeTakeFirst()
    if (deleted.numDeletedRows !== 1n) throw unknownClient()
    await record(trx, { type: 'client.deleted', target: target(id), details: { name } }, act)
  })
}

function setDisabled(db: Database, to: { id: string; disabledAt: Date | null }, act: Act): Promise<Client> {
  const { id, disabledAt } = to
  refuseOwnClient(id)
  return inTransaction(db, async (trx) => {
    await requireClient(trx, id)
    const changed = await trx
      .updateTable('clients')
      .set({ disabledAt, updatedAt: act.now, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .where('disabledAt', disabledAt === null ? 'is not' : 'is', null)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 1n) {
      const type = disabledAt === null ? 'client.enabled' : 'client.disabled'
      await record(trx, { type, target: target(id) }, act)
    }
    return requireClient(trx, id)
  })
}

const settingNames = [
  'firstParty',
  'pkceRequired',
  'refreshGraceSeconds',
  'verified',
  'optionalScopes',
  'tokenRateLimit',
] as const

function changedMembers(
  current: Client,
  next: Pick<Client, (typeof settingNames)[number] | 'metadata'>,
): string[] {
  const settings = settingNames.filter((name) => !isDeepStrictEqual(current[name], next[name]))
  const before = new Map(Object.entries(current.metadata))
  const after = new Map(Object.entries(next.metadata))
  const names = new Set([...before.keys(), ...after.keys()])
  const members = [...names].filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)))
  return [...members, ...settings].sort()
}

/** Metadata and settings beside each other; secrets are in neither. */
function valuesOf(client: { readonly metadata: ClientMetadata }): Record<string, unknown> {
  return { ...client.metadata, ...client }
}

function changedMeanwhile(): Refusal {
  return new Refusal('conflict', 'The client was changed by somebody else meanwhile; look at it again.')
}

function target(id: string) {
  return { type: 'client', id } as const
}
