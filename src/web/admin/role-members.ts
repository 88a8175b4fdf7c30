/** Giving a role to accounts and clients, and taking it away. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { managementApiId } from '../../domain/administration/scopes.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { roleMembership } from '../../domain/apis/input.ts'
import type { Owner } from '../../domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../domain/apis/role-members.ts'
import { requireRole, rolesOfOwner } from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import { Refusal } from '../../platform/errors.ts'
import { addMemberContent, confirmRemoveMemberContent } from '../../../views/admin/role-member-pages.ts'
import { falseForLastOwner } from './last-owner.ts'
import { searchOf } from './list-places.ts'
import { findOwners, ownerNames } from './role-owners.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/roles'

/** The role of the page, if this administrator may give and take it. */
async function requireGivable({ db, params, held }: Visit): Promise<Role> {
  const role = await requireRole(db, params['id'] ?? '')
  requireMayGive(held, role)
  return role
}

async function showAdd(visit: Visit): Promise<void> {
  const { db, query, frame, show } = visit
  const role = await requireGivable(visit)
  const search = searchOf(query)
  const found = await Promise.all(
    (await findOwners(db, search)).map(async (owner) => {
      const roles = await rolesOfOwner(db, owner)
      return { ...owner, hasIt: roles.some(({ id }) => id === role.id) }
    }),
  )
  const content = addMemberContent(frame, { role, search, found })
  show({ title: frame.messages.consoleRoles.addMember, current, content })
}

async function give(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const role = await requireGivable(visit)
  const owner = { type: form.fields['type'], id: form.fields['owner'] }
  const given = roleMembership.safeParse({ roleId: role.id, owner })
  if (!given.success) return leadTo(`${current}/${role.id}/add`)
  await giveRole(db, given.data, act)
  announce({ kind: 'api', id: (await requireApi(db, role.apiId)).identifier })
  leadTo(`${current}/${role.id}`, 'given')
}

/** Who is named in the address; nothing else can be a member. */
function ownerOf({ params }: Visit): Owner {
  const owner = roleMembership.shape.owner.safeParse({ type: params['type'], id: params['owner'] })
  if (!owner.success) throw new Refusal('not_found', 'There is nobody with this id.')
  return owner.data
}

async function askRemove(visit: Visit, isLastOwner = false): Promise<void> {
  const { db, frame, show } = visit
  const role = await requireGivable(visit)
  const owner = ownerOf(visit)
  const [name] = await ownerNames(db, [owner])
  if (name === undefined) throw new Refusal('not_found', 'There is nobody with this id.')
  const content = confirmRemoveMemberContent(frame, {
    role,
    owner: { ...owner, name },
    isLastOwner,
    isAdministration: role.apiId === managementApiId,
  })
  const title = frame.messages.consoleRoles.remove
  show({ title, current, hasProblem: isLastOwner, content }, isLastOwner ? 409 : 200)
}

async function remove(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const role = await requireGivable(visit)
  if (form.fields['confirmed'] !== 'yes') return askRemove(visit)
  const taken = { roleId: role.id, owner: ownerOf(visit) }
  const isTaken = await withdrawRole(db, taken, act).then(() => true, falseForLastOwner)
  if (!isTaken) return askRemove(visit, true)
  announce({ kind: 'api', id: (await requireApi(db, role.apiId)).identifier })
  leadTo(`${current}/${role.id}`, 'withdrawn')
}

const needs = 'roles:write'
const member = '/roles/:id/members/:type/:owner'

/** The pages about who has a role. */
export const roleMemberPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/roles/:id/add', needs, fresh: true, handle: showAdd },
  { method: 'POST', path: '/roles/:id/add', needs, fresh: true, handle: give },
  { method: 'GET', path: `${member}/remove`, needs, fresh: true, handle: (visit) => askRemove(visit) },
  { method: 'POST', path: `${member}/remove`, needs, fresh: true, handle: remove },
]
