/**
 * Grants and consents. A grant is what one sign-in of an account at a client may do; every token hangs on one.
 * Owns `oidc_grants` and `consents`. Revoking leaves a tombstone, so that nothing in flight brings a grant back.
 */
import { z } from 'zod'
import { record } from '../domain/audit/record.ts'
import type { AuditEvent } from '../domain/audit/record.ts'
import type { Act } from '../domain/audit/act.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import type { Payload } from './artifacts.ts'

const findLiving = statement<{ payload: Payload }>(
  'grant_find',
  'select payload from oidc_grants where id = $1 and revoked_at is null',
)

/** The payload of a grant that was not revoked. */
export async function findGrant(db: Database, id: string): Promise<Payload | undefined> {
  const [row] = await run(db, findLiving, [id])
  return row === undefined ? undefined : { ...row.payload, jti: id }
}

const upsertLiving = statement(
  'grant_upsert',
  `insert into oidc_grants (id, account_id, client_id, payload, expires_at)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5))
   on conflict (id) do update set payload = excluded.payload, expires_at = excluded.expires_at
     where oidc_grants.revoked_at is null
       and oidc_grants.account_id = excluded.account_id and oidc_grants.client_id = excluded.client_id
   returning 1`,
)

/** Writes a grant; false when it was revoked meanwhile. */
export async function upsertGrant(
  db: Database,
  grant: { readonly id: string; readonly payload: Payload; readonly lifetimeSeconds: number },
): Promise<boolean> {
  const { id, payload, lifetimeSeconds } = grant
  const { jti: _id, ...kept } = payload
  const values = [id, payload['accountId'], payload['clientId'], JSON.stringify(kept), lifetimeSeconds]
  return (await run(db, upsertLiving, values)).length === 1
}

/** Ends a grant with everything issued under it, and records why. A grant that has ended already is left as it is. */
export async function revokeGrant(
  db: Database,
  { id, reason }: { readonly id: string; readonly reason: 'replayed' | 'revoked' | 'signed_out' },
  act: Act,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx.deleteFrom('oidcArtifacts').where('grantId', '=', id).execute()
    const revoked = await trx
      .updateTable('oidcGrants')
      .set({ revokedAt: act.now })
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .returning(['accountId', 'clientId'])
      .executeTakeFirst()
    if (revoked !== undefined) await record(trx, revocationEvent(id, reason, revoked), act)
  })
}

function revocationEvent(
  id: string,
  reason: string,
  { accountId, clientId }: { accountId: string; clientId: string },
): AuditEvent {
  return {
    type: reason === 'replayed' ? 'grant.replayed' : 'grant.revoked',
    target: { type: 'grant', id },
    details: { account_id: accountId, client_id: clientId, reason },
  }
}

/** What an account agreed to at a client: OIDC scopes, single claims, and scopes by API identifier. */
export interface Consent {
  readonly oidcScope: string
  readonly oidcClaims: string
  readonly resourceScopes: Readonly<Record<string, string>>
}

const findAgreed = statement<Consent>(
  'consent_find',
  `select oidc_scope as "oidcScope", oidc_claims as "oidcClaims", resource_scopes as "resourceScopes"
   from consents where account_id = $1 and client_id = $2`,
)

/** The consent an account gave a client earlier. */
export async function findConsent(
  db: Database,
  { accountId, clientId }: { readonly accountId: string; readonly clientId: string },
): Promise<Consent | undefined> {
  const [row] = await run(db, findAgreed, [accountId, clientId])
  return row
}

/** Remembers what an account agreed to now, on top of what it agreed to before. */
export async function rememberConsent(
  db: Database,
  {
    accountId,
    clientId,
    consent,
  }: { readonly accountId: string; readonly clientId: string; readonly consent: Consent },
  act: Act,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx
      .insertInto('consents')
      .values({ accountId, clientId, resourceScopes: '{}', createdAt: act.now, updatedAt: act.now })
      .onConflict((conflict) => conflict.columns(['accountId', 'clientId']).doNothing())
      .execute()
    const mine = trx
      .selectFrom('consents')
      .where('accountId', '=', accountId)
      .where('clientId', '=', clientId)
    const before = await mine
      .select(['oidcScope', 'oidcClaims', 'resourceScopes'])
      .forUpdate()
      .executeTakeFirstOrThrow()
    const { resourceScopes, ...merged } = mergedConsent(
      { ...before, resourceScopes: storedScopes.parse(before.resourceScopes) },
      consent,
    )
    await trx
      .updateTable('consents')
      .set({ ...merged, resourceScopes: JSON.stringify(resourceScopes), updatedAt: act.now })
      .where('accountId', '=', accountId)
      .where('clientId', '=', clientId)
      .execute()
    await record(trx, consentEvent(clientId, consent), act)
  })
}

const storedScopes = z.record(z.string(), z.string())

function consentEvent(clientId: string, { oidcScope, oidcClaims, resourceScopes }: Consent): AuditEvent {
  return {
    type: 'consent.given',
    target: { type: 'client', id: clientId },
    details: {
      scopes: [oidcScope, ...Object.values(resourceScopes)].flatMap(words),
      claims: words(oidcClaims),
      resources: Object.keys(resourceScopes),
    },
  }
}

/** Both consents together. */
function mergedConsent(left: Consent, right: Consent): Consent {
  const resources = new Set([...Object.keys(left.resourceScopes), ...Object.keys(right.resourceScopes)])
  return {
    oidcScope: mergedWords(left.oidcScope, right.oidcScope),
    oidcClaims: mergedWords(left.oidcClaims, right.oidcClaims),
    resourceScopes: Object.fromEntries(
      [...resources].map((resource) => [
        resource,
        mergedWords(left.resourceScopes[resource], right.resourceScopes[resource]),
      ]),
    ),
  }
}

function mergedWords(left = '', right = ''): string {
  return [...new Set([...words(left), ...words(right)])].join(' ')
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}
