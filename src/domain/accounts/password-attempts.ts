/**
 * Wrong passwords in a row. NIST SP 800-63B-4 §3.2.2 allows a hundred for each password; then it is disabled until it is
 * bound again, which is done by setting another one. Ten of the hundred are kept for the account's own devices, so that
 * strangers who spend the other ninety do not keep the person out. A login that nobody has is counted the same way.
 */
import { sha256Hex } from '../../platform/crypto/digest.ts'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'

/** Whether an attempt comes from a device of the account or from anywhere else. */
export type AttemptPool = 'known_devices' | 'elsewhere'

/** How many may be wrong in a row. */
export const mostFailures: Readonly<Record<AttemptPool, number>> = { elsewhere: 90, known_devices: 10 }

/** After so many a person is told, well before the password is disabled. */
const tellAfter = 20

/** Whose password, and where the attempt comes from. */
export interface CountedLogin {
  /** The account's id, or what stands for a login that nobody has. */
  readonly key: string
  readonly pool: AttemptPool
}

/** An attempt that was counted: its number in the row. */
export interface CountedAttempt extends CountedLogin {
  readonly number: number
}

// Counted before the password is compared, by one conditional statement: of any number of attempts at once, over all
// instances, no more than the limit are compared (T28).
// $1 key, $2 pool, $3 now, $4 most elsewhere, $5 most from known devices
const countAttempt = statement<{ number: number }>(
  'password_attempt_count',
  `insert into password_attempts as attempts (key, account_id, elsewhere, known_devices, updated_at, expires_at)
  select $1, account.id, ($2 = 'elsewhere')::integer, ($2 = 'known_devices')::integer, $3,
    case when account.id is null then $3::timestamptz + interval '1 hour' end
    from (select) as attempt left join accounts as account on account.id = $1
  on conflict (key) do update set
    elsewhere = attempts.elsewhere + excluded.elsewhere,
    known_devices = attempts.known_devices + excluded.known_devices,
    updated_at = excluded.updated_at,
    expires_at = excluded.expires_at
  where case $2 when 'elsewhere' then attempts.elsewhere < $4 and attempts.disabled_at is null
    else attempts.known_devices < $5 end
  returning case $2 when 'elsewhere' then elsewhere else known_devices end as number`,
)

// $1 key, $2 pool
const uncountAttempt = statement(
  'password_attempt_uncount',
  `update password_attempts set
    elsewhere = greatest(0, elsewhere - ($2 = 'elsewhere')::integer),
    known_devices = greatest(0, known_devices - ($2 = 'known_devices')::integer)
  where key = $1`,
)

// A password that was disabled stays so for strangers, whoever knows it.
const endRow = statement(
  'password_attempts_end',
  `with ended as (delete from password_attempts where key = $1 and disabled_at is null returning 1)
  update password_attempts set known_devices = 0 where key = $1 and not exists (select from ended)`,
)

const disable = statement(
  'password_disable',
  `update password_attempts set disabled_at = $2
  where key = $1 and account_id is not null and elsewhere >= $3 and disabled_at is null returning key`,
)

/** Counts an attempt before it is made; undefined if there may be none. What a known device has no more of, is taken from the rest. */
export async function countPasswordAttempt(
  db: Database,
  { key, pool }: CountedLogin,
  act: Act,
): Promise<CountedAttempt | undefined> {
  const pools: readonly AttemptPool[] = pool === 'known_devices' ? [pool, 'elsewhere'] : [pool]
  for (const from of pools) {
    const values = [rowKey(key), from, act.now, mostFailures.elsewhere, mostFailures.known_devices]
    const [counted] = await run(db, countAttempt, values)
    if (counted !== undefined) return { key, pool: from, number: counted.number }
  }
  return undefined
}

/** The password was not compared after all. */
export async function uncountPasswordAttempt(db: Database, { key, pool }: CountedLogin): Promise<void> {
  await run(db, uncountAttempt, [rowKey(key), pool])
}

/** The password was right: nothing is in a row any more. */
export async function endPasswordFailures(db: Database, key: string): Promise<void> {
  await run(db, endRow, [rowKey(key)])
}

/** The password was wrong: the last attempt of the row disables it, and the one that makes many is told. */
export async function notePasswordFailure(
  db: Database,
  { key, pool, number }: CountedAttempt,
  act: Act,
): Promise<void> {
  if (pool !== 'elsewhere') return
  const target = { type: 'account', id: key } as const
  if (number === tellAfter && !isNobody(key)) {
    await record(db, { type: 'sign_in.many_failures', target, details: { failures: number } }, act)
  }
  if (number < mostFailures.elsewhere) return
  await inTransaction(db, async (transaction) => {
    const disabled = await run(transaction, disable, [key, act.now, mostFailures.elsewhere])
    if (disabled.length === 0) return
    await record(
      transaction,
      { type: 'account.password_disabled', target, details: { failures: number } },
      act,
    )
  })
}

/** Since when devices that the account does not know cannot use its password, if that is so. */
export async function passwordDisabledAt(db: Database, accountId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('passwordAttempts')
    .select('disabledAt')
    .where('accountId', '=', accountId)
    .executeTakeFirst()
  return row?.disabledAt ?? undefined
}

/** Another password was bound: the row of failures of the old one means nothing to it. */
export async function forgetPasswordAttempts(db: Database, accountId: string): Promise<void> {
  await db.deleteFrom('passwordAttempts').where('accountId', '=', accountId).execute()
}

function isNobody(key: string): boolean {
  return key.startsWith('login:')
}

/** What somebody typed may be anything, and is not kept. */
function rowKey(key: string): string {
  return isNobody(key) ? `login:${sha256Hex(key)}` : key
}
