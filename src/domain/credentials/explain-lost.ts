/** Scopes that a credential was given and that are worth nothing now: since when, and by whose doing. */
import type { Api } from '../apis/api.ts'
import type { Owner } from '../apis/permissions.ts'
import { findRole } from '../apis/roles.ts'
import { searchEvents } from '../audit/search.ts'
import type { RecordedEvent } from '../audit/search.ts'
import type { AuditEventType } from '../audit/events.ts'
import type { Database } from '../../platform/db/open.ts'
import type { LostScope } from './explanation.ts'
import type { Principal } from './principal.ts'

const mostScopes = 20
const mostEvents = 100

/** What a principal was given or is asked for and does not have. */
export function lostScopes(
  db: Database,
  asked: {
    readonly principal: Principal
    readonly given: readonly string[]
    readonly wanted: readonly string[]
  },
): Promise<readonly LostScope[]> {
  const { principal, given, wanted } = asked
  const { owner, api, scopes } = principal
  const missing = [...new Set(wanted)].filter((scope) => !scopes.has(scope))
  return lostOf(db, { owner, api, scopes: missing, given })
}

/** Why an owner does not have scopes of an API; those that are not among the given ones were never there. */
export async function lostOf(
  db: Database,
  asked: {
    readonly owner: Owner
    readonly api: Api
    readonly scopes: readonly string[]
    readonly given?: readonly string[]
  },
): Promise<readonly LostScope[]> {
  const { owner, api, scopes, given = scopes } = asked
  if (scopes.length === 0) return []
  const [permissions, roles, changes] = await Promise.all([
    eventsOf(db, 'permission.withdrawn', owner),
    eventsOf(db, 'role.withdrawn', owner),
    eventsOf(db, 'api.changed', { type: 'api', id: api.id }),
  ])
  const rolesTaken = await rolesOf(db, roles)
  const told = (scope: string, how: LostScope['how'], event: RecordedEvent | undefined): LostScope => ({
    scope,
    how,
    owner: owner.id,
    at: event?.occurredAt,
    by: event?.actor,
  })
  const named = new Set(api.scopes.map(({ name }) => name))
  return scopes.slice(0, mostScopes).map((scope) => {
    if (!given.includes(scope)) return told(scope, 'never', undefined)
    const removed = changes.find(({ details }) => lists(details['scopesRemoved'], scope))
    if (!named.has(scope)) return told(scope, removed === undefined ? 'other' : 'api', removed)
    const taken = permissions.find(
      ({ details }) => details['apiId'] === api.id && lists(details['scopes'], scope),
    )
    if (taken !== undefined) return told(scope, 'permission', taken)
    const role = rolesTaken.find((each) => each.apiId === api.id && each.scopes.includes(scope))
    return told(scope, role === undefined ? 'other' : 'role', role?.event)
  })
}

/** The roles that were taken, as far as they still say what they gave. */
async function rolesOf(db: Database, events: readonly RecordedEvent[]) {
  const taken = []
  for (const event of events) {
    const { roleId } = event.details
    const role = typeof roleId === 'string' ? await findRole(db, roleId) : undefined
    if (role !== undefined) taken.push({ event, apiId: role.apiId, scopes: role.scopes })
  }
  return taken
}

async function eventsOf(
  db: Database,
  type: AuditEventType,
  target: { readonly type: 'account' | 'client' | 'api'; readonly id: string },
): Promise<readonly RecordedEvent[]> {
  return (await searchEvents(db, { type, target, limit: mostEvents })).items
}

function lists(value: unknown, scope: string): boolean {
  return Array.isArray(value) && value.includes(scope)
}
