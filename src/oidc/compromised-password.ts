import { markPasswordCompromised } from '../domain/accounts/compromised.ts'
import type { Act } from '../domain/audit/act.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { endEverythingOfAccount } from './end-everything.ts'

/** Others know the password of an account: it is marked, and what may have been reached with it ends at the same moment. */
export function giveUpPassword(db: Database, accountId: string, act: Act): Promise<'marked' | 'no_password'> {
  return inTransaction(db, async (trx) => {
    const outcome = await markPasswordCompromised(trx, { id: accountId }, act)
    if (outcome === 'marked') await endEverythingOfAccount(trx, accountId, act)
    return outcome
  })
}
