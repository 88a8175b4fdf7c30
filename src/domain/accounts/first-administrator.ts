import { sql } from 'kysely'
import { sha256 } from '../../platform/crypto/digest.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Account } from './account.ts'
import { createAccount } from './create.ts'
import type { NameTaken, NewAccount } from './create.ts'
import { grantAdministrator } from './lifecycle.ts'

/** A link that waits to be used. */
export interface SetupLink {
  readonly expiresAt: Date
}

/**
 * Makes the one link that leads to the first administrator; an earlier one stops working. Undefined once there is an
 * administrator. Only the token's digest is kept: 256 random bits need no slow hash.
 */
export function createSetupLink(
  db: Database,
  { token, expiresAt }: { readonly token: string; readonly expiresAt: Date },
  act: Act,
): Promise<SetupLink | undefined> {
  return inTransaction(db, async (transaction) => {
    await takeTurn(transaction)
    if (await hasAdministrator(transaction)) return undefined
    await transaction
      .deleteFrom('oneTimeLinks')
      .where('purpose', '=', 'first_administrator')
      .where('usedAt', 'is', null)
      .execute()
    await transaction
      .insertInto('oneTimeLinks')
      .values({ tokenHash: sha256(token), purpose: 'first_administrator', createdAt: act.now, expiresAt })
      .execute()
    await record(
      transaction,
      { type: 'setup.link_created', details: { expires_at: expiresAt.toISOString() } },
      act,
    )
    return { expiresAt }
  })
}

/** The link of this token while it can be used, for the page that it leads to. */
export async function findSetupLink(db: Database, token: string, now: Date): Promise<SetupLink | undefined> {
  return usableLinks(db, { token, now }).executeTakeFirst()
}

/** What the first administrator's account is made of. */
export interface Setup {
  readonly token: string
  readonly id: string
  /** Its address counts as verified: the operator handed the link to this person. */
  readonly account: Omit<NewAccount, 'emailVerified'>
  readonly passwordHash: string
}

/** What came of it. A link that is unknown, used, expired or too late is one outcome, and is all a stranger learns. */
export type SetupOutcome =
  | { readonly outcome: 'completed'; readonly account: Account }
  | { readonly outcome: 'link_unusable' | NameTaken }

/** Uses the link: makes the account and makes it the administrator, all or nothing. */
export function completeSetup(
  db: Database,
  { token, id, account, passwordHash }: Setup,
  act: Act,
): Promise<SetupOutcome> {
  return inTransaction(db, async (transaction) => {
    await takeTurn(transaction)
    const link = await usableLinks(transaction, { token, now: act.now }).forUpdate().executeTakeFirst()
    if (link === undefined) return { outcome: 'link_unusable' }
    // A name that is taken leaves the link as it was, so that the person can choose another.
    const created = await createAccount(
      transaction,
      { id, account: { ...account, emailVerified: true }, passwordHash },
      act,
    )
    if (created.outcome !== 'created') return created
    await grantAdministrator(transaction, { id }, act)
    await useLink(transaction, token, act.now)
    await record(transaction, { type: 'setup.completed', target: { type: 'account', id } }, act)
    return { outcome: 'completed', account: { ...created.account, administrator: true, version: 2 } }
  })
}

/** Not used, not expired, and nobody administers yet. */
function usableLinks(db: Database, { token, now }: { token: string; now: Date }) {
  return db
    .selectFrom('oneTimeLinks')
    .select('expiresAt')
    .where('tokenHash', '=', sha256(token))
    .where('purpose', '=', 'first_administrator')
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .where(sql<boolean>`not exists (select from accounts where administrator)`)
}

async function useLink(db: Database, token: string, now: Date): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('oneTimeLinks')
    .set({ usedAt: now })
    .where('tokenHash', '=', sha256(token))
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows !== 1n) throw new Error('the setup link was used while its row was locked')
}

async function hasAdministrator(db: Database): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('administrator', '=', true)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * One setup at a time, over all instances, until the transaction ends: what makes an administrator cannot be read from
 * the row of one link, because two links of a moment would not see each other's account.
 */
async function takeTurn(db: Database): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('latchkey first administrator', 0))`.execute(db)
}
