import { deleteAccount } from '../domain/accounts/lifecycle.ts'
import { dueDeletions, requestDeletion, takeDueDeletion } from '../domain/accounts/deletion.ts'
import type { DeletionOf, DeletionRequest } from '../domain/accounts/deletion.ts'
import type { Act } from '../domain/audit/act.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { endEverythingOfAccount } from './end-everything.ts'

/** Asks for the deletion of an account and signs it out everywhere, in one transaction. */
export function requestAccountDeletion(
  db: Database,
  account: DeletionOf,
  act: Act,
): Promise<DeletionRequest> {
  return inTransaction(db, async (trx) => {
    const outcome = await requestDeletion(trx, account, act)
    if (outcome === 'requested') await endEverythingOfAccount(trx, account.accountId, act)
    return outcome
  })
}

/** Deletes the accounts whose grace is over; answers how many. Any number of instances may do so at the same time. */
export async function deleteDueAccounts(db: Database, act: Act): Promise<number> {
  let deleted = 0
  for (const accountId of await dueDeletions(db, act.now)) {
    if (await deleteDueAccount(db, accountId, act)) deleted += 1
  }
  return deleted
}

function deleteDueAccount(db: Database, accountId: string, act: Act): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    if (!(await takeDueDeletion(trx, { accountId }, act.now))) return false
    await endEverythingOfAccount(trx, accountId, act)
    // An installation keeps an owner: one who became the last since then stays, and may ask again.
    return (await deleteAccount(trx, { id: accountId }, act)) === 'deleted'
  })
}
