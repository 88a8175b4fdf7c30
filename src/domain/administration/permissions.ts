import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { scopesOfOwner } from '../apis/permissions.ts'
import type { Owner } from '../apis/permissions.ts'
import { isManagementScope, managementApiId } from './scopes.ts'
import type { ManagementScope } from './scopes.ts'

/** What an account may do to the installation, through roles and permissions. Empty for everybody else. */
export function administratorPermissions(
  db: Database,
  accountId: string,
): Promise<ReadonlySet<ManagementScope>> {
  return managementPermissions(db, { type: 'account', id: accountId })
}

/** The same for a client too. */
export async function managementPermissions(
  db: Database,
  owner: Owner,
): Promise<ReadonlySet<ManagementScope>> {
  const scopes = await scopesOfOwner(db, { apiId: managementApiId, owner })
  return new Set([...scopes].filter(isManagementScope))
}

/**
 * Nobody changes whoever may do more than they may: another password, secret or address of such an account or client
 * would be a way to what it may do. `held` is what the caller may do at this moment.
 */
export async function requireMayChange(db: Database, held: ReadonlySet<string>, owner: Owner): Promise<void> {
  const beyond = (await managementPermissions(db, owner)).difference(held)
  if (beyond.size === 0) return
  throw new Refusal('forbidden', `This ${owner.type} may do more than you may: ${firstOf(beyond)}.`)
}

/** Whoever gives or takes what administers the installation needs to be allowed that, and to have it themselves. */
export function requireMayGive(
  held: ReadonlySet<string>,
  given: { readonly apiId: string; readonly scopes: readonly string[] },
): void {
  if (given.apiId !== managementApiId) return
  const beyond = new Set<string>(['administrators:write', ...given.scopes]).difference(held)
  if (beyond.size === 0) return
  throw new Refusal('forbidden', `That needs permissions you do not have: ${firstOf(beyond)}.`)
}

function firstOf(scopes: ReadonlySet<string>): string {
  return [...scopes].sort().slice(0, 5).join(', ')
}
