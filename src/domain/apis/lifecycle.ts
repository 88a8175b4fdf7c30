import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { changeDetails } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import type { Api } from './api.ts'
import { requireApi, unknownApi } from './api.ts'
import { refuseBuiltIn } from './refuse-built-in.ts'
import type { ApiChange, NewApi } from './input.ts'

const changeable = [
  'name',
  'tokenFormat',
  'signingAlg',
  'accessTokenLifetimeSeconds',
  'accountsNeedPermission',
  'accountKeys',
  'minimumAcr',
] as const

/** An API as somebody saw it, and what is to change of its own row. */
export interface ApiVersion {
  readonly id: string
  readonly version: number
  readonly changes?: Partial<Pick<Api, (typeof changeable)[number]>>
}

/** Registers an API with its scopes. Its id and identifier must be new. */
export function createApi(db: Database, api: NewApi, act: Act): Promise<Api> {
  const { scopes, ...columns } = api
  return inTransaction(db, async (trx) => {
    const created = await trx
      .insertInto('apis')
      .values({ ...columns, createdAt: act.now, updatedAt: act.now })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (created === undefined)
      throw new Refusal('conflict', 'There is an API with this identifier or id already.')
    if (scopes.length > 0) {
      await trx
        .insertInto('apiScopes')
        .values(scopes.map((scope) => ({ apiId: api.id, ...scope })))
        .execute()
    }
    const details = { identifier: api.identifier, name: api.name, scopes: scopes.map(({ name }) => name) }
    await record(trx, { type: 'api.created', target: target(api.id), details }, act)
    return requireApi(trx, api.id)
  })
}

/** Changes an API; refuses with `conflict` if it is no longer at the version the change was made from. */
export function changeApi(db: Database, change: ApiChange, act: Act): Promise<Api> {
  const { id, version } = change
  return inTransaction(db, async (trx) => {
    const current = await requireApi(trx, id)
    refuseBuiltIn(current, 'API')
    if (current.version !== version) throw changedMeanwhile()
    const members = changeable.filter((name) => change[name] !== undefined && change[name] !== current[name])
    if (members.length === 0) return current
    const changes = Object.fromEntries(members.map((name) => [name, change[name]]))
    await moveVersion(trx, { id, version, changes }, act)
    const details = changeDetails(members, { ...current }, changes)
    await record(trx, { type: 'api.changed', target: target(id), details }, act)
    return requireApi(trx, id)
  })
}

/** Takes an API from the version a change was made from to the next, or refuses with `conflict`. */
export async function moveVersion(db: Database, from: ApiVersion, act: Act): Promise<void> {
  const moved = await db
    .updateTable('apis')
    .set({ ...from.changes, version: from.version + 1, updatedAt: act.now })
    .where('id', '=', from.id)
    .where('version', '=', from.version)
    .executeTakeFirst()
  if (moved.numUpdatedRows !== 1n) throw changedMeanwhile()
}

/** Disables an API: nothing can be requested at it until it is enabled. Doing so twice changes nothing. */
export function disableApi(db: Database, id: string, act: Act): Promise<Api> {
  return setDisabled(db, { id, disabledAt: act.now }, act)
}

/** Enables a disabled API. Doing so twice changes nothing. */
export function enableApi(db: Database, id: string, act: Act): Promise<Api> {
  return setDisabled(db, { id, disabledAt: null }, act)
}

/** Ends every token that was issued for an API until now. Whoever may ask for another still may. */
export function endTokensOfApi(db: Database, id: string, act: Act): Promise<Api> {
  return inTransaction(db, async (trx) => {
    await requireApi(trx, id)
    await trx.updateTable('apis').set({ tokensEndBefore: act.now }).where('id', '=', id).execute()
    await record(trx, { type: 'api.tokens_ended', target: target(id) }, act)
    return requireApi(trx, id)
  })
}

/** Deletes an API with its scopes, roles and permissions. */
export function deleteApi(db: Database, id: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    const { identifier, name, builtIn } = await requireApi(trx, id)
    refuseBuiltIn({ builtIn }, 'API')
    const deleted = await trx.deleteFrom('apis').where('id', '=', id).executeTakeFirst()
    if (deleted.numDeletedRows !== 1n) throw unknownApi()
    await record(trx, { type: 'api.deleted', target: target(id), details: { identifier, name } }, act)
  })
}

function setDisabled(db: Database, to: { id: string; disabledAt: Date | null }, act: Act): Promise<Api> {
  const { id, disabledAt } = to
  return inTransaction(db, async (trx) => {
    refuseBuiltIn(await requireApi(trx, id), 'API')
    const changed = await trx
      .updateTable('apis')
      .set({ disabledAt, updatedAt: act.now, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .where('disabledAt', disabledAt === null ? 'is not' : 'is', null)
      .executeTakeFirst()
    if (changed.numUpdatedRows === 1n) {
      const type = disabledAt === null ? 'api.enabled' : 'api.disabled'
      await record(trx, { type, target: target(id) }, act)
    }
    return requireApi(trx, id)
  })
}

function changedMeanwhile(): Refusal {
  return new Refusal('conflict', 'The API was changed by somebody else meanwhile; look at it again.')
}

function target(id: string) {
  return { type: 'api', id } as const
}
