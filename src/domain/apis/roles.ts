/**
 * Roles: named sets of one API's scopes, given to clients and accounts. A role has no scope that its API does not name:
 * removing the scope from the API removes it from the role.
 */
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { isIdText } from '../../platform/text.ts'
import type { Act } from '../audit/act.ts'
import { changeDetails } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import { unknownApi } from './api.ts'
import { refuseBuiltIn } from './refuse-built-in.ts'
import type { NewRole, RoleChange } from './input.ts'
import type { Owner } from './permissions.ts'
import { requireScopes } from './permissions.ts'

/** A role with the names of its scopes. */
export interface Role {
  readonly id: string
  readonly apiId: string
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
  /** Part of the server: see `built-in.ts`. */
  readonly builtIn: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Counts the changes; a change may name the version it was made from. */
  readonly version: number
}

// Few enough to be listed whole, and to be told apart by people.
const mostRolesOfApi = 200

const selectRole = sql`select r.id, r.api_id, r.name, r.description, r.built_in, r.created_at, r.updated_at, r.version,
  array(select s.scope from role_scopes s where s.role_id = r.id order by s.scope) as scopes from roles r`

/** The role with this id, or undefined. */
export async function findRole(db: Database, id: string): Promise<Role | undefined> {
  if (!isIdText(id)) return undefined
  const { rows } = await sql<Role>`${selectRole} where r.id = ${id}`.execute(db)
  return rows[0]
}

/** The roles of an API by name; it has at most 200. */
export async function rolesOfApi(db: Database, apiId: string): Promise<readonly Role[]> {
  if (!isIdText(apiId)) return []
  const { rows } = await sql<Role>`${selectRole} where r.api_id = ${apiId} order by r.name, r.id`.execute(db)
  return rows
}

/** The roles an owner has, by API and name. */
export async function rolesOfOwner(db: Database, { type, id }: Owner): Promise<readonly Role[]> {
  if (!isIdText(id)) return []
  const { rows } = await sql<Role>`${selectRole} join role_members m on m.role_id = r.id
    where m.owner_type = ${type} and m.owner_id = ${id} order by r.api_id, r.name, r.id`.execute(db)
  return rows
}

/** Makes a role. Its id, and its name at the API, must be new. */
export function createRole(db: Database, role: NewRole, act: Act): Promise<Role> {
  const { id, apiId, name, description, scopes } = role
  return inTransaction(db, async (trx) => {
    await lockApi(trx, apiId)
    await requireScopes(trx, apiId, scopes)
    if ((await rolesOfApi(trx, apiId)).length >= mostRolesOfApi) {
      throw new Refusal('conflict', `The API has ${mostRolesOfApi} roles already.`)
    }
    const created = await trx
      .insertInto('roles')
      .values({ id, apiId, name, description, createdAt: act.now, updatedAt: act.now })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (created === undefined) throw nameTaken()
    await writeScopes(trx, { id, apiId, scopes })
    await record(trx, { type: 'role.created', target: target(id), details: { apiId, name, scopes } }, act)
    return requireRole(trx, id)
  })
}

/** Changes the words or the scopes of a role. */
export function changeRole(db: Database, change: RoleChange, act: Act): Promise<Role> {
  const { id } = change
  return inTransaction(db, async (trx) => {
    const current = await lockRole(trx, id)
    refuseBuiltIn(current, 'role')
    if (change.version !== undefined && change.version !== current.version) throw changedMeanwhile()
    const { apiId } = current
    const name = change.name ?? current.name
    const description = change.description ?? current.description
    const scopes = change.scopes ?? current.scopes
    const scopesAdded = scopes.filter((scope) => !current.scopes.includes(scope))
    const scopesRemoved = current.scopes.filter((scope) => !scopes.includes(scope))
    const members = (['name', 'description'] as const).filter(
      (member) => (change[member] ?? current[member]) !== current[member],
    )
    if (members.length + scopesAdded.length + scopesRemoved.length === 0) return current
    await requireScopes(trx, apiId, scopesAdded)
    await rename(trx, { id, apiId, name, description }, act)
    await removeScopes(trx, id, scopesRemoved)
    await writeScopes(trx, { id, apiId, scopes: scopesAdded })
    await record(
      trx,
      {
        type: 'role.changed',
        target: target(id),
        details: {
          ...changeDetails(members, { ...current }, { name, description }),
          scopesAdded,
          scopesRemoved,
        },
      },
      act,
    )
    return requireRole(trx, id)
  })
}

/** Deletes a role, which takes its scopes from everybody who had them through it alone. */
export function deleteRole(db: Database, id: string, act: Act): Promise<void> {
  return inTransaction(db, async (trx) => {
    const { apiId, name, builtIn } = await lockRole(trx, id)
    refuseBuiltIn({ builtIn }, 'role')
    await trx.deleteFrom('roles').where('id', '=', id).execute()
    await record(trx, { type: 'role.deleted', target: target(id), details: { apiId, name } }, act)
  })
}

/** The role with this id, or a refusal with `not_found`. */
export async function requireRole(db: Database, id: string): Promise<Role> {
  const role = await findRole(db, id)
  if (role === undefined) throw unknownRole()
  return role
}

async function lockRole(db: Database, id: string): Promise<Role> {
  const { apiId } = await requireRole(db, id)
  await lockApi(db, apiId)
  return requireRole(db, id)
}

// Whoever defines roles or scopes of an API takes its row first: names are compared and scopes counted by one at a time.
async function lockApi(db: Database, id: string): Promise<void> {
  const row = await db
    .selectFrom('apis')
    .select('id')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (row === undefined) throw unknownApi()
}

async function rename(db: Database, role: Pick<Role, 'id' | 'apiId' | 'name' | 'description'>, act: Act) {
  const { id, apiId, name, description } = role
  const others = await rolesOfApi(db, apiId)
  if (others.some((other) => other.name === name && other.id !== id)) throw nameTaken()
  await db
    .updateTable('roles')
    .set({ name, description, updatedAt: act.now, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute()
}

async function writeScopes(db: Database, role: Pick<Role, 'id' | 'apiId' | 'scopes'>): Promise<void> {
  if (role.scopes.length === 0) return
  await db
    .insertInto('roleScopes')
    .values(role.scopes.map((scope) => ({ roleId: role.id, apiId: role.apiId, scope })))
    .execute()
}

async function removeScopes(db: Database, roleId: string, scopes: readonly string[]): Promise<void> {
  if (scopes.length === 0) return
  await db.deleteFrom('roleScopes').where('roleId', '=', roleId).where('scope', 'in', scopes).execute()
}

function changedMeanwhile(): Refusal {
  return new Refusal('conflict', 'The role was changed by somebody else meanwhile; look at it again.')
}

function nameTaken(): Refusal {
  return new Refusal('conflict', 'The API has a role with this name or id already.')
}

function unknownRole(): Refusal {
  return new Refusal('not_found', 'There is no such role.')
}

function target(id: string) {
  return { type: 'role', id } as const
}
