import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import { pageMembers, pageOf, readCursor } from '../../platform/db/page.ts'
import type { Page } from '../../platform/db/page.ts'
import { namePage, readNamePlace } from '../../platform/db/prefix.ts'
import { lineOfText } from '../../platform/text.ts'
import { accountColumns, accountOf } from './account.ts'
import type { Account } from './account.ts'
import { foldText } from './names.ts'

/** A list query at the door: `search` finds a part of the address or user name in any case, or a whole id. */
export const accountListQuery = z.strictObject({ ...pageMembers, search: lineOfText(200).optional() })

/** A parsed list query. */
export type AccountListQuery = z.output<typeof accountListQuery>

/** A page of accounts, the newest first. */
export async function listAccounts(
  db: Database,
  { limit, after, search }: AccountListQuery,
): Promise<Page<Account>> {
  let query = db
    .selectFrom('accounts')
    .select(accountColumns)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
  if (after !== undefined) {
    const { createdAt, id } = readCursor(after)
    query = query.where(sql<boolean>`(created_at, id) < (${createdAt}, ${id})`)
  }
  if (search !== undefined) query = query.where(matching(search))
  const rows = await query.limit(limit + 1).execute()
  return pageOf(rows.map(accountOf), limit)
}

/** A page of accounts by their folded address. */
export async function listAccountsByEmail(
  db: Database,
  { limit, after }: Pick<AccountListQuery, 'limit' | 'after'>,
): Promise<Page<Account>> {
  const { key } = readNamePlace(after)
  const rows = await db
    .selectFrom('accounts')
    .select([...accountColumns, 'emailKey as key'])
    // As bytes, in the order of the index of searches.
    .where(sql<boolean>`email_key ~>~ ${key}`)
    .orderBy(sql`email_key using ~<~`)
    .limit(limit + 1)
    .execute()
  return namePage(rows, limit, ({ key: _key, ...row }) => accountOf(row))
}

/** Not LIKE, but a part of the folded text, in which `%` and `_` mean themselves. */
function matching(search: string) {
  const part = foldText(search)
  return sql<boolean>`(strpos(email_key, ${part}) > 0 or strpos(username_key, ${part}) > 0 or id = ${search})`
}
