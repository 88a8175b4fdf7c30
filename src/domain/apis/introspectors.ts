import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { isIdText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { requireApi } from './api.ts'
import type { Introspector } from './input.ts'
import { holdOwner } from './owner.ts'

const identifiersByIntrospector = statement<{ identifier: string }>(
  'apis_by_introspector',
  `select a.identifier from api_introspectors i join apis a on a.id = i.api_id
   where i.client_id = $1 and a.disabled_at is null order by a.identifier`,
)

/** Lets a client ask about tokens for an API. Says whether that is new. */
export function addIntrospector(db: Database, given: Introspector, act: Act): Promise<boolean> {
  const { apiId, clientId } = given
  return inTransaction(db, async (trx) => {
    await holdOwner(trx, { type: 'client', id: clientId })
    await requireApi(trx, apiId)
    const added = await trx
      .insertInto('apiIntrospectors')
      .values({ apiId, clientId })
      .onConflict((conflict) => conflict.doNothing())
      .returning('clientId')
      .executeTakeFirst()
    if (added === undefined) return false
    await recordChange(trx, { apiId, details: { introspectorsAdded: [clientId] } }, act)
    return true
  })
}

/** Stops a client from asking about tokens for an API. Says whether it could before. */
export function removeIntrospector(db: Database, given: Introspector, act: Act): Promise<boolean> {
  const { apiId, clientId } = given
  return inTransaction(db, async (trx) => {
    await requireApi(trx, apiId)
    const removed = await trx
      .deleteFrom('apiIntrospectors')
      .where('apiId', '=', apiId)
      .where('clientId', '=', clientId)
      .executeTakeFirst()
    if (removed.numDeletedRows === 0n) return false
    await recordChange(trx, { apiId, details: { introspectorsRemoved: [clientId] } }, act)
    return true
  })
}

/** The identifiers of the enabled APIs a client may introspect for. One statement. */
export async function apisIntrospectedBy(db: Database, clientId: string): Promise<readonly string[]> {
  if (!isIdText(clientId)) return []
  const rows = await run(db, identifiersByIntrospector, [clientId])
  return rows.map(({ identifier }) => identifier)
}

async function recordChange(
  db: Database,
  change: { apiId: string; details: Record<string, readonly string[]> },
  act: Act,
): Promise<void> {
  const { apiId, details } = change
  await record(db, { type: 'api.changed', target: { type: 'api', id: apiId }, details }, act)
}
