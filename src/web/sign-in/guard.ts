import { attemptKey } from '../../domain/accounts/account.ts'
import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import { findDevice } from '../../domain/devices/devices.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { refundTogether, takeTogether } from '../../domain/limits/take-together.ts'
import { take } from '../../domain/limits/take.ts'
import type { Bucket } from '../../domain/limits/take.ts'
import type { Database } from '../../platform/db/open.ts'
import { addressBucket, networkBucket, unknownAddress } from '../../platform/http/client-address.ts'

/** Whether an attempt may look at a password. */
export type Admission =
  | {
      readonly allowed: true
      /** Whether it comes from a device of the account, and is counted apart from what strangers do. */
      readonly fromKnownDevice: boolean
      /** Gives back what was taken: only failures are spent, and only what was compared. */
      readonly giveBack: () => Promise<void>
    }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/** An attempt, before anything is known of it. */
export interface GuardedAttempt {
  readonly login: string
  /** What the browser's device cookie says. */
  readonly deviceToken?: string | undefined
}

/** Counts attempts before any of them costs a hash. */
export interface SignInGuard {
  readonly admit: (attempt: GuardedAttempt, act: Act) => Promise<Admission>
}

/**
 * A guard over the shared budgets. A device that the account knows has a budget of its own; everybody else, and a device
 * that has spent it, takes from the common ones.
 */
export function createSignInGuard(db: Database): SignInGuard {
  return {
    admit: async ({ login, deviceToken }, act) => {
      const account = await attemptKey(db, login)
      const device = await knownDevice(db, { account, deviceToken }, act.now)
      if (device !== undefined) {
        const own = { budget: budgets.sign_in_device, key: device }
        const taken = await take(db, own)
        if (taken.allowed) return admitted(db, [own], true)
      }
      return admitStranger(db, account, act)
    },
  }
}

async function admitStranger(db: Database, account: string, act: Act): Promise<Admission> {
  const wanted = bucketsOf(account, act.address ?? unknownAddress)
  const taken = await takeTogether(db, wanted)
  if (taken.allowed) return admitted(db, wanted, false)
  await recordLimited(db, taken.refusedBy, act)
  return taken
}

function admitted(db: Database, spent: readonly Bucket[], fromKnownDevice: boolean): Admission {
  return { allowed: true, fromKnownDevice, giveBack: () => refundTogether(db, spent) }
}

/** The widest first. */
function bucketsOf(account: string, clientAddress: string): readonly Bucket[] {
  const address = addressBucket(clientAddress)
  const network = networkBucket(clientAddress)
  return [
    { budget: budgets.sign_in_overall, key: 'all' },
    ...(network === undefined ? [] : [{ budget: budgets.sign_in_network, key: network }]),
    { budget: budgets.sign_in_address, key: address },
    { budget: budgets.sign_in_account_address, key: `${account} ${address}` },
    { budget: budgets.sign_in_account_address_long, key: `${account} ${address}` },
    { budget: budgets.sign_in_account, key: account },
  ]
}

/** T31: asked of a login that nobody has just the same; no device is known to it. */
async function knownDevice(
  db: Database,
  { account, deviceToken }: { readonly account: string; readonly deviceToken: string | undefined },
  now: Date,
): Promise<string | undefined> {
  if (deviceToken === undefined) return undefined
  return (await findDevice(db, { token: deviceToken, accountId: account }, now))?.id
}

async function recordLimited(db: Database, { budget }: Bucket, act: Act): Promise<void> {
  const key = `${budget.name} ${addressBucket(act.address ?? unknownAddress)}`
  const { allowed } = await take(db, { budget: budgets.sign_in_limited_events, key })
  if (allowed) await record(db, { type: 'sign_in.limited', details: { budget: budget.name } }, act)
}
