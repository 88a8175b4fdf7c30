/** What is kept around an account besides itself, for its owner to read: nothing of it could be presented anywhere. */
import type { Database } from '../../platform/db/open.ts'

/** A mailed link, used or not. */
export interface KeptLink {
  readonly purpose: string
  readonly email: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly usedAt: Date | null
}

/** What stands beside the row of an account. */
export interface KeptOfAccount {
  readonly links: readonly KeptLink[]
  /** The browsers that offer the account when somebody signs in there. */
  readonly browsers: readonly { readonly signedInAt: Date; readonly expiresAt: Date }[]
  /** Wrong passwords in a row, from devices it knows and from elsewhere. */
  readonly passwordFailures: readonly {
    readonly knownDevices: number
    readonly elsewhere: number
    readonly updatedAt: Date
    readonly disabledAt: Date | null
  }[]
}

/** Reads it. */
export async function keptOfAccount(db: Database, accountId: string): Promise<KeptOfAccount> {
  return {
    links: await db
      .selectFrom('oneTimeLinks')
      .select(['purpose', 'email', 'createdAt', 'expiresAt', 'usedAt'])
      .where('accountId', '=', accountId)
      .orderBy('createdAt')
      .execute(),
    browsers: await db
      .selectFrom('browserAccounts')
      .select(['signedInAt', 'expiresAt'])
      .where('accountId', '=', accountId)
      .orderBy('signedInAt')
      .execute(),
    passwordFailures: await db
      .selectFrom('passwordAttempts')
      .select(['knownDevices', 'elsewhere', 'updatedAt', 'disabledAt'])
      .where('accountId', '=', accountId)
      .execute(),
  }
}
