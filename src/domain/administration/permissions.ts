import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { scopesOfOwner } from '../apis/permissions.ts'
import type { Owner } from '../apis/permissions.ts'
import { requireRole } from '../apis/roles.ts'
import { isManagementScope, managementApiId, managementScopeNames } from './scopes.ts'
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

/** Whether `requireMayChange` lets it pass, for pages that offer nothing that would be refused. */
export async function mayChange(db: Database, held: ReadonlySet<string>, owner: Owner): Promise<boolean> {
  return (await managementPermissions(db, owner)).isSubsetOf(held)
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

/** Nobody gives away along with an invitation what they could not give by hand. */
export async function requireMayInvite(
  db: Database,
  held: ReadonlySet<string>,
  { administrator, roles }: { readonly administrator: boolean; readonly roles: readonly string[] },
): Promise<void> {
  if (administrator) requireMayGive(held, { apiId: managementApiId, scopes: managementScopeNames })
  for (const role of roles) requireMayGive(held, await requireRole(db, role))
  if (roles.length === 0 || held.has('roles:write')) return
  throw new Refusal('forbidden', 'To give roles along, one needs the permission roles:write.')
}

function firstOf(scopes: ReadonlySet<string>): string {
  return [...scopes].sort().slice(0, 5).join(', ')
}
