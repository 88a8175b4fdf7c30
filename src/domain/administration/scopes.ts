/**
 * Administration: who may do what to the installation itself.
 * The built-in API has the scopes of this list, and its roles give them to accounts and clients alike, by the same rules
 * as at any other API. The room owns `idempotent_requests`; everything else stands in the room of APIs.
 */

/** What can be permitted at the management API, and the sentence people read before they give it. */
export const managementScopes = {
  'accounts:read': 'See accounts, without anything that proves who they are.',
  'accounts:write': 'Make, change, disable, import and delete accounts.',
  'clients:read': 'See clients, without their secrets.',
  'clients:write': 'Register, change, disable and delete clients, and give them secrets.',
  'apis:read': 'See APIs and their scopes.',
  'apis:write': 'Register, change, disable and delete APIs, and say who may ask about their tokens.',
  'roles:read': 'See roles, their members and what somebody is permitted.',
  'roles:write': 'Make and change roles, and give or take roles and permissions.',
  'keys:read': 'See API keys and how they are used, without their secrets.',
  'keys:write': 'Make, change, rotate, disable, revoke and delete API keys.',
  'sessions:read': 'See sessions and grants.',
  'sessions:write': 'End sessions and grants, and everything of an account, client, key or API.',
  'signing-keys:read': 'See the keys of the installation, without their private parts.',
  'signing-keys:rotate': 'Replace the keys of the installation.',
  'limits:read': 'See the limits of the server and how much is left of them.',
  'audit:read': 'Search the audit log.',
  'usage:read': 'See how much the installation is used.',
  'settings:read': 'See the settings of the installation.',
  'settings:write': 'Change the settings of the installation.',
  'administrators:write': 'Decide who administers the installation, within what one may do oneself.',
} as const

/** A scope of the management API. */
export type ManagementScope = keyof typeof managementScopes

/** All of them. */
export const managementScopeNames = Object.keys(managementScopes).filter(isManagementScope)

/** True for the name of a scope of the management API. */
export function isManagementScope(name: string): name is ManagementScope {
  return Object.hasOwn(managementScopes, name)
}

/** The id of the management API, on every installation. */
export const managementApiId = 'management'

/** Where the management API is found and what tokens for it are meant for. */
export function managementApiIdentifier(issuer: string): string {
  return `${issuer}/api/v1`
}
