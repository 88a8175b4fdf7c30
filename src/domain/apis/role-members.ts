import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { RoleMembership } from './input.ts'
import { holdOwner } from './owner.ts'
import { requireRole } from './roles.ts'

/** Gives an owner a role. Says whether that is new. */
export function giveRole(db: Database, given: RoleMembership, act: Act): Promise<boolean> {
  const { roleId, owner } = given
  return inTransaction(db, async (trx) => {
    await holdOwner(trx, owner)
    const { apiId } = await holdRole(trx, roleId)
    const added = await trx
      .insertInto('roleMembers')
      .values({ roleId, ownerType: owner.type, ownerId: owner.id, createdAt: act.now })
      .onConflict((conflict) => conflict.doNothing())
      .returning('roleId')
      .executeTakeFirst()
    if (added === undefined) return false
    await record(trx, { type: 'role.given', target: owner, details: { roleId, apiId } }, act)
    return true
  })
}

/** Takes a role from an owner. Says whether it had it. The last owner of the installation who can sign in stays one. */
export function withdrawRole(db: Database, given: RoleMembership, act: Act): Promise<boolean> {
  const { roleId, owner } = given
  return inTransaction(db, async (trx) => {
    const { apiId } = await requireRole(trx, roleId)
    const removed = await trx
      .deleteFrom('roleMembers')
      .where('roleId', '=', roleId)
      .where('ownerType', '=', owner.type)
      .where('ownerId', '=', owner.id)
      .executeTakeFirst()
      .catch(refuseLastOwner)
    if (removed.numDeletedRows === 0n) return false
    await record(trx, { type: 'role.withdrawn', target: owner, details: { roleId, apiId } }, act)
    return true
  })
}

// Raised by the trigger on `role_members`, which sees every way in which a membership can end.
function refuseLastOwner(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'LK001') {
    throw new Refusal('conflict', 'The last owner who can sign in stays an owner.', { cause: error })
  }
  throw error
}

async function holdRole(db: Database, id: string) {
  await db.selectFrom('roles').select('id').where('id', '=', id).forKeyShare().execute()
  return requireRole(db, id)
}
