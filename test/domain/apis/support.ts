import type { Api } from '../../../src/domain/apis/api.ts'
import { newApi, newRole, parseApiInput, permission } from '../../../src/domain/apis/input.ts'
import { createApi } from '../../../src/domain/apis/lifecycle.ts'
import type { Owner } from '../../../src/domain/apis/permissions.ts'
import { givePermission } from '../../../src/domain/apis/permissions.ts'
import type { Role } from '../../../src/domain/apis/roles.ts'
import { createRole } from '../../../src/domain/apis/roles.ts'
import type { Database } from '../../../src/platform/db/open.ts'
import { act, now, register, service } from '../clients/support.ts'

/** Registers an API with these scopes. */
export function makeApi(
  db: Database,
  id: string,
  scopes: readonly string[] = [],
  more: object = {},
): Promise<Api> {
  const named = scopes.map((name) => ({ name, description: `May ${name}` }))
  const input = { id, identifier: `https://${id}.example`, name: `API ${id}`, scopes: named, ...more }
  return createApi(db, parseApiInput(newApi, input), act)
}

/** Makes a role named after its id. */
export function makeRole(db: Database, id: string, apiId: string, scopes: readonly string[]): Promise<Role> {
  return createRole(db, parseApiInput(newRole, { id, apiId, name: id, scopes }), act)
}

/** Registers a client to be an owner. */
export async function makeClient(db: Database, id: string): Promise<Owner> {
  await register(db, id, service)
  return { type: 'client', id }
}

/** An account to be an owner; the rows are enough here. */
export async function makeAccount(db: Database, name: string): Promise<Owner> {
  const id = `acc_${name}`
  const email = `${name}@people.example`
  await db
    .insertInto('accounts')
    .values({ id, email, emailKey: email, createdAt: now, updatedAt: now })
    .execute()
  return { type: 'account', id }
}

/** Gives an owner scopes of an API. */
export function give(db: Database, apiId: string, owner: Owner, scopes: readonly string[]) {
  return givePermission(db, parseApiInput(permission, { apiId, owner, scopes }), act)
}
