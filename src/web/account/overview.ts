/** The first page, and what happened. */
import { activityOf, activityQuery } from '../../domain/audit/activity.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { findClient } from '../../domain/clients/client.ts'
import { ownClientIds } from '../../domain/clients/own-clients.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { listConnectedApps } from '../../oidc/connected-apps.ts'
import { listSessions } from '../../oidc/session-list.ts'
import { activityPage } from '../../../views/account/activity-page.ts'
import type { ActivityView } from '../../../views/account/activity-page.ts'
import { overviewPage } from '../../../views/account/overview-page.ts'
import { frameOf, show } from './door.ts'
import type { Visit } from './door.ts'

const recentEvents = 5
const eventsOfPage = 25

/** Shows the first page. */
export async function showOverview(visit: Visit): Promise<void> {
  const { door, account } = visit
  const { db } = door
  const factors = await enrolledFactors(db, account.id)
  const recent = await activityOf(db, { accountId: account.id, limit: recentEvents })
  const props = {
    isVerified: account.emailVerifiedAt !== undefined,
    passwordChangedAt: account.hasPassword ? (account.passwordChangedAt ?? account.createdAt) : undefined,
    factorCount: factors.passkeys + (factors.totp ? 1 : 0),
    sessionCount: (await listSessions(db, account.id)).length,
    appCount: (await listConnectedApps(db, account.id)).length,
    recent: await Promise.all(recent.items.map((event) => activityView(visit, event))),
  }
  show(visit, overviewPage(frameOf(visit), props))
}

/** Shows what happened, a part at a time. */
export async function showActivity(visit: Visit): Promise<void> {
  const { door, ctx, account } = visit
  const { after } = activityQuery.parse(Object.fromEntries(new URLSearchParams(ctx.querystring)))
  const page = await activityOf(door.db, { accountId: account.id, after, limit: eventsOfPage })
  const events = await Promise.all(page.items.map((event) => activityView(visit, event)))
  const props = { events, next: page.next, isFirst: after === undefined }
  show(visit, activityPage(frameOf(visit), props))
}

async function activityView({ door, account }: Visit, event: RecordedEvent): Promise<ActivityView> {
  const { type, occurredAt, address, userAgent } = event
  const clientId = event.target?.type === 'client' ? event.target.id : event.details['client_id']
  // That our own page was signed in to is said by the sentence itself.
  const isApp = typeof clientId === 'string' && !ownClientIds.includes(clientId)
  const client = isApp ? await findClient(door.db, clientId) : undefined
  return { type, occurredAt, address, userAgent, by: doneBy(event, account.id), clientName: client?.name }
}

function doneBy({ actor }: RecordedEvent, accountId: string): ActivityView['by'] {
  if (actor.type === 'system') return 'system'
  // Whoever is not signed in yet is anonymous to the log: those are the person's own attempts, or a stranger's.
  const isOther = actor.type === 'operator' || (actor.type === 'account' && actor.id !== accountId)
  return isOther ? 'administrator' : 'person'
}
