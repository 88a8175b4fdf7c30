/** Incidents: everything that stands for an account, client or API ends in one step. For a key there is its revocation. */
import { z } from 'zod'
import { revocation } from '../../domain/api-keys/input.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { requireClient } from '../../domain/clients/client.ts'
import { endEverythingOf } from '../../oidc/incidents.ts'
import type { IncidentSubject } from '../../oidc/incidents.ts'
import { requireAccount } from './accounts.ts'
import { accountIdText, apiIdText, clientIdText } from './ids.ts'
import { defineRoute } from './route.ts'
import type { CallBasics, Route, RouteAnswer } from './route.ts'

const facts = {
  tag: 'Sessions and grants',
  method: 'POST',
  scope: 'sessions:write',
  body: z.strictObject({ reason: revocation.shape.reason }),
  status: 200,
  answer: z.strictObject({
    sessions: z.int(),
    grants: z.int(),
    keys: z.int(),
    keys_left: z.int().describe('Keys beyond the first ten thousand: ask again until none is left.'),
  }),
} as const

const ofAccount = defineRoute({
  ...facts,
  id: 'end_everything_of_account',
  path: '/accounts/{account_id}/end-everything',
  summary: 'Ends every session, grant, token and API key of an account; it may sign in again.',
  params: { account_id: accountIdText },
  handle: async (call) => {
    const { id } = await requireAccount(call.db, call.params.account_id)
    return end(call, { kind: 'account', id, reason: call.body.reason }, id)
  },
})

const ofClient = defineRoute({
  ...facts,
  id: 'end_everything_of_client',
  path: '/clients/{client_id}/end-everything',
  summary: 'Ends every grant, token and API key of a client; it may ask for new tokens.',
  params: { client_id: clientIdText },
  handle: async (call) => {
    const { id } = await requireClient(call.db, call.params.client_id)
    return end(call, { kind: 'client', id, reason: call.body.reason }, id)
  },
})

const ofApi = defineRoute({
  ...facts,
  id: 'end_everything_of_api',
  path: '/apis/{api_id}/end-everything',
  summary: 'Ends every token that was issued for an API, and every API key at it.',
  params: { api_id: apiIdText },
  handle: async (call) => {
    const { id, identifier } = await requireApi(call.db, call.params.api_id)
    // What is remembered of an API is remembered under its identifier.
    return end(call, { kind: 'api', id, reason: call.body.reason }, identifier)
  },
})

/** The routes about incidents. */
export const incidentRoutes: readonly Route[] = [ofAccount, ofClient, ofApi]

async function end(
  { db, act }: CallBasics,
  subject: IncidentSubject & { readonly reason: string | undefined },
  rememberedAs: string,
): Promise<RouteAnswer> {
  const ended = await endEverythingOf(db, { ...subject, disables: false }, act)
  const { sessions, grants, keys, keysLeft, keyIds } = ended
  return {
    body: { sessions, grants, keys, keys_left: keysLeft },
    changed: [{ kind: subject.kind, id: rememberedAs }, ...keyIds.map((id) => ({ kind: 'api_key', id }))],
  }
}
