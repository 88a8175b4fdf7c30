import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'

/** Somebody who is told about a credential, by mail. */
export interface Recipient {
  readonly address: string
  readonly locale: string | undefined
  /** Undefined for a contact of a client, who may have no account. */
  readonly accountId: string | undefined
}

/** Whose credential it is. */
export interface CredentialOwner {
  readonly type: 'account' | 'client'
  readonly id: string
}

/**
 * Whom to tell about a credential: the account it belongs to, at an address that is known to be theirs; for a client its
 * `contacts`, and the owners of this installation if it names none.
 */
export async function recipientsOf(db: Database, owner: CredentialOwner): Promise<readonly Recipient[]> {
  if (owner.type === 'account') {
    return accounts(db, sql`a.id = ${owner.id} and a.email_verified_at is not null`)
  }
  const { rows } = await sql<{ address: string }>`
    select distinct contact as address from clients c, jsonb_array_elements_text(c.metadata -> 'contacts') as contact
    where c.id = ${owner.id} and jsonb_typeof(c.metadata -> 'contacts') = 'array' order by 1`.execute(db)
  if (rows.length === 0) return accounts(db, sql`a.owner`)
  return rows.map(({ address }) => ({ address, locale: undefined, accountId: undefined }))
}

async function accounts(db: Database, condition: ReturnType<typeof sql>): Promise<readonly Recipient[]> {
  const { rows } = await sql<{ accountId: string; address: string; locale: string | null }>`
    select a.id as account_id, a.email as address, a.claims ->> 'locale' as locale from accounts a
    where ${condition} and a.email is not null and a.disabled_at is null order by a.id limit 20`.execute(db)
  return rows.map(({ locale, ...same }) => ({ ...same, locale: locale ?? undefined }))
}
