import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { accountColumns, accountOf } from './account.ts'
import type { Account } from './account.ts'
import { foldText } from './names.ts'

/** Where a page of accounts ended. */
export interface AccountCursor {
  readonly createdAt: Date
  readonly id: string
}

/** Which accounts to list: `search` finds a part of the address or user name in any case, or a whole id. */
export interface AccountListing {
  readonly limit: number
  readonly cursor?: AccountCursor | undefined
  readonly search?: string | undefined
}

/** Lists accounts, the newest first. A page never repeats or leaves out an account that existed when it was asked for. */
export async function listAccounts(
  db: Database,
  { limit, cursor, search }: AccountListing,
): Promise<{ readonly items: readonly Account[]; readonly nextCursor?: AccountCursor }> {
  let query = db
    .selectFrom('accounts')
    .select(accountColumns)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
  if (cursor !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${cursor.createdAt}, ${cursor.id})`)
  }
  if (search !== undefined) query = query.where(matches(search))
  const rows = await query.limit(limit + 1).execute()
  const items = rows.slice(0, limit).map(accountOf)
  const last = items.at(-1)
  if (rows.length <= limit || last === undefined) return { items }
  return { items, nextCursor: { createdAt: last.createdAt, id: last.id } }
}

/** Not LIKE: what was typed is text, and its `%` and `_` mean themselves. PostgreSQL cannot hold U+0000. */
function matches(search: string) {
  const id = search.trim().slice(0, 200).toWellFormed().replaceAll('\u0000', '\uFFFD')
  const part = foldText(id)
  return sql<boolean>`(strpos(email_key, ${part}) > 0 or strpos(username_key, ${part}) > 0 or id = ${id})`
}
