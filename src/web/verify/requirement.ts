import { readCost } from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'

/** What a gateway's configuration requires of every request it asks about. */
export interface Requirement {
  readonly api: string
  readonly requiredScope: PermissionQuery | undefined
  readonly cost: number
  /** What a yes is: Envoy understands 200 alone. */
  readonly allowedStatus: 200 | 204
}

type ParseQuery = (text: string) => PermissionQuery | undefined

const mostRequirements = 1000

/** Requirements come from gateways' configurations and are few: each is read once. */
export function createRequirements(parseQuery: ParseQuery): (query: string) => Requirement | undefined {
  const known = new Map<string, Requirement>()
  return (query) => {
    const found = known.get(query)
    if (found !== undefined || query.length > 2000) return found
    const requirement = readRequirement(query, parseQuery)
    if (requirement === undefined) return undefined
    if (known.size >= mostRequirements) known.clear()
    known.set(query, requirement)
    return requirement
  }
}

function readRequirement(query: string, parseQuery: ParseQuery): Requirement | undefined {
  const params = new URLSearchParams(query)
  const names = [...params.keys()]
  if (names.some((name) => !['api', 'scope', 'cost', 'status'].includes(name))) return undefined
  if (new Set(names).size !== names.length) return undefined
  const [api, scope, costText] = [params.get('api'), params.get('scope'), params.get('cost')]
  if (api === null || api === '') return undefined
  const requiredScope = scope === null ? undefined : parseQuery(scope)
  if (scope !== null && requiredScope === undefined) return undefined
  const cost = costText === null ? 1 : readCost(costText)
  const allowedStatus = readStatus(params.get('status'))
  if (cost === undefined || allowedStatus === undefined) return undefined
  return { api, requiredScope, cost, allowedStatus }
}

function readStatus(text: string | null): 200 | 204 | undefined {
  if (text === '200') return 200
  return text === null || text === '204' ? 204 : undefined
}
