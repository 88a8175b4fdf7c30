/** APIs: protected resources and their scopes. */
import { z } from 'zod'
import { findApiById, listApis, requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { newApi, parseApiInput, scopesChange } from '../../domain/apis/input.ts'
import { changeApi, createApi } from '../../domain/apis/lifecycle.ts'
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

/** What an API route names in its path. */
export const apiParams = { api_id: apiIdText }
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

/** The version of an API, for changes that must name it. */
export async function apiVersion(
  db: Database,
  { api_id: id }: { readonly api_id: string },
): Promise<number | undefined> {
  return (await findApiById(db, id))?.version
}

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
    return apiAnswer(await createApi(db, api, act))
  },
})

const show = defineRoute({
  id: 'show_api',
  tag: 'APIs',
  method: 'GET',
  path: '/apis/{api_id}',
  summary: 'Shows an API.',
  scope: 'apis:read',
  params: apiParams,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id } }) => apiAnswer(await requireApi(db, id)),
})

const patch = defineRoute({
  id: 'change_api',
  tag: 'APIs',
  method: 'PATCH',
  path: '/apis/{api_id}',
  summary: 'Changes an API; what is not named stays as it is.',
  scope: 'apis:write',
  params: apiParams,
  body: z.strictObject(settings).partial(),
  currentVersion: apiVersion,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: id }, body, version: from, act }) =>
    apiAnswer(await changeApi(db, { ...camel(body), id, version: from }, act)),
})

const scopes = defineRoute({
  id: 'set_api_scopes',
  tag: 'APIs',
  method: 'PUT',
  path: '/apis/{api_id}/scopes',
  summary: 'Gives an API exactly these scopes. One that is left out is taken from everybody who has it.',
  scope: 'apis:write',
  fresh: true,
  params: apiParams,
  body: z.strictObject({ scopes: scopesChange.shape.scopes }),
  currentVersion: apiVersion,
  status: 200,
  answer: apiSchema,
  handle: async ({ db, params: { api_id: apiId }, body, version: from, act }) =>
    apiAnswer(await setScopes(db, { apiId, version: from, scopes: body.scopes }, act)),
})

/** The routes about APIs, but for their lifecycle and who may ask about their tokens. */
export const apiRoutes: readonly Route[] = [list, create, show, patch, scopes]

/** The answer of every route that ends with an API, with its version. */
export function apiAnswer(api: Api): RouteAnswer {
  return { body: apiJson(api), version: api.version, changed: [{ kind: 'api', id: api.identifier }] }
}
