/** Sessions and grants: who is signed in where, what people allowed apps, and the end of either. */
import { findAccount } from '../../domain/accounts/account.ts'
import { findClient } from '../../domain/clients/client.ts'
import { endEverythingOfAccount } from '../../oidc/end-everything.ts'
import { revokeGrant } from '../../oidc/grants.ts'
import { standingOf } from '../../oidc/incidents.ts'
import { endListedSession, findListedGrant, listGrants, listSessions } from '../../oidc/listings.ts'
import { Refusal } from '../../platform/errors.ts'
import { confirmEndAllContent, grantsContent, sessionsContent } from '../../../views/admin/sessions-page.ts'
import { requireAccount } from './account-of-page.ts'
import { placesOf } from './list-places.ts'
import type { ConsoleRoute, Visit } from './route.ts'
import { namesOf, sessionFilters } from './session-filters.ts'
import type { SessionFilters } from './session-filters.ts'

const path = '/admin/sessions'
const grantsPath = '/admin/grants'
const limit = 25
const nothing = { items: [], next: undefined }

async function showSessions(visit: Visit): Promise<void> {
  const { db, query, session, frame, show } = visit
  const { filters, after } = await wanted(visit)
  const asked = { limit, after, accountId: filters.account?.id, clientId: filters.client?.id }
  const { items, next } = filters.nobody === undefined ? await listSessions(db, asked) : nothing
  const emails = await emailsOf(visit, items)
  const names = await clientNamesOf(
    visit,
    items.flatMap(({ clientIds }) => clientIds),
  )
  const sessions = items.map((item) => ({
    ...item,
    email: emails.get(item.accountId),
    isThis: item.id === session.sid,
    clients: item.clientIds.map((id) => ({ id, name: names.get(id) })),
  }))
  const places = placesOf(path, filters.typed, { after, next })
  const content = sessionsContent(frame, { sessions, filters, ...places, query: query.toString() })
  show({ title: frame.messages.consoleSessions.title, current: path, content })
}

async function showGrants(visit: Visit): Promise<void> {
  const { db, query, frame, show } = visit
  const { filters, after } = await wanted(visit)
  const asked = { limit, after, accountId: filters.account?.id, clientId: filters.client?.id }
  const { items, next } = filters.nobody === undefined ? await listGrants(db, asked) : nothing
  const emails = await emailsOf(visit, items)
  const names = await clientNamesOf(
    visit,
    items.map(({ clientId }) => clientId),
  )
  const grants = items.map((item) => ({
    ...item,
    email: emails.get(item.accountId),
    client: { id: item.clientId, name: names.get(item.clientId) },
  }))
  const places = placesOf(grantsPath, filters.typed, { after, next })
  const content = grantsContent(frame, { grants, filters, ...places, query: query.toString() })
  show({ title: frame.messages.consoleSessions.grantsTitle, current: path, content })
}

async function wanted(visit: Visit): Promise<{ filters: SessionFilters; after: string | undefined }> {
  return { filters: await sessionFilters(visit), after: visit.query.get('after') ?? undefined }
}

function emailsOf({ db }: Visit, items: readonly { readonly accountId: string }[]) {
  return namesOf(
    items.map(({ accountId }) => accountId),
    async (id) => (await findAccount(db, id))?.email,
  )
}

function clientNamesOf({ db }: Visit, ids: readonly string[]) {
  return namesOf(ids, async (id) => (await findClient(db, id))?.name)
}

async function endSession(visit: Visit): Promise<void> {
  const { db, params, act, announce, leadTo } = visit
  const id = params['id'] ?? ''
  if (!(await endListedSession(db, id, act))) throw new Refusal('not_found', 'There is no such session.')
  announce({ kind: 'session', id })
  leadTo(backTo(path, visit), 'ended')
}

async function endGrant(visit: Visit): Promise<void> {
  const { db, params, act, announce, leadTo } = visit
  const id = params['id'] ?? ''
  if ((await findListedGrant(db, id)) === undefined) throw new Refusal('not_found', 'There is no such grant.')
  await revokeGrant(db, { id, reason: 'revoked' }, act)
  announce({ kind: 'grant', id })
  leadTo(backTo(grantsPath, visit), 'ended')
}

/** The list as it was looked at. What the form says is taken apart and put together again, so that it names no other place. */
function backTo(list: string, { form }: Visit): string {
  const query = new URLSearchParams(form.fields['list'] ?? '')
  const kept = ['account', 'client', 'after'].flatMap((name) => {
    const value = query.get(name)
    return value === null || value === '' ? [] : [[name, value] as [string, string]]
  })
  return kept.length === 0 ? list : `${list}?${new URLSearchParams(kept).toString()}`
}

async function askAll(visit: Visit): Promise<void> {
  const { db, frame, show } = visit
  const account = await requireAccount(visit)
  const standing = await standingOf(db, { kind: 'account', id: account.id })
  const content = confirmEndAllContent(frame, { account, standing })
  show({ title: frame.messages.consoleSessions.endAllSubmit, current: path, content })
}

async function endAll(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const { id } = await requireAccount(visit)
  const list = `${path}?account=${encodeURIComponent(id)}`
  if (form.fields['confirmed'] !== 'yes') return leadTo(list)
  await endEverythingOfAccount(db, id, act)
  announce({ kind: 'account', id })
  leadTo(list, 'ended')
}

/** The pages of sessions and grants. */
export const sessionPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/sessions', needs: 'sessions:read', handle: showSessions },
  { method: 'POST', path: '/sessions/:id/end', needs: 'sessions:write', handle: endSession },
  { method: 'GET', path: '/grants', needs: 'sessions:read', handle: showGrants },
  { method: 'POST', path: '/grants/:id/end', needs: 'sessions:write', handle: endGrant },
  { method: 'GET', path: '/accounts/:id/end-sessions', needs: 'sessions:write', handle: askAll },
  { method: 'POST', path: '/accounts/:id/end-sessions', needs: 'sessions:write', handle: endAll },
]
