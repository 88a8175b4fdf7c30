import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'
import { enqueueNotice } from '../mail/outbox.ts'
import { recipientsOf } from './recipients.ts'

/** A key that was reported, and what was done about it. Never the key itself. */
export interface LeakedKey {
  readonly keyId: string
  readonly name: string
  readonly clientId: string
  readonly measure: string
}

/**
 * Tells those responsible for a client that a key of it has leaked, in the caller's transaction. An account is told by the
 * database itself, as of everything that happens to its credentials.
 */
export async function tellOfLeakedKey(
  db: Database,
  { clientId, ...key }: LeakedKey,
  act: Act,
): Promise<void> {
  for (const { address, locale, accountId } of await recipientsOf(db, { type: 'client', id: clientId })) {
    const facts = { ...key, clientId, occurredAt: act.now.toISOString() }
    await enqueueNotice(db, { kind: 'key_leaked', to: address, locale, accountId, facts }, act)
  }
}
