/** API keys: making, listing and changing them. A key's text is in the answer that made it, and nowhere else. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { listApiKeysByExpiry } from '../../domain/api-keys/by-expiry.ts'
import { createApiKey } from '../../domain/api-keys/create.ts'
import { keyStates, listApiKeys, requireApiKey } from '../../domain/api-keys/find.ts'
import { newApiKey, parseApiKeyInput } from '../../domain/api-keys/input.ts'
import { changeApiKey } from '../../domain/api-keys/lifecycle.ts'
import { searchApiKeys } from '../../domain/api-keys/search.ts'
import { Refusal } from '../../platform/errors.ts'
import { apiIdText, ownerIdText, searchText } from './ids.ts'
import { camel, ownerSchema, pageOf } from './json.ts'
import { keyAnswer, keyJson, keyParams, keySchema, keyVersion, newKeySchema } from './key-json.ts'
import { requireOneOrder, sortOf } from './paging.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const { shape } = newApiKey
const rateLimit = shape.rateLimit.unwrap()
const quota = shape.quota.unwrap()
/** Filters that lists of keys have in common. */
export const keyFilters = {
  owner_type: z.enum(['account', 'client']).optional().describe('Only together with owner_id.'),
  owner_id: ownerIdText.optional().describe('Only together with owner_type.'),
  api_id: apiIdText.optional(),
}

interface OwnerFilter {
  readonly owner_type?: 'account' | 'client' | undefined
  readonly owner_id?: string | undefined
}

/** The owner that a filter names, if it names one whole. */
export function ownerOf({ owner_type: type, owner_id: id }: OwnerFilter) {
  if ((type === undefined) !== (id === undefined)) {
    throw new Refusal('invalid_request', 'owner_type and owner_id come together.')
  }
  return type === undefined || id === undefined ? undefined : { type, id }
}

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const settings = {
  name: shape.name,
  scopes: shape.scopes,
  expires_at: moment,
  allowed_addresses: shape.allowedAddresses.unwrap(),
  rate_limit: rateLimit,
  quota,
}

const list = defineRoute({
  id: 'list_api_keys',
  tag: 'API keys',
  method: 'GET',
  path: '/keys',
  summary:
    'Lists API keys, the newest first unless another order is asked for; a search goes by name. By `expires_at` come those that have an end and were not revoked, the soonest first.',
  scope: 'keys:read',
  paged: true,
  query: {
    ...keyFilters,
    state: z.enum(keyStates).optional(),
    search: searchText.optional(),
    sort: sortOf(['newest', 'expires_at']),
  },
  status: 200,
  answer: pageOf(keySchema),
  handle: async ({ db, query, page, act: { now } }) => {
    const { api_id: apiId, state, search, sort } = query
    requireOneOrder({ search, sort })
    const filters = { ...page, owner: ownerOf(query), apiId, state }
    const { items, next } = await (search !== undefined
      ? searchApiKeys(db, { ...filters, prefix: search }, now)
      : sort === 'expires_at'
        ? listApiKeysByExpiry(db, filters, now)
        : listApiKeys(db, filters, now))
    return { body: { items: items.map((key) => keyJson(key, now)) }, next }
  },
})

const create = defineRoute({
  id: 'create_api_key',
  tag: 'API keys',
  method: 'POST',
  path: '/keys',
  summary: 'Makes a key, whose text is told this once. It has nothing that its owner does not have.',
  scope: 'keys:write',
  fresh: true,
  creates: true,
  body: z.strictObject({
    name: settings.name,
    owner: ownerSchema,
    api_id: apiIdText,
    scopes: settings.scopes,
    expires_at: settings.expires_at.optional(),
    allowed_addresses: settings.allowed_addresses.optional(),
    rate_limit: settings.rate_limit.optional(),
    quota: settings.quota.optional(),
  }),
  status: 201,
  answer: newKeySchema,
  handle: async ({ db, body, rooms, caller, act }) => {
    const key = parseApiKeyInput(newApiKey, camel(body))
    requireMayGive(caller.scopes, key)
    const made = await createApiKey(db, { making: rooms.keyMaking, key }, act)
    return keyAnswer(made.key, act.now, made.text)
  },
})

const show = defineRoute({
  id: 'show_api_key',
  tag: 'API keys',
  method: 'GET',
  path: '/keys/{key_id}',
  summary: 'Shows a key, and during a rotation whether the older secret is still used.',
  scope: 'keys:read',
  params: keyParams,
  status: 200,
  answer: keySchema,
  handle: async ({ db, params, act: { now } }) => keyAnswer(await requireApiKey(db, params.key_id), now),
})

const patch = defineRoute({
  id: 'change_api_key',
  tag: 'API keys',
  method: 'PATCH',
  path: '/keys/{key_id}',
  summary: 'Changes a key; null takes something away. Its owner and API never change.',
  scope: 'keys:write',
  fresh: true,
  params: keyParams,
  body: z.strictObject({
    name: settings.name.optional(),
    scopes: settings.scopes.optional(),
    expires_at: settings.expires_at.nullable().optional(),
    allowed_addresses: settings.allowed_addresses.optional(),
    rate_limit: settings.rate_limit.nullable().optional(),
    quota: settings.quota.nullable().optional(),
  }),
  currentVersion: keyVersion,
  status: 200,
  answer: keySchema,
  handle: async ({ db, params: { key_id: id }, body, version, caller, act }) => {
    const { apiId, scopes } = await requireApiKey(db, id)
    requireMayGive(caller.scopes, { apiId, scopes: [...scopes, ...(body.scopes ?? [])] })
    return keyAnswer(await changeApiKey(db, { ...camel(body), id, version }, act), act.now)
  },
})

/** The routes about keys, but for their lifecycle and reports. */
export const keyRoutes: readonly Route[] = [list, create, show, patch]
