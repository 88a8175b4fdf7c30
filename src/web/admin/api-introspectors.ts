/** Who may ask about credentials for an API. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { addIntrospector, removeIntrospector } from '../../domain/apis/introspectors.ts'
import { clientListQuery, findClient, listClients, requireClient } from '../../domain/clients/client.ts'
import { ownClientIds } from '../../domain/clients/own-clients.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import {
  chooseIntrospectorContent,
  stopIntrospectorContent,
} from '../../../views/admin/api-introspector-pages.ts'
import { placesOf, searchOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/apis'

async function choose({ db, params, query, frame, show }: Visit): Promise<void> {
  const api = await requireApi(db, params['id'] ?? '')
  const search = searchOf(query)
  const after = query.get('after') ?? undefined
  // Without a search those that are APIs themselves: nearly always one of them is meant.
  const asked = { after, ...(search === '' ? { type: 'api' } : { search }) }
  const { items, next } = await listClients(db, parseOrRefuse(clientListQuery, asked, 'invalid_request'))
  const clients = items
    .filter(
      ({ id, metadata }) => !ownClientIds.includes(id) && metadata.token_endpoint_auth_method !== 'none',
    )
    .map(({ id, name }) => ({ id, name, mayAsk: api.introspectorIds.includes(id) }))
  const places = placesOf(`${current}/${api.id}/introspectors`, { search }, { after, next })
  const content = chooseIntrospectorContent(frame, api, { clients, search, ...places })
  show({ title: frame.messages.consoleApiAsks.title, current, content })
}

async function add({ db, params, form, held, act, announce, leadTo }: Visit): Promise<void> {
  const { id: apiId, identifier } = await requireApi(db, params['id'] ?? '')
  requireMayGive(held, { apiId, scopes: [] })
  const { id: clientId } = await requireClient(db, form.fields['client'] ?? '')
  await addIntrospector(db, { apiId, clientId }, act)
  announce({ kind: 'api', id: identifier })
  leadTo(`${current}/${apiId}`, 'given')
}

async function askRemoval({ db, params, query, frame, show, leadTo }: Visit): Promise<void> {
  const api = await requireApi(db, params['id'] ?? '')
  const id = query.get('client') ?? ''
  if (!api.introspectorIds.includes(id)) return leadTo(`${current}/${api.id}`)
  const client = { id, name: (await findClient(db, id))?.name ?? id }
  const title = frame.messages.consoleApiAsks.stop
  show({ title, current, content: stopIntrospectorContent(frame, api, client) })
}

async function remove({ db, params, form, held, act, announce, leadTo }: Visit): Promise<void> {
  const { id: apiId, identifier } = await requireApi(db, params['id'] ?? '')
  requireMayGive(held, { apiId, scopes: [] })
  if (form.fields['confirmed'] !== 'yes') return leadTo(`${current}/${apiId}`)
  const clientId = form.fields['client'] ?? ''
  await removeIntrospector(db, { apiId, clientId }, act)
  announce({ kind: 'api', id: identifier })
  return leadTo(`${current}/${apiId}`, 'withdrawn')
}

const path = '/apis/:id/introspectors'

/** Pages about who may ask. */
export const apiIntrospectorPages: readonly ConsoleRoute[] = [
  { method: 'GET', path, needs: 'apis:write', handle: choose },
  { method: 'POST', path, needs: 'apis:write', handle: add },
  { method: 'GET', path: `${path}/remove`, needs: 'apis:write', fresh: true, handle: askRemoval },
  { method: 'POST', path: `${path}/remove`, needs: 'apis:write', fresh: true, handle: remove },
]
