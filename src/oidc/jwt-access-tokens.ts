/**
 * JWT access tokens (RFC 9068) as far as this server itself must read them: the library issues them and forgets them,
 * so it can neither introspect nor revoke one (F6). Owns `revoked_tokens`.
 */
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { record } from '../domain/audit/record.ts'
import type { Act } from '../domain/audit/act.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { deleteArtifactsOfGrant } from './artifact-end.ts'
import type { PresentedToken } from '../domain/credentials/presented.ts'
import { presentedJwt } from './presented-tokens.ts'
import { grantClaim, sessionClaim } from './token-claims.ts'

const tokenPayload = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  client_id: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  scope: z.string().optional(),
  [grantClaim]: z.string().optional(),
  [sessionClaim]: z.boolean().optional(),
  cnf: z.union([z.strictObject({ jkt: z.string() }), z.strictObject({ 'x5t#S256': z.string() })]).optional(),
})

/** The claims of a JWT access token that this server issued and that has not expired. */
export type JwtAccessToken = z.infer<typeof tokenPayload>

/** Reads JWT access tokens with the keys this server publishes. */
export interface JwtReader {
  /** The claims, or undefined for anything that is not an access token of ours: no reason is given. */
  readonly read: (token: string) => Promise<JwtAccessToken | undefined>
}

/** A reader for `issuer`. RFC 9068 §4 and RFC 8725: type, issuer and algorithm are settled before anything is believed. */
export function createJwtReader(issuer: string, publicKeys: JSONWebKeySet): JwtReader {
  const keys: JWTVerifyGetKey = createLocalJWKSet(publicKeys)
  return {
    read: async (token) => {
      if (!isCanonical(token)) return undefined
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          typ: 'at+jwt',
          algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
          requiredClaims: ['exp', 'jti', 'aud', 'sub', 'client_id'],
        })
        return tokenPayload.safeParse(payload).data
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

/** One token is one text: decoders overlook spaces and unused bits, so that others would pass for it (P40). */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

/** What may have ended a JWT: its own revocation, or its grant or session, if it hangs on one. */
export interface JwtEnd {
  readonly revoked: boolean
  readonly granted: boolean
  readonly sessionUid: string | null
  readonly sessionEndsAtSeconds: number | null
}

/** Which JWT is asked about. */
export interface JwtEndQuestion {
  readonly jti: string
  readonly grantId: string | null
  readonly accountId: string
  readonly clientId: string
}

// One row for each that is asked about, in their order. The session is the one in which the account was given this grant.
const findEnds = statement<JwtEnd>(
  'jwt_find_ends',
  `select exists (select 1 from revoked_tokens where jti = a.jti) as revoked,
     exists (select 1 from oidc_grants where id = a.grant_id and account_id = a.account_id
       and client_id = a.client_id and revoked_at is null and expires_at > now()) as granted,
     s.uid as "sessionUid", extract(epoch from s.expires_at)::float8 as "sessionEndsAtSeconds"
   from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality
     as a (jti, grant_id, account_id, client_id, position)
   left join lateral (
     select uid, expires_at from oidc_sessions
     where account_id = a.account_id and expires_at > now()
       and payload -> 'authorizations' -> a.client_id ->> 'grantId' = a.grant_id
     order by expires_at desc limit 1
   ) s on true
   order by a.position`,
)

/** What has ended these JWTs, each in its place. One statement. */
export function findJwtEnds(db: Database, asked: readonly JwtEndQuestion[]): Promise<JwtEnd[]> {
  return run(db, findEnds, [
    asked.map(({ jti }) => jti),
    asked.map(({ grantId }) => grantId),
    asked.map(({ accountId }) => accountId),
    asked.map(({ clientId }) => clientId),
  ])
}

/** What finding a JWT needs: the keys, and what has ended it. */
export interface JwtFinder {
  readonly reader: JwtReader
  readonly findEnd: (asked: JwtEndQuestion) => Promise<JwtEnd | undefined>
}

/** A JWT access token of ours that nothing has ended: not its own revocation, nor the end of its grant or session. */
export async function findPresentedJwt(
  { reader, findEnd }: JwtFinder,
  text: string,
): Promise<PresentedToken | undefined> {
  const claims = await reader.read(text)
  if (claims === undefined) return undefined
  const { jti, sub: accountId, client_id: clientId, [grantClaim]: grantId = null } = claims
  const end = await findEnd({ jti, grantId, accountId, clientId })
  // A token of an account always hangs on a grant; one without is not ours.
  const needsGrant = accountId !== clientId
  if (end === undefined || end.revoked || (needsGrant && !end.granted)) return undefined
  if (claims[sessionClaim] !== true) return presentedJwt(claims, undefined)
  const { sessionUid: uid, sessionEndsAtSeconds: endsAtSeconds } = end
  return uid === null || endsAtSeconds === null ? undefined : presentedJwt(claims, { uid, endsAtSeconds })
}

/** Revokes one token, and with it the refresh token of its grant (RFC 7009 §2.1). Doing it twice is doing it once. */
export async function revokeJwt(db: Database, token: JwtAccessToken, act: Act): Promise<void> {
  const grantId = token[grantClaim]
  await inTransaction(db, async (trx) => {
    const inserted = await trx
      .insertInto('revokedTokens')
      .values({ jti: token.jti, revokedAt: act.now, expiresAt: new Date(token.exp * 1000) })
      .onConflict((conflict) => conflict.column('jti').doNothing())
      .returning('jti')
      .executeTakeFirst()
    if (inserted === undefined) return
    if (grantId !== undefined) await deleteArtifactsOfGrant(trx, grantId)
    await record(
      trx,
      {
        type: 'token.revoked',
        target: { type: 'client', id: token.client_id },
        details: { jti: token.jti, sub: token.sub, aud: token.aud, token_format: 'jwt' },
      },
      act,
    )
  })
}
