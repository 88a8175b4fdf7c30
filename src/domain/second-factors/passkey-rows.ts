/** The rows of passkeys, for those in this room who use them. */
import type { Database } from '../../platform/db/open.ts'

/** What an authenticator said of itself when it was used. */
export interface CountedUse {
  readonly newCounter: number
  readonly credentialBackedUp: boolean
}

/**
 * Counts on, unless the counter did not grow although it counts (§6.1.1): then there may be a copy of the key. One
 * statement, so that of two answers with the same count one is accepted.
 */
export async function countUse(
  db: Database,
  { id, used }: { readonly id: string; readonly used: CountedUse },
  now: Date,
): Promise<boolean> {
  const { newCounter, credentialBackedUp } = used
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ counter: newCounter, backedUp: credentialBackedUp, lastUsedAt: now })
    .where('id', '=', id)
    .where((row) =>
      row.or([row('counter', '<', newCounter), row.and([row('counter', '=', 0), row.lit(newCounter === 0)])]),
    )
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** A passkey as it is kept, with what its account is called in authenticators. */
export interface StoredPasskey {
  readonly id: string
  readonly accountId: string
  readonly publicKey: Buffer
  readonly synchronises: boolean
  readonly userHandle: Buffer
}

/** The passkey with this credential id, whosever it is. */
export function findPasskey(db: Database, credentialId: string): Promise<StoredPasskey | undefined> {
  return db
    .selectFrom('passkeys')
    .innerJoin('passkeyUsers', 'passkeyUsers.accountId', 'passkeys.accountId')
    .select([
      'passkeys.id',
      'passkeys.accountId',
      'passkeys.publicKey',
      'passkeys.synchronises',
      'passkeyUsers.userHandle',
    ])
    .where('credentialId', '=', Buffer.from(credentialId, 'base64url'))
    .executeTakeFirst()
}

/** What a device is asked for: the passkeys of an account. */
export async function credentialsOf(db: Database, accountId: string) {
  const rows = await db
    .selectFrom('passkeys')
    .select(['credentialId', 'transports'])
    .where('accountId', '=', accountId)
    .orderBy('createdAt')
    .execute()
  return rows.map(({ credentialId, transports }) => ({
    id: credentialId.toString('base64url'),
    type: 'public-key' as const,
    transports,
  }))
}
