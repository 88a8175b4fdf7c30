import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { namePage, readTimePlace } from '../../platform/db/prefix.ts'
import type { NamePlace } from '../../platform/db/prefix.ts'
import { findApiKeys, stateCondition } from './find.ts'
import type { ApiKey, ApiKeyListQuery } from './find.ts'

/** The filters of a list, but for a search: that goes by name. */
export type ByExpiryQuery = Omit<ApiKeyListQuery, 'search' | 'notUnderPepper'>

/** A page of the keys that have an end and were not revoked, the soonest end first. Answered by the index of ends. */
export async function listApiKeysByExpiry(
  db: Database,
  { limit, after, owner, apiId, state }: ByExpiryQuery,
  now: Date,
): Promise<Page<ApiKey>> {
  const { key, id } = readTimePlace(after)
  const conditions = [
    sql`k.expires_at is not null and k.revoked_at is null`,
    ...(after === undefined ? [] : [sql`(k.expires_at, k.id) > (${key}::timestamptz, ${id})`]),
    ...(owner === undefined ? [] : [sql`k.owner_type = ${owner.type} and k.owner_id = ${owner.id}`]),
    ...(apiId === undefined ? [] : [sql`k.api_id = ${apiId}`]),
    ...(state === undefined ? [] : [stateCondition(state, now)]),
  ]
  const { rows } = await sql<NamePlace>`select k.id, k.expires_at::text as key from api_keys k
    where ${sql.join(conditions, sql` and `)}
    order by k.expires_at, k.id limit ${limit + 1}`.execute(db)
  const page = namePage(rows, limit, (row) => row.id)
  const keys = new Map((await findApiKeys(db, page.items)).map((found) => [found.id, found]))
  return { ...page, items: page.items.flatMap((found) => keys.get(found) ?? []) }
}
