/** The account that a page is about. */
import { findAccount } from '../../domain/accounts/account.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { Refusal } from '../../platform/errors.ts'
import type { Visit } from './route.ts'

/** The account of the page, or a refusal. */
export async function requireAccount({ db, params }: Pick<Visit, 'db' | 'params'>): Promise<Account> {
  const account = await findAccount(db, params['id'] ?? '')
  if (account === undefined) throw new Refusal('not_found', 'There is no such account.')
  return account
}

/** The account of the page, if this administrator may change it. */
export async function requireChangeableAccount(visit: Visit): Promise<Account> {
  const account = await requireAccount(visit)
  await requireMayChange(visit.db, visit.held, { type: 'account', id: account.id })
  return account
}
