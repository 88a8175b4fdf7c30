/**
 * Who is who, for the protocol: clients, accounts, APIs and what is permitted at them, kept in memory while changes are
 * heard of. Disabled ones are simply not there: deny is what remains when nobody speaks for a credential.
 */
import { findAccounts } from '../accounts/account.ts'
import type { Account } from '../accounts/account.ts'
import { findApi } from '../apis/api.ts'
import type { Api } from '../apis/api.ts'
import { scopesOfOwners } from '../apis/permissions.ts'
import type { Owner, OwnerAtApi } from '../apis/permissions.ts'
import { findClients } from '../clients/client.ts'
import type { Client } from '../clients/client.ts'
import { createLookup } from '../../platform/cache.ts'
import type { ChangeSource, Lookup } from '../../platform/cache.ts'
import { createBatcher } from '../../platform/db/batch.ts'
import type { Database } from '../../platform/db/open.ts'

/** Look-ups of living things. */
export interface Directory {
  readonly client: (id: string) => Promise<Client | undefined>
  /** The client, if it is in memory and may be believed; never asks the database. */
  readonly recallClient: (id: string) => Client | undefined
  readonly account: (id: string) => Promise<Account | undefined>
  readonly api: (identifier: string) => Promise<Api | undefined>
  /** What an owner was given at an API, directly or through roles. */
  readonly scopesAt: (api: Api, owner: Owner) => Promise<ReadonlySet<string>>
}

/** How far a directory may trust its memory. */
export interface DirectoryOptions {
  readonly db: Database
  readonly changes: ChangeSource
  readonly maxEntries: number
}

// Changes are heard of within a second; the age is a second line of defence, not the bound.
const maxAgeMilliseconds = 30_000
// Many owners may be asked about in one moment; APIs are few.
const batches = { maxBatch: 100, maxUnderWay: 2 }

/** Opens the directory. */
export function createDirectory({ db, changes, maxEntries }: DirectoryOptions): Directory {
  const remember = <T>(kind: string, load: (id: string) => Promise<T | undefined>): Lookup<T> =>
    createLookup<T>({
      kind,
      changes,
      load,
      maxEntries,
      maxAgeMilliseconds,
      maxAbsenceMilliseconds: 0,
      nowMilliseconds: () => performance.now(),
    })
  const clients = remember(
    'client',
    createBatcher((ids) => findClients(db, ids), batches),
  )
  const accounts = remember(
    'account',
    createBatcher((ids) => findAccounts(db, ids), batches),
  )
  const apis = remember('api', (identifier) => findApi(db, identifier))
  const scopes = remember(
    'permissions',
    createBatcher((keys) => scopesOfOwners(db, keys.map(ownerAtApi)), batches),
  )
  // A permission is known under its API; one change of one API forgets all of them, which is rare and cheap.
  changes.subscribe((change) => {
    if (change.kind === 'api') scopes.clear()
  })
  return {
    client: async (id) => alive(clients.peek(id) ?? (await clients.get(id))),
    recallClient: (id) => alive(clients.peek(id)),
    account: async (id) => alive(await accounts.get(id)),
    api: async (identifier) => alive(apis.peek(identifier) ?? (await apis.get(identifier))),
    scopesAt: async (api, { type, id }) => (await scopes.get(`${api.id}\n${type}\n${id}`)) ?? new Set(),
  }
}

function ownerAtApi(key: string): OwnerAtApi {
  const [apiId = '', type = '', id = ''] = key.split('\n')
  if (type !== 'account' && type !== 'client') throw new Error('permissions belong to accounts and clients')
  return { apiId, owner: { type, id } }
}

function alive<T extends { readonly disabledAt: Date | undefined }>(found: T | undefined): T | undefined {
  return found?.disabledAt === undefined ? found : undefined
}
