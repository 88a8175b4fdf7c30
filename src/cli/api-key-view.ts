/** API keys as the command line shows them: everything but what could be presented. */
import type { ApiKey, ApiKeySecret } from '../domain/api-keys/find.ts'
import { stateOf } from '../domain/api-keys/find.ts'
import { rotationEvidence } from '../domain/api-keys/rotate.ts'
import type { RotationEvidence, SecretUse } from '../domain/api-keys/rotate.ts'
import type { Config } from '../config.ts'
import type { Rate } from '../platform/rate.ts'
import { fields, formatTime, sentence } from './output.ts'
import type { Answer, Block, Field } from './output.ts'

/** A key for programs. */
export function apiKeyJson(key: ApiKey, now: Date) {
  const evidence = rotationEvidence(key, now)
  return {
    id: key.id,
    name: key.name,
    state: stateOf(key, now),
    owner: key.owner,
    api_id: key.apiId,
    api_identifier: key.apiIdentifier,
    scopes: key.scopes,
    expires_at: key.expiresAt ?? null,
    allowed_addresses: key.allowedAddresses,
    rate_limit: key.rateLimit ?? null,
    quota: key.quota ?? null,
    disabled_at: key.disabledAt ?? null,
    revoked_at: key.revokedAt ?? null,
    revocation_reason: key.revocationReason ?? null,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    version: key.version,
    secrets: key.secrets.map(secretJson),
    rotation: evidence === undefined ? null : rotationJson(evidence),
  }
}

/** The answer of every command that ends with a key. */
export function apiKeyAnswer(key: ApiKey, now: Date, ...said: readonly string[]): Answer {
  return {
    json: apiKeyJson(key, now),
    blocks: [...said.map(sentence), fields(...keyFields(key, now)), ...rotationBlocks(key, now)],
  }
}

/** A key that was just made, or has another secret: its text this once, and how to try it. */
export function newSecretAnswer(
  { key, text, introspector }: NewSecretShown,
  { config, now }: { readonly config: Config; readonly now: Date },
  said: string,
): Answer {
  const answer = apiKeyAnswer(key, now, said)
  const caller = introspector ?? 'CLIENT_ID'
  // A key with a list is good only for a caller whose address is said and stands in it.
  const from =
    key.allowedAddresses.length === 0 ? '' : `-d client_ip=${key.allowedAddresses[0]?.split('/')[0]} `
  const curl = `curl -u ${caller}:CLIENT_SECRET -d token=${text} ${from}${config.issuer}/oauth/introspect`
  return {
    json: { ...apiKeyJson(key, now), key: text },
    blocks: [
      ...answer.blocks,
      fields(['key', text]),
      sentence('Keep the key now: it is not shown again. To see what its API is told about it:'),
      { kind: 'verbatim', text: `  ${curl}` },
    ],
  }
}

interface NewSecretShown {
  readonly key: ApiKey
  readonly text: string
  /** A client that may ask about the API's credentials. */
  readonly introspector: string | undefined
}

/** When and from where something was used last, in a few words. */
export function useText({ lastUsedAt, lastUsedAddress, lastUsedUserAgent }: Omit<SecretUse, 'slot'>): string {
  if (lastUsedAt === undefined) return 'never used'
  const from = lastUsedAddress === undefined ? '' : ` from ${lastUsedAddress}`
  const by = lastUsedUserAgent === undefined ? '' : ` by ${lastUsedUserAgent}`
  return `${formatTime(lastUsedAt)}${from}${by}`
}

/** A rate in words. */
export function rateSentence({ requests, seconds, burst }: Rate): string {
  const inOneGo = burst === undefined ? '' : `, at most ${burst} in one go`
  return `${requests} requests in ${seconds} seconds${inOneGo}`
}

function keyFields(key: ApiKey, now: Date): Field[] {
  const { rateLimit, quota, owner, revocationReason } = key
  const state = stateOf(key, now)
  return [
    ['id', key.id],
    ['name', key.name],
    ['state', revocationReason === undefined ? state : `${state}: ${revocationReason}`],
    ['owner', `${owner.type} ${owner.id}`],
    ['api', key.apiIdentifier],
    ['scopes', key.scopes],
    ['expires', key.expiresAt ?? 'never'],
    ['addresses', key.allowedAddresses.length === 0 ? 'any' : key.allowedAddresses],
    ['rate limit', rateLimit && rateSentence(rateLimit)],
    ['quota', quota && `${quota.requests} requests a ${quota.period}`],
    ['created', key.createdAt],
    ['changed', key.updatedAt],
    ['version', key.version],
    ...key.secrets.map((secret): Field => [`secret ${secret.slot}`, secretText(secret, now)]),
  ]
}

function secretText(secret: ApiKeySecret, now: Date): string {
  const { expiresAt } = secret
  if (expiresAt === undefined) return useText(secret)
  return `${expiresAt <= now ? 'expired' : 'expires'} ${formatTime(expiresAt)}; ${useText(secret)}`
}

/** What whoever rotates must know before the older secret ends. */
function rotationBlocks(key: ApiKey, now: Date): Block[] {
  const evidence = rotationEvidence(key, now)
  if (evidence === undefined || !evidence.underWay) return []
  const { oldUsedSinceRotation, oldSecret, overlapEndsAt } = evidence
  const end = `The older secret works until ${formatTime(overlapEndsAt)}.`
  const use = oldUsedSinceRotation
    ? `It is still used: ${useText(oldSecret)}.`
    : 'It was not used since the newer one was made.'
  return [sentence(`${end} ${use}`)]
}

function secretJson(secret: ApiKeySecret) {
  return { ...useJson(secret), created_at: secret.createdAt, expires_at: secret.expiresAt ?? null }
}

function rotationJson(evidence: RotationEvidence) {
  return {
    rotated_at: evidence.rotatedAt,
    overlap_ends_at: evidence.overlapEndsAt,
    under_way: evidence.underWay,
    old_used_since_rotation: evidence.oldUsedSinceRotation,
    old_secret: useJson(evidence.oldSecret),
    new_secret: useJson(evidence.newSecret),
  }
}

function useJson({ slot, lastUsedAt, lastUsedAddress, lastUsedUserAgent }: SecretUse) {
  return {
    slot,
    last_used_at: lastUsedAt ?? null,
    last_used_address: lastUsedAddress ?? null,
    last_used_user_agent: lastUsedUserAgent ?? null,
  }
}
