/** What was presented, as far as it can be recognised, and why it is no credential that counts. */
import { searchEvents } from '../audit/search.ts'
import type { Party } from '../audit/search.ts'
import type { AuditEventType } from '../audit/events.ts'
import type { PresentedKey } from '../api-keys/presented.ts'
import { isKeyId, isSecretLive, parseKey, secretHolds } from '../api-keys/secret.ts'
import { sha256Hex } from '../../platform/crypto/digest.ts'
import type { Database } from '../../platform/db/open.ts'
import type { ExplainParts } from './explain.ts'
import type { Reason, TokenProblemCode } from './explanation.ts'
import type { PresentedToken } from './presented.ts'

/** Why a token is none, as whoever keeps tokens says it. */
export interface TokenProblem {
  readonly code: TokenProblemCode
  readonly name?: string | undefined
  readonly at?: Date | undefined
  readonly by?: Party | undefined
}

interface Common {
  readonly keyId?: string | undefined
  /** The identifier of the API it is meant for. */
  readonly audience?: string | undefined
}

/** What was presented. */
export type Identified =
  | (Common & { readonly kind: 'none'; readonly problem: Reason })
  | (Common & {
      readonly kind: 'api_key'
      readonly key: PresentedKey
      readonly given: readonly string[]
      readonly good: Reason
      readonly problem: undefined
    })
  | (Common & {
      readonly kind: 'token' | 'refresh_token'
      readonly token: PresentedToken
      readonly given: readonly string[]
      readonly good: Reason
      readonly problem: undefined
    })

// As long as resolving reads.
const longestCredential = 8192

/** Recognises what was presented. */
export async function identify(parts: ExplainParts, credential: string): Promise<Identified> {
  const { resolving } = parts
  if (credential === '') return none({ code: 'empty' })
  if (credential.length > longestCredential) return none({ code: 'too_long' })
  if (credential.startsWith(`${resolving.keyPrefix}_`)) return identifyKey(parts, credential)
  const isJwt = credential.includes('.')
  const hash = Buffer.from(sha256Hex(credential), 'hex')
  const token = isJwt ? await resolving.findJwt(credential) : await resolving.findToken(hash)
  if (token === undefined) {
    return none(isJwt ? await parts.whyNoJwt(credential) : await parts.whyNoToken(hash))
  }
  if (token.validUntilSeconds * 1000 <= resolving.now().getTime()) {
    return none({ code: 'token_expired', at: new Date(token.validUntilSeconds * 1000) })
  }
  const good = {
    code: token.kind === 'refresh_token' ? 'refresh_good' : isJwt ? 'jwt_good' : 'token_good',
  } as const
  const kind = token.kind === 'refresh_token' ? 'refresh_token' : 'token'
  const given = token.scope.split(' ').filter(Boolean)
  return { kind, token, good, given, audience: token.audience, problem: undefined }
}

async function identifyKey(parts: ExplainParts, text: string): Promise<Identified> {
  const { db, resolving } = parts
  const { keyPrefix, peppers, findKey, now } = resolving
  const parsed = parseKey(text, keyPrefix)
  if (parsed === undefined) return none({ code: looksWhole(text, keyPrefix) ? 'key_checksum' : 'key_length' })
  const { keyId } = parsed
  const key = await findKey(keyId)
  if (key === undefined) {
    const end = await lastEvent(db, { type: 'api_key.deleted', target: { type: 'api_key', id: keyId } })
    return none({ code: end === undefined ? 'key_unknown' : 'key_deleted', name: keyId, ...end })
  }
  const slot = secretHolds(peppers, key, parsed.secret)
  const secret = key.secrets.find((each) => each.slot === slot)
  // Whoever does not have the secret is told nothing more of the key.
  if (secret === undefined) return none({ code: 'key_secret_wrong', name: keyId }, keyId)
  if (!isSecretLive(secret, now())) {
    return none({ code: 'key_secret_ended', name: keyId, at: secret.expiresAt }, keyId)
  }
  const problem = await endOfKey(db, key, now())
  if (problem !== undefined) return none(problem, keyId)
  const code = secret.expiresAt === undefined ? 'key_good' : 'key_good_older'
  const good: Reason = { code, name: keyId }
  return {
    kind: 'api_key',
    key,
    good,
    given: key.scopes,
    keyId,
    audience: key.apiIdentifier,
    problem: undefined,
  }
}

async function endOfKey(db: Database, key: PresentedKey, now: Date): Promise<Reason | undefined> {
  const target = { type: 'api_key', id: key.id } as const
  if (key.revokedAt !== undefined) {
    const end = await lastEvent(db, { type: 'api_key.revoked', target })
    return { code: 'key_revoked', name: key.id, ...end, at: key.revokedAt, because: key.revocationReason }
  }
  if (key.disabledAt !== undefined) {
    const end = await lastEvent(db, { type: 'api_key.disabled', target })
    return { code: 'key_disabled', name: key.id, ...end, at: key.disabledAt }
  }
  if (key.expiresAt !== undefined && key.expiresAt <= now) {
    return { code: 'key_expired', name: key.id, at: key.expiresAt }
  }
  return undefined
}

/** Right in length and characters, so that only its checksum can be wrong. */
function looksWhole(text: string, prefix: string): boolean {
  const [id = '', rest = ''] = text.slice(prefix.length + 1).split('_')
  return isKeyId(id) && /^[0-9A-Za-z]{38}$/.test(rest) && text.length === prefix.length + 52
}

function none(problem: Reason, keyId?: string): Identified {
  return { kind: 'none', problem, keyId }
}

/** When and by whom something was done last, as the audit log has it. */
export async function lastEvent(
  db: Database,
  search: {
    readonly type: AuditEventType
    readonly target: { readonly type: 'account' | 'client' | 'api' | 'api_key'; readonly id: string }
  },
): Promise<{ readonly at: Date; readonly by: Party } | undefined> {
  const { items } = await searchEvents(db, { ...search, limit: 1 })
  const [event] = items
  return event === undefined ? undefined : { at: event.occurredAt, by: event.actor }
}
