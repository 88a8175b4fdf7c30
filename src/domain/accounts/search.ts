import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { beginningWith, namePage, readNamePlace } from '../../platform/db/prefix.ts'
import type { NamePlace } from '../../platform/db/prefix.ts'
import { accountOf, findAccount } from './account.ts'
import type { Account, AccountRow } from './account.ts'
import { foldText, usernameKey } from './names.ts'

/** A search by the beginning of an address or user name, or by a whole id. */
export interface AccountSearch {
  readonly prefix: string
  readonly limit: number
  readonly after: string | undefined
}

const columns = sql.raw(`id, email, email_verified_at, username, password_hash, password_changed_at, claims,
  administrator, disabled_at, created_at, updated_at, version`)

/** A page of the accounts whose address or user name begins with a text in any case, by that name. */
export async function searchAccounts(
  db: Database,
  { prefix, limit, after }: AccountSearch,
): Promise<Page<Account>> {
  if (prefix.startsWith('acc_')) {
    const account = after === undefined ? await findAccount(db, prefix) : undefined
    return { items: account === undefined ? [] : [account], next: undefined }
  }
  const { key, id } = readNamePlace(after)
  const [email, name] = [beginningWith(foldText(prefix)), beginningWith(usernameKey(prefix))]
  const beyond = (column: string) =>
    sql`${sql.ref(column)} ~>=~ ${key} and (${sql.ref(column)} ~>~ ${key} or id > ${id})`
  // Who is found by the address is not found by the user name once more.
  const { rows } = await sql<AccountRow & NamePlace>`select * from (
      (select ${columns}, email_key as key from accounts
        where email_key like ${email} and ${beyond('email_key')} order by email_key using ~<~, id limit ${limit + 1})
      union all
      (select ${columns}, username_key as key from accounts
        where username_key like ${name} and email_key not like ${email} and ${beyond('username_key')}
        order by username_key using ~<~, id limit ${limit + 1})
    ) found order by key using ~<~, id limit ${limit + 1}`.execute(db)
  return namePage(rows, limit, ({ key: _key, ...row }) => accountOf(row))
}
