import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'
import { enqueueNotice } from '../mail/outbox.ts'
import { recipientsOf } from './recipients.ts'
import type { CredentialOwner } from './recipients.ts'

/** A key that was reported, and what was done about it. Never the key itself. */
export interface LeakedKey {
  readonly keyId: string
  readonly name: string
  readonly owner: CredentialOwner
  readonly measure: string
}

/** Tells those responsible for a key that it has leaked, in the caller's transaction. */
export async function tellOfLeakedKey(db: Database, { owner, ...key }: LeakedKey, act: Act): Promise<void> {
  const facts = {
    ...key,
    ...(owner.type === 'client' && { clientId: owner.id }),
    occurredAt: act.now.toISOString(),
  }
  for (const { address, locale, accountId } of await recipientsOf(db, owner)) {
    await enqueueNotice(db, { kind: 'key_leaked', to: address, locale, accountId, facts }, act)
  }
}
