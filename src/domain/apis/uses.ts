/** Who depends on an API or on some of its scopes: what people are told before they take it away. */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { findApiById } from './api.ts'
import type { Api } from './api.ts'
import type { Owner } from './permissions.ts'

/** How many have something at an API, directly or through roles, and how many roles name it. */
export interface ApiUses {
  readonly clients: number
  readonly accounts: number
  readonly roles: number
}

/** Somebody who may request scopes at an API, and which. */
export interface PermittedOwner {
  readonly id: string
  readonly scopes: readonly string[]
}

const held = sql`(
  select p.api_id, p.scope, p.owner_type, p.owner_id from api_permissions p
  union all
  select s.api_id, s.scope, m.owner_type, m.owner_id from role_members m join role_scopes s on s.role_id = m.role_id
) held`

/** Who uses an API; with `scope`, who uses that one scope. */
export async function usesOfApi(
  db: Database,
  { apiId, scope }: { readonly apiId: string; readonly scope?: string },
): Promise<ApiUses> {
  const ofScope = scope === undefined ? sql`` : sql`and held.scope = ${scope}`
  const roles =
    scope === undefined
      ? sql`select count(*)::int from roles r where r.api_id = ${apiId}`
      : sql`select count(*)::int from role_scopes s where s.api_id = ${apiId} and s.scope = ${scope}`
  const { rows } = await sql<ApiUses>`select
      count(distinct held.owner_id) filter (where held.owner_type = 'client')::int as clients,
      count(distinct held.owner_id) filter (where held.owner_type = 'account')::int as accounts,
      (${roles}) as roles
    from ${held} where held.api_id = ${apiId} ${ofScope}`.execute(db)
  return rows[0] ?? { clients: 0, accounts: 0, roles: 0 }
}

/** Some of those of one sort who may request scopes at an API, by id; one more than `limit` says that there are more. */
export async function permittedAt(
  db: Database,
  query: { readonly apiId: string; readonly type: Owner['type']; readonly limit: number },
): Promise<readonly PermittedOwner[]> {
  const { apiId, type, limit } = query
  const { rows } = await sql<PermittedOwner>`
    select held.owner_id as id, array_agg(distinct held.scope order by held.scope) as scopes
    from ${held} where held.api_id = ${apiId} and held.owner_type = ${type}
    group by held.owner_id order by held.owner_id limit ${limit + 1}`.execute(db)
  return rows
}

/** The APIs that a client may ask about, by identifier; at most a hundred. */
export async function apisAskedAboutBy(db: Database, clientId: string): Promise<readonly Api[]> {
  const rows = await db
    .selectFrom('apiIntrospectors')
    .innerJoin('apis', 'apis.id', 'apiIntrospectors.apiId')
    .select('apis.id')
    .where('apiIntrospectors.clientId', '=', clientId)
    .orderBy('apis.identifier')
    .limit(100)
    .execute()
  const apis = await Promise.all(rows.map(({ id }) => findApiById(db, id)))
  return apis.filter((api) => api !== undefined)
}
