/** Roles: what they give, and who has them. */
import { managementApiId } from '../../domain/administration/scopes.ts'
import { listApis, requireApi } from '../../domain/apis/api.ts'
import { apiListQuery } from '../../domain/apis/input.ts'
import { countMembers, listMembers } from '../../domain/apis/list-members.ts'
import type { RoleMember } from '../../domain/apis/list-members.ts'
import { requireRole, rolesOfApi } from '../../domain/apis/roles.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { administratorsContent, roleContent, rolesContent } from '../../../views/admin/roles-page.ts'
import type { ShownMember } from '../../../views/admin/roles-page.ts'
import { placesOf, searchOf } from './list-places.ts'
import { ownerNames } from './role-owners.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/roles'
const fewMembers = 10

async function list({ db, query, frame, show }: Visit): Promise<void> {
  const search = searchOf(query)
  const after = query.get('after') ?? undefined
  const asked = { after, ...(search !== '' && { search }) }
  const { items, next } = await listApis(db, parseOrRefuse(apiListQuery, asked, 'invalid_request'))
  const apis = await Promise.all(items.map(async (api) => ({ ...api, roles: await rolesOfApi(db, api.id) })))
  const content = rolesContent(frame, { apis, search, ...placesOf(path, { search }, { after, next }) })
  show({ title: frame.messages.consoleRoles.title, current: path, content })
}

async function showAdministrators(visit: Visit): Promise<void> {
  const { db, frame, show, rooms } = visit
  const roles = await Promise.all(
    (await rolesOfApi(db, managementApiId)).map(async (role) => {
      const { items, next } = await listMembers(db, { roleId: role.id, limit: fewMembers, after: undefined })
      return { ...role, members: await shownMembers(visit, items), hasMore: next !== undefined }
    }),
  )
  const content = administratorsContent(frame, { roles, mailIsSent: rooms.mailIsSent })
  show({ title: frame.messages.consoleRoles.administrators, current: path, content })
}

async function showRole(visit: Visit): Promise<void> {
  const { db, params, query, frame, show } = visit
  const role = await requireRole(db, params['id'] ?? '')
  const api = await requireApi(db, role.apiId)
  const after = query.get('after') ?? undefined
  const { items, next } = await listMembers(db, { roleId: role.id, limit: 25, after })
  const content = roleContent(frame, {
    role,
    api,
    members: await shownMembers(visit, items),
    count: await countMembers(db, role.id),
    ...placesOf(`${path}/${role.id}`, {}, { after, next }),
  })
  show({ title: role.name, current: path, content })
}

async function shownMembers({ db }: Visit, members: readonly RoleMember[]): Promise<readonly ShownMember[]> {
  const names = await ownerNames(
    db,
    members.map(({ owner }) => owner),
  )
  return members.map(({ owner, since }, index) => ({ ...owner, since, name: names[index] }))
}

/** The pages that show roles. */
export const rolePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/roles', needs: 'roles:read', handle: list },
  { method: 'GET', path: '/administrators', needs: 'roles:read', handle: showAdministrators },
  { method: 'GET', path: '/roles/:id', needs: 'roles:read', handle: showRole },
]
