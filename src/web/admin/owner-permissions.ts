/** What accounts and clients were given at an API: scopes directly, and roles. The same pages for both. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { listApis, requireApi } from '../../domain/apis/api.ts'
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
import { chooseApiContent, permissionsContent } from '../../../views/admin/permission-pages.ts'
import type { PermittedOwner } from '../../../views/admin/permission-pages.ts'
import { requireAccount } from './account-of-page.ts'
import { falseForLastOwner } from './last-owner.ts'
import { placesOf, searchOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

/** Whose pages they are: where such owners are listed, and how the one of the page is found. */
interface OwnerPages {
  readonly current: '/admin/accounts' | '/admin/clients'
  readonly find: (visit: Visit) => Promise<Owner & { readonly name: string }>
}

const ofAccounts: OwnerPages = {
  current: '/admin/accounts',
  find: async (visit) => {
    const { id, email } = await requireAccount(visit)
    return { type: 'account', id, name: email }
  },
}

const ofClients: OwnerPages = {
  current: '/admin/clients',
  find: async ({ db, params }) => {
    const { id, name } = await requireClient(db, params['id'] ?? '')
    return { type: 'client', id, name }
  },
}

function shownOwner(
  { current }: OwnerPages,
  { id, name }: { readonly id: string; readonly name: string },
): PermittedOwner {
  return { name, url: `${current}/${id}` }
}

const chooseApi = (pages: OwnerPages) => async (visit: Visit) => {
  const { db, query, frame, show } = visit
  const owner = shownOwner(pages, await pages.find(visit))
  const search = searchOf(query)
  const after = query.get('after') ?? undefined
  const asked = { after, ...(search !== '' && { search }) }
  const { items: apis, next } = await listApis(db, parseOrRefuse(apiListQuery, asked, 'invalid_request'))
  const places = placesOf(`${owner.url}/permissions`, { search }, { after, next })
  const content = chooseApiContent(frame, owner, { apis, search, ...places })
  show({ title: frame.messages.consolePermissions.chooseTitle, current: pages.current, content })
}

const showAt =
  (pages: OwnerPages) =>
  async (visit: Visit, isLastOwner = false) => {
    const { db, params, frame, show } = visit
    const { name, ...owner } = await pages.find(visit)
    const api = await requireApi(db, params['api'] ?? '')
    const [held, roles, ofOwner] = await Promise.all([
      heldScopes(db, owner),
      rolesOfApi(db, api.id),
      rolesOfOwner(db, owner),
    ])
    const direct = new Set(
      held.filter((each) => each.apiId === api.id && each.direct).map(({ scope }) => scope),
    )
    const mine = new Set(ofOwner.map(({ id }) => id))
    const content = permissionsContent(frame, shownOwner(pages, { id: owner.id, name }), {
      api,
      isLastOwner,
      scopes: api.scopes.map((scope) => ({ ...scope, isHeld: direct.has(scope.name) })),
      roles: roles.map((role) => ({ ...role, isHeld: mine.has(role.id) })),
    })
    const { title } = frame.messages.consolePermissions
    const { current } = pages
    show({ title, current, hasProblem: isLastOwner, content }, isLastOwner ? 409 : 200)
  }

const save = (pages: OwnerPages) => async (visit: Visit) => {
  const { db, params, form, held, act, announce, leadTo } = visit
  const { name: _name, ...owner } = await pages.find(visit)
  const api = await requireApi(db, params['api'] ?? '')
  const scopes = changeOf(form.all('scope'), form.all('had_scope'))
  const roles = rolesMeant(await rolesOfApi(db, api.id), changeOf(form.all('role'), form.all('had_role')))
  const touched = [...roles.given, ...roles.taken].flatMap((role) => role.scopes)
  requireMayGive(held, { apiId: api.id, scopes: [...scopes.given, ...scopes.taken, ...touched] })
  const read = (names: readonly string[]) =>
    parseOrRefuse(permission, { apiId: api.id, owner, scopes: names }, 'invalid_scope')
  const [given, taken] = [read(scopes.given), read(scopes.taken)]
  const isSaved = await inTransaction(db, async (trx) => {
    await givePermission(trx, given, act)
    await withdrawPermission(trx, taken, act)
    for (const { id: roleId } of roles.given) await giveRole(trx, { roleId, owner }, act)
    for (const { id: roleId } of roles.taken) await withdrawRole(trx, { roleId, owner }, act)
    return true
  }).catch(falseForLastOwner)
  if (!isSaved) return showAt(pages)(visit, true)
  announce({ kind: 'api', id: api.identifier })
  return leadTo(`${pages.current}/${owner.id}`, 'saved')
}

interface ChangeOf<Thing> {
  readonly given: readonly Thing[]
  readonly taken: readonly Thing[]
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

function permissionPagesOf(pages: OwnerPages, path: string): readonly ConsoleRoute[] {
  const common = { needs: 'roles:write', fresh: true } as const
  const show = showAt(pages)
  return [
    { method: 'GET', path, ...common, handle: chooseApi(pages) },
    { method: 'GET', path: `${path}/:api`, ...common, handle: (visit) => show(visit) },
    { method: 'POST', path: `${path}/:api`, ...common, handle: save(pages) },
  ]
}

/** Pages about what accounts may do. */
export const accountPermissionPages = permissionPagesOf(ofAccounts, '/accounts/:id/permissions')

/** Pages about what clients may request. */
export const clientPermissionPages = permissionPagesOf(ofClients, '/clients/:id/permissions')
