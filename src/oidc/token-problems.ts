/** Why a token is none that counts: for administrators who ask what would happen, and for nobody else. */
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { JWTPayload, ProtectedHeaderParameters } from 'jose'
import type { TokenProblem } from '../domain/credentials/explain-presented.ts'
import { listKeys } from '../domain/signing-keys/store.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import type { JwtReader } from './jwt-access-tokens.ts'

interface KeptToken {
  readonly model: string
  readonly isConsumed: boolean
  readonly isOver: boolean
  readonly expiresAt: Date
  readonly hangsOnGrant: boolean
  readonly grantEndedAt: Date | null
  readonly isGrantThere: boolean
}

const findKept = statement<KeptToken>(
  'token_problem',
  `select a.model, a.consumed_at is not null as "isConsumed", a.expires_at <= now() as "isOver",
     a.expires_at as "expiresAt",
     a.account_id is not null as "hangsOnGrant", g.revoked_at as "grantEndedAt",
     g.id is not null and g.revoked_at is null and g.expires_at > now() as "isGrantThere"
   from oidc_artifacts a left join oidc_grants g on g.id = a.grant_id where a.id_hash = $1`,
)
const presentable = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken'])

/** Why the opaque token with this hash is none that counts. */
export async function whyNoToken(db: Database, hash: Buffer): Promise<TokenProblem> {
  const [kept] = await run(db, findKept, [hash])
  if (kept === undefined) return { code: 'token_unknown' }
  if (!presentable.has(kept.model)) return { code: 'token_other_kind', name: kept.model }
  if (kept.isConsumed) return { code: 'token_consumed' }
  // Its grant and its session may be over by then, too: that explains less.
  if (kept.isOver) return { code: 'token_expired', at: kept.expiresAt }
  if (kept.hangsOnGrant && !kept.isGrantThere) {
    return { code: 'grant_ended', at: kept.grantEndedAt ?? undefined }
  }
  return { code: 'session_ended' }
}

/** What knowing why needs. */
export interface JwtProblemParts {
  readonly db: Database
  readonly issuer: string
  readonly reader: JwtReader
  readonly now: Date
}

/** Why what has the dots of a JWT is no access token that counts. What it says of itself is only believed as a reason against it. */
export async function whyNoJwt(parts: JwtProblemParts, token: string): Promise<TokenProblem> {
  const said = saidBy(token)
  if (said === undefined) return { code: 'jwt_malformed' }
  const { header, payload } = said
  if (payload.iss !== parts.issuer) return { code: 'jwt_issuer', name: shown(payload.iss) }
  // RFC 9068 §4: an ID Token, or a token for our own endpoints, is none.
  if (!/^(application\/)?at\+jwt$/i.test(header.typ ?? ''))
    return { code: 'jwt_type', name: shown(header.typ) }
  const claims = await parts.reader.read(token)
  if (claims !== undefined) return whyEnded(parts.db, claims.jti, claims.sub !== claims.client_id)
  const unpublished = await whyNoKey(parts, header.kid)
  if (unpublished !== undefined) return unpublished
  const { exp } = payload
  if (exp !== undefined && exp * 1000 <= parts.now.getTime())
    return { code: 'jwt_expired', at: new Date(exp * 1000) }
  return { code: 'jwt_signature' }
}

function saidBy(
  token: string,
): { readonly header: ProtectedHeaderParameters; readonly payload: JWTPayload } | undefined {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) }
  } catch {
    return undefined
  }
}

async function whyNoKey(
  { db, now }: JwtProblemParts,
  kid: string | undefined,
): Promise<TokenProblem | undefined> {
  const key = (await listKeys(db)).find(({ id }) => id === kid)
  if (key === undefined) return { code: 'jwt_key_unknown', name: shown(kid) }
  const isGone = key.retiresAt !== undefined && key.retiresAt <= now
  return isGone ? { code: 'jwt_key_retired', name: key.id, at: key.retiresAt } : undefined
}

/** It is ours and in time, so something else has ended it. */
async function whyEnded(db: Database, jti: string, isOfAccount: boolean): Promise<TokenProblem> {
  const revoked = await db
    .selectFrom('revokedTokens')
    .select('revokedAt')
    .where('jti', '=', jti)
    .executeTakeFirst()
  if (revoked !== undefined) return { code: 'jwt_revoked', at: revoked.revokedAt }
  return { code: isOfAccount ? 'grant_ended' : 'session_ended' }
}

// It comes from whoever made the token, who may write anything.
function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, 100).toWellFormed() : '?'
}
