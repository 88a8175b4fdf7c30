/** What happens to API keys: rotation, pauses, their end, and how they are used. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { requireApiKey } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { revocation, rotation } from '../../domain/api-keys/input.ts'
import { deleteApiKey, disableApiKey, enableApiKey, revokeApiKey } from '../../domain/api-keys/lifecycle.ts'
import { revokeApiKeys } from '../../domain/api-keys/revoke-all.ts'
import { endRotation, rotateApiKey } from '../../domain/api-keys/rotate.ts'
import { Refusal } from '../../platform/errors.ts'
import { apiIdText } from './ids.ts'
import { ownerSchema } from './json.ts'
import { keyAnswer, keyParams, keySchema, keyVersion, newKeySchema } from './key-json.ts'
import { defineRoute } from './route.ts'
import type { Call, Route, RouteAnswer } from './route.ts'

type KeyCall<Body> = Call<{ readonly key_id: string }, Readonly<Record<string, unknown>>, Body>

const rotate = defineRoute({
  id: 'rotate_api_key',
  tag: 'API keys',
  method: 'POST',
  path: '/keys/{key_id}/rotate',
  summary: 'Gives a key another secret, told this once, while the present one works for the overlap.',
  scope: 'keys:write',
  fresh: true,
  creates: true,
  params: keyParams,
  body: z.strictObject({ overlap_seconds: rotation.shape.overlapSeconds }),
  currentVersion: keyVersion,
  status: 200,
  answer: newKeySchema,
  handle: async (call) => {
    const { id } = await requireMine(call)
    const order = { id, version: call.version, overlapSeconds: call.body.overlap_seconds }
    const made = await rotateApiKey(call.db, { making: call.rooms.keyMaking, rotation: order }, call.act)
    return keyAnswer(made.key, call.act.now, made.text)
  },
})

const endOverlap = simple({
  id: 'end_api_key_rotation',
  path: '/keys/{key_id}/end-rotation',
  summary: 'Ends the overlap of a rotation: only the newer secret works. Doing so twice changes nothing.',
  change: ({ db, act }, id) => endRotation(db, id, act),
})

const disable = simple({
  id: 'disable_api_key',
  path: '/keys/{key_id}/disable',
  summary: 'Disables a key until it is enabled. Doing so twice changes nothing.',
  change: ({ db, act }, id) => disableApiKey(db, id, act),
})

const enable = simple({
  id: 'enable_api_key',
  path: '/keys/{key_id}/enable',
  summary: 'Enables a disabled key. Doing so twice changes nothing.',
  gives: true,
  change: ({ db, act }, id) => enableApiKey(db, id, act),
})

const revoke = defineRoute({
  id: 'revoke_api_key',
  tag: 'API keys',
  method: 'POST',
  path: '/keys/{key_id}/revoke',
  summary: 'Ends a key for good. Doing so twice changes nothing.',
  scope: 'keys:write',
  params: keyParams,
  body: z.strictObject({ reason: revocation.shape.reason }),
  status: 200,
  answer: keySchema,
  handle: async (call) => {
    const { id } = await requireApiKey(call.db, call.params.key_id)
    const key = await revokeApiKey(call.db, { id, reason: call.body.reason }, call.act)
    return keyAnswer(key, call.act.now)
  },
})

const remove = defineRoute({
  id: 'delete_api_key',
  tag: 'API keys',
  method: 'DELETE',
  path: '/keys/{key_id}',
  summary: 'Deletes a key with everything that is known of its use.',
  scope: 'keys:write',
  fresh: true,
  params: keyParams,
  currentVersion: keyVersion,
  status: 204,
  handle: async (call) => {
    const { id } = await requireMine(call)
    await deleteApiKey(call.db, id, call.act)
    return { changed: [{ kind: 'api_key', id }] }
  },
})

const revokeAll = defineRoute({
  id: 'revoke_api_keys',
  tag: 'API keys',
  method: 'POST',
  path: '/keys/revoke-all',
  summary:
    'Ends all keys of an owner, of an API, or of an owner at an API: a thousand at a time, until none is left.',
  scope: 'keys:write',
  fresh: true,
  body: z.strictObject({
    owner: ownerSchema.optional(),
    api_id: apiIdText.optional(),
    reason: revocation.shape.reason,
  }),
  status: 200,
  answer: z.strictObject({ revoked: z.int(), complete: z.boolean() }),
  handle: async ({ db, body, act }) => {
    const { owner, api_id: apiId, reason } = body
    if (owner === undefined && apiId === undefined) {
      throw new Refusal('invalid_request', 'Name an owner or an API.')
    }
    const ids = await revokeApiKeys(db, { owner, apiId, reason }, act)
    return {
      body: { revoked: ids.length, complete: ids.length < 1000 },
      changed: ids.map((id) => ({ kind: 'api_key', id })),
    }
  },
})

/** The routes about what happens to keys. */
export const keyLifecycleRoutes: readonly Route[] = [
  rotate,
  endOverlap,
  disable,
  enable,
  revoke,
  remove,
  revokeAll,
]

interface SimpleChange {
  readonly id: string
  readonly path: string
  readonly summary: string
  /** Whether a key can do more afterwards: ending what it can do is open to whoever may change keys at all. */
  readonly gives?: boolean
  readonly change: (call: KeyCall<unknown>, keyId: string) => Promise<ApiKey>
}

function simple({ id, path, summary, gives = false, change }: SimpleChange): Route {
  return defineRoute({
    id,
    path,
    summary,
    tag: 'API keys',
    method: 'POST',
    scope: 'keys:write',
    params: keyParams,
    status: 200,
    answer: keySchema,
    handle: async (call): Promise<RouteAnswer> => {
      const { id: keyId } = gives ? await requireMine(call) : await requireApiKey(call.db, call.params.key_id)
      return keyAnswer(await change(call, keyId), call.act.now)
    },
  })
}

/** A key that administers more than the caller may is not the caller's to change, or to take the secret of. */
async function requireMine({ db, params, caller }: KeyCall<unknown>): Promise<ApiKey> {
  const key = await requireApiKey(db, params.key_id)
  requireMayGive(caller.scopes, key)
  return key
}
