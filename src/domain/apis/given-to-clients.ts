import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'

/** What one client was given at one API: scopes directly, and roles by name. */
export interface GivenToClient {
  readonly clientId: string
  readonly apiId: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

/** What every client was given, for those who look at the installation as a whole. One statement. */
export async function givenToClients(db: Database): Promise<readonly GivenToClient[]> {
  const { rows } = await sql<GivenToClient>`
    select given.client_id, given.api_id,
      coalesce(array_agg(given.scope order by given.scope) filter (where given.scope is not null), '{}') as scopes,
      coalesce(array_agg(given.role order by given.role) filter (where given.role is not null), '{}') as roles
    from (
      select p.owner_id as client_id, p.api_id, p.scope, null as role from api_permissions p
      where p.owner_type = 'client'
      union all
      select m.owner_id, r.api_id, null, r.name from role_members m join roles r on r.id = m.role_id
      where m.owner_type = 'client'
    ) given group by given.client_id, given.api_id`.execute(db)
  return rows
}
