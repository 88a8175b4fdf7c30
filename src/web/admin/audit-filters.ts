/** The filters of the audit log as an address or a form holds them, and the search they mean. */
import { findAccountByLogin } from '../../domain/accounts/account.ts'
import { auditEvents } from '../../domain/audit/events.ts'
import { eventSearch } from '../../domain/audit/search.ts'
import type { EventSearch } from '../../domain/audit/search.ts'
import type { Database } from '../../platform/db/open.ts'

/** The filters' names, in the order of the form. */
export const filterNames = ['type', 'actor', 'target', 'address', 'request', 'from', 'until'] as const

/** One of the filters. */
export type FilterName = (typeof filterNames)[number]

/** What was typed into each; empty for none. */
export type Filters = Readonly<Record<FilterName, string>>

/** The search that filters mean, and the filters that make no sense. */
export interface ReadFilters {
  readonly search: Omit<EventSearch, 'limit' | 'after'>
  readonly wrong: readonly FilterName[]
}

const longestFilter = 300
const { type, types, address, requestId, target, actor } = eventSearch.shape
const kindsOfPrefix = { acc: 'account', client: 'client', api: 'api', key: 'api_key', role: 'role' } as const

/** What was typed, wherever it stands. */
export function filtersOf(read: (name: FilterName) => string | null | undefined): Filters {
  const typed = (name: FilterName) => (read(name) ?? '').trim().slice(0, longestFilter)
  return {
    type: typed('type'),
    actor: typed('actor'),
    target: typed('target'),
    address: typed('address'),
    request: typed('request'),
    from: typed('from'),
    until: typed('until'),
  }
}

/** Reads filters. An email address stands for its account; a word before the first dot of a type for all of its group. */
export async function readFilters(db: Database, filters: Filters): Promise<ReadFilters> {
  const wrong: FilterName[] = []
  const attempt = <T>(name: FilterName, parsed: { success: boolean; data?: T | undefined }) => {
    if (!parsed.success) wrong.push(name)
    return parsed.data
  }
  const parties = {
    actor: await partyOf(db, filters.actor),
    target: await partyOf(db, filters.target),
  }
  const group = typesOfGroup(filters.type)
  const search = {
    type: group === undefined ? attempt('type', type.safeParse(optional(filters.type))) : undefined,
    types: group && attempt('type', types.safeParse(group)),
    actor: attempt('actor', actor.safeParse(parties.actor)),
    target: attempt('target', target.safeParse(parties.target)),
    address: attempt('address', address.safeParse(optional(filters.address))),
    requestId: attempt('request', requestId.safeParse(optional(filters.request))),
    from: attempt('from', timeOf(filters.from)),
    until: attempt('until', timeOf(filters.until)),
  }
  return { search, wrong }
}

/** The filters that are set, for an address or a hidden form. */
export function setFilters(filters: Filters): Record<string, string> {
  return Object.fromEntries(
    filterNames.map((name) => [name, filters[name]] as const).filter(([, value]) => value !== ''),
  )
}

/** The groups of types, in the order of the inventory. */
export function groupsOfTypes(): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.keys(auditEvents), (name) => name.split('.')[0] ?? '')
}

function typesOfGroup(text: string): string[] | undefined {
  const group = text.endsWith('.*') ? groupsOfTypes().get(text.slice(0, -2)) : undefined
  return group && [...group]
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text
}

/** `acc_…`, `account:acc_…`, `operator`, or the email address of an account. */
async function partyOf(db: Database, text: string): Promise<{ type: string; id?: string } | undefined> {
  if (text === '') return undefined
  if (text === 'operator' || text === 'system' || text === 'anonymous') return { type: text }
  // An address that nobody has is a party that did nothing.
  if (text.includes('@')) {
    return { type: 'account', id: (await findAccountByLogin(db, text))?.id ?? 'nobody' }
  }
  const at = text.indexOf(':')
  if (at > 0) return { type: text.slice(0, at), id: text.slice(at + 1) }
  const prefix = text.split('_')[0] ?? ''
  const known: Readonly<Record<string, string>> = kindsOfPrefix
  return { type: Object.hasOwn(known, prefix) ? (known[prefix] ?? 'client') : 'client', id: text }
}

/** A time as a browser's field writes it, which here is UTC, or as machines write it. */
function timeOf(text: string): { success: boolean; data?: Date } {
  if (text === '') return { success: true }
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/.test(text)) return { success: false }
  const time = new Date(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text)
  return Number.isNaN(time.getTime()) ? { success: false } : { success: true, data: time }
}
