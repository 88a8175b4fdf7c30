import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'

/** How many keys of an API hold one of its scopes and were not ended, counted up to a bound. */
export async function countKeysWithScope(
  db: Database,
  { apiId, scope }: { readonly apiId: string; readonly scope: string },
  mostCounted = 10_000,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from api_keys where api_id = ${apiId} and revoked_at is null and ${scope} = any (scopes)
      limit ${mostCounted}
    ) counted`.execute(db)
  return rows[0]?.count ?? 0
}
