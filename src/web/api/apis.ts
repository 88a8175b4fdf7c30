/** APIs: protected resources, their scopes, and who may ask about their tokens. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { findApiById, listApis, requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { newApi, parseApiInput, scopesChange } from '../../domain/apis/input.ts'
import { addIntrospector, removeIntrospector } from '../../domain/apis/introspectors.ts'
import {
  changeApi,
  createApi,
  deleteApi,
  disableApi,
  enableApi,
  endTokensOfApi,
} from '../../domain/apis/lifecycle.ts'
import { setScopes } from '../../domain/apis/scopes.ts'
import type { Database } from '../../platform/db/open.ts'
import { apiIdText, clientIdText, searchText } from './ids.ts'
import { camel, iso, maybeTime, pageOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route, RouteAnswer } from './route.ts'

const scopeSchema = z.strictObject({ name: z.string(), description: z.string() })

/** An API in an answer. */
export const apiSchema = z.strictObject({
  id: apiIdText,
  identifier: z.string(),
  name: z.string(),
  token_format: z.enum(['opaque', 'jwt']),
  signing_alg: z.enum(['ES256', 'RS256', 'PS256', 'EdDSA']),
  access_token_lifetime_seconds: z.int(),
  accounts_need_permission: z.boolean(),
  account_keys: z.boolean().describe('Whether people may make keys of their own.'),
  minimum_acr: z.enum(['aal1', 'aal2', 'phr']).describe('What a sign-in must be worth, at least.'),
  built_in: z.boolean(),
  scopes: z.array(scopeSchema),
  introspector_ids: z.array(clientIdText),
  disabled_at: maybeTime,
  created_at: time,
  updated_at: time,
  version: z.int(),
})

function apiJson(api: Api): z.input<typeof apiSchema> {
  return {
    id: api.id,
    identifier: api.identifier,
    name: api.name,
    token_format: api.tokenFormat,
    signing_alg: api.signingAlg,
    access_token_lifetime_seconds: api.accessTokenLifetimeSeconds,
    accounts_need_permission: api.accountsNeedPermission,
    account_keys: api.accountKeys,
    minimum_acr: api.minimumAcr,
    built_in: api.builtIn,
    scopes: [...api.scopes],
    introspector_ids: [...api.introspectorIds],
    disabled_at: iso(api.disabledAt),
    created_at: iso(api.createdAt),
    updated_at: iso(api.updatedAt),
    version: api.version,
  }
}

const params = { api_id: apiIdText }
const { shape } = newApi
const settings = {
  name: shape.name,
  token_format: shape.tokenFormat.unwrap(),
  signing_alg: shape.signingAlg.unwrap(),
  access_token_lifetime_seconds: shape.accessTokenLifetimeSeconds.unwrap(),
  accounts_need_permission: shape.accountsNeedPermission.unwrap(),
  account_keys: shape.accountKeys.unwrap(),
  minimum_acr: shape.minimumAcr.unwrap(),
}
const version = async (db: Database, { api_id: id }: { readonly api_id: string }) =>
  (await findApiById(db, id))?.version

const list = defineRoute({
  id: 'list_apis',
  tag: 'APIs',
  method: 'GET',
  path: '/apis',
  summary: 'Lists APIs, the newest first.',
  scope: 'apis:read',
  paged: true,
  query: { search: searchText.optional().describe('A part of the name, the identifier or the id.') },
  status: 200,
  answer: pageOf(apiSchema),
  handle: async ({ db, query, page }) => {
    const { items, next } = await listApis(db, { ...page, search: query.search })
    return { body: { items: items.map(apiJson) }, next }
  },
})

const create = defineRoute({
  id: 'create_api',
  tag: 'APIs',
  method: 'POST',
  path: '/apis',
  summary: 'Registers an API. Its identifier is the audience of its tokens and never changes.',
  scope: 'apis:write',
  creates: true,
  body: z.strictObject({
    id: shape.id.optional(),
    identifier: shape.identifier,
    ...z.object(settings).partial().required({ name: true }).shape,
    scopes: shape.scopes.unwrap().optional(),
  }),
  status: 201,
  answer: apiSchema,
  handle: async ({ db, body, rooms, act }) => {
    const api = parseApiInput(newApi, { ...camel(body), id: body.id ?? rooms.newId('api') })
    return answer(await createApi(db, api, act))
  },
})

const show = defineRoute({
  id: 'show_api',
  tag: 'APIs',
  method: 'GET',
  path: '/apis/{api_id}',
  summary: 'Shows an API.',
  scope: 'apis:read',
  params,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id } }) => answer(await requireApi(db, id)),
})

const patch = defineRoute({
  id: 'change_api',
  tag: 'APIs',
  method: 'PATCH',
  path: '/apis/{api_id}',
  summary: 'Changes an API; what is not named stays as it is.',
  scope: 'apis:write',
  params,
  body: z.strictObject(settings).partial(),
  currentVersion: version,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id }, body, version: from, act }) =>
    answer(await changeApi(db, { ...camel(body), id, version: from }, act)),
})

const scopes = defineRoute({
  id: 'set_api_scopes',
  tag: 'APIs',
  method: 'PUT',
  path: '/apis/{api_id}/scopes',
  summary: 'Gives an API exactly these scopes. One that is left out is taken from everybody who has it.',
  scope: 'apis:write',
  fresh: true,
  params,
  body: z.strictObject({ scopes: scopesChange.shape.scopes }),
  currentVersion: version,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: apiId }, body, version: from, act }) =>
    answer(await setScopes(db, { apiId, version: from, scopes: body.scopes }, act)),
})

const disable = defineRoute({
  id: 'disable_api',
  tag: 'APIs',
  method: 'POST',
  path: '/apis/{api_id}/disable',
  summary: 'Disables an API: its tokens and keys are good for nothing. Doing so twice changes nothing.',
  scope: 'apis:write',
  params,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id }, act }) => answer(await disableApi(db, id, act)),
})

const enable = defineRoute({
  id: 'enable_api',
  tag: 'APIs',
  method: 'POST',
  path: '/apis/{api_id}/enable',
  summary: 'Enables a disabled API. Doing so twice changes nothing.',
  scope: 'apis:write',
  params,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id }, act }) => answer(await enableApi(db, id, act)),
})

const endEverything = defineRoute({
  id: 'end_everything_of_api',
  tag: 'Sessions and grants',
  method: 'POST',
  path: '/apis/{api_id}/end-everything',
  summary: 'Ends every token that was issued for an API; its keys end with `/keys/revoke-all`.',
  scope: 'sessions:write',
  params,
  status: 204,
  handle: async ({ db, params: { api_id: id }, act }) => {
    const { identifier } = await endTokensOfApi(db, id, act)
    return { changed: [{ kind: 'api', id: identifier }] }
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
  params,
  currentVersion: version,
  status: 204,
  handle: async ({ db, params: { api_id: id }, act }) => {
    const { identifier } = await requireApi(db, id)
    await deleteApi(db, id, act)
    return { changed: [{ kind: 'api', id: identifier }] }
  },
})

const introspectorParams = { ...params, client_id: clientIdText }

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
    return answer(await requireApi(db, apiId))
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
    return answer(await requireApi(db, apiId))
  },
})

/** The routes about APIs. */
export const apiRoutes: readonly Route[] = [
  list,
  create,
  show,
  patch,
  scopes,
  disable,
  enable,
  endEverything,
  remove,
  letAsk,
  stopAsking,
]

function answer(api: Api): RouteAnswer {
  return { body: apiJson(api), version: api.version, changed: [{ kind: 'api', id: api.identifier }] }
}
