/** What the factors that people type have in common: their failures are counted, told, and end them one day. */
import type { Database } from '../../platform/db/open.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'

/** A code that somebody typed beside the password of an account. */
export interface CodeAttempt {
  readonly accountId: string
  readonly code: string
}

/** What came of it. `locked` says that no code will be taken any more. */
export type CodeOutcome = 'accepted' | 'rejected' | 'locked'

/** NIST SP 800-63B-4 §3.2.2: no more failures in a row than this, then the authenticator has to be bound again. */
export const mostFailures = 100

/** A factor that somebody types. */
export type TypedMethod = 'totp' | 'recovery_code'

const tables = { totp: 'totpAuthenticators', recovery_code: 'recoveryCodeSets' } as const

/** Tells of a code that was refused, and why. The code itself is never told. */
export async function recordFailure(
  db: Database,
  { accountId, method, reason }: { accountId: string; method: TypedMethod; reason: string },
  act: Act,
): Promise<void> {
  const target = { type: 'account', id: accountId } as const
  await record(db, { type: 'second_factor.failed', target, details: { method, reason } }, act)
}

/** Ends a factor that has failed too often; told once. The count alone refuses already, should this never be reached. */
export async function lockAfterFailures(
  db: Database,
  { accountId, method }: { readonly accountId: string; readonly method: TypedMethod },
  act: Act,
): Promise<'locked' | 'rejected'> {
  const { numUpdatedRows } = await db
    .updateTable(tables[method])
    .set({ disabledAt: act.now })
    .where('accountId', '=', accountId)
    .where('failures', '>=', mostFailures)
    .where('disabledAt', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return 'rejected'
  const target = { type: 'account', id: accountId } as const
  await record(db, { type: 'second_factor.locked', target, details: { method } }, act)
  return 'locked'
}
