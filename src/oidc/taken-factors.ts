/**
 * Second factors that somebody else takes from an account, because they were lost: what may have been reached with them ends
 * in the same transaction.
 */
import type { Act } from '../domain/audit/act.ts'
import { distrustDevices, forgetDevices } from '../domain/devices/devices.ts'
import { removeFactor } from '../domain/second-factors/remove-factor.ts'
import type { FactorOfAccount } from '../domain/second-factors/remove-factor.ts'
import { hasSecondFactor } from '../domain/second-factors/required.ts'
import {
  enrolledFactors,
  resetSecondFactors,
  waitForFactors,
} from '../domain/second-factors/second-factors.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { endEverythingOfAccount } from './end-everything.ts'

/** Takes all second factors from an account: from now on the password alone is enough to set up new ones. */
export function takeAllFactors(
  db: Database,
  { accountId, reason }: { readonly accountId: string; readonly reason?: string | undefined },
  act: Act,
): Promise<void> {
  return inTransaction(db, async (trx) => {
    await resetSecondFactors(trx, { accountId, reason }, act)
    await forgetDevices(trx, { accountId }, act)
    await endEverythingOfAccount(trx, accountId, act)
  })
}

/** A second factor that is taken, and whether what stands for the account may go on. */
export interface FactorToTake extends FactorOfAccount {
  /** Leaves sessions, apps and tokens as they are: for a factor that nobody else can have. */
  readonly keepsSessions: boolean
}

/** Takes one second factor from an account. Without any left it is as if all were taken, whatever was wished. */
export function takeFactor(
  db: Database,
  { keepsSessions, ...taken }: FactorToTake,
  act: Act,
): Promise<'removed' | 'not_found'> {
  const { accountId } = taken
  return inTransaction(db, async (trx) => {
    // Of two who take one each, the second sees that nothing is left.
    await waitForFactors(trx, accountId)
    const outcome = await removeFactor(trx, taken, act)
    if (outcome === 'not_found') return outcome
    // A device stood for the factor that is gone.
    await distrustDevices(trx, { accountId })
    const isLast = !hasSecondFactor(await enrolledFactors(trx, accountId))
    if (isLast) await forgetDevices(trx, { accountId }, act)
    if (isLast || !keepsSessions) await endEverythingOfAccount(trx, accountId, act)
    return outcome
  })
}
