import { attemptKey } from '../../domain/accounts/account.ts'
import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import type { Budget } from '../../domain/limits/budgets.ts'
import { refund, take } from '../../domain/limits/take.ts'
import type { Database } from '../../platform/db/open.ts'
import { addressBucket } from '../../platform/http/client-address.ts'

/** Whether an attempt may look at a password. */
export type Admission =
  | {
      readonly allowed: true
      /** Gives back what was taken: only failures are spent. */ readonly succeeded: () => Promise<void>
    }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/** Counts attempts before any of them costs a hash. */
export interface SignInGuard {
  readonly admit: (login: string, act: Act) => Promise<Admission>
}

/** A guard over the shared budgets: the widest first, so that a flood is turned away by the cheapest look-up. */
export function createSignInGuard(db: Database): SignInGuard {
  return {
    admit: async (login, act) => {
      const address = addressBucket(act.address ?? 'unknown')
      const account = await attemptKey(db, login)
      const wanted: readonly { readonly budget: Budget; readonly key: string }[] = [
        { budget: budgets.sign_in_overall, key: 'all' },
        { budget: budgets.sign_in_address, key: address },
        { budget: budgets.sign_in_account_address, key: `${account} ${address}` },
        { budget: budgets.sign_in_account, key: account },
      ]
      for (const [index, bucket] of wanted.entries()) {
        const taken = await take(db, bucket)
        if (taken.allowed) continue
        // What the narrower budget refuses was no attempt: the wider ones get theirs back.
        await Promise.all(wanted.slice(0, index).map((spent) => refund(db, spent)))
        await recordLimited(db, bucket.budget, act)
        return taken
      }
      return {
        allowed: true,
        succeeded: async () => {
          await Promise.all(wanted.map((spent) => refund(db, spent)))
        },
      }
    },
  }
}

/** Told once a second per budget and address at most: a flood must not become a flood of events. */
async function recordLimited(db: Database, budget: Budget, act: Act): Promise<void> {
  const key = `${budget.name} ${addressBucket(act.address ?? 'unknown')}`
  const { allowed } = await take(db, { budget: limitedEvents, key })
  if (allowed) await record(db, { type: 'sign_in.limited', details: { budget: budget.name } }, act)
}

const limitedEvents: Budget = {
  name: 'sign_in_limited_events',
  capacity: 3,
  refillPerSecond: 1 / 60,
  whenUnavailable: 'deny',
}
