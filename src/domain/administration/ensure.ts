import type { Database } from '../../platform/db/open.ts'
import { ensureBuiltInApi } from '../apis/built-in.ts'
import type { Act } from '../audit/act.ts'
import { administratorRoles } from './roles.ts'
import { managementApiId, managementApiIdentifier, managementScopeNames, managementScopes } from './scopes.ts'

/**
 * Gives the built-in API and its roles what this version of the server knows. Harmless on every start and from several
 * instances at once: where nothing differs, nothing is written. Answers whether anything was.
 */
export function ensureManagementApi(db: Database, issuer: string, act: Act): Promise<boolean> {
  return ensureBuiltInApi(
    db,
    {
      id: managementApiId,
      identifier: managementApiIdentifier(issuer),
      name: 'Management',
      scopes: managementScopeNames.map((name) => ({ name, description: managementScopes[name] })),
      roles: administratorRoles,
    },
    act,
  )
}
