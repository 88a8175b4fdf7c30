/**
 * Keys that people make for themselves: only at APIs that say so, only within what the person holds there, and only ever
 * their own. Limits and addresses are for administrators to set.
 */
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { findApiById } from '../apis/api.ts'
import type { Api } from '../apis/api.ts'
import { heldScopes } from '../apis/held-scopes.ts'
import type { ApiScope } from '../apis/input.ts'
import type { Act } from '../audit/act.ts'
import { createApiKey } from './create.ts'
import type { CreatedKey, KeyMaking } from './create.ts'
import { requireApiKey, unknownApiKey } from './find.ts'
import type { ApiKey } from './find.ts'
import { newApiKey, parseApiKeyInput } from './input.ts'

/** An API at which a person may make keys, with the scopes they hold there. */
export interface OfferedApi {
  readonly id: string
  readonly name: string
  readonly identifier: string
  readonly scopes: readonly ApiScope[]
}

/** The APIs at which a person may make keys now, by identifier. */
export async function offeredApis(db: Database, accountId: string): Promise<OfferedApi[]> {
  const held = await heldScopes(db, { type: 'account', id: accountId })
  const offered: OfferedApi[] = []
  for (const [apiId, scopes] of Map.groupBy(held, (each) => each.apiId)) {
    const api = await findApiById(db, apiId)
    if (api === undefined || !letsPeopleMakeKeys(api)) continue
    const names = new Set(scopes.map(({ scope }) => scope))
    const { id, name, identifier } = api
    offered.push({ id, name, identifier, scopes: api.scopes.filter((scope) => names.has(scope.name)) })
  }
  return offered
}

function letsPeopleMakeKeys({ accountKeys, disabledAt, builtIn }: Api): boolean {
  return accountKeys && disabledAt === undefined && !builtIn
}

/** What a person says of a key. */
export interface PersonalKeyWishes {
  readonly accountId: string
  readonly apiId: string
  readonly name: unknown
  readonly scopes: unknown
  readonly expiresAt: Date | undefined
}

/** Makes a key for a person, or refuses it; an API that does not let people make keys is as good as none. */
export function createPersonalKey(
  db: Database,
  { making, wishes }: { readonly making: KeyMaking; readonly wishes: PersonalKeyWishes },
  act: Act,
): Promise<CreatedKey> {
  const { accountId, apiId, name, scopes, expiresAt } = wishes
  const owner = { type: 'account', id: accountId } as const
  const key = parseApiKeyInput(newApiKey, { owner, apiId, name, scopes, expiresAt })
  return inTransaction(db, async (trx) => {
    const api = await findApiById(trx, apiId)
    if (api === undefined || !letsPeopleMakeKeys(api)) throw new Refusal('not_found', 'There is no such API.')
    return createApiKey(trx, { making, key }, act)
  })
}

/** A person's own key; anybody else's is not there (API1). */
export async function requirePersonalKey(
  db: Database,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<ApiKey> {
  const key = await requireApiKey(db, id)
  if (key.owner.type !== 'account' || key.owner.id !== accountId) throw unknownApiKey()
  return key
}
