/**
 * Accounts as administrators look for them: by the beginning of an address, user name, name or id, and by what they are.
 * Second factors belong to another room; here it is only asked whether there are any.
 */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { beginningWith, namePage, readNamePlace, readTimePlace } from '../../platform/db/prefix.ts'
import type { NamePlace } from '../../platform/db/prefix.ts'
import { accountOf } from './account.ts'
import type { Account, AccountRow } from './account.ts'
import { foldText, usernameKey } from './names.ts'

/** What accounts can be narrowed to, at the door; whatever is not understood narrows nothing. */
export const accountFilters = z.object({
  state: z.enum(['enabled', 'disabled']).optional().catch(undefined),
  administrators: z.enum(['yes', 'no']).optional().catch(undefined),
  verified: z.enum(['yes', 'no']).optional().catch(undefined),
  factor: z.enum(['yes', 'no']).optional().catch(undefined),
})

/** Filters that `accountFilters` has read. */
export type AccountFilters = z.output<typeof accountFilters>

/** A page of what is looked for. */
export interface AccountsWanted {
  readonly filters: AccountFilters
  readonly search?: string | undefined
  readonly limit: number
  readonly after: string | undefined
}

/** An account in a list. */
export interface ListedAccount extends Account {
  readonly hasSecondFactor: boolean
}

type Row = AccountRow & NamePlace & { readonly hasSecondFactor: boolean }

const hasFactor = sql`(exists (select from totp_authenticators t where t.account_id = a.id)
  or exists (select from passkeys p where p.account_id = a.id))`

// As a set, which is made once, and not asked for each of very many accounts.
const isAmongThoseWithFactor = sql`(a.id in (select account_id from totp_authenticators
  union all select account_id from passkeys))`

const columns = sql`a.id, a.email, a.email_verified_at, a.username, a.password_hash, a.password_changed_at, a.claims,
  a.administrator, a.disabled_at, a.created_at, a.updated_at, a.version, ${hasFactor} as has_second_factor`

/** Without a search the newest come first, with one they come by the name that was found. */
export async function findAccounts(db: Database, wanted: AccountsWanted): Promise<Page<ListedAccount>> {
  const { rows } = await (
    wanted.search === undefined ? newest(wanted) : named(wanted, wanted.search)
  ).execute(db)
  return namePage(rows, wanted.limit, ({ key: _key, hasSecondFactor, ...row }) => ({
    ...accountOf(row),
    hasSecondFactor,
  }))
}

function newest({ filters, limit, after }: AccountsWanted): RawBuilder<Row> {
  const { key, id } = readTimePlace(after)
  const beyond = after === undefined ? sql`true` : sql`(a.created_at, a.id) < (${key}::timestamptz, ${id})`
  return sql<Row>`select ${columns}, a.created_at::text as key from accounts a
    where ${beyond} and ${conditionsOf(filters)} order by a.created_at desc, a.id desc limit ${limit + 1}`
}

/** Each way of finding ends early; whoever is found in one is not found in the next. What looks like an id is no name. */
function named({ filters, limit, after }: AccountsWanted, search: string): RawBuilder<Row> {
  const { key, id } = readNamePlace(after)
  const folded = foldText(search)
  const ways = [
    { column: sql`a.email_key`, like: beginningWith(folded) },
    { column: sql`a.username_key`, like: beginningWith(usernameKey(search)) },
    search.startsWith('acc_')
      ? { column: sql`a.id`, like: beginningWith(search) }
      : { column: sql`lower(a.claims ->> 'name')`, like: beginningWith(folded) },
  ]
  const branches = ways.map(({ column, like }, index) => {
    const earlier = ways.slice(0, index).map((way) => sql`coalesce(${way.column} not like ${way.like}, true)`)
    const beyond = sql`${column} ~>=~ ${key} and (${column} ~>~ ${key} or a.id > ${id})`
    const conditions = [sql`${column} like ${like}`, beyond, ...earlier, conditionsOf(filters)]
    return sql`(select ${columns}, ${column} as key from accounts a where ${sql.join(conditions, sql` and `)}
      order by ${column} using ~<~, a.id limit ${limit + 1})`
  })
  return sql<Row>`select * from (${sql.join(branches, sql` union all `)}) found
    order by key using ~<~, id limit ${limit + 1}`
}

function conditionsOf({ state, administrators, verified, factor }: AccountFilters): RawBuilder<unknown> {
  const conditions = [
    sql`true`,
    ...yesOrNo(state && (state === 'disabled' ? 'yes' : 'no'), sql`a.disabled_at is not null`),
    ...yesOrNo(administrators, sql`a.administrator`),
    ...yesOrNo(verified, sql`a.email_verified_at is not null`),
    ...yesOrNo(factor, isAmongThoseWithFactor),
  ]
  return sql.join(conditions, sql` and `)
}

function yesOrNo(wanted: 'yes' | 'no' | undefined, condition: RawBuilder<unknown>): RawBuilder<unknown>[] {
  if (wanted === undefined) return []
  return [wanted === 'yes' ? condition : sql`not ${condition}`]
}
