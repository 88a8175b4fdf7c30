import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { refund, take } from '../../domain/limits/take.ts'
import type { Bucket } from '../../domain/limits/take.ts'
import type { Database } from '../../platform/db/open.ts'
import { addressBucket, unknownAddress } from '../../platform/http/client-address.ts'

/** Whether a code may be looked at. */
export type SecondFactorAdmission =
  | { readonly allowed: true; /** Gives back what was taken. */ readonly succeeded: () => Promise<void> }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/**
 * Counts an attempt at the second factor of an account before the code is looked at: the widest budget first, and what a
 * narrower one refuses was no attempt. It is counted per account and not per sign-in: beginning anew gains nothing (T27).
 */
export async function admitSecondFactor(
  db: Database,
  accountId: string,
  act: Act,
): Promise<SecondFactorAdmission> {
  const address = addressBucket(act.address ?? unknownAddress)
  const wanted: readonly Bucket[] = [
    { budget: budgets.second_factor_address, key: address },
    { budget: budgets.second_factor_account_address, key: `${accountId} ${address}` },
    { budget: budgets.second_factor_account, key: accountId },
  ]
  for (const [index, bucket] of wanted.entries()) {
    const taken = await take(db, bucket)
    if (taken.allowed) continue
    await Promise.all(wanted.slice(0, index).map((spent) => refund(db, spent)))
    const target = { type: 'account', id: accountId } as const
    await record(db, { type: 'second_factor.limited', target, details: { budget: bucket.budget.name } }, act)
    return taken
  }
  return {
    allowed: true,
    succeeded: async () => {
      await Promise.all(wanted.map((spent) => refund(db, spent)))
    },
  }
}
