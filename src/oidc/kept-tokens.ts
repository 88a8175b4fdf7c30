import { sql } from 'kysely'
import type { Database } from '../platform/db/open.ts'

/** A code, token or request under way that is kept for an account, without what it could be presented with. */
export interface KeptToken {
  /** What it is, such as `AccessToken`. */
  readonly model: string
  readonly clientId: string | null
  readonly scope: string | null
  readonly expiresAt: Date
  readonly consumedAt: Date | null
}

/** A grant that an account gave, living or ended. */
export interface KeptGrant {
  readonly id: string
  readonly clientId: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

/** What of the protocol is kept for an account, for its owner to read. */
export async function keptOfProtocol(
  db: Database,
  accountId: string,
): Promise<{ readonly tokens: readonly KeptToken[]; readonly grants: readonly KeptGrant[] }> {
  const { rows: tokens } = await sql<KeptToken>`
    select model, payload ->> 'clientId' as client_id, payload ->> 'scope' as scope, expires_at, consumed_at
    from oidc_artifacts where account_id = ${accountId} order by expires_at, id_hash`.execute(db)
  const grants = await db
    .selectFrom('oidcGrants')
    .select(['id', 'clientId', 'createdAt', 'expiresAt', 'revokedAt'])
    .where('accountId', '=', accountId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
  return { tokens, grants }
}
