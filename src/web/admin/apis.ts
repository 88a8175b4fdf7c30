/** APIs: the list, and one of them. */
import { listApis, requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { apiListQuery } from '../../domain/apis/input.ts'
import { rolesOfApi } from '../../domain/apis/roles.ts'
import { permittedAt, usesOfApi } from '../../domain/apis/uses.ts'
import { countKeys } from '../../domain/api-keys/count.ts'
import { findClient } from '../../domain/clients/client.ts'
import type { Database } from '../../platform/db/open.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { apiListContent } from '../../../views/admin/api-list-page.ts'
import { apiContent } from '../../../views/admin/api-page.ts'
import type { NamedClient, ShownApi } from '../../../views/admin/api-page.ts'
import { apiEditPages } from './api-edit.ts'
import { apiEndPages } from './api-end.ts'
import { apiIntrospectorPages } from './api-introspectors.ts'
import { apiScopePages } from './api-scopes.ts'
import { placesOf, searchOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/apis'
const mostClients = 20

async function showList({ db, query, frame, show }: Visit): Promise<void> {
  const search = searchOf(query)
  const after = query.get('after') ?? undefined
  const asked = { after, ...(search !== '' && { search }) }
  const { items, next } = await listApis(db, parseOrRefuse(apiListQuery, asked, 'invalid_request'))
  const apis = items.map(({ id, name, identifier, tokenFormat, scopes, builtIn, disabledAt }) => ({
    id,
    name,
    identifier,
    tokenFormat,
    scopes: scopes.length,
    isBuiltIn: builtIn,
    isDisabled: disabledAt !== undefined,
  }))
  const content = apiListContent(frame, { apis, search, ...placesOf(path, { search }, { after, next }) })
  show({ title: frame.messages.consoleApis.title, current: path, content })
}

async function showApi({ db, params, held, frame, show }: Visit): Promise<void> {
  const api = await requireApi(db, params['id'] ?? '')
  const [introspectors, permitted, keys] = await Promise.all([
    Promise.all(api.introspectorIds.map((id) => named(db, id))),
    held.has('roles:read') ? permittedOf(db, api) : undefined,
    countKeys(db, { apiId: api.id }),
  ])
  const shown: ShownApi = { ...api, isDisabled: api.disabledAt !== undefined, introspectors, permitted, keys }
  show({ title: api.name, current: path, content: apiContent(frame, shown) })
}

async function permittedOf(db: Database, { id: apiId }: Api): Promise<NonNullable<ShownApi['permitted']>> {
  const [found, roles, { accounts }] = await Promise.all([
    permittedAt(db, { apiId, type: 'client', limit: mostClients }),
    rolesOfApi(db, apiId),
    usesOfApi(db, { apiId }),
  ])
  const clients = await Promise.all(
    found.slice(0, mostClients).map(async ({ id, scopes }) => ({ ...(await named(db, id)), scopes })),
  )
  return { clients, hasMoreClients: found.length > mostClients, accounts, roles }
}

async function named(db: Database, id: string): Promise<NamedClient> {
  return { id, name: (await findClient(db, id))?.name ?? id }
}

/** Every page about APIs. Words come before parameters. */
export const apiPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/apis', needs: 'apis:read', handle: showList },
  ...apiEditPages,
  { method: 'GET', path: '/apis/:id', needs: 'apis:read', handle: showApi },
  ...apiScopePages,
  ...apiIntrospectorPages,
  ...apiEndPages,
]
