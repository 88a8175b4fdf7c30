import { managementApiId } from '../../domain/administration/scopes.ts'
import { rolesOfApi } from '../../domain/apis/roles.ts'
import type { Role } from '../../domain/apis/roles.ts'
import type { Visit } from './route.ts'

/** The administrator roles somebody may give: none to whoever may not decide that, and none that can do more than they can. */
export async function rolesToGive({ db, held }: Pick<Visit, 'db' | 'held'>): Promise<readonly Role[]> {
  if (!held.has('roles:write') || !held.has('administrators:write')) return []
  const roles = await rolesOfApi(db, managementApiId)
  return roles.filter(({ scopes }) => new Set<string>(scopes).difference(held).size === 0)
}
