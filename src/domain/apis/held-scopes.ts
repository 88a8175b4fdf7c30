import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { isIdText } from '../../platform/text.ts'
import type { Owner } from './permissions.ts'

/** A scope that an owner has at an API, and why: it was given directly, by roles, or both. */
export interface HeldScope {
  readonly apiId: string
  readonly apiIdentifier: string
  readonly scope: string
  readonly direct: boolean
  readonly roles: readonly { readonly id: string; readonly name: string }[]
}

/**
 * Every scope an owner has at any API, by API and name: what people look at. What may be requested is answered by
 * `permissions.ts`, which leaves out disabled APIs.
 */
export async function heldScopes(db: Database, { type, id }: Owner): Promise<readonly HeldScope[]> {
  if (!isIdText(id)) return []
  const { rows } = await sql<HeldScope>`
    select a.id as api_id, a.identifier as api_identifier, held.scope,
      bool_or(held.role_id is null) as direct,
      coalesce(json_agg(json_build_object('id', held.role_id, 'name', held.role_name) order by held.role_name)
        filter (where held.role_id is not null), '[]') as roles
    from (
      select p.api_id, p.scope, null as role_id, null as role_name from api_permissions p
      where p.owner_type = ${type} and p.owner_id = ${id}
      union all
      select s.api_id, s.scope, r.id, r.name from role_members m
      join roles r on r.id = m.role_id join role_scopes s on s.role_id = m.role_id
      where m.owner_type = ${type} and m.owner_id = ${id}
    ) held join apis a on a.id = held.api_id
    group by a.id, a.identifier, held.scope order by a.identifier, held.scope`.execute(db)
  return rows
}
