/** What happens to APIs: pauses, their end, and who may ask about their tokens. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { addIntrospector, removeIntrospector } from '../../domain/apis/introspectors.ts'
import { deleteApi, disableApi, enableApi } from '../../domain/apis/lifecycle.ts'
import { apiAnswer, apiParams, apiSchema, apiVersion } from './apis.ts'
import { clientIdText } from './ids.ts'
import { definePause } from './pauses.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const pauses = definePause({
  of: 'api',
  tag: 'APIs',
  path: '/apis/{api_id}',
  scope: 'apis:write',
  params: apiParams,
  answer: apiSchema,
  disable: {
    summary: 'Disables an API: its tokens and keys are good for nothing. Doing so twice changes nothing.',
    handle: async ({ db, params: { api_id: id }, act }) => apiAnswer(await disableApi(db, id, act)),
  },
  enable: {
    summary: 'Enables a disabled API. Doing so twice changes nothing.',
    handle: async ({ db, params: { api_id: id }, act }) => apiAnswer(await enableApi(db, id, act)),
  },
})

const remove = defineRoute({
  id: 'delete_api',
  tag: 'APIs',
  method: 'DELETE',
  path: '/apis/{api_id}',
  summary: 'Deletes an API with its scopes, roles, permissions and API keys.',
  scope: 'apis:write',
  fresh: true,
  params: apiParams,
  currentVersion: apiVersion,
  status: 204,
  handle: async ({ db, params: { api_id: id }, act }) => {
    const { identifier } = await requireApi(db, id)
    await deleteApi(db, id, act)
    return { changed: [{ kind: 'api', id: identifier }] }
  },
})

const introspectorParams = { ...apiParams, client_id: clientIdText }

const letAsk = defineRoute({
  id: 'add_introspector',
  tag: 'APIs',
  method: 'PUT',
  path: '/apis/{api_id}/introspectors/{client_id}',
  summary: 'Lets a client ask about credentials for an API. Doing so twice changes nothing.',
  scope: 'apis:write',
  params: introspectorParams,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: apiId, client_id: clientId }, caller, act }) => {
    requireMayGive(caller.scopes, { apiId, scopes: [] })
    await addIntrospector(db, { apiId, clientId }, act)
    return apiAnswer(await requireApi(db, apiId))
  },
})

const stopAsking = defineRoute({
  id: 'remove_introspector',
  tag: 'APIs',
  method: 'DELETE',
  path: '/apis/{api_id}/introspectors/{client_id}',
  summary: 'Stops a client from asking about credentials for an API.',
  scope: 'apis:write',
  fresh: true,
  params: introspectorParams,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: apiId, client_id: clientId }, caller, act }) => {
    requireMayGive(caller.scopes, { apiId, scopes: [] })
    await removeIntrospector(db, { apiId, clientId }, act)
    return apiAnswer(await requireApi(db, apiId))
  },
})

/** The routes about what happens to APIs. */
export const apiLifecycleRoutes: readonly Route[] = [...pauses, remove, letAsk, stopAsking]
