/** The apps an account is connected with: what each may do, since when, and the end of it. */
import { sql } from 'kysely'
import { z } from 'zod'
import type { Act } from '../domain/audit/act.ts'
import { record } from '../domain/audit/record.ts'
import { ownClientIds } from '../domain/clients/own-clients.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'

/** An app and what it holds. */
export interface ConnectedApp {
  readonly clientId: string
  readonly name: string
  readonly firstParty: boolean
  readonly clientUri: string | undefined
  readonly since: Date
  readonly oidcScopes: readonly string[]
  /** Scopes by the identifier of their API. */
  readonly resourceScopes: Readonly<Record<string, readonly string[]>>
}

const resources = z.record(z.string(), z.array(z.string()))

interface AppRow {
  readonly clientId: string
  readonly name: string
  readonly firstParty: boolean
  readonly clientUri: string | null
  readonly since: Date
  readonly oidcScopes: readonly string[]
  readonly resourceScopes: unknown
}

/**
 * The apps of an account, the newest first: those it agreed to something at, and those of the installation that it used
 * and that still have a living grant.
 */
export async function listConnectedApps(db: Database, accountId: string): Promise<ConnectedApp[]> {
  const { rows } = await sql<AppRow>`
    with given as (
      select client_id, created_at as since, oidc_scope as scope, resource_scopes as resources
      from consents where account_id = ${accountId}
      union all
      select client_id, created_at, coalesce(payload #>> '{openid,scope}', ''), coalesce(payload -> 'resources', '{}')
      from oidc_grants where account_id = ${accountId} and revoked_at is null and expires_at > now()
    )
    select c.id as client_id, c.name, c.first_party, c.metadata ->> 'client_uri' as client_uri,
      min(given.since) as since,
      array(select distinct word from given g, regexp_split_to_table(g.scope, ' ') word
        where g.client_id = c.id and word <> '' order by word) as oidc_scopes,
      coalesce((select jsonb_object_agg(resource, words) from (
        select entry.key as resource, jsonb_agg(distinct word order by word) as words
        from given g, jsonb_each_text(g.resources) entry, regexp_split_to_table(entry.value, ' ') word
        where g.client_id = c.id and word <> '' group by entry.key) named), '{}') as resource_scopes
    from given join clients c on c.id = given.client_id
    where c.id <> all(${ownClientIds}::text[])
    group by c.id order by since desc, c.id limit 200`.execute(db)
  return rows.map((row) => ({
    ...row,
    clientUri: row.clientUri ?? undefined,
    resourceScopes: resources.parse(row.resourceScopes),
  }))
}

/** Which app of whom. */
export interface AppOf {
  readonly accountId: string
  readonly clientId: string
}

/**
 * Takes back everything an account gave a client: what it agreed to, and every grant with its tokens. Answers with the ended
 * grants; undefined if the client held nothing.
 */
export function disconnectApp(
  db: Database,
  { accountId, clientId }: AppOf,
  act: Act,
): Promise<readonly string[] | undefined> {
  return inTransaction(db, async (trx) => {
    const consent = await trx
      .deleteFrom('consents')
      .where('accountId', '=', accountId)
      .where('clientId', '=', clientId)
      .executeTakeFirstOrThrow()
    const grants = await trx
      .updateTable('oidcGrants')
      .set({ revokedAt: act.now })
      .where('accountId', '=', accountId)
      .where('clientId', '=', clientId)
      .where('revokedAt', 'is', null)
      .returning('id')
      .execute()
    const ids = grants.map(({ id }) => id)
    if (consent.numDeletedRows === 0n && ids.length === 0) return undefined
    if (ids.length > 0) await trx.deleteFrom('oidcArtifacts').where('grantId', 'in', ids).execute()
    const details = { account_id: accountId, grants: ids.length }
    await record(trx, { type: 'consent.withdrawn', target: { type: 'client', id: clientId }, details }, act)
    return ids
  })
}
