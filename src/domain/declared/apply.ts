import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { changeApi, createApi, deleteApi } from '../apis/lifecycle.ts'
import { addIntrospector, removeIntrospector } from '../apis/introspectors.ts'
import { givePermission, withdrawPermission } from '../apis/permissions.ts'
import { giveRole, withdrawRole } from '../apis/role-members.ts'
import { changeRole, createRole, deleteRole } from '../apis/roles.ts'
import { setScopes } from '../apis/scopes.ts'
import type { Act } from '../audit/act.ts'
import { createClient } from '../clients/create.ts'
import { changeClient } from '../clients/lifecycle.ts'
import { apiMembers, clientMembers, picked, readCurrent } from './current.ts'
import type { Current } from './current.ts'
import type { Declared, DeclaredApi, DeclaredClient } from './document.ts'
import { planOf } from './plan.ts'
import type { MemberChange, PlannedChange, PlanOptions } from './plan.ts'

/** What applying needs beside the document. */
export interface ApplyParts {
  readonly newId: (prefix: string) => string
  readonly isOwnClient: (id: string) => boolean
  /** Deletes a client with everything it holds. */
  readonly deleteClient: (trx: Database, id: string, act: Act) => Promise<void>
  /** Makes the stored settings what the document says, by the rules of the environment; answers what was changed. */
  readonly applySettings: (trx: Database, act: Act) => Promise<readonly MemberChange[]>
}

/**
 * Makes the installation what the document says, in one transaction: all of it, or nothing. Answers what was changed; a
 * second time that is nothing. Two who apply at once do so one after the other.
 */
export function applyDeclared(
  db: Database,
  { wanted, ...parts }: ApplyParts & PlanOptions & { readonly wanted: Declared },
  act: Act,
): Promise<readonly PlannedChange[]> {
  return inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('latchkey declared setup'))`.execute(trx)
    const current = await readCurrent(trx, parts.isOwnClient)
    const settings = settingChanges(await parts.applySettings(trx, act))
    const changes = planOf(current.declared, wanted, parts)
    if (changes.length === 0) return settings
    for (const api of wanted.apis) await applyApi(trx, { api, current, parts }, act)
    for (const client of wanted.clients) await applyClient(trx, { client, current }, act)
    const made = await readCurrent(trx, parts.isOwnClient)
    for (const api of wanted.apis) await applyIntrospectors(trx, { api, made }, act)
    for (const client of wanted.clients) await applyGiven(trx, { client, made }, act)
    if (parts.prune) await deleteRest(trx, { changes, current, parts }, act)
    return [...settings, ...changes]
  })
}

/**
 * What applying would change. It is applied and taken back, so that whatever would be refused is refused now, by the rules
 * themselves and not by a copy of them.
 */
export async function planDeclared(
  db: Database,
  document: ApplyParts & PlanOptions & { readonly wanted: Declared },
  act: Act,
): Promise<readonly PlannedChange[]> {
  let changes: readonly PlannedChange[] = []
  await db
    .transaction()
    .execute(async (trx) => {
      changes = await applyDeclared(trx, document, act)
      throw new OnlyPlanned()
    })
    .catch((error: unknown) => {
      if (!(error instanceof OnlyPlanned)) throw error
    })
  return changes
}

class OnlyPlanned extends Error {}

function settingChanges(members: readonly MemberChange[]): readonly PlannedChange[] {
  return members.length === 0 ? [] : [{ action: 'change', kind: 'settings', name: 'settings', members }]
}

async function applyApi(
  trx: Database,
  { api, current, parts }: { api: DeclaredApi; current: Current; parts: ApplyParts },
  act: Act,
): Promise<void> {
  const { identifier, introspectors: _later, roles, ...own } = api
  const known = current.apis.get(identifier)
  if (known === undefined) {
    const id = parts.newId('api')
    await createApi(trx, { ...own, id, identifier }, act)
    return applyRoles(trx, { apiId: id, roles, known: [], newId: parts.newId }, act)
  }
  const { id } = known.api
  const changes = picked(own, apiMembers)
  const { version } = await changeApi(trx, { id, version: known.api.version, ...changes }, act)
  await setScopes(trx, { apiId: id, version, scopes: own.scopes }, act)
  await applyRoles(trx, { apiId: id, roles, known: known.roles, newId: parts.newId }, act)
}

async function applyRoles(
  trx: Database,
  {
    apiId,
    roles,
    known,
    newId,
  }: {
    apiId: string
    roles: DeclaredApi['roles']
    known: readonly { readonly id: string; readonly name: string }[]
    newId: ApplyParts['newId']
  },
  act: Act,
): Promise<void> {
  for (const { id, name } of known) {
    if (!roles.some((role) => role.name === name)) await deleteRole(trx, id, act)
  }
  for (const role of roles) {
    const id = known.find(({ name }) => name === role.name)?.id
    if (id === undefined) await createRole(trx, { ...role, id: newId('role'), apiId }, act)
    else await changeRole(trx, { ...role, id }, act)
  }
}

async function applyClient(
  trx: Database,
  { client, current }: { client: DeclaredClient; current: Current },
  act: Act,
): Promise<void> {
  const { id, metadata, permissions: _later, roles: _too, ...settings } = client
  const known = current.clients.get(id)
  if (known === undefined) {
    await createClient(trx, { id, metadata, ...settings }, act)
    return
  }
  const isSame =
    isDeepStrictEqual(known.metadata, metadata) &&
    isDeepStrictEqual(picked(known, clientMembers), picked(client, clientMembers))
  if (!isSame) await changeClient(trx, { id, version: known.version, metadata, ...settings }, act)
}

async function applyIntrospectors(
  trx: Database,
  { api, made }: { api: DeclaredApi; made: Current },
  act: Act,
): Promise<void> {
  const { id: apiId, introspectorIds } = apiNamed(made, api.identifier).api
  for (const clientId of api.introspectors) await addIntrospector(trx, { apiId, clientId }, act)
  for (const clientId of introspectorIds) {
    if (!api.introspectors.includes(clientId)) await removeIntrospector(trx, { apiId, clientId }, act)
  }
}

/** Gives a client what the document says at each API, and takes what it does not. */
async function applyGiven(
  trx: Database,
  { client, made }: { client: DeclaredClient; made: Current },
  act: Act,
): Promise<void> {
  const owner = { type: 'client', id: client.id } as const
  const before = made.declared.clients.find(({ id }) => id === client.id)
  const apis = new Set(
    [before, client].flatMap((given) => [
      ...Object.keys(given?.permissions ?? {}),
      ...Object.keys(given?.roles ?? {}),
    ]),
  )
  for (const name of apis) {
    const { api, roles } = apiNamed(made, name)
    const [hasScopes, scopes] = [before?.permissions[name] ?? [], client.permissions[name] ?? []]
    await withdrawPermission(trx, { apiId: api.id, owner, scopes: without(hasScopes, scopes) }, act)
    await givePermission(trx, { apiId: api.id, owner, scopes: without(scopes, hasScopes) }, act)
    const [hasRoles, wantedRoles] = [before?.roles[name] ?? [], client.roles[name] ?? []]
    const roleId = (role: string) => idOfRole({ api: name, roles }, role)
    for (const role of without(hasRoles, wantedRoles))
      await withdrawRole(trx, { roleId: roleId(role), owner }, act)
    for (const role of without(wantedRoles, hasRoles))
      await giveRole(trx, { roleId: roleId(role), owner }, act)
  }
}

async function deleteRest(
  trx: Database,
  { changes, current, parts }: { changes: readonly PlannedChange[]; current: Current; parts: ApplyParts },
  act: Act,
): Promise<void> {
  for (const { action, kind, name } of changes) {
    if (action !== 'delete') continue
    if (kind === 'api') await deleteApi(trx, apiNamed(current, name).api.id, act)
    if (kind === 'client') await parts.deleteClient(trx, name, act)
  }
}

function apiNamed({ apis }: Current, name: string) {
  const found = apis.get(name)
  if (found === undefined) throw new Refusal('not_found', `There is no API ${name}.`)
  return found
}

function idOfRole(
  at: { readonly api: string; readonly roles: readonly { readonly id: string; readonly name: string }[] },
  name: string,
): string {
  const found = at.roles.find((role) => role.name === name)
  if (found === undefined) throw new Refusal('not_found', `The API ${at.api} has no role ${name}.`)
  return found.id
}

function without(list: readonly string[], others: readonly string[]): string[] {
  return list.filter((item) => !others.includes(item))
}
