/** One second factor of an account: found by how it is named where it is removed, and taken away. */
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Act } from '../audit/act.ts'
import { listPasskeys, removePasskey } from './passkeys.ts'
import type { Passkey } from './passkeys.ts'
import { recoveryCodesLeft, removeRecoveryCodes } from './recovery-codes.ts'
import { findTotp, removeTotp } from './totp.ts'
import type { TotpAuthenticator } from './totp.ts'

/** How the authenticator app of an account is named; it has at most one. */
export const appFactor = 'authenticator-app'

/** How its recovery codes are named, all of them together. */
export const codesFactor = 'recovery-codes'

/** A second factor as whoever removes it is told of it. */
export type Factor =
  | ({ readonly kind: 'app' } & TotpAuthenticator)
  | { readonly kind: 'recovery_codes'; readonly left: number }
  | ({ readonly kind: 'passkey' } & Omit<Passkey, 'kind'>)

/** Which second factor of whom: the app or the codes by the names above, a passkey by its id. */
export interface FactorOfAccount {
  readonly accountId: string
  readonly factor: string
  /** Why somebody else took it, for the log. */
  readonly reason?: string | undefined
}

/** Finds a second factor. A stranger's and none are the same. */
export async function requireFactor(
  db: Database,
  { accountId, factor }: Pick<FactorOfAccount, 'accountId' | 'factor'>,
): Promise<Factor> {
  if (factor === appFactor) {
    const app = await findTotp(db, accountId)
    if (app !== undefined) return { kind: 'app', ...app }
  } else if (factor === codesFactor) {
    const left = await recoveryCodesLeft(db, accountId)
    if (left > 0) return { kind: 'recovery_codes', left }
  } else {
    const passkey = (await listPasskeys(db, accountId)).find(({ id }) => id === factor)
    if (passkey !== undefined) return { ...passkey, kind: 'passkey' }
  }
  throw unknownFactor()
}

/** Takes a second factor away. A stranger's and none are the same. */
export function removeFactor(
  db: Database,
  { accountId, factor, reason }: FactorOfAccount,
  act: Act,
): Promise<'removed' | 'not_found'> {
  if (factor === appFactor) return removeTotp(db, { accountId, reason }, act)
  if (factor === codesFactor) return removeRecoveryCodes(db, { accountId, reason }, act)
  return removePasskey(db, { accountId, id: factor, reason }, act)
}

/** The refusal for a second factor that is not there. */
export function unknownFactor(): Refusal {
  return new Refusal('not_found', 'The account has no such second factor.')
}
