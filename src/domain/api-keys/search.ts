import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { beginningWith, namePage, readNamePlace } from '../../platform/db/prefix.ts'
import type { NamePlace } from '../../platform/db/prefix.ts'
import { findApiKeys, stateCondition } from './find.ts'
import type { ApiKey, ApiKeyListQuery } from './find.ts'
import { isKeyId } from './secret.ts'

/** A search by the beginning of a name or by a whole id, with the other filters of a list. */
export type ApiKeySearch = Omit<ApiKeyListQuery, 'search'> & { readonly prefix: string }

/** A page of the keys whose name begins with a text in any case, by name. */
export async function searchApiKeys(db: Database, query: ApiKeySearch, now: Date): Promise<Page<ApiKey>> {
  const { prefix, limit, after, owner, apiId, state } = query
  const { key, id } = readNamePlace(after)
  const named = sql`lower(k.name) like ${beginningWith(prefix.toLowerCase())}
    and lower(k.name) ~>=~ ${key} and (lower(k.name) ~>~ ${key} or k.id > ${id})`
  const conditions = [
    isKeyId(prefix) ? sql`k.id = ${prefix}` : named,
    ...(owner === undefined ? [] : [sql`k.owner_type = ${owner.type} and k.owner_id = ${owner.id}`]),
    ...(apiId === undefined ? [] : [sql`k.api_id = ${apiId}`]),
    ...(state === undefined ? [] : [stateCondition(state, now)]),
  ]
  const { rows } = await sql<NamePlace>`select k.id, lower(k.name) as key from api_keys k
    where ${sql.join(conditions, sql` and `)}
    order by lower(k.name) using ~<~, k.id limit ${limit + 1}`.execute(db)
  const page = namePage(rows, limit, (row) => row.id)
  const keys = new Map((await findApiKeys(db, page.items)).map((found) => [found.id, found]))
  return { ...page, items: page.items.flatMap((found) => keys.get(found) ?? []) }
}
