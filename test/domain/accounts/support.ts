import { sql } from 'kysely'
import { randomId } from '../../../src/platform/crypto/random.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import type { Act } from '../../../src/domain/audit/act.ts'
import type { Account } from '../../../src/domain/accounts/account.ts'
import { createAccount, newAccount } from '../../../src/domain/accounts/create.ts'

/** The time at which everything in these tests happens, unless said otherwise. */
export const now = new Date('2026-03-01T12:00:00.000Z')

/** An operator's act at that time. */
export const act: Act = { actor: { type: 'operator' }, now, requestId: 'req_test' }

/** Hashing that is quick, with the shape of the real one. */
export const cheapHashing = {
  memoryKibibytes: 1024,
  iterations: 2,
  parallelism: 1,
  maxConcurrent: 2,
  maxWaiting: 100,
}

/** Makes an account from what `newAccount` would take, at `at`. */
export async function makeAccount(
  db: Database,
  input: Record<string, unknown> & { email: string },
  options: { readonly passwordHash?: string; readonly at?: Date } = {},
): Promise<Account> {
  const made = await createAccount(
    db,
    { id: randomId('acc'), account: newAccount.parse(input), passwordHash: options.passwordHash },
    { ...act, now: options.at ?? now },
  )
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return made.account
}

/** The types and details of the events about an account, in their order. */
export async function eventsAbout(
  db: Database,
  id: string,
): Promise<readonly (readonly [string, unknown])[]> {
  const rows = await db
    .selectFrom('auditEvents')
    .select(['type', 'details'])
    .where('targetType', '=', 'account')
    .where('targetId', '=', id)
    .orderBy('id')
    .execute()
  return rows.map(({ type, details }) => [type, details] as const)
}

/** How many events there are. */
export async function countEvents(db: Database): Promise<number> {
  const { count } = await db
    .selectFrom('auditEvents')
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** A digest of every account but one: equal before and after whatever should have changed that one alone. */
export async function digestOfOthers(db: Database, id: string): Promise<string> {
  const { rows } = await sql<{
    digest: string
  }>`select coalesce(md5(string_agg(a::text, '|' order by a.id)), '') as digest
    from accounts a where a.id <> ${id}`.execute(db)
  return rows[0]?.digest ?? ''
}
