import type { Database } from '../../platform/db/open.ts'
import type { Page } from '../../platform/db/page.ts'
import { listApis } from '../apis/api.ts'
import type { Api } from '../apis/api.ts'
import { givenToClients } from '../apis/given-to-clients.ts'
import { newApi } from '../apis/input.ts'
import { rolesOfApi } from '../apis/roles.ts'
import type { Role } from '../apis/roles.ts'
import { listClients } from '../clients/client.ts'
import type { Client } from '../clients/client.ts'
import { clientSettings } from '../clients/settings.ts'
import { managementApiName } from './document.ts'
import type { Declared, DeclaredApi, DeclaredClient } from './document.ts'

const pageSize = 100

/** The members of an API's own row that documents have. */
export const apiMembers = membersOf(newApi, ['id', 'identifier', 'scopes'])
/** The settings of a client that documents have. */
export const clientMembers = membersOf(clientSettings, [])

/** What there is now, as a document and as the rooms know it. */
export interface Current {
  readonly declared: Declared
  /** By the name a document has for it. */
  readonly apis: ReadonlyMap<string, { readonly api: Api; readonly roles: readonly Role[] }>
  readonly clients: ReadonlyMap<string, Client>
}

/**
 * Reads everything that a document can name. What the server makes for itself is no part of it: its own API is there to be
 * referred to, and `isOwnClient` tells its own clients.
 */
export async function readCurrent(db: Database, isOwnClient: (id: string) => boolean): Promise<Current> {
  const apis = new Map<string, { api: Api; roles: readonly Role[] }>()
  for (const api of await everyPage((page) => listApis(db, page))) {
    const name = api.builtIn ? managementApiName : api.identifier
    apis.set(name, { api, roles: await rolesOfApi(db, api.id) })
  }
  const clients = (await everyPage((page) => listClients(db, page))).filter(({ id }) => !isOwnClient(id))
  const given = Map.groupBy(await givenToClients(db), ({ clientId }) => clientId)
  const nameOf = new Map([...apis].map(([name, { api }]) => [api.id, name]))
  const at = (id: string) => byName(given.get(id) ?? [], ({ apiId }) => nameOf.get(apiId) ?? apiId)
  return {
    apis,
    clients: new Map(clients.map((client) => [client.id, client])),
    declared: {
      version: 1,
      // What is in force is the environment's business too, and that is not known here.
      settings: {},
      apis: [...apis.values()]
        .filter(({ api }) => !api.builtIn)
        .map(declaredApi)
        .sort(by('identifier')),
      clients: clients.map((client) => declaredClient(client, at(client.id))).sort(by('id')),
    },
  }
}

function declaredApi({ api, roles }: { api: Api; roles: readonly Role[] }): DeclaredApi {
  const { identifier, scopes, introspectorIds } = api
  const shownRoles = roles.map(({ name, description, scopes: ofRole }) => ({
    name,
    description,
    scopes: [...ofRole].sort(),
  }))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- picked by the names of the schema itself
  const settings = picked(api, apiMembers) as Omit<
    DeclaredApi,
    'identifier' | 'scopes' | 'introspectors' | 'roles'
  >
  return {
    identifier,
    ...settings,
    scopes: [...scopes].sort(by('name')),
    introspectors: [...introspectorIds].sort(),
    roles: shownRoles.sort(by('name')),
  }
}

interface Given {
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

function declaredClient(client: Client, given: ReadonlyMap<string, Given>): DeclaredClient {
  const listed = (member: keyof Given) =>
    Object.fromEntries(
      [...given].flatMap(([name, at]) => (at[member].length === 0 ? [] : [[name, [...at[member]]] as const])),
    )
  const { id, metadata } = client
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- picked by the names of the schema itself
  const settings = picked(client, clientMembers) as Omit<
    DeclaredClient,
    'id' | 'metadata' | 'permissions' | 'roles'
  >
  return { id, ...settings, metadata, permissions: listed('scopes'), roles: listed('roles') }
}

/** The members of these names. */
export function picked(from: object, members: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(members.map((member) => [member, Reflect.get(from, member) as unknown] as const))
}

function membersOf(schema: { readonly shape: object }, without: readonly string[]): readonly string[] {
  return Object.keys(schema.shape).filter((name) => !without.includes(name))
}

async function everyPage<Item>(
  read: (query: { readonly limit: number; readonly after?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = []
  let after: string | undefined
  do {
    const page: Page<Item> = await read({ limit: pageSize, ...(after !== undefined && { after }) })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return items
}

function byName<Value>(values: readonly Value[], name: (value: Value) => string): Map<string, Value> {
  return new Map(values.map((value) => [name(value), value] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function by<Name extends string>(name: Name) {
  return (left: Readonly<Record<Name, string>>, right: Readonly<Record<Name, string>>): number =>
    left[name] < right[name] ? -1 : 1
}
