/** What happens to clients: pauses, their end, and their secrets. */
import { z } from 'zod'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import type { Client } from '../../domain/clients/client.ts'
import { enableClient } from '../../domain/clients/lifecycle.ts'
import { addSecret, expireSecret, revokeSecret } from '../../domain/clients/secret.ts'
import { deleteClientWithAll, disableClientWithAll } from '../../oidc/lifecycle.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import { clientJson, clientParams, clientSchema, clientSecretSchema, clientVersion } from './clients.ts'
import { secretIdText } from './ids.ts'
import { iso } from './json.ts'
import { definePause } from './pauses.ts'
import { defineRoute } from './route.ts'
import type { CallBasics, Route, RouteAnswer } from './route.ts'

const changed = (id: string) => [{ kind: 'client', id }]
const secretParams = { ...clientParams, secret_id: secretIdText }
const expiry = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const pauses = definePause({
  of: 'client',
  tag: 'Clients',
  path: '/clients/{client_id}',
  scope: 'clients:write',
  params: clientParams,
  answer: clientSchema,
  disable: {
    summary: 'Disables a client and ends its grants and tokens. Doing so twice changes nothing.',
    handle: async (call) => {
      const { client_id: id } = call.params
      await requireMine(call, id)
      return shown(await disableClientWithAll(call.db, id, call.act))
    },
  },
  enable: {
    summary: 'Enables a disabled client. Doing so twice changes nothing.',
    handle: async (call) => {
      const { client_id: id } = call.params
      await requireMine(call, id)
      return shown(await enableClient(call.db, id, call.act))
    },
  },
})

const remove = defineRoute({
  id: 'delete_client',
  tag: 'Clients',
  method: 'DELETE',
  path: '/clients/{client_id}',
  summary: 'Deletes a client with its secrets, grants, tokens and API keys.',
  scope: 'clients:write',
  fresh: true,
  params: clientParams,
  currentVersion: clientVersion,
  status: 204,
  handle: async (call) => {
    const { client_id: id } = call.params
    await requireMine(call, id)
    await deleteClientWithAll(call.db, id, call.act)
    return { changed: changed(id) }
  },
})

const createSecret = defineRoute({
  id: 'create_client_secret',
  tag: 'Clients',
  method: 'POST',
  path: '/clients/{client_id}/secrets',
  summary: 'Gives a client another secret, told this once. At most two work at a time.',
  scope: 'clients:write',
  fresh: true,
  creates: true,
  params: clientParams,
  body: z.strictObject({ expires_at: expiry.optional() }),
  status: 201,
  answer: clientSecretSchema.extend({ client_secret: z.string() }),
  handle: async (call) => {
    const { client_id: clientId } = call.params
    await requireMine(call, clientId)
    const { expires_at: expiresAt } = call.body
    const secret = { clientId, secretId: call.rooms.newId('secret'), secret: randomSecret(), expiresAt }
    await addSecret(call.db, secret, call.act)
    return {
      body: {
        id: secret.secretId,
        created_at: iso(call.act.now),
        expires_at: iso(expiresAt),
        client_secret: secret.secret,
      },
      changed: changed(clientId),
    }
  },
})

const endSecret = defineRoute({
  id: 'expire_client_secret',
  tag: 'Clients',
  method: 'PATCH',
  path: '/clients/{client_id}/secrets/{secret_id}',
  summary: 'Lets a secret stop working at a time to come, never later than it would.',
  scope: 'clients:write',
  params: secretParams,
  body: z.strictObject({ expires_at: expiry }),
  status: 204,
  handle: async (call) => {
    const { client_id: clientId, secret_id: secretId } = call.params
    await requireMine(call, clientId)
    await expireSecret(call.db, { clientId, secretId, expiresAt: call.body.expires_at }, call.act)
    return { changed: changed(clientId) }
  },
})

const removeSecret = defineRoute({
  id: 'revoke_client_secret',
  tag: 'Clients',
  method: 'DELETE',
  path: '/clients/{client_id}/secrets/{secret_id}',
  summary: 'Ends a secret at once.',
  scope: 'clients:write',
  fresh: true,
  params: secretParams,
  status: 204,
  handle: async (call) => {
    const { client_id: clientId, secret_id: secretId } = call.params
    await requireMine(call, clientId)
    await revokeSecret(call.db, { clientId, secretId }, call.act)
    return { changed: changed(clientId) }
  },
})

/** The routes about what happens to clients. */
export const clientLifecycleRoutes: readonly Route[] = [
  ...pauses,
  remove,
  createSecret,
  endSecret,
  removeSecret,
]

/** A client of somebody who may do more is not the caller's to change. */
async function requireMine({ db, caller }: CallBasics, id: string): Promise<void> {
  await requireMayChange(db, caller.scopes, { type: 'client', id })
}

function shown(client: Client): RouteAnswer {
  return { body: clientJson(client), version: client.version, changed: changed(client.id) }
}
