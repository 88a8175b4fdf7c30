import { sql } from 'kysely'
import type { Database } from '../platform/db/open.ts'

/** How many people a client may act for at this moment. */
export async function countPeopleOfClient(db: Database, clientId: string, now: Date): Promise<number> {
  const { rows } = await sql<{
    people: number
  }>`select count(distinct account_id)::int as people from oidc_grants
    where client_id = ${clientId} and revoked_at is null and expires_at > ${now}`.execute(db)
  return rows[0]?.people ?? 0
}
