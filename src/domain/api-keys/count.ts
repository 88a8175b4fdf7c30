import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { KeysMeant } from './revoke-all.ts'

/** How many keys of an owner or an API have not been ended, counted up to a bound. */
export async function countKeys(
  db: Database,
  { owner, apiId }: Omit<KeysMeant, 'reason'>,
  mostCounted = 10_000,
): Promise<number> {
  const conditions = [
    sql`revoked_at is null`,
    ...(owner === undefined ? [] : [sql`owner_type = ${owner.type} and owner_id = ${owner.id}`]),
    ...(apiId === undefined ? [] : [sql`api_id = ${apiId}`]),
  ]
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from api_keys where ${sql.join(conditions, sql` and `)} limit ${mostCounted}
    ) counted`.execute(db)
  return rows[0]?.count ?? 0
}
