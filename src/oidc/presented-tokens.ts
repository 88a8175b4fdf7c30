/**
 * What the protocol knows of tokens that were presented to somebody: opaque ones by their row, with the grant and the
 * session they hang on, many in one statement; JWT ones by their signature.
 */
import { z } from 'zod'
import type { Binding, PresentedToken } from '../domain/credentials/presented.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { grantClaim } from './token-claims.ts'
import type { JwtAccessToken } from './jwt-access-tokens.ts'

interface PresentedRow {
  model: string
  payload: unknown
  consumed: boolean
  grantAlive: boolean
  sessionEndsAtSeconds: number | null
  sessionAccountId: string | null
  sessionGrantId: string | null
}

// One row for each hash asked for, in their order. A session may have several rows, see `sessions.ts`.
const findPresented = statement<PresentedRow>(
  'presented_tokens',
  `select a.model, a.payload, a.consumed_at is not null as consumed, g.id is not null as "grantAlive",
     extract(epoch from s.expires_at)::float8 as "sessionEndsAtSeconds", s.account_id as "sessionAccountId",
     s.payload -> 'authorizations' -> (a.payload ->> 'clientId') ->> 'grantId' as "sessionGrantId"
   from unnest($1::bytea[]) with ordinality as wanted (id_hash, position)
   left join oidc_artifacts a on a.id_hash = wanted.id_hash
     and a.model in ('AccessToken', 'ClientCredentials', 'RefreshToken')
   left join oidc_grants g on g.id = a.grant_id and g.revoked_at is null and g.expires_at > now()
     and g.account_id = a.account_id and g.client_id = a.payload ->> 'clientId'
   left join lateral (
     select account_id, payload, expires_at from oidc_sessions
     where uid = a.session_uid and expires_at > now()
     order by (payload -> 'authorizations' -> (a.payload ->> 'clientId') ->> 'at')::float8 desc nulls last,
       updated_at desc
     limit 1
   ) s on true
   order by wanted.position`,
)

const tokenPayload = z.looseObject({
  clientId: z.string(),
  accountId: z.string().optional(),
  grantId: z.string().optional(),
  sessionUid: z.string().optional(),
  expiresWithSession: z.boolean().optional(),
  aud: z.string().optional(),
  scope: z.string().optional(),
  iat: z.number(),
  exp: z.number(),
  jkt: z.string().optional(),
  'x5t#S256': z.string().optional(),
  sid: z.string().optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
})

/** Finds opaque tokens by the SHA-256 of their value; undefined where there is none that may still count. */
export async function findPresentedTokens(
  db: Database,
  hashes: readonly Buffer[],
): Promise<(PresentedToken | undefined)[]> {
  const rows = await run(db, findPresented, [hashes])
  return rows.map(presentedToken)
}

function presentedToken(row: PresentedRow): PresentedToken | undefined {
  const parsed = tokenPayload.safeParse(row.payload)
  if (!parsed.success || row.consumed) return undefined
  const token = parsed.data
  // Every token of an account hangs on a grant; one whose grant has ended has ended.
  if (token.accountId !== undefined && !row.grantAlive) return undefined
  if (token.expiresWithSession === true && !isOfSession(token, row)) return undefined
  const { acr, amr, auth_time } = token.extra ?? {}
  return {
    kind: row.model === 'RefreshToken' ? 'refresh_token' : 'access_token',
    clientId: token.clientId,
    accountId: token.accountId,
    audience: token.aud,
    scope: token.scope ?? '',
    issuedAtSeconds: token.iat,
    expiresAtSeconds: token.exp,
    boundTo: bindingOf(token),
    facts: definedOnly({ acr, amr, auth_time, sid: token.sid }),
    endsWith: [
      ...(token.grantId === undefined ? [] : [`grant:${token.grantId}`]),
      ...(token.expiresWithSession === true ? [`session:${token.sessionUid}`] : []),
    ],
    validUntilSeconds:
      token.expiresWithSession === true ? Math.min(token.exp, row.sessionEndsAtSeconds ?? 0) : token.exp,
  }
}

/** OpenID Connect sessions: the same person, still signed in to the same app under the same grant. */
function isOfSession(token: z.infer<typeof tokenPayload>, row: PresentedRow): boolean {
  return (
    row.sessionEndsAtSeconds !== null &&
    row.sessionAccountId === token.accountId &&
    row.sessionGrantId === token.grantId
  )
}

/** A JWT access token whose signature was checked, and the session it ends with, as the other kinds are seen. */
export function presentedJwt(
  claims: JwtAccessToken,
  session: { readonly uid: string; readonly endsAtSeconds: number } | undefined,
): PresentedToken {
  const grantId = claims[grantClaim]
  const { acr, amr, auth_time, sid, jti } = claims
  return {
    kind: 'access_token',
    clientId: claims.client_id,
    accountId: claims.sub === claims.client_id ? undefined : claims.sub,
    audience: claims.aud,
    scope: claims.scope ?? '',
    issuedAtSeconds: claims.iat,
    expiresAtSeconds: claims.exp,
    boundTo: claims.cnf,
    facts: definedOnly({ acr, amr, auth_time, sid, jti }),
    endsWith: [
      `revoked_token:${jti}`,
      ...(grantId === undefined ? [] : [`grant:${grantId}`]),
      ...(session === undefined ? [] : [`session:${session.uid}`]),
    ],
    validUntilSeconds: Math.min(claims.exp, session?.endsAtSeconds ?? Infinity),
  }
}

function bindingOf(said: {
  readonly jkt?: string | undefined
  readonly 'x5t#S256'?: string | undefined
}): Binding | undefined {
  const { jkt, 'x5t#S256': x5t } = said
  if (jkt !== undefined) return { jkt }
  return x5t === undefined ? undefined : { 'x5t#S256': x5t }
}

function definedOnly(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
