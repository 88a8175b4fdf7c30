/**
 * The one place that says what somebody may request at an API.
 *
 * An owner, a client or an account, has the scopes it was given directly and those of its roles; nothing else gives
 * it any. A client that acts for itself may request what it has. A client that acts for an account may request what
 * the client has and, where the API demands permission of accounts, only what the account has too: neither ever lends
 * the other more than it has itself. A disabled API has nothing to request, and neither has a scope that the API does
 * not name (any more).
 */
import type { Database } from '../../platform/db/open.ts'
import { run, statement } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { isIdText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { record } from '../audit/record.ts'
import type { Api } from './api.ts'
import { requireApi } from './api.ts'
import type { Permission } from './input.ts'
import { holdOwner } from './owner.ts'

/** Whoever can be given something at an API. */
export interface Owner {
  readonly type: 'account' | 'client'
  readonly id: string
}

/** Who asks at which API: the client's scopes, and those of the account it acts for, if it does. */
export interface GrantQuestion {
  readonly api: Pick<Api, 'disabledAt' | 'scopes' | 'accountsNeedPermission'>
  readonly clientScopes: ReadonlySet<string>
  /** Left out only by a client that acts for itself. */
  readonly accountScopes?: ReadonlySet<string>
}

// $1 owner types, $2 owner ids, $3 API ids, all of the same length.
const scopesByOwners = statement<{ place: number; scope: string }>(
  'scopes_by_owners',
  `with asked as (select * from unnest($1::text[], $2::text[], $3::text[]) with ordinality
     as a (owner_type, owner_id, api_id, place))
   select a.place::int as place, p.scope from asked a join api_permissions p
     on p.owner_type = a.owner_type and p.owner_id = a.owner_id and p.api_id = a.api_id
   union
   select a.place::int, s.scope from asked a join role_members m
     on m.owner_type = a.owner_type and m.owner_id = a.owner_id
     join role_scopes s on s.role_id = m.role_id and s.api_id = a.api_id`,
)

/** What may be requested: the rule above, and nothing more. */
export function grantableScopes({ api, clientScopes, accountScopes }: GrantQuestion): ReadonlySet<string> {
  if (api.disabledAt !== undefined) return new Set()
  const named = new Set(api.scopes.map(({ name }) => name))
  const ofClient = named.intersection(clientScopes)
  if (accountScopes === undefined || !api.accountsNeedPermission) return ofClient
  return ofClient.intersection(accountScopes)
}

/** Somebody at an API. */
export interface OwnerAtApi {
  readonly apiId: string
  readonly owner: Owner
}

/** The scopes an owner has at an API, directly and through roles. One statement. */
export async function scopesOfOwner(db: Database, asked: OwnerAtApi): Promise<ReadonlySet<string>> {
  const [scopes = new Set<string>()] = await scopesOfOwners(db, [asked])
  return scopes
}

/** The same of several, each in its place. One statement for all of them. */
export async function scopesOfOwners(
  db: Database,
  asked: readonly OwnerAtApi[],
): Promise<readonly ReadonlySet<string>[]> {
  const found = asked.map(() => new Set<string>())
  const rows = await run(db, scopesByOwners, [
    asked.map(({ owner }) => owner.type),
    asked.map(({ owner }) => storable(owner.id)),
    asked.map(({ apiId }) => storable(apiId)),
  ])
  for (const { place, scope } of rows) found[place - 1]?.add(scope)
  return found
}

/** An id, or what is the id of nothing: the database would not take every text. */
function storable(id: string): string {
  return isIdText(id) ? id : ''
}

/** Gives an owner scopes of an API, all or none of them. Answers with those it had not been given before. */
export function givePermission(db: Database, given: Permission, act: Act): Promise<readonly string[]> {
  const { apiId, owner, scopes } = given
  return inTransaction(db, async (trx) => {
    await holdOwner(trx, owner)
    await requireScopes(trx, apiId, scopes)
    if (scopes.length === 0) return []
    const rows = await trx
      .insertInto('apiPermissions')
      .values(
        scopes.map((scope) => ({
          apiId,
          scope,
          ownerType: owner.type,
          ownerId: owner.id,
          createdAt: act.now,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .returning('scope')
      .execute()
    const added = rows.map(({ scope }) => scope).sort()
    if (added.length === 0) return []
    await record(trx, { type: 'permission.given', target: owner, details: { apiId, scopes: added } }, act)
    return added
  })
}

/** Takes scopes from an owner that it was given directly. Answers with those it had. */
export function withdrawPermission(db: Database, given: Permission, act: Act): Promise<readonly string[]> {
  const { apiId, owner, scopes } = given
  return inTransaction(db, async (trx) => {
    await requireApi(trx, apiId)
    if (scopes.length === 0) return []
    const rows = await trx
      .deleteFrom('apiPermissions')
      .where('ownerType', '=', owner.type)
      .where('ownerId', '=', owner.id)
      .where('apiId', '=', apiId)
      .where('scope', 'in', scopes)
      .returning('scope')
      .execute()
    const removed = rows.map(({ scope }) => scope).sort()
    if (removed.length === 0) return []
    await record(
      trx,
      { type: 'permission.withdrawn', target: owner, details: { apiId, scopes: removed } },
      act,
    )
    return removed
  })
}

/** Refuses scopes that the API does not name, and keeps the others from being removed until the transaction ends. */
export async function requireScopes(db: Database, apiId: string, scopes: readonly string[]): Promise<void> {
  await requireApi(db, apiId)
  if (scopes.length === 0) return
  const rows = await db
    .selectFrom('apiScopes')
    .select('name')
    .where('apiId', '=', apiId)
    .where('name', 'in', scopes)
    .orderBy('name')
    .forKeyShare()
    .execute()
  const found = new Set(rows.map(({ name }) => name))
  const unknown = scopes.filter((scope) => !found.has(scope))
  if (unknown.length === 0) return
  throw new Refusal('invalid_scope', `The API has no scope ${unknown.slice(0, 5).join(', ')}.`)
}
