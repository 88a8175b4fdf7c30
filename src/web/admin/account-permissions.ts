/** What an account was given at an API: scopes directly, and roles. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { listApis, requireApi } from '../../domain/apis/api.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { apiListQuery, permission } from '../../domain/apis/input.ts'
import { givePermission, withdrawPermission } from '../../domain/apis/permissions.ts'
import { giveRole, withdrawRole } from '../../domain/apis/role-members.ts'
import { rolesOfApi, rolesOfOwner } from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import {
  accountPermissionsContent,
  chooseApiForAccountContent,
} from '../../../views/admin/account-permission-pages.ts'
import { requireAccount } from './account-edit.ts'
import { searchOf } from './accounts.ts'
import { placesOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/accounts'
const path = '/accounts/:id/permissions'

async function chooseApi(visit: Visit): Promise<void> {
  const { db, query, frame, show } = visit
  const account = await requireAccount(visit)
  const search = searchOf(query)
  const after = query.get('after') ?? undefined
  const asked = { after, ...(search !== '' && { search }) }
  const { items: apis, next } = await listApis(db, parseOrRefuse(apiListQuery, asked, 'invalid_request'))
  const places = placesOf(`${current}/${account.id}/permissions`, { search }, { after, next })
  const content = chooseApiForAccountContent(frame, account, { apis, search, ...places })
  show({ title: frame.messages.consoleAccounts.chooseTitle, current, content })
}

async function showAt(visit: Visit, isLastOwner = false): Promise<void> {
  const { db, params, frame, show } = visit
  const account = await requireAccount(visit)
  const api = await requireApi(db, params['api'] ?? '')
  const owner = { type: 'account', id: account.id } as const
  const [held, roles, ofOwner] = await Promise.all([
    heldScopes(db, owner),
    rolesOfApi(db, api.id),
    rolesOfOwner(db, owner),
  ])
  const direct = new Set(
    held.filter((each) => each.apiId === api.id && each.direct).map(({ scope }) => scope),
  )
  const mine = new Set(ofOwner.map(({ id }) => id))
  const content = accountPermissionsContent(frame, account, {
    api,
    isLastOwner,
    scopes: api.scopes.map((scope) => ({ ...scope, isHeld: direct.has(scope.name) })),
    roles: roles.map((role) => ({ ...role, isHeld: mine.has(role.id) })),
  })
  const title = frame.messages.consoleAccounts.permissions
  show({ title, current, hasProblem: isLastOwner, content }, isLastOwner ? 409 : 200)
}

async function save(visit: Visit): Promise<void> {
  const { db, params, form, held, act, announce, leadTo } = visit
  const account = await requireAccount(visit)
  const api = await requireApi(db, params['api'] ?? '')
  const owner = { type: 'account', id: account.id } as const
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
  if (!isSaved) return showAt(visit, true)
  announce({ kind: 'api', id: api.identifier })
  leadTo(`${current}/${account.id}`, 'saved')
}

/** The last owner stays one: that is told on the page, and everything else is a failure. */
export function falseForLastOwner(error: unknown): false {
  if (error instanceof Refusal && error.code === 'conflict') return false
  throw error
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

/** Pages about what accounts may do. */
export const accountPermissionPages: readonly ConsoleRoute[] = [
  { method: 'GET', path, needs: 'roles:write', fresh: true, handle: chooseApi },
  {
    method: 'GET',
    path: `${path}/:api`,
    needs: 'roles:write',
    fresh: true,
    handle: (visit) => showAt(visit),
  },
  { method: 'POST', path: `${path}/:api`, needs: 'roles:write', fresh: true, handle: save },
]
