/** The end of artifacts before their time: one, all of a grant, or the sign-ins somebody has not gone on with. */
import { sha256 } from '../platform/crypto/digest.ts'
import { run, statement } from '../platform/db/open.ts'
import type { Database } from '../platform/db/open.ts'

const deleteOne = statement('artifact_delete', 'delete from oidc_artifacts where id_hash = $1 and model = $2')

/** Removes one artifact. */
export async function deleteArtifact(db: Database, id: string, model: string): Promise<void> {
  await run(db, deleteOne, [sha256(id), model])
}

const takeSignIn = statement(
  'artifact_take_sign_in',
  `delete from oidc_artifacts where id_hash = $1 and model = 'Interaction' returning 1`,
)

/**
 * Uses up a sign-in that was proven; false when it has ended. In the transaction that writes its session: whoever ends the
 * sign-ins and sessions of the account at this moment ends the one or the other.
 */
export async function takeHeldSignIn(transaction: Database, id: string): Promise<boolean> {
  return (await run(transaction, takeSignIn, [sha256(id)])).length === 1
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

/** Ends the sign-ins of an account that were proven and not gone on with: what they stand for is no longer so. */
export async function endHeldSignIns(db: Database, accountId: string): Promise<void> {
  await db
    .deleteFrom('oidcArtifacts')
    .where('accountId', '=', accountId)
    .where('model', '=', 'Interaction')
    .execute()
}
