/**
 * The console at `/admin`: an ordinary client of our own provider, and a thin door on the same rooms as the management API.
 * Whoever comes here has signed in through the provider; what they may do is read from their roles for every request, so
 * that a role that was taken is gone at once.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { findAccount } from '../../domain/accounts/account.ts'
import { administratorPermissions } from '../../domain/administration/permissions.ts'
import type { ManagementScope } from '../../domain/administration/scopes.ts'
import type { Database } from '../../platform/db/open.ts'
import { consoleFrame, renderConsolePage } from '../../../views/admin/frame.ts'
import { notAdministratorPage } from '../../../views/admin/not-administrator-page.ts'
import { noPermissionPage } from '../../../views/admin/no-permission-page.ts'
import type { OwnForm, OwnSession, OwnSessions } from '../own-session.ts'
import type { Pages } from '../pages.ts'
import { routesOf } from '../routes-of.ts'
import type { ConsoleRooms } from './rooms.ts'
import type { ConsoleRoute, Visit } from './route.ts'

/** What the console needs. */
export interface ConsoleDoor {
  readonly db: Database
  readonly now: () => Date
  readonly pages: Pages
  readonly sessions: OwnSessions
  readonly rooms: ConsoleRooms
  readonly announce: Visit['announce']
  /** Whether administrators need a second factor to be here at all. */
  readonly secondFactorRequired: () => boolean
}

const freshSeconds = 900
const noForm: OwnForm = { fields: Object.freeze({}), all: () => [] }

/** The console as steps of the stack: its session, then its pages. */
export function createConsoleDoor(door: ConsoleDoor, routes: readonly ConsoleRoute[]): readonly Middleware[] {
  const router = new Router()
  for (const route of routes) {
    const answer: Middleware = (ctx) => answerRoute(door, ctx, route)
    // The first page is `/admin` itself.
    const path = route.path === '/' ? '/admin' : `/admin${route.path}`
    if (route.method === 'GET') router.get(path, answer)
    else router.post(path, answer)
  }
  return [door.sessions.middleware, routesOf(router, '/admin')]
}

async function answerRoute(door: ConsoleDoor, ctx: Context, route: ConsoleRoute): Promise<void> {
  const { sessions } = door
  const secondFactorRequired = door.secondFactorRequired()
  const session = sessions.sessionOf(ctx)
  const held = await administratorPermissions(door.db, session.accountId)
  if (held.size === 0) return refuseStranger(door, ctx)
  // Asked on every page: a session may have begun before the second factor was demanded.
  const acrValues = secondFactorRequired ? 'aal2' : undefined
  const maxAgeSeconds = route.fresh === true ? freshSeconds : Infinity
  const freshness = { maxAgeSeconds, ...(acrValues !== undefined && { acrValues }) }
  const mustAsk = route.fresh === true || secondFactorRequired
  if (mustAsk && !(await sessions.requireFresh(ctx, freshness))) return
  const form = route.method === 'POST' ? await sessions.readForm(ctx) : noForm
  const visit = await visitOf(door, ctx, { session, held, form })
  if (!held.has(route.needs)) {
    return visit.show({ ...noPermissionPage(visit.frame.messages, route.needs), current: '' }, 403)
  }
  await route.handle(visit)
}

async function visitOf(
  door: ConsoleDoor,
  ctx: Context,
  {
    session,
    held,
    form,
  }: {
    readonly session: OwnSession
    readonly held: ReadonlySet<ManagementScope>
    readonly form: OwnForm
  },
): Promise<Visit> {
  const { db, pages, rooms, announce } = door
  const account = await findAccount(db, session.accountId)
  const query = new URLSearchParams(ctx.querystring)
  const frame = consoleFrame({
    ...pages.propsFor(ctx),
    held,
    person: { name: account?.claims.name, email: account?.email ?? '' },
    csrfToken: session.csrfToken,
    done: query.get('done') ?? undefined,
  })
  const now = door.now()
  return {
    ctx,
    db,
    now,
    session,
    held,
    rooms,
    form,
    frame,
    query,
    announce,
    params: paramsOf(ctx),
    act: {
      actor: { type: 'account', id: session.accountId },
      now,
      requestId: ctx.state['requestId'],
      address: ctx.state['address'],
      userAgent: ctx.get('user-agent') || undefined,
    },
    show: (page, status) => pages.send(ctx, renderConsolePage({ ...frame, ...page }), status),
    leadTo: (path, done) => {
      ctx.status = 303
      ctx.redirect(done === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}done=${done}`)
    },
  }
}

/** Somebody who signed in and administers nothing: told so, with the way to their own page. */
function refuseStranger({ pages }: ConsoleDoor, ctx: Context): void {
  pages.send(ctx, notAdministratorPage(pages.propsFor(ctx)), 403)
}

function paramsOf(ctx: Context): Readonly<Record<string, string>> {
  const params: unknown = ctx['params']
  if (typeof params !== 'object' || params === null) return {}
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)] as const))
}
