/** Permissions: scopes of APIs that were given to an account or client directly, and what it has in all. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { findAccount } from '../../domain/accounts/account.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { permission } from '../../domain/apis/input.ts'
import { givePermission, withdrawPermission } from '../../domain/apis/permissions.ts'
import type { Owner } from '../../domain/apis/permissions.ts'
import { requireClient } from '../../domain/clients/client.ts'
import type { Database } from '../../platform/db/open.ts'
import { unknownAccount } from './accounts.ts'
import { accountIdText, apiIdText, clientIdText } from './ids.ts'
import { listOf, ownerSchema } from './json.ts'
import { changedApi } from './roles.ts'
import { defineRoute } from './route.ts'
import type { Route, RouteAnswer } from './route.ts'

const heldSchema = z.strictObject({
  api_id: apiIdText,
  api_identifier: z.string(),
  scope: z.string(),
  direct: z.boolean(),
  roles: z.array(z.strictObject({ id: z.string(), name: z.string() })),
})

const ofAccount = defineRoute({
  id: 'list_account_permissions',
  tag: 'Permissions',
  method: 'GET',
  path: '/accounts/{account_id}/permissions',
  summary: 'Lists every scope an account has at any API, and why.',
  scope: 'roles:read',
  params: { account_id: accountIdText },
  status: 200,
  answer: listOf(heldSchema),
  handle: async ({ db, params: { account_id: id } }) => {
    if ((await findAccount(db, id)) === undefined) throw unknownAccount()
    return held(db, { type: 'account', id })
  },
})

const ofClient = defineRoute({
  id: 'list_client_permissions',
  tag: 'Permissions',
  method: 'GET',
  path: '/clients/{client_id}/permissions',
  summary: 'Lists every scope a client has at any API, and why.',
  scope: 'roles:read',
  params: { client_id: clientIdText },
  status: 200,
  answer: listOf(heldSchema),
  handle: async ({ db, params: { client_id: id } }) => {
    await requireClient(db, id)
    return held(db, { type: 'client', id })
  },
})

const body = z.strictObject({
  api_id: apiIdText,
  owner: ownerSchema,
  scopes: permission.shape.scopes,
})
const scopesAnswer = z.strictObject({ scopes: z.array(z.string()) })

const give = defineRoute({
  id: 'give_permission',
  tag: 'Permissions',
  method: 'POST',
  path: '/permissions/give',
  summary: 'Gives an account or client scopes of an API; answers with those it did not have directly.',
  scope: 'roles:write',
  fresh: true,
  body,
  status: 200,
  answer: scopesAnswer,
  handle: async ({ db, body: { api_id: apiId, owner, scopes }, caller, act }) => {
    requireMayGive(caller.scopes, { apiId, scopes })
    const given = await givePermission(db, { apiId, owner, scopes }, act)
    return { body: { scopes: given }, changed: await changedApi(db, apiId) }
  },
})

const withdraw = defineRoute({
  id: 'withdraw_permission',
  tag: 'Permissions',
  method: 'POST',
  path: '/permissions/withdraw',
  summary: 'Takes scopes that were given directly; answers with those it had.',
  scope: 'roles:write',
  fresh: true,
  body,
  status: 200,
  answer: scopesAnswer,
  handle: async ({ db, body: { api_id: apiId, owner, scopes }, caller, act }) => {
    requireMayGive(caller.scopes, { apiId, scopes })
    const taken = await withdrawPermission(db, { apiId, owner, scopes }, act)
    return { body: { scopes: taken }, changed: await changedApi(db, apiId) }
  },
})

/** The routes about permissions. */
export const permissionRoutes: readonly Route[] = [ofAccount, ofClient, give, withdraw]

async function held(db: Database, owner: Owner): Promise<RouteAnswer> {
  const items = (await heldScopes(db, owner)).map((scope) => ({
    api_id: scope.apiId,
    api_identifier: scope.apiIdentifier,
    scope: scope.scope,
    direct: scope.direct,
    roles: scope.roles.map(({ id, name }) => ({ id, name })),
  }))
  return { body: { items } }
}
