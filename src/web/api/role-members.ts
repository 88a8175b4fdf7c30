/** Who has roles. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { listMembers } from '../../domain/apis/list-members.ts'
import { giveRole, withdrawRole } from '../../domain/apis/role-members.ts'
import { requireRole } from '../../domain/apis/roles.ts'
import { ownerIdText } from './ids.ts'
import { iso, ownerSchema, pageOf, time } from './json.ts'
import { changedApi, roleParams } from './roles.ts'
import { defineRoute } from './route.ts'
import type { Route, RouteFacts } from './route.ts'

const members = defineRoute({
  id: 'list_role_members',
  tag: 'Roles',
  method: 'GET',
  path: '/roles/{role_id}/members',
  summary: 'Lists the accounts and clients that have a role, by when they got it.',
  scope: 'roles:read',
  paged: true,
  params: roleParams,
  status: 200,
  answer: pageOf(z.strictObject({ owner: ownerSchema, since: time })),
  handle: async ({ db, params: { role_id: roleId }, page }) => {
    await requireRole(db, roleId)
    const { items, next } = await listMembers(db, { ...page, roleId })
    return { body: { items: items.map(({ owner, since }) => ({ owner, since: iso(since) })) }, next }
  },
})

const memberParams = {
  ...roleParams,
  owner_type: z.enum(['account', 'client']),
  owner_id: ownerIdText,
}

const give = memberRoute({
  id: 'give_role',
  method: 'PUT',
  summary: 'Gives an account or client a role. Doing so twice changes nothing.',
  change: giveRole,
})

const withdraw = memberRoute({
  id: 'withdraw_role',
  method: 'DELETE',
  summary: 'Takes a role from an account or client. The last owner of the installation stays one.',
  change: withdrawRole,
})

/** The routes about who has roles. */
export const roleMemberRoutes: readonly Route[] = [members, give, withdraw]

interface MemberChange extends Pick<RouteFacts, 'id' | 'method' | 'summary'> {
  readonly change: typeof giveRole | typeof withdrawRole
}

/** Who may give a role may withdraw it, and nobody else: a role holds what it lets its members do. */
function memberRoute({ change, ...facts }: MemberChange): Route {
  return defineRoute({
    ...facts,
    tag: 'Roles',
    path: '/roles/{role_id}/members/{owner_type}/{owner_id}',
    scope: 'roles:write',
    fresh: true,
    params: memberParams,
    status: 204,
    handle: async ({ db, params: { role_id: roleId, owner_type: type, owner_id: id }, caller, act }) => {
      const { apiId, scopes } = await requireRole(db, roleId)
      requireMayGive(caller.scopes, { apiId, scopes })
      await change(db, { roleId, owner: { type, id } }, act)
      return { changed: await changedApi(db, apiId) }
    },
  })
}
