/** API keys in answers, and how routes name one. */
import { z } from 'zod'
import { findApiKey, keyStates, stateOf } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { newApiKey } from '../../domain/api-keys/input.ts'
import { rotationEvidence } from '../../domain/api-keys/rotate.ts'
import type { Database } from '../../platform/db/open.ts'
import { apiIdText, keyIdText } from './ids.ts'
import { iso, maybeTime, ownerSchema, time } from './json.ts'
import type { RouteAnswer } from './route.ts'

const secretSchema = z.strictObject({
  slot: z.int(),
  created_at: time,
  expires_at: maybeTime,
  last_used_at: maybeTime,
  last_used_address: z.string().nullable(),
  last_used_user_agent: z.string().nullable(),
})

/** A key in an answer, without anything that could be presented. */
export const keySchema = z.strictObject({
  id: keyIdText,
  name: z.string(),
  state: z.enum(keyStates),
  owner: ownerSchema,
  api_id: apiIdText,
  api_identifier: z.string(),
  scopes: z.array(z.string()),
  expires_at: maybeTime,
  allowed_addresses: z.array(z.string()),
  rate_limit: newApiKey.shape.rateLimit.unwrap().nullable(),
  quota: newApiKey.shape.quota.unwrap().nullable(),
  disabled_at: maybeTime,
  revoked_at: maybeTime,
  revocation_reason: z.string().nullable(),
  created_at: time,
  updated_at: time,
  version: z.int(),
  secrets: z.array(secretSchema),
  rotation: z
    .strictObject({
      rotated_at: time,
      overlap_ends_at: time,
      under_way: z.boolean(),
      old_used_since_rotation: z.boolean(),
    })
    .nullable(),
})

/** A key that was just given a secret. */
export const newKeySchema = keySchema.extend({ key: z.string().describe('Told this once.') })

/** The key of a room as the answer says it. */
export function keyJson(key: ApiKey, now: Date): z.input<typeof keySchema> {
  const evidence = rotationEvidence(key, now)
  return {
    id: key.id,
    name: key.name,
    state: stateOf(key, now),
    owner: key.owner,
    api_id: key.apiId,
    api_identifier: key.apiIdentifier,
    scopes: [...key.scopes],
    expires_at: iso(key.expiresAt),
    allowed_addresses: [...key.allowedAddresses],
    rate_limit: key.rateLimit ?? null,
    quota: key.quota ?? null,
    disabled_at: iso(key.disabledAt),
    revoked_at: iso(key.revokedAt),
    revocation_reason: key.revocationReason ?? null,
    created_at: iso(key.createdAt),
    updated_at: iso(key.updatedAt),
    version: key.version,
    secrets: key.secrets.map((secret) => ({
      slot: secret.slot,
      created_at: iso(secret.createdAt),
      expires_at: iso(secret.expiresAt),
      last_used_at: iso(secret.lastUsedAt),
      last_used_address: secret.lastUsedAddress ?? null,
      last_used_user_agent: secret.lastUsedUserAgent ?? null,
    })),
    rotation:
      evidence === undefined
        ? null
        : {
            rotated_at: iso(evidence.rotatedAt),
            overlap_ends_at: iso(evidence.overlapEndsAt),
            under_way: evidence.underWay,
            old_used_since_rotation: evidence.oldUsedSinceRotation,
          },
  }
}

/** What a key route names in its path. */
export const keyParams = { key_id: keyIdText }

/** The version of a key, for changes that must name it. */
export async function keyVersion(
  db: Database,
  { key_id: id }: { readonly key_id: string },
): Promise<number | undefined> {
  return (await findApiKey(db, id))?.version
}

/** A key's answer, with its version. */
export function keyAnswer(key: ApiKey, now: Date, text?: string): RouteAnswer {
  return {
    body: { ...keyJson(key, now), ...(text !== undefined && { key: text }) },
    version: key.version,
    changed: [{ kind: 'api_key', id: key.id }],
  }
}
