import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { requireApi } from './api.ts'
import type { Introspector } from './input.ts'
import { holdOwner } from './owner.ts'

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

async function recordChange(
  db: Database,
  change: { apiId: string; details: Record<string, readonly string[]> },
  act: Act,
): Promise<void> {
  const { apiId, details } = change
  await record(db, { type: 'api.changed', target: { type: 'api', id: apiId }, details }, act)
}
