/**
 * What decides about a key that was presented, and nothing else of it: found for many keys in one statement, on every
 * question about a key that is not in memory.
 */
import type { ApiKey, ApiKeySecret } from './find.ts'
import { quotaOfColumns } from './key-row.ts'
import type { KeyRow } from './key-row.ts'
import type { Slot } from './secret.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { rateOfColumns } from '../../platform/rate.ts'

/** A key as whoever judges it needs it. */
export interface PresentedKey extends Pick<
  ApiKey,
  | 'id'
  | 'owner'
  | 'apiIdentifier'
  | 'scopes'
  | 'expiresAt'
  | 'allowedAddresses'
  | 'rateLimit'
  | 'quota'
  | 'disabledAt'
  | 'revokedAt'
  | 'revocationReason'
  | 'createdAt'
> {
  /** Two while the key is being rotated, one whose time is over among them. */
  readonly secrets: readonly PresentedSecret[]
}

/** What a presented secret is compared with. */
export type PresentedSecret = Pick<ApiKeySecret, 'slot' | 'hash' | 'pepperId' | 'expiresAt'>

interface PresentedRow extends Pick<
  KeyRow,
  | 'id'
  | 'ownerType'
  | 'ownerId'
  | 'apiIdentifier'
  | 'scopes'
  | 'allowedAddresses'
  | 'expiresAt'
  | 'rateLimitRequests'
  | 'rateLimitSeconds'
  | 'rateLimitBurst'
  | 'quotaRequests'
  | 'quotaPeriod'
  | 'disabledAt'
  | 'revokedAt'
  | 'revocationReason'
> {
  readonly createdAtMilliseconds: number
  readonly slot: Slot | null
  readonly secretHash: Buffer | null
  readonly pepperId: string | null
  readonly secretExpiresAt: Date | null
}

// A row for each secret.
const findPresented = statement<PresentedRow>(
  'presented_api_keys',
  `select k.id, k.owner_type as "ownerType", k.owner_id as "ownerId", a.identifier as "apiIdentifier", k.scopes,
     k.allowed_addresses as "allowedAddresses", k.expires_at as "expiresAt",
     k.rate_limit_requests as "rateLimitRequests", k.rate_limit_seconds as "rateLimitSeconds",
     k.rate_limit_burst as "rateLimitBurst", k.quota_requests as "quotaRequests", k.quota_period as "quotaPeriod",
     k.disabled_at as "disabledAt", k.revoked_at as "revokedAt", k.revocation_reason as "revocationReason",
     extract(epoch from k.created_at)::float8 * 1000 as "createdAtMilliseconds",
     s.slot, s.secret_hash as "secretHash", s.pepper_id as "pepperId", s.expires_at as "secretExpiresAt"
   from api_keys k join apis a on a.id = k.api_id left join api_key_secrets s on s.key_id = k.id
   where k.id = any($1::text[])`,
)

/** Finds keys by their ids, in the order of the ids; undefined for an id that no key has. One statement. */
export async function findPresentedKeys(
  db: Database,
  ids: readonly string[],
): Promise<(PresentedKey | undefined)[]> {
  const rowsOfKeys = Map.groupBy(await run(db, findPresented, [ids]), ({ id }) => id)
  return ids.map((id) => presentedKey(rowsOfKeys.get(id)))
}

function presentedKey(rows: readonly PresentedRow[] | undefined): PresentedKey | undefined {
  const row = rows?.[0]
  if (rows === undefined || row === undefined) return undefined
  return {
    id: row.id,
    owner: { type: row.ownerType, id: row.ownerId },
    apiIdentifier: row.apiIdentifier,
    scopes: row.scopes,
    allowedAddresses: row.allowedAddresses,
    expiresAt: row.expiresAt ?? undefined,
    rateLimit: rateOfColumns(row.rateLimitRequests, row.rateLimitSeconds, row.rateLimitBurst),
    quota: quotaOfColumns(row.quotaRequests, row.quotaPeriod),
    disabledAt: row.disabledAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    revocationReason: row.revocationReason ?? undefined,
    createdAt: new Date(row.createdAtMilliseconds),
    secrets: rows.flatMap(presentedSecret),
  }
}

function presentedSecret(row: PresentedRow): PresentedSecret[] {
  const { slot, secretHash: hash, pepperId, secretExpiresAt } = row
  if (slot === null || hash === null || pepperId === null) return []
  return [{ slot, hash, pepperId, expiresAt: secretExpiresAt ?? undefined }]
}
