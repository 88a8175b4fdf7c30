/** Making, changing and deleting roles. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { newRole } from '../../domain/apis/input.ts'
import { countMembers } from '../../domain/apis/list-members.ts'
import { refuseBuiltIn } from '../../domain/apis/refuse-built-in.ts'
import { changeRole, createRole, deleteRole, requireRole } from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import { Refusal } from '../../platform/errors.ts'
import { confirmDeleteRoleContent, roleFormContent } from '../../../views/admin/role-form-page.ts'
import type { RoleFormProblem, TypedRole } from '../../../views/admin/role-form-page.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/roles'
const { name: nameText, description: descriptionText, scopes: scopeNames } = newRole.shape

interface ReadRole {
  readonly typed: TypedRole
  readonly problem: RoleFormProblem | undefined
}

function readRole({ fields, all }: Visit['form']): ReadRole {
  const typed = {
    name: (fields['name'] ?? '').trim(),
    description: (fields['description'] ?? '').trim(),
    scopes: [...new Set(all('scope'))].sort(),
  }
  if (!nameText.safeParse(typed.name).success) return { typed, problem: 'nameInvalid' }
  if (!descriptionText.safeParse(typed.description).success) return { typed, problem: 'descriptionInvalid' }
  if (!scopeNames.safeParse(typed.scopes).success) return { typed, problem: 'scopesInvalid' }
  return { typed, problem: undefined }
}

interface FormWishes {
  readonly api: Api
  readonly role: Role | undefined
  readonly typed: TypedRole
  readonly problem?: RoleFormProblem | undefined
}

function showForm({ frame, show }: Visit, { api, role, typed, problem }: FormWishes): void {
  const { consoleRoles: texts } = frame.messages
  const content = roleFormContent(frame, { api, role, typed, problem })
  const title = role === undefined ? texts.add : texts.change
  const status = problem === undefined ? 200 : problem === 'changedMeanwhile' ? 409 : 400
  show({ title, current, hasProblem: problem !== undefined, content }, status)
}

async function showNew(visit: Visit): Promise<void> {
  const api = await requireApi(visit.db, visit.params['id'] ?? '')
  showForm(visit, { api, role: undefined, typed: { name: '', description: '', scopes: [] } })
}

async function create(visit: Visit): Promise<void> {
  const { db, params, form, held, rooms, act, announce, leadTo } = visit
  const api = await requireApi(db, params['id'] ?? '')
  const { typed, problem } = readRole(form)
  if (problem !== undefined) return showForm(visit, { api, role: undefined, typed, problem })
  requireMayGive(held, { apiId: api.id, scopes: typed.scopes })
  const wished = { ...typed, id: rooms.newId('role'), apiId: api.id }
  const made = await createRole(db, wished, act).catch(problemOf)
  if (typeof made === 'string') return showForm(visit, { api, role: undefined, typed, problem: made })
  announce({ kind: 'api', id: api.identifier })
  leadTo(`${current}/${made.id}`, 'created')
}

async function requireChangeable({ db, params, held }: Visit): Promise<{ role: Role; api: Api }> {
  const role = await requireRole(db, params['id'] ?? '')
  refuseBuiltIn(role, 'role')
  requireMayGive(held, role)
  return { role, api: await requireApi(db, role.apiId) }
}

async function showChange(visit: Visit): Promise<void> {
  const { role, api } = await requireChangeable(visit)
  showForm(visit, { api, role, typed: role })
}

async function change(visit: Visit): Promise<void> {
  const { db, form, held, act, announce, leadTo } = visit
  const { role, api } = await requireChangeable(visit)
  const { typed, problem } = readRole(form)
  if (problem !== undefined) return showForm(visit, { api, role, typed, problem })
  requireMayGive(held, { apiId: api.id, scopes: typed.scopes })
  if (form.fields['version'] !== String(role.version)) {
    return showForm(visit, { api, role, typed, problem: 'changedMeanwhile' })
  }
  const changed = await changeRole(db, { ...typed, id: role.id, version: role.version }, act).catch(problemOf)
  if (typeof changed === 'string') return showForm(visit, { api, role, typed, problem: changed })
  announce({ kind: 'api', id: api.identifier })
  leadTo(`${current}/${role.id}`, 'saved')
}

async function askDelete(visit: Visit): Promise<void> {
  const { db, frame, show } = visit
  const { role } = await requireChangeable(visit)
  const content = confirmDeleteRoleContent(frame, { role, members: await countMembers(db, role.id) })
  show({ title: frame.messages.consoleRoles.delete, current, content })
}

async function remove(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const { role, api } = await requireChangeable(visit)
  if (form.fields['confirmed'] !== 'yes') return leadTo(`${current}/${role.id}/delete`)
  await deleteRole(db, role.id, act)
  announce({ kind: 'api', id: api.identifier })
  leadTo(current, 'deleted')
}

/** What the person can mend is told at the form; anything else is a failure. */
function problemOf(error: unknown): RoleFormProblem {
  if (error instanceof Refusal && error.code === 'conflict') return 'nameTaken'
  if (error instanceof Refusal && error.code === 'invalid_scope') return 'scopesInvalid'
  throw error
}

const needs = 'roles:write'

/** The pages that make, change and delete roles. */
export const roleEditPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/apis/:id/roles/new', needs, fresh: true, handle: showNew },
  { method: 'POST', path: '/apis/:id/roles/new', needs, fresh: true, handle: create },
  { method: 'GET', path: '/roles/:id/change', needs, fresh: true, handle: showChange },
  { method: 'POST', path: '/roles/:id/change', needs, fresh: true, handle: change },
  { method: 'GET', path: '/roles/:id/delete', needs, fresh: true, handle: askDelete },
  { method: 'POST', path: '/roles/:id/delete', needs, fresh: true, handle: remove },
]
