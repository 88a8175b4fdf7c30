import { sql } from 'kysely'
import { sha256 } from '../../platform/crypto/digest.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'

/** One account of one browser. The token is what the browser keeps; only its hash is kept here. */
export interface BrowserAccount {
  readonly token: string
  readonly accountId: string
}

/** For how long after the last sign-in an account is offered again in that browser. */
export const browserAccountSeconds = 90 * 86_400

/** More than one person has; the one that was not used for longest is forgotten for a newer one. */
const mostAccounts = 8

const find = statement<{ accountId: string }>(
  'browser_accounts_find',
  `select account_id as "accountId" from browser_accounts where browser_hash = $1 and expires_at > $2
   order by signed_in_at desc, account_id`,
)

/** The ids of the accounts that signed in in this browser, the last one first. */
export async function browserAccountIds(db: Database, token: string, now: Date): Promise<readonly string[]> {
  return (await run(db, find, [sha256(token), now])).map(({ accountId }) => accountId)
}

/** Remembers that an account has signed in in this browser. */
export async function rememberBrowserAccount(
  db: Database,
  { token, accountId }: BrowserAccount,
  now: Date,
): Promise<void> {
  const hash = sha256(token)
  const expiresAt = new Date(now.getTime() + browserAccountSeconds * 1000)
  await sql`insert into browser_accounts (browser_hash, account_id, signed_in_at, expires_at)
    values (${hash}, ${accountId}, ${now}, ${expiresAt})
    on conflict (browser_hash, account_id) do update set
      signed_in_at = excluded.signed_in_at, expires_at = excluded.expires_at`.execute(db)
  await sql`delete from browser_accounts where browser_hash = ${hash} and account_id in (
    select account_id from browser_accounts where browser_hash = ${hash}
    order by signed_in_at desc, account_id offset ${mostAccounts})`.execute(db)
}

/** Forgets an account in this browser, and nowhere else. */
export async function forgetBrowserAccount(
  db: Database,
  { token, accountId }: BrowserAccount,
): Promise<void> {
  await db
    .deleteFrom('browserAccounts')
    .where('browserHash', '=', sha256(token))
    .where('accountId', '=', accountId)
    .execute()
}
