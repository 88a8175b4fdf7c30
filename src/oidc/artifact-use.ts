/** What is used once: each is one conditional statement, so that of any number of parallel uses one succeeds. */
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'
import { clockToleranceSeconds } from './artifacts.ts'

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
