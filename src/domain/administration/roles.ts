import { managementScopeNames } from './scopes.ts'
import type { ManagementScope } from './scopes.ts'

/** A built-in role of the management API. Its id is the same on every installation, and it cannot be changed. */
export interface AdministratorRole {
  readonly id: string
  readonly name: 'owner' | 'security' | 'support' | 'read-only'
  readonly description: string
  readonly scopes: readonly ManagementScope[]
}

const reading = managementScopeNames.filter((name) => name.endsWith(':read'))

/** The built-in roles. Further roles may be made of the same scopes, like those of any API. */
export const administratorRoles: readonly AdministratorRole[] = [
  {
    id: 'role_owner',
    name: 'owner',
    description: 'May do everything. There is always one who can sign in.',
    scopes: managementScopeNames,
  },
  {
    id: 'role_security',
    name: 'security',
    description: 'Sees everything; ends sessions, keys and accounts, and rotates signing keys.',
    scopes: [...reading, 'accounts:write', 'keys:write', 'sessions:write', 'signing-keys:rotate'],
  },
  {
    id: 'role_support',
    name: 'support',
    description: 'Helps people: their accounts, sessions and connected apps.',
    scopes: [
      'accounts:read',
      'accounts:write',
      'sessions:read',
      'sessions:write',
      'clients:read',
      'apis:read',
      'roles:read',
      'keys:read',
      'usage:read',
      'limits:read',
    ],
  },
  {
    id: 'role_read_only',
    name: 'read-only',
    description: 'Sees everything and changes nothing.',
    scopes: reading,
  },
]

/** The id of the role whose last holder stays. */
export const ownerRoleId = 'role_owner'
