/** Who has access: sessions and connected apps, and their end. */
import { disconnectApp, listConnectedApps } from '../../oidc/connected-apps.ts'
import type { ConnectedApp } from '../../oidc/connected-apps.ts'
import { endOtherSessions, endSessionOf, listSessions } from '../../oidc/session-list.ts'
import { findApi } from '../../domain/apis/api.ts'
import { appsPage, revokeAppPage } from '../../../views/account/apps-page.ts'
import type { AppView, GrantedScope } from '../../../views/account/apps-page.ts'
import { sessionsPage } from '../../../views/account/sessions-page.ts'
import type { SessionView } from '../../../views/account/sessions-page.ts'
import { formOf, frameOf, goTo, nothingHere, show } from './door.ts'
import type { Visit } from './door.ts'

/** Lists the sessions. */
export async function showSessions(visit: Visit): Promise<void> {
  show(visit, sessionsPage(frameOf(visit), await sessionViews(visit)))
}

/** The sessions as the page shows them. */
export async function sessionViews({ door, account, session }: Visit): Promise<SessionView[]> {
  const sessions = await listSessions(door.db, account.id)
  return sessions.map((each) => ({ ...each, isThis: each.uid === session.sid }))
}

/** Ends one session. The one of this browser ends by signing out. */
export async function endSession(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  const uid = String(ctx['params'].uid)
  const outcome = await endSessionOf(door.db, { accountId: account.id, uid }, act)
  if (outcome === 'not_found') throw nothingHere()
  door.announce({ kind: 'session', id: uid })
  return goTo(visit, '/account/sessions', 'session')
}

/** Ends all sessions but the one of this browser. */
export async function endOthers(visit: Visit): Promise<void> {
  const { door, account, session, act } = visit
  await formOf(visit)
  const ended = await endOtherSessions(door.db, { accountId: account.id, except: session.sid }, act)
  for (const id of ended) door.announce({ kind: 'session', id })
  return goTo(visit, '/account/sessions', 'sessions')
}

/** Lists the connected apps. */
export async function showApps(visit: Visit): Promise<void> {
  const apps = await listConnectedApps(visit.door.db, visit.account.id)
  show(visit, appsPage(frameOf(visit), await Promise.all(apps.map((app) => appView(visit, app)))))
}

/** Asks before an app loses its access. */
export async function askToRevoke(visit: Visit): Promise<void> {
  const apps = await listConnectedApps(visit.door.db, visit.account.id)
  const app = apps.find(({ clientId }) => clientId === visit.ctx['params'].id)
  if (app === undefined) throw nothingHere()
  show(visit, revokeAppPage(frameOf(visit), await appView(visit, app)))
}

/** Takes the access of an app back. */
export async function revokeApp(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  const app = { accountId: account.id, clientId: String(ctx['params'].id) }
  const ended = await disconnectApp(door.db, app, act)
  if (ended === undefined) throw nothingHere()
  for (const id of ended) door.announce({ kind: 'grant', id })
  return goTo(visit, '/account/apps', 'app')
}

/** Scopes in their own sentences; one that the API no longer names buys nothing and is left out. */
async function appView({ door }: Visit, app: ConnectedApp): Promise<AppView> {
  const scopes: GrantedScope[] = app.oidcScopes.map((name) => ({ name, description: undefined }))
  for (const [identifier, names] of Object.entries(app.resourceScopes)) {
    const api = await findApi(door.db, identifier)
    const known = api?.scopes.filter(({ name }) => names.includes(name)) ?? []
    scopes.push(...known.map(({ name, description }) => ({ name, description, apiName: api?.name })))
  }
  return { ...app, scopes }
}
