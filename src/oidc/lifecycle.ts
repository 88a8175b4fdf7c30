/**
 * Accounts and clients are disabled and deleted together with everything that stands for them, in one transaction. What
 * stands ends first, while it can still be told of: with a row that is deleted go its grants and their apps' addresses.
 */
import { deleteAccount, disableAccount } from '../domain/accounts/lifecycle.ts'
import type { Act } from '../domain/audit/act.ts'
import { requireClient } from '../domain/clients/client.ts'
import type { Client } from '../domain/clients/client.ts'
import { deleteClient, disableClient } from '../domain/clients/lifecycle.ts'
import type { Database } from '../platform/db/open.ts'
import { inTransaction } from '../platform/db/transaction.ts'
import { Refusal } from '../platform/errors.ts'
import { endEverythingOfAccount, endEverythingOfClient } from './end-everything.ts'

/** Disables an account and ends what stands for it. Refuses with `conflict` where it is the last owner who can sign in. */
export function disableAccountWithAll(
  db: Database,
  id: string,
  act: Act,
): Promise<'disabled' | 'already_disabled' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    const outcome = await disableAccount(trx, { id }, act)
    if (outcome === 'last_administrator') throw lastOwnerStays()
    if (outcome === 'disabled') await endEverythingOfAccount(trx, id, act)
    return outcome
  })
}

/** Deletes an account with what stands for it. Refuses with `conflict` where it is the last owner who can sign in. */
export function deleteAccountWithAll(db: Database, id: string, act: Act): Promise<'deleted' | 'not_found'> {
  return inTransaction(db, async (trx) => {
    await endEverythingOfAccount(trx, id, act)
    const outcome = await deleteAccount(trx, { id }, act)
    // Thrown, so that what was ended above is as it was.
    if (outcome === 'last_administrator') throw lastOwnerStays()
    return outcome
  })
}

/** Disables a client and ends its grants and tokens. Doing so twice changes nothing. */
export function disableClientWithAll(db: Database, id: string, act: Act): Promise<Client> {
  return inTransaction(db, async (trx) => {
    const { disabledAt } = await requireClient(trx, id)
    const disabled = await disableClient(trx, id, act)
    if (disabledAt === undefined) await endEverythingOfClient(trx, id, act)
    return disabled
  })
}

/** Deletes a client with its secrets, permissions, grants and tokens. */
export function deleteClientWithAll(db: Database, id: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    await endEverythingOfClient(trx, id, act)
    await deleteClient(trx, id, act)
  })
}

/** The refusal to leave an installation without an owner. */
export function lastOwnerStays(): Refusal {
  return new Refusal('conflict', 'The last owner who can sign in stays; make another account one first.')
}
