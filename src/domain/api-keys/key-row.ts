/** API keys as rows: what is selected of them, and what it means. Only this room reads it. */
import type { ApiKey, ApiKeySecret } from './find.ts'
import type { Slot } from './secret.ts'
import { rateOfColumns } from '../../platform/rate.ts'

/** A row of `selectKey`. */
export interface KeyRow {
  readonly id: string
  readonly name: string
  readonly ownerType: 'account' | 'client'
  readonly ownerId: string
  readonly apiId: string
  readonly apiIdentifier: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly allowedAddresses: readonly string[]
  readonly rateLimitRequests: number | null
  readonly rateLimitSeconds: number | null
  readonly rateLimitBurst: number | null
  readonly quotaRequests: number | null
  readonly quotaPeriod: 'day' | 'month' | null
  readonly disabledAt: Date | null
  readonly revokedAt: Date | null
  readonly revocationReason: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
  readonly secrets: readonly SecretJson[]
}

interface SecretJson {
  readonly slot: Slot
  readonly hash: string
  readonly pepperId: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly lastUsedAddress: string | null
  readonly lastUsedUserAgent: string | null
}

/** Selects keys `k` with their secrets and the identifier of their API. */
export const selectKey = `select k.id, k.name, k.owner_type as "ownerType", k.owner_id as "ownerId",
  k.api_id as "apiId", a.identifier as "apiIdentifier", k.scopes, k.expires_at as "expiresAt",
  k.allowed_addresses as "allowedAddresses", k.rate_limit_requests as "rateLimitRequests",
  k.rate_limit_seconds as "rateLimitSeconds", k.rate_limit_burst as "rateLimitBurst",
  k.quota_requests as "quotaRequests", k.quota_period as "quotaPeriod",
  k.disabled_at as "disabledAt", k.revoked_at as "revokedAt", k.revocation_reason as "revocationReason",
  k.created_at as "createdAt", k.updated_at as "updatedAt", k.version,
  coalesce((select json_agg(json_build_object('slot', s.slot, 'hash', encode(s.secret_hash, 'hex'),
      'pepperId', s.pepper_id, 'createdAt', s.created_at, 'expiresAt', s.expires_at, 'lastUsedAt', s.last_used_at,
      'lastUsedAddress', s.last_used_address, 'lastUsedUserAgent', s.last_used_user_agent) order by s.slot)
    from api_key_secrets s where s.key_id = k.id), '[]') as secrets
  from api_keys k join apis a on a.id = k.api_id`

/** The key of a row. */
export function keyOfRow(row: KeyRow): ApiKey {
  const { ownerType, ownerId, quotaRequests, quotaPeriod, ...others } = row
  const { rateLimitRequests, rateLimitSeconds, rateLimitBurst, ...same } = others
  return {
    ...same,
    owner: { type: ownerType, id: ownerId },
    expiresAt: row.expiresAt ?? undefined,
    rateLimit: rateOfColumns(rateLimitRequests, rateLimitSeconds, rateLimitBurst),
    quota: quotaOfColumns(quotaRequests, quotaPeriod),
    disabledAt: row.disabledAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    revocationReason: row.revocationReason ?? undefined,
    secrets: row.secrets.map(secretOfJson),
  }
}

/** A quota from the columns that keep it. */
export function quotaOfColumns(requests: number | null, period: 'day' | 'month' | null): ApiKey['quota'] {
  return requests === null || period === null ? undefined : { requests, period }
}

function secretOfJson({ hash, ...secret }: SecretJson): ApiKeySecret {
  return {
    slot: secret.slot,
    hash: Buffer.from(hash, 'hex'),
    pepperId: secret.pepperId,
    createdAt: new Date(secret.createdAt),
    expiresAt: dateOf(secret.expiresAt),
    lastUsedAt: dateOf(secret.lastUsedAt),
    lastUsedAddress: secret.lastUsedAddress ?? undefined,
    lastUsedUserAgent: secret.lastUsedUserAgent ?? undefined,
  }
}

function dateOf(text: string | null): Date | undefined {
  return text === null ? undefined : new Date(text)
}
