/** Roles: named sets of scopes of an API. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { newRole, parseApiInput } from '../../domain/apis/input.ts'
import {
  changeRole,
  createRole,
  deleteRole,
  findRole,
  requireRole,
  rolesOfApi,
} from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import type { Database } from '../../platform/db/open.ts'
import { apiIdText, roleIdText } from './ids.ts'
import { iso, listOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route, RouteAnswer } from './route.ts'

/** A role in an answer. */
export const roleSchema = z.strictObject({
  id: roleIdText,
  api_id: apiIdText,
  name: z.string(),
  description: z.string(),
  scopes: z.array(z.string()),
  built_in: z.boolean(),
  created_at: time,
  updated_at: time,
  version: z.int(),
})

function roleJson(role: Role): z.input<typeof roleSchema> {
  return {
    id: role.id,
    api_id: role.apiId,
    name: role.name,
    description: role.description,
    scopes: [...role.scopes],
    built_in: role.builtIn,
    created_at: iso(role.createdAt),
    updated_at: iso(role.updatedAt),
    version: role.version,
  }
}

/** What a role route names in its path. */
export const roleParams = { role_id: roleIdText }
const { shape } = newRole
const version = async (db: Database, { role_id: id }: { readonly role_id: string }) =>
  (await findRole(db, id))?.version

const list = defineRoute({
  id: 'list_roles',
  tag: 'Roles',
  method: 'GET',
  path: '/roles',
  summary:
    'Lists the roles of an API by name; it has at most 200. Those of `management` administer the installation.',
  scope: 'roles:read',
  query: { api_id: apiIdText },
  status: 200,
  answer: listOf(roleSchema),
  handle: async ({ db, query }) => {
    const { id } = await requireApi(db, query.api_id)
    return { body: { items: (await rolesOfApi(db, id)).map(roleJson) } }
  },
})

const create = defineRoute({
  id: 'create_role',
  tag: 'Roles',
  method: 'POST',
  path: '/roles',
  summary: "Makes a role of some of an API's scopes.",
  scope: 'roles:write',
  fresh: true,
  creates: true,
  body: z.strictObject({
    id: shape.id.optional(),
    api_id: apiIdText,
    name: shape.name,
    description: shape.description.unwrap().optional(),
    scopes: shape.scopes,
  }),
  status: 201,
  answer: roleSchema,
  handle: async ({ db, body, rooms, caller, act }) => {
    const { api_id: apiId, id = rooms.newId('role'), ...words } = body
    requireMayGive(caller.scopes, { apiId, scopes: words.scopes })
    return answer(db, await createRole(db, parseApiInput(newRole, { ...words, id, apiId }), act))
  },
})

const show = defineRoute({
  id: 'show_role',
  tag: 'Roles',
  method: 'GET',
  path: '/roles/{role_id}',
  summary: 'Shows a role.',
  scope: 'roles:read',
  params: roleParams,
  status: 200,
  answer: roleSchema,
  handle: async ({ db, params: { role_id: id } }) => answer(db, await requireRole(db, id)),
})

const patch = defineRoute({
  id: 'change_role',
  tag: 'Roles',
  method: 'PATCH',
  path: '/roles/{role_id}',
  summary: 'Changes a role; scopes are replaced as a whole.',
  scope: 'roles:write',
  fresh: true,
  params: roleParams,
  body: z.strictObject({
    name: shape.name.optional(),
    description: shape.description.unwrap().optional(),
    scopes: shape.scopes.optional(),
  }),
  currentVersion: version,
  status: 200,
  answer: roleSchema,
  handle: async ({ db, params: { role_id: id }, body, version: from, caller, act }) => {
    const { apiId, scopes } = await requireRole(db, id)
    requireMayGive(caller.scopes, { apiId, scopes: [...scopes, ...(body.scopes ?? [])] })
    return answer(db, await changeRole(db, { ...body, id, version: from }, act))
  },
})

const remove = defineRoute({
  id: 'delete_role',
  tag: 'Roles',
  method: 'DELETE',
  path: '/roles/{role_id}',
  summary: 'Deletes a role: whoever had scopes through it alone loses them.',
  scope: 'roles:write',
  fresh: true,
  params: roleParams,
  currentVersion: version,
  status: 204,
  handle: async ({ db, params: { role_id: id }, caller, act }) => {
    const { apiId, scopes } = await requireRole(db, id)
    requireMayGive(caller.scopes, { apiId, scopes })
    const changed = await changedApi(db, apiId)
    await deleteRole(db, id, act)
    return { changed }
  },
})

/** The routes about roles, but for who has them. */
export const roleRoutes: readonly Route[] = [list, create, show, patch, remove]

/** What is permitted at an API is remembered under its identifier. */
export async function changedApi(db: Database, apiId: string) {
  return [{ kind: 'api', id: (await requireApi(db, apiId)).identifier }]
}

async function answer(db: Database, role: Role): Promise<RouteAnswer> {
  return { body: roleJson(role), version: role.version, changed: await changedApi(db, role.apiId) }
}
