/** The passkeys of a server, shared by every door that uses them. */
import type { ServerConfig } from '../config.ts'
import { findAccount } from '../domain/accounts/account.ts'
import type { Metrics } from '../platform/metrics.ts'
import { createPasskeys } from '../web/passkeys.ts'
import type { Passkeys } from '../web/passkeys.ts'
import type { Floor } from './floor.ts'

/** Opens them; undefined where the issuer's host is an address. */
export function passkeysOf(
  { issuer }: ServerConfig,
  { db, activity, settings }: Floor,
  metrics: Pick<Metrics, 'countSignIn'>,
): Passkeys | undefined {
  return createPasskeys({
    db,
    issuer,
    brandName: () => settings.current().brandName,
    onSignIn: (outcome) => {
      metrics.countSignIn(outcome)
      activity.count({ kind: 'sign_in', subject: '', outcome })
    },
    // Asked of the database: a disabled account is not let in by what was remembered of it.
    mayUse: async (accountId) => {
      const account = await findAccount(db, accountId)
      return account !== undefined && account.disabledAt === undefined
    },
  })
}
