import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Api } from './api.ts'
import { requireApi } from './api.ts'
import { refuseBuiltIn } from './refuse-built-in.ts'
import type { ScopesChange } from './input.ts'
import { moveVersion } from './lifecycle.ts'

/**
 * Gives an API exactly these scopes. One that is no longer among them is taken from every role and every owner too,
 * which is why the change must be made from the present version.
 */
export function setScopes(db: Database, change: ScopesChange, act: Act): Promise<Api> {
  const { apiId, version, scopes } = change
  return inTransaction(db, async (trx) => {
    const current = await requireApi(trx, apiId)
    refuseBuiltIn(current, 'API')
    const before = new Map(current.scopes.map(({ name, description }) => [name, description]))
    const after = new Set(scopes.map(({ name }) => name))
    const added = scopes.filter(({ name }) => !before.has(name))
    const removed = [...before.keys()].filter((name) => !after.has(name))
    const described = scopes.filter(
      ({ name, description }) => before.has(name) && before.get(name) !== description,
    )
    // Always asked, so that a stale view is told so even when it would change nothing.
    if (current.version === version && added.length + removed.length + described.length === 0) return current
    await moveVersion(trx, { id: apiId, version }, act)
    await removeScopes(trx, apiId, removed)
    await writeScopes(trx, apiId, [...added, ...described])
    const details = {
      scopesAdded: added.map(({ name }) => name),
      scopesRemoved: removed,
      scopesDescribed: described.map(({ name }) => name),
    }
    await record(trx, { type: 'api.changed', target: { type: 'api', id: apiId }, details }, act)
    return requireApi(trx, apiId)
  })
}

async function removeScopes(db: Database, apiId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await db.deleteFrom('apiScopes').where('apiId', '=', apiId).where('name', 'in', names).execute()
}

async function writeScopes(db: Database, apiId: string, scopes: ScopesChange['scopes']): Promise<void> {
  if (scopes.length === 0) return
  await db
    .insertInto('apiScopes')
    .values(scopes.map((scope) => ({ apiId, ...scope })))
    .onConflict((conflict) =>
      conflict
        .columns(['apiId', 'name'])
        .doUpdateSet((eb) => ({ description: eb.ref('excluded.description') })),
    )
    .execute()
}
