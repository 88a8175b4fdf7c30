/**
 * The API that the server itself offers: its rows come with the schema, and what they say is the program's, not an
 * operator's. Everything else in this room refuses to change it.
 */
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { requireApi } from './api.ts'
import type { ApiScope } from './input.ts'
import { rolesOfApi } from './roles.ts'

/** What the built-in API is. Its roles have their ids from the schema. */
export interface BuiltInApi {
  readonly id: string
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly ApiScope[]
  readonly roles: readonly BuiltInRole[]
}

/** A role that comes with it. */
export interface BuiltInRole {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
}

/** Makes the stored API what the program says it is; answers whether anything had to change. */
export async function ensureBuiltInApi(db: Database, api: BuiltInApi, act: Act): Promise<boolean> {
  if (await isAsDescribed(db, api)) return false
  return inTransaction(db, async (trx) => {
    // One instance at a time; the others look again and find nothing to do.
    await trx.selectFrom('apis').select('id').where('id', '=', api.id).forUpdate().execute()
    if (await isAsDescribed(trx, api)) return false
    await writeApi(trx, api, act)
    for (const role of api.roles) await writeRole(trx, { ...role, apiId: api.id }, act)
    const details = { identifier: api.identifier, scopes: api.scopes.map(({ name }) => name) }
    await record(trx, { type: 'api.changed', target: { type: 'api', id: api.id }, details }, act)
    return true
  })
}

async function isAsDescribed(db: Database, api: BuiltInApi): Promise<boolean> {
  const stored = await requireApi(db, api.id)
  const roles = (await rolesOfApi(db, api.id)).filter(({ builtIn }) => builtIn)
  return isDeepStrictEqual(
    [stored.identifier, stored.name, stored.scopes, roles.map(described).sort(byId)],
    [api.identifier, api.name, [...api.scopes].sort(byName), api.roles.map(described).sort(byId)],
  )
}

function described({ id, name, description, scopes }: BuiltInRole): BuiltInRole {
  return { id, name, description, scopes: [...scopes].sort() }
}

async function writeApi(db: Database, { id, identifier, name, scopes }: BuiltInApi, act: Act): Promise<void> {
  await db
    .updateTable('apis')
    .set({ identifier, name, updatedAt: act.now, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute()
  const names = scopes.map((scope) => scope.name)
  await db.deleteFrom('apiScopes').where('apiId', '=', id).where('name', 'not in', names).execute()
  await db
    .insertInto('apiScopes')
    .values(scopes.map((scope) => ({ apiId: id, name: scope.name, description: scope.description })))
    .onConflict((conflict) =>
      conflict
        .columns(['apiId', 'name'])
        .doUpdateSet((eb) => ({ description: eb.ref('excluded.description') })),
    )
    .execute()
}

async function writeRole(db: Database, role: BuiltInRole & { readonly apiId: string }, act: Act) {
  const { id, apiId, name, description, scopes } = role
  await db
    .updateTable('roles')
    .set({ name, description, updatedAt: act.now, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute()
  await db.deleteFrom('roleScopes').where('roleId', '=', id).where('scope', 'not in', scopes).execute()
  await db
    .insertInto('roleScopes')
    .values(scopes.map((scope) => ({ roleId: id, apiId, scope })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1
}

function byName(left: ApiScope, right: ApiScope): number {
  return left.name < right.name ? -1 : 1
}
