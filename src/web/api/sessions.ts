/** Sessions and grants: who is signed in where, and what people allowed apps to do. */
import { z } from 'zod'
import { revokeGrant } from '../../oidc/grants.ts'
import { endListedSession, findListedGrant, listGrants, listSessions } from '../../oidc/listings.ts'
import { Refusal } from '../../platform/errors.ts'
import { accountIdText, clientIdText, sessionIdText } from './ids.ts'
import { iso, pageOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const sessions = defineRoute({
  id: 'list_sessions',
  tag: 'Sessions and grants',
  method: 'GET',
  path: '/sessions',
  summary: 'Lists the browser sessions somebody is signed in with, the newest first.',
  scope: 'sessions:read',
  paged: true,
  query: { account_id: accountIdText.optional() },
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: sessionIdText,
      account_id: accountIdText,
      client_ids: z.array(clientIdText),
      created_at: time,
      expires_at: time,
    }),
  ),
  handle: async ({ db, query, page }) => {
    const { items, next } = await listSessions(db, { ...page, accountId: query.account_id })
    return {
      body: {
        items: items.map((session) => ({
          id: session.id,
          account_id: session.accountId,
          client_ids: session.clientIds,
          created_at: iso(session.createdAt),
          expires_at: iso(session.expiresAt),
        })),
      },
      next,
    }
  },
})

const endSession = defineRoute({
  id: 'end_session',
  tag: 'Sessions and grants',
  method: 'DELETE',
  path: '/sessions/{session_id}',
  summary: 'Ends a session and the tokens that live with it.',
  scope: 'sessions:write',
  params: { session_id: sessionIdText },
  status: 204,
  handle: async ({ db, params: { session_id: id }, act }) => {
    if (!(await endListedSession(db, id, act))) throw new Refusal('not_found', 'There is no such session.')
    return { changed: [{ kind: 'session', id }] }
  },
})

const grants = defineRoute({
  id: 'list_grants',
  tag: 'Sessions and grants',
  method: 'GET',
  path: '/grants',
  summary: 'Lists what accounts allowed clients, while it lasts, the newest first.',
  scope: 'sessions:read',
  paged: true,
  query: { account_id: accountIdText.optional(), client_id: clientIdText.optional() },
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: sessionIdText,
      account_id: accountIdText,
      client_id: clientIdText,
      created_at: time,
      expires_at: time,
    }),
  ),
  handle: async ({ db, query, page }) => {
    const filters = { ...page, accountId: query.account_id, clientId: query.client_id }
    const { items, next } = await listGrants(db, filters)
    return {
      body: {
        items: items.map((grant) => ({
          id: grant.id,
          account_id: grant.accountId,
          client_id: grant.clientId,
          created_at: iso(grant.createdAt),
          expires_at: iso(grant.expiresAt),
        })),
      },
      next,
    }
  },
})

const endGrant = defineRoute({
  id: 'end_grant',
  tag: 'Sessions and grants',
  method: 'DELETE',
  path: '/grants/{grant_id}',
  summary: 'Ends a grant with every token that was issued under it.',
  scope: 'sessions:write',
  params: { grant_id: sessionIdText },
  status: 204,
  handle: async ({ db, params: { grant_id: id }, act }) => {
    if ((await findListedGrant(db, id)) === undefined) {
      throw new Refusal('not_found', 'There is no such grant.')
    }
    await revokeGrant(db, { id, reason: 'revoked' }, act)
    return { changed: [{ kind: 'grant', id }] }
  },
})

/** The routes about sessions and grants. */
export const sessionRoutes: readonly Route[] = [sessions, endSession, grants, endGrant]
