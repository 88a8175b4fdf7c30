import { isDeepStrictEqual } from 'node:util'
import { apiMembers, clientMembers } from './current.ts'
import { documentName } from './document.ts'
import type { Declared, DeclaredApi, DeclaredClient, DeclaredRole } from './document.ts'

/** A member that is to be another, in the document's words. What is not there is undefined. */
export interface MemberChange {
  readonly member: string
  readonly before: unknown
  readonly after: unknown
}

/** One thing that would be made, changed or deleted. */
export interface PlannedChange {
  readonly action: 'create' | 'change' | 'delete'
  readonly kind: 'settings' | 'api' | 'role' | 'client'
  /** The identifier of an API, `<identifier> <name>` of a role, the id of a client; settings are all of them together. */
  readonly name: string
  readonly members: readonly MemberChange[]
}

/** How a document is compared with what there is. */
export interface PlanOptions {
  /** Whether APIs and clients that the document does not name are to be deleted, and settings to be taken back. */
  readonly prune: boolean
}

/** What applying `wanted` would change, in the order it would be done. Pure: nothing is read or written. */
export function planOf(
  current: Declared,
  wanted: Declared,
  { prune }: PlanOptions,
): readonly PlannedChange[] {
  const apis = matched(current.apis, wanted.apis, ({ identifier }) => identifier)
  const clients = matched(current.clients, wanted.clients, ({ id }) => id)
  return [
    ...apis.kept.flatMap(({ name, before, after }) => apiChanges(name, before, after)),
    ...clients.kept.flatMap(({ name, before, after }) =>
      changeOf({ kind: 'client', name, isNew: before === undefined }, membersOfClient(before, after)),
    ),
    ...(prune ? [...deletions('client', clients.gone), ...deletions('api', apis.gone)] : []),
  ]
}

function apiChanges(
  name: string,
  before: DeclaredApi | undefined,
  after: DeclaredApi,
): readonly PlannedChange[] {
  const members = [
    ...memberChanges(before, after, [...apiMembers, 'introspectors']),
    ...memberChange('scopes', before && describedScopes(before), describedScopes(after)),
  ]
  const roles = matched<DeclaredRole>(before?.roles ?? [], after.roles, (role) => `${name} ${role.name}`)
  return [
    ...changeOf({ kind: 'api', name, isNew: before === undefined }, members),
    ...roles.kept.flatMap((role) =>
      changeOf(
        { kind: 'role', name: role.name, isNew: role.before === undefined },
        memberChanges(role.before, role.after, ['description', 'scopes']),
      ),
    ),
    ...deletions('role', roles.gone),
  ]
}

function membersOfClient(before: DeclaredClient | undefined, after: DeclaredClient): readonly MemberChange[] {
  const names = new Set([...Object.keys(before?.metadata ?? {}), ...Object.keys(after.metadata)])
  return [
    ...memberChanges(before?.metadata, after.metadata, [...names]),
    ...memberChanges(before, after, [...clientMembers, 'permissions', 'roles']),
  ]
}

function changeOf(
  { isNew, ...what }: Pick<PlannedChange, 'kind' | 'name'> & { readonly isNew: boolean },
  members: readonly MemberChange[],
): readonly PlannedChange[] {
  if (isNew) return [{ action: 'create', ...what, members }]
  return members.length === 0 ? [] : [{ action: 'change', ...what, members }]
}

function deletions(kind: PlannedChange['kind'], gone: readonly string[]): readonly PlannedChange[] {
  return gone.map((name) => ({ action: 'delete', kind, name, members: [] }))
}

function memberChanges(
  before: object | undefined,
  after: object,
  members: readonly string[],
): readonly MemberChange[] {
  return members.flatMap((member) =>
    memberChange(
      member,
      before === undefined ? undefined : (Reflect.get(before, member) as unknown),
      Reflect.get(after, member) as unknown,
    ),
  )
}

function memberChange(member: string, before: unknown, after: unknown): readonly MemberChange[] {
  return isDeepStrictEqual(before, after) ? [] : [{ member: documentName(member), before, after }]
}

/** Scopes as lines of text, so that one that is only described otherwise shows as one taken and one added. */
function describedScopes({ scopes }: DeclaredApi): readonly string[] {
  return scopes.map(({ name, description }) => `${name}: ${description}`).sort()
}

interface Matched<Item> {
  readonly kept: readonly { readonly name: string; readonly before: Item | undefined; readonly after: Item }[]
  readonly gone: readonly string[]
}

function matched<Item>(
  current: readonly Item[],
  wanted: readonly Item[],
  nameOf: (item: Item) => string,
): Matched<Item> {
  const before = new Map(current.map((item) => [nameOf(item), item]))
  const after = new Set(wanted.map(nameOf))
  return {
    kept: wanted.map((item) => ({ name: nameOf(item), before: before.get(nameOf(item)), after: item })),
    gone: [...before.keys()].filter((name) => !after.has(name)),
  }
}
