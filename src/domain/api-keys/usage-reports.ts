import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { isKeyId } from './secret.ts'

/** Verifications of a key within an hour that had the same outcome. */
export interface HourOfUse {
  readonly hour: Date
  readonly outcome: string
  readonly verifications: number
}

/** When a scope of a key was asked for and granted, first and last. */
export interface ScopeUse {
  readonly scope: string
  readonly firstUsedAt: Date
  readonly lastUsedAt: Date
}

/** A span of time: `from` is included, `to` is not. */
export interface TimeSpan {
  readonly from: Date
  readonly to: Date
}

/** How a key was used in a span of time, by hour and outcome, the oldest first. As much as has been written so far. */
export async function usageOf(
  db: Database,
  keyId: string,
  { from, to }: TimeSpan,
): Promise<readonly HourOfUse[]> {
  if (!isKeyId(keyId)) return []
  return db
    .selectFrom('apiKeyUsage')
    .select(['hour', 'outcome', 'verifications'])
    .where('keyId', '=', keyId)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .orderBy('hour')
    .orderBy('outcome')
    .execute()
}

/** The scopes a key exercised, by name. */
export async function scopeUsageOf(db: Database, keyId: string): Promise<readonly ScopeUse[]> {
  if (!isKeyId(keyId)) return []
  return db
    .selectFrom('apiKeyScopeUsage')
    .select(['scope', 'firstUsedAt', 'lastUsedAt'])
    .where('keyId', '=', keyId)
    .orderBy('scope')
    .execute()
}

/** The scopes a key has and nobody ever asked for with it, by name: what it could do without. */
export async function unusedScopes(db: Database, keyId: string): Promise<readonly string[]> {
  if (!isKeyId(keyId)) return []
  const { rows } = await sql<{ scope: string }>`
    select scope from api_keys k cross join unnest(k.scopes) as scope where k.id = ${keyId}
      and not exists (select from api_key_scope_usage u where u.key_id = k.id and u.scope = scope.scope)
    order by scope`.execute(db)
  return rows.map(({ scope }) => scope)
}
