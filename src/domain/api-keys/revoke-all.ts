import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Owner } from '../apis/permissions.ts'
import type { Act } from '../audit/act.ts'
import { auditRow } from '../audit/record.ts'
import { target } from './lifecycle.ts'

/** Whose keys, or which API's. */
export interface KeysMeant {
  readonly owner?: Owner | undefined
  readonly apiId?: string | undefined
  readonly reason?: string | undefined
}

// One transaction holds this many row locks and events at most; the caller asks again until nothing is left.
const mostAtOnce = 1000

/** Ends up to a thousand keys for good, the oldest first, and says which. Every key has an event of its own. */
export function revokeApiKeys(db: Database, meant: KeysMeant, act: Act): Promise<readonly string[]> {
  const { owner, apiId, reason } = meant
  if (owner === undefined && apiId === undefined) throw new Error('somebody must be meant')
  const conditions = [
    sql`revoked_at is null`,
    ...(owner === undefined ? [] : [sql`owner_type = ${owner.type} and owner_id = ${owner.id}`]),
    ...(apiId === undefined ? [] : [sql`api_id = ${apiId}`]),
  ]
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      update api_keys set revoked_at = ${act.now}, revocation_reason = ${reason ?? null}, updated_at = ${act.now},
        version = version + 1
      where id in (select id from api_keys where ${sql.join(conditions, sql` and `)}
        order by created_at, id limit ${mostAtOnce} for update)
      returning id`.execute(trx)
    const ids = rows.map(({ id }) => id)
    if (ids.length === 0) return ids
    const details = { reason, inBulk: true }
    await trx
      .insertInto('auditEvents')
      .values(ids.map((id) => auditRow({ type: 'api_key.revoked', target: target(id), details }, act)))
      .execute()
    return ids
  })
}
