/** What a client was given at an API: scopes directly, and roles. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { listApis, requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { apiListQuery, permission } from '../../domain/apis/input.ts'
import { givePermission, withdrawPermission } from '../../domain/apis/permissions.ts'
import type { Owner } from '../../domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../domain/apis/role-members.ts'
import { rolesOfApi, rolesOfOwner } from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import { requireClient } from '../../domain/clients/client.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { chooseApiContent, permissionsContent } from '../../../views/admin/client-permission-pages.ts'
import { placesOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/clients'

async function chooseApi({ db, params, query, frame, show }: Visit): Promise<void> {
  const client = await requireClient(db, params['id'] ?? '')
  const search = query.get('search')?.trim() ?? ''
  const after = query.get('after') ?? undefined
  const asked = { after, ...(search !== '' && { search }) }
  const { items: apis, next } = await listApis(db, parseOrRefuse(apiListQuery, asked, 'invalid_request'))
  const places = placesOf(`/admin/clients/${client.id}/permissions`, { search }, { after, next })
  const content = chooseApiContent(frame, client, { apis, search, ...places })
  show({ title: frame.messages.consoleClientPermissions.chooseTitle, current, content })
}

async function showAt({ db, params, frame, show }: Visit): Promise<void> {
  const client = await requireClient(db, params['id'] ?? '')
  const api = await requireApi(db, params['api'] ?? '')
  const owner = { type: 'client', id: client.id } as const
  const [held, roles, ofOwner] = await Promise.all([
    heldScopes(db, owner),
    rolesOfApi(db, api.id),
    rolesOfOwner(db, owner),
  ])
  const direct = new Set(
    held.filter(({ apiId, direct }) => apiId === api.id && direct).map(({ scope }) => scope),
  )
  const mine = new Set(ofOwner.map(({ id }) => id))
  const content = permissionsContent(frame, client, {
    api,
    scopes: api.scopes.map((scope) => ({ ...scope, isDirect: direct.has(scope.name) })),
    roles: roles.map((role) => ({ ...role, isHeld: mine.has(role.id) })),
  })
  show({ title: frame.messages.consoleClientPermissions.title, current, content })
}

interface Wanted {
  readonly scopes: ChangeOf<string>
  readonly roles: ChangeOf<Role>
}

interface ChangeOf<Thing> {
  readonly given: readonly Thing[]
  readonly taken: readonly Thing[]
}

async function save(visit: Visit): Promise<void> {
  const { db, params, form, held, act, announce, leadTo } = visit
  const client = await requireClient(db, params['id'] ?? '')
  const api = await requireApi(db, params['api'] ?? '')
  const owner: Owner = { type: 'client', id: client.id }
  const roles = await rolesOfApi(db, api.id)
  const wanted: Wanted = {
    scopes: changeOf(form.all('scope'), form.all('had_scope')),
    roles: rolesMeant(roles, changeOf(form.all('role'), form.all('had_role'))),
  }
  const touched = [...wanted.roles.given, ...wanted.roles.taken].flatMap(({ scopes }) => scopes)
  const scopes = [...wanted.scopes.given, ...wanted.scopes.taken, ...touched]
  requireMayGive(held, { apiId: api.id, scopes })
  await inTransaction(db, async (trx) => {
    await changeScopes({ ...visit, db: trx }, { api, owner, change: wanted.scopes })
    for (const { id: roleId } of wanted.roles.given) await giveRole(trx, { roleId, owner }, act)
    for (const { id: roleId } of wanted.roles.taken) await withdrawRole(trx, { roleId, owner }, act)
  })
  announce({ kind: 'api', id: api.identifier })
  leadTo(`/admin/clients/${client.id}`, 'saved')
}

async function changeScopes(
  { db, act }: Pick<Visit, 'db' | 'act'>,
  { api, owner, change }: { readonly api: Api; readonly owner: Owner; readonly change: ChangeOf<string> },
): Promise<void> {
  const given = parseOrRefuse(permission, { apiId: api.id, owner, scopes: change.given }, 'invalid_scope')
  const taken = parseOrRefuse(permission, { apiId: api.id, owner, scopes: change.taken }, 'invalid_scope')
  if (given.scopes.length > 0) await givePermission(db, given, act)
  if (taken.scopes.length > 0) await withdrawPermission(db, taken, act)
}

/** Only what was changed on the page: what somebody else gave or took meanwhile stays so. */
function changeOf(ticked: readonly string[], had: readonly string[]): ChangeOf<string> {
  const [now, before] = [new Set(ticked), new Set(had)]
  return { given: [...now.difference(before)], taken: [...before.difference(now)] }
}

/** A role that this API does not have is nobody's to give on its page. */
function rolesMeant(roles: readonly Role[], { given, taken }: ChangeOf<string>): ChangeOf<Role> {
  const named = (id: string): Role => {
    const role = roles.find((each) => each.id === id)
    if (role === undefined) throw new Refusal('not_found', 'There is no such role.')
    return role
  }
  return { given: given.map(named), taken: taken.map(named) }
}

const path = '/clients/:id/permissions'

/** Pages about what clients may request. */
export const clientPermissionPages: readonly ConsoleRoute[] = [
  { method: 'GET', path, needs: 'roles:write', fresh: true, handle: chooseApi },
  { method: 'GET', path: `${path}/:api`, needs: 'roles:write', fresh: true, handle: showAt },
  { method: 'POST', path: `${path}/:api`, needs: 'roles:write', fresh: true, handle: save },
]
