/**
 * What oidc-provider keeps: codes, tokens, interactions, pushed requests, replay marks.
 * Owns `oidc_artifacts`. Ids are stored hashed and the bearer value nowhere; single use is one conditional statement,
 * and whatever a token request issues is written together with what it consumes, or not at all.
 */
import { z } from 'zod'
import { statement, run } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { sha256 } from '../platform/crypto/digest.ts'
import type { AuditRow } from '../domain/audit/record.ts'

/** What the library gives us to keep, and gets back. */
export type Payload = Record<string, unknown>

/** One stored artifact. */
export interface StoredArtifact {
  readonly model: string
  readonly payload: Payload
  /** Whole seconds since it was consumed, by the database's clock; undefined while it was not. */
  readonly consumedSecondsAgo: number | undefined
  readonly reuses: number
}

/** An artifact about to be written. */
export interface NewArtifact {
  readonly id: string
  readonly model: string
  readonly payload: Payload
  readonly lifetimeSeconds: number
}

// Rows stay a little past their expiry: the library tolerates that much difference between clocks.
const clockToleranceSeconds = 15

interface ArtifactRow {
  model: string
  payload: Payload
  consumed_seconds_ago: number | null
  reuses: number
}

const artifactColumns = `model, payload, reuses,
  extract(epoch from now() - consumed_at)::float8 as consumed_seconds_ago`

const findById = statement<ArtifactRow>(
  'artifact_find',
  `select ${artifactColumns} from oidc_artifacts where id_hash = $1`,
)

/** Finds an artifact of any model by the value a client presents. */
export async function findArtifact(db: Database, id: string): Promise<StoredArtifact | undefined> {
  const [row] = await run(db, findById, [sha256(id)])
  if (row === undefined) return undefined
  const { model, payload, reuses } = row
  return { model, payload, reuses, consumedSecondsAgo: row.consumed_seconds_ago ?? undefined }
}

// A later write of the same artifact never clears `consumed_at` and never changes its model.
const upsertOne = statement(
  'artifact_upsert',
  `insert into oidc_artifacts (id_hash, model, payload, grant_id, account_id, session_uid, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
   on conflict (id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at,
     account_id = excluded.account_id
     where oidc_artifacts.model = excluded.model`,
)

/** Writes one artifact at once. */
export async function upsertArtifact(db: Database, artifact: NewArtifact): Promise<void> {
  const { id, model, payload, lifetimeSeconds } = artifact
  await run(db, upsertOne, [
    sha256(id),
    model,
    JSON.stringify(withoutBearer(payload)),
    // A page that is open does not end with the grant it began with: another account may be signing in on it.
    model === 'Interaction' ? null : (payload['grantId'] ?? null),
    ownerOf(artifact),
    payload['sessionUid'] ?? null,
    lifetimeSeconds + clockToleranceSeconds,
  ])
}

/** A sign-in that was proven and not gone on with is that account's, so that it ends with everything else of it. */
function ownerOf({ model, payload }: NewArtifact): string | null {
  const proven = model === 'Interaction' ? proofIn.safeParse(payload).data?.result.login : undefined
  const { accountId } = proven ?? payload
  return typeof accountId === 'string' ? accountId : null
}

const proofIn = z.object({ result: z.object({ login: z.object({ accountId: z.string() }) }) })

/** Ends the sign-ins of an account that were proven and not gone on with: what they stand for is no longer so. */
export async function endHeldSignIns(db: Database, accountId: string): Promise<void> {
  await db
    .deleteFrom('oidcArtifacts')
    .where('accountId', '=', accountId)
    .where('model', '=', 'Interaction')
    .execute()
}

const consumeOne = statement(
  'artifact_consume',
  `update oidc_artifacts set consumed_at = now() where id_hash = $1 and model = $2 and consumed_at is null returning 1`,
)

/** Marks an artifact as used; false when somebody else already did (F1). */
export async function consumeArtifact(db: Database, id: string, model: string): Promise<boolean> {
  return (await run(db, consumeOne, [sha256(id), model])).length === 1
}

// The insert is the arbiter: of any number of parallel uses one gets a row, the others none (F1).
const insertReplayMark = statement(
  'replay_mark',
  `insert into oidc_artifacts as known (id_hash, model, payload, expires_at)
   values ($1, 'ReplayDetection', '{}', now() + make_interval(secs => $2))
   on conflict (id_hash) do update set expires_at = excluded.expires_at
     where known.model = 'ReplayDetection' and known.expires_at < now()
   returning 1`,
)

/** Remembers a `jti` until its proof or assertion expires; false when it was seen before. */
export async function markUsed(db: Database, id: string, lifetimeSeconds: number): Promise<boolean> {
  return (await run(db, insertReplayMark, [sha256(id), lifetimeSeconds + clockToleranceSeconds])).length === 1
}

const deleteOne = statement('artifact_delete', 'delete from oidc_artifacts where id_hash = $1 and model = $2')

/** Removes one artifact. */
export async function deleteArtifact(db: Database, id: string, model: string): Promise<void> {
  await run(db, deleteOne, [sha256(id), model])
}

const revokeOne = statement(
  'artifact_revoke',
  `with gone as (delete from oidc_artifacts where id_hash = $1 and model = $2 returning id_hash)
   select notify_token_revoked(id_hash) from gone`,
)

/** Removes a token that is still valid, and tells every instance. */
export async function revokeArtifact(db: Database, id: string, model: string): Promise<void> {
  await run(db, revokeOne, [sha256(id), model])
}

// Said of the grant, because each of its tokens would be one message.
const deleteByGrant = statement(
  'artifact_delete_by_grant',
  `with gone as (delete from oidc_artifacts where grant_id = $1) select notify_grant_changed($1)`,
)

/** Removes everything that was issued under a grant. */
export async function deleteArtifactsOfGrant(db: Database, grantId: string): Promise<void> {
  await run(db, deleteByGrant, [grantId])
}

// As `recordOf` writes them.
const artifactRecord = `a("idHash" text, model text, payload jsonb, "grantId" text, "accountId" text,
  "sessionUid" text, "lifetimeSeconds" float8)`

const insertMany = statement(
  'artifact_insert_many',
  `insert into oidc_artifacts (id_hash, model, payload, grant_id, account_id, session_uid, expires_at)
   select decode(a."idHash", 'hex'), a.model, a.payload, a."grantId", a."accountId", a."sessionUid",
          now() + make_interval(secs => a."lifetimeSeconds")
   from jsonb_to_recordset($1::jsonb) as ${artifactRecord}`,
)

/** Writes new artifacts in one statement: all of them, or none. */
export async function insertArtifacts(db: Database, artifacts: readonly NewArtifact[]): Promise<void> {
  const [only, ...others] = artifacts
  if (only !== undefined && others.length === 0) return upsertArtifact(db, only)
  await run(db, insertMany, [JSON.stringify(artifacts.map(recordOf))])
}

/** What one token request wants to change: written by {@link commitTokens} in one statement, or not at all. */
export interface TokenWrites {
  readonly consume?:
    | { readonly id: string; readonly model: string; readonly graceSeconds: number }
    | undefined
  readonly artifacts: readonly NewArtifact[]
  readonly events: readonly AuditRow[]
}

// One statement is one transaction: a crash before it leaves the code or refresh token unused, so that the client's retry
// succeeds (F2), and of parallel uses one waits for the other's row and then finds it consumed (F1).
// Inside a client's grace a consumed refresh token is good once more, if its successor was not used yet; the unused
// successor goes, so that a family never has two living ends. Without a grace no clock is asked: now() is when a statement
// began, and one that began first may come second.
const consumeAndIssue = statement<{ won: boolean }>(
  'tokens_commit',
  `with consumed as (
     update oidc_artifacts as used
     set consumed_at = coalesce(consumed_at, now()), reuses = reuses + (consumed_at is not null)::int
     where id_hash = $1 and model = $2 and (consumed_at is null or (
       $3::float8 > 0 and reuses = 0 and consumed_at > now() - make_interval(secs => $3) and not exists (
         select 1 from oidc_artifacts successor
         where successor.grant_id = used.grant_id and successor.model = used.model
           and successor.consumed_at is not null
           and successor.payload ->> 'iiat' = used.payload ->> 'iiat'
           and (successor.payload ->> 'rotations')::int = (used.payload ->> 'rotations')::int + 1)))
     returning grant_id, model, payload, reuses
   ), superseded as (
     delete from oidc_artifacts sibling using consumed
     where consumed.reuses > 0 and sibling.grant_id = consumed.grant_id and sibling.model = consumed.model
       and sibling.consumed_at is null
       and sibling.payload ->> 'iiat' = consumed.payload ->> 'iiat'
       and (sibling.payload ->> 'rotations')::int = (consumed.payload ->> 'rotations')::int + 1
   ), verdict as (
     select $1::bytea is null or exists (select 1 from consumed) as won
   ), issued as (
     insert into oidc_artifacts (id_hash, model, payload, grant_id, account_id, session_uid, expires_at)
     select decode(a."idHash", 'hex'), a.model, a.payload, a."grantId", a."accountId", a."sessionUid",
            now() + make_interval(secs => a."lifetimeSeconds")
     from jsonb_to_recordset($4::jsonb) as ${artifactRecord}, verdict
     where verdict.won
   ), recorded as (
     insert into audit_events (occurred_at, type, actor_type, actor_id, target_type, target_id, address, user_agent,
       request_id, details)
     select e."occurredAt", e.type, e."actorType", e."actorId", e."targetType", e."targetId", e.address,
            e."userAgent", e."requestId", e.details::jsonb
     from jsonb_to_recordset($5::jsonb) as e("occurredAt" timestamptz, type text, "actorType" text, "actorId" text,
       "targetType" text, "targetId" text, address text, "userAgent" text, "requestId" text, details text), verdict
     where verdict.won
   )
   select won from verdict`,
)

/** Writes everything a token request decided; false when what it consumes was used by another request meanwhile. */
export async function commitTokens(db: Database, writes: TokenWrites): Promise<boolean> {
  const { consume, artifacts, events } = writes
  const [only] = artifacts
  if (consume === undefined && events.length === 0 && artifacts.length <= 1) {
    if (only !== undefined) await upsertArtifact(db, only)
    return true
  }
  if (await runConsumeAndIssue(db, writes, 0)) return true
  const graceSeconds = consume?.graceSeconds ?? 0
  if (graceSeconds === 0) return false
  // A statement that waited for another does not see what that one inserted, and would leave a second living end. Here
  // it fails instead (40001), and is tried again by who retries conflicts.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((trx) => runConsumeAndIssue(trx, writes, graceSeconds))
}

async function runConsumeAndIssue(
  db: Database,
  { consume, artifacts, events }: TokenWrites,
  graceSeconds: number,
): Promise<boolean> {
  const [row] = await run(db, consumeAndIssue, [
    consume === undefined ? null : sha256(consume.id),
    consume?.model ?? null,
    graceSeconds,
    JSON.stringify(artifacts.map(recordOf)),
    JSON.stringify(events),
  ])
  return row?.won === true
}

function recordOf({ id, model, payload, lifetimeSeconds }: NewArtifact): Record<string, unknown> {
  return {
    idHash: sha256(id).toString('hex'),
    model,
    payload: withoutBearer(payload),
    grantId: payload['grantId'],
    accountId: payload['accountId'],
    sessionUid: payload['sessionUid'],
    lifetimeSeconds: lifetimeSeconds + clockToleranceSeconds,
  }
}

/** The payload's `jti` is the bearer value itself, and an interaction repeats the browser's session cookie. */
function withoutBearer({ jti: _bearer, ...payload }: Payload): Payload {
  const { session } = payload
  if (typeof session !== 'object' || session === null || !('cookie' in session)) return payload
  const { cookie: _cookie, ...rest } = session
  return { ...payload, session: rest }
}
