import { inTransaction } from '../../platform/db/transaction.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { requireApi } from '../apis/api.ts'
import { holdOwner } from '../apis/owner.ts'
import { grantableScopes, scopesOfOwner } from '../apis/permissions.ts'
import type { Owner } from '../apis/permissions.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { ApiKey } from './find.ts'
import { requireApiKey } from './find.ts'
import type { NewApiKey } from './input.ts'
import type { Peppers } from './secret.ts'
import { hashSecret, makeKey, newKeyId } from './secret.ts'

/** What making a secret needs. */
export interface KeyMaking {
  readonly peppers: Peppers
  /** The installation's prefix. */
  readonly prefix: string
}

/** A key and its text, which is nowhere else and is shown once. */
export interface CreatedKey {
  readonly key: ApiKey
  readonly text: string
}

/** Makes a key. It is given nothing that its owner does not have at the API at this moment. */
export function createApiKey(
  db: Database,
  { making, key }: { readonly making: KeyMaking; readonly key: NewApiKey },
  act: Act,
): Promise<CreatedKey> {
  const { owner, apiId, scopes } = key
  requireFuture(key.expiresAt, act.now)
  return inTransaction(db, async (trx) => {
    await holdOwner(trx, owner)
    await requireEnabledOwner(trx, owner)
    await holdApi(trx, apiId)
    await requireWithinCeiling(trx, { owner, apiId, scopes })
    const id = newKeyId()
    const { text, secret } = makeKey(making.prefix, id)
    await trx
      .insertInto('apiKeys')
      .values(rowOf(id, key, act.now))
      .execute()
    const { hash, pepperId } = hashSecret(making.peppers, { keyId: id, secret })
    await trx
      .insertInto('apiKeySecrets')
      .values({ keyId: id, slot: 1, secretHash: hash, pepperId, createdAt: act.now })
      .execute()
    const details = { ownerType: owner.type, ownerId: owner.id, apiId, scopes }
    await record(trx, { type: 'api_key.created', target: { type: 'api_key', id }, details }, act)
    return { key: await requireApiKey(trx, id), text }
  })
}

/** Refuses scopes that the owner does not have at the API now; at a disabled API nobody has any. */
export async function requireWithinCeiling(
  db: Database,
  {
    owner,
    apiId,
    scopes,
  }: { readonly owner: Owner; readonly apiId: string; readonly scopes: readonly string[] },
): Promise<void> {
  const ceiling = await keyCeiling(db, { owner, apiId })
  const beyond = scopes.filter((scope) => !ceiling.has(scope))
  if (beyond.length === 0) return
  throw new Refusal('invalid_scope', `The owner does not have ${beyond.slice(0, 5).join(', ')} at this API.`)
}

/**
 * The most that a key of this owner may do at the API. A key acts for its owner alone and no client lends it anything,
 * so an account needs permission of its own here whether or not the API demands it beside a client's.
 */
export async function keyCeiling(
  db: Database,
  { owner, apiId }: { readonly owner: Owner; readonly apiId: string },
): Promise<ReadonlySet<string>> {
  const api = await requireApi(db, apiId)
  return grantableScopes({ api, clientScopes: await scopesOfOwner(db, { apiId, owner }) })
}

/** Refuses a time that is over. */
export function requireFuture(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt !== null && expiresAt !== undefined && expiresAt <= now) {
    throw new Refusal('invalid_request', 'A key must expire in the future.')
  }
}

// Until the transaction ends the API cannot be deleted; that it exists is found out by whoever reads it next.
async function holdApi(db: Database, apiId: string): Promise<void> {
  await db.selectFrom('apis').select('id').where('id', '=', apiId).forKeyShare().execute()
}

async function requireEnabledOwner(db: Database, { type, id }: Owner): Promise<void> {
  const table = type === 'account' ? 'accounts' : 'clients'
  const enabled = await db
    .selectFrom(table)
    .select('id')
    .where('id', '=', id)
    .where('disabledAt', 'is', null)
    .executeTakeFirst()
  if (enabled === undefined) throw new Refusal('conflict', `The ${type} is disabled.`)
}

function rowOf(id: string, key: NewApiKey, now: Date) {
  return {
    id,
    name: key.name,
    ownerType: key.owner.type,
    ownerId: key.owner.id,
    apiId: key.apiId,
    scopes: [...key.scopes],
    expiresAt: key.expiresAt ?? null,
    allowedAddresses: [...key.allowedAddresses],
    rateLimitRequests: key.rateLimit?.requests ?? null,
    rateLimitSeconds: key.rateLimit?.seconds ?? null,
    rateLimitBurst: key.rateLimit?.burst ?? null,
    quotaRequests: key.quota?.requests ?? null,
    quotaPeriod: key.quota?.period ?? null,
    createdAt: now,
    updatedAt: now,
  }
}
