/**
 * Second factors: what an account proves beside its password. Authenticator apps (totp.ts), passkeys (passkeys.ts) and
 * recovery codes (recovery-codes.ts) each own their tables; this file looks at all of them together.
 */
import { sql } from 'kysely'
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import { hasSecondFactor } from './required.ts'
import type { EnrolledFactors } from './required.ts'

const countFactors = statement<EnrolledFactors>(
  'second_factors_of_account',
  `select exists (select from totp_authenticators where account_id = $1) as totp,
    (select count(*) from passkeys where account_id = $1)::int as passkeys,
    (select count(*) from recovery_codes where account_id = $1 and used_at is null)::int as "recoveryCodesLeft"`,
)

/**
 * The second factors an account has, those that are locked included: somebody whose app was locked by a stranger's guesses
 * is not somebody without a second factor. One statement.
 */
export async function enrolledFactors(db: Database, accountId: string): Promise<EnrolledFactors> {
  const [row] = await run(db, countFactors, [accountId])
  if (row === undefined) throw new Error('a count has no row')
  return row
}

/** Until the end of the transaction whoever else binds or takes factors of this account waits here, and then sees what was done. */
export async function waitForFactors(transaction: Database, accountId: string): Promise<void> {
  const name = `latchkey second factors ${accountId}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction)
}

/**
 * Whether a factor may be bound to an account; with `onlyIfNone`, for a sign-in that has proven none, where there is none yet.
 * Others who bind one to it wait, so that none slips past a bound.
 */
export async function mayBindFactor(
  transaction: Database,
  { accountId, onlyIfNone }: { readonly accountId: string; readonly onlyIfNone: boolean },
): Promise<boolean> {
  await waitForFactors(transaction, accountId)
  return !onlyIfNone || !hasSecondFactor(await enrolledFactors(transaction, accountId))
}

/**
 * Takes all second factors from an account, for somebody who has lost all of them and proved otherwise who they are. The
 * caller ends the account's sessions in the same transaction.
 */
export function resetSecondFactors(
  db: Database,
  { accountId, reason }: { readonly accountId: string; readonly reason?: string | undefined },
  act: Act,
): Promise<EnrolledFactors> {
  return inTransaction(db, async (transaction) => {
    const before = await enrolledFactors(transaction, accountId)
    await transaction.deleteFrom('totpEnrolments').where('accountId', '=', accountId).execute()
    await transaction.deleteFrom('totpAuthenticators').where('accountId', '=', accountId).execute()
    await transaction.deleteFrom('recoveryCodeSets').where('accountId', '=', accountId).execute()
    await transaction.deleteFrom('passkeys').where('accountId', '=', accountId).execute()
    const target = { type: 'account', id: accountId } as const
    const { totp, passkeys, recoveryCodesLeft } = before
    const details = { totp, passkeys, recovery_codes: recoveryCodesLeft, reason }
    await record(transaction, { type: 'second_factors.reset', target, details }, act)
    return before
  })
}
