/**
 * What oidc-provider keeps: codes, tokens, interactions, pushed requests. How it is stored in `oidc_artifacts` and found
 * there; ids are stored hashed and the bearer value nowhere. Beside this stand its single use (artifact-use.ts), its end
 * (artifact-end.ts), and what a token request writes as a whole (token-commit.ts).
 */
import { z } from 'zod'
import { statement, run } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { sha256 } from '../platform/crypto/digest.ts'

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

/** Rows stay a little past their expiry: the library tolerates that much difference between clocks. */
export const clockToleranceSeconds = 15

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

/** As {@link recordOf} writes them, for `jsonb_to_recordset`. */
export const artifactRecord = `a("idHash" text, model text, payload jsonb, "grantId" text, "accountId" text,
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

/** A new artifact as a member of an array that one statement stores. */
export function recordOf({ id, model, payload, lifetimeSeconds }: NewArtifact): Record<string, unknown> {
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
