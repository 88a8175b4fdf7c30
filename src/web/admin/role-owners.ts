/** Accounts and clients as those who are given something: found by a search, and named. */
import { findAccount } from '../../domain/accounts/account.ts'
import { findAccounts } from '../../domain/accounts/find-accounts.ts'
import type { Owner } from '../../domain/apis/permissions.ts'
import { findClient } from '../../domain/clients/client.ts'
import { searchClients } from '../../domain/clients/search.ts'
import type { Visit } from './route.ts'

/** Somebody who was found. */
export interface FoundOwner extends Owner {
  readonly name: string
  /** What a person is called, beside the address. */
  readonly person?: string | undefined
}

const mostFound = 10

/** The first accounts and clients that begin so. */
export async function findOwners(db: Visit['db'], search: string): Promise<readonly FoundOwner[]> {
  if (search === '') return []
  const page = { limit: mostFound, after: undefined }
  const [accounts, clients] = await Promise.all([
    findAccounts(db, { ...page, search, filters: {} }),
    searchClients(db, { ...page, prefix: search }),
  ])
  return [
    ...accounts.items.map(({ id, email, claims }) => ({
      type: 'account' as const,
      id,
      name: email,
      person: claims.name,
    })),
    ...clients.items.map(({ id, name }) => ({ type: 'client' as const, id, name })),
  ]
}

/** The address or name of each; undefined for those that are no more. */
export function ownerNames(db: Visit['db'], owners: readonly Owner[]): Promise<(string | undefined)[]> {
  return Promise.all(
    owners.map(async ({ type, id }) =>
      type === 'account' ? (await findAccount(db, id))?.email : (await findClient(db, id))?.name,
    ),
  )
}
