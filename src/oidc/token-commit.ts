/** What a token request issues is written together with what it consumes, or not at all. */
import type { AuditRow } from '../domain/audit/record.ts'
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { artifactRecord, recordOf, upsertArtifact } from './artifacts.ts'
import type { NewArtifact } from './artifacts.ts'

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
