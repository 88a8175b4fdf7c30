/**
 * The session of our own pages, as their doors use it. A door puts `middleware` in front of its routes: behind it there is
 * a session, and every form is read by `readForm`, which looks at its token. A page about something sensitive first asks
 * `requireFresh`. The pages never trust the provider's cookie: they sign in as any client does.
 */
import type { Context, Middleware } from 'koa'
import type { OwnDoor, SessionLifetimes, WebSession } from '../domain/web-sessions/web-sessions.ts'
import { useWebSession } from '../domain/web-sessions/web-sessions.ts'
import { keepSession } from '../oidc/sessions.ts'
import { equalDigests, hmacSha256 } from '../platform/crypto/digest.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { readFormPairs } from '../platform/http/form.ts'
import type { OwnClient } from './own-client.ts'
import { ownCookies } from './own-cookies.ts'
import type { OwnCookies } from './own-cookies.ts'
import { begin, finishSignIn, goOn, ownPath, satisfies, signOut, tell } from './own-sign-in.ts'
import type { SignInWishes } from './own-sign-in.ts'
import type { Pages } from './pages.ts'

/** A session with the token that every form of its pages carries. */
export interface OwnSession extends WebSession {
  readonly csrfToken: string
}

/** How fresh a sign-in must be for what comes next. */
export interface Freshness {
  /** How long ago the sign-in may be; `Infinity` if that does not matter. Ten minutes unless told otherwise. */
  readonly maxAgeSeconds?: number
  /** What it must be worth; `aal2` for people with a second factor unless told otherwise. */
  readonly acrValues?: string
  /** The page to come back to when the request itself cannot be repeated; the one it came from unless told otherwise. */
  readonly returnTo?: string
}

/** The sessions of one of our own pages. */
export interface OwnSessions {
  /**
   * Everything below the door's path passes here: `callback`, `signed-out`, `confirm` and `sign-out` are answered; whoever comes
   * without a session is sent to sign in; the others go on with one.
   */
  readonly middleware: Middleware
  /** The session of a request that passed the middleware. */
  readonly sessionOf: (ctx: Context) => OwnSession
  /** Reads a form of the door's own pages: refused without its token. A field may come more than once. */
  readonly readForm: (ctx: Context) => Promise<OwnForm>
  /** Sends the browser to sign in, and then back to a page of this door. */
  readonly begin: (ctx: Context, wishes: SignInWishes) => Promise<void>
  /** True if the sign-in is fresh enough. If not, it has answered: a page is come back to, a form is not executed. */
  readonly requireFresh: (ctx: Context, freshness?: Freshness) => Promise<boolean>
}

/** The fields of a form, and all values of those that may come more than once. */
export interface OwnForm {
  readonly fields: Readonly<Record<string, string>>
  readonly all: (name: string) => readonly string[]
}

/** What the sessions of a door are made of. */
export interface OwnSessionNeeds {
  readonly db: Database
  readonly now: () => Date
  readonly seal: Seal
  readonly pages: Pages
  readonly issuer: string
  readonly door: OwnDoor
  /** The path of the door, such as `/account`. */
  readonly prefix: string
  readonly client: OwnClient
  readonly lifetimes: () => SessionLifetimes
  /** Whether the account has a second factor, so that what is sensitive wants it too (ASVS 7.5.1, 7.5.3). */
  readonly hasSecondFactor: (accountId: string) => Promise<boolean>
}

/** The same, with what belongs to it. */
export interface OwnSessionParts extends OwnSessionNeeds {
  readonly cookies: OwnCookies
  readonly hasSession: (ctx: Context) => Promise<boolean>
}

const csrfField = 'csrf'
const defaultMaxAgeSeconds = 600
// The provider counts in whole seconds and a little later: asking it for less keeps it from agreeing too early.
const askedForLessSeconds = 30

/** The sessions of one of our own pages. */
export function createOwnSessions(needs: OwnSessionNeeds): OwnSessions {
  const parts: OwnSessionParts = {
    ...needs,
    cookies: ownCookies(needs.door, needs.issuer),
    hasSession: async (ctx) => (await findSession(parts, ctx)) !== undefined,
  }
  const sessions = new WeakMap<Context, OwnSession>()
  const sessionOf = (ctx: Context): OwnSession => {
    const session = sessions.get(ctx)
    if (session === undefined) throw new Error('the request has not passed the session of our own pages')
    return session
  }
  const readForm = async (ctx: Context): Promise<OwnForm> => formOf(await readFormPairs(ctx), sessionOf(ctx))
  return {
    sessionOf,
    readForm,
    begin: (ctx, wishes) => begin(parts, ctx, wishes),
    requireFresh: (ctx, freshness) => requireFresh(parts, ctx, { session: sessionOf(ctx), freshness }),
    middleware: async (ctx, next) => {
      const { prefix } = parts
      if (ctx.path !== prefix && !ctx.path.startsWith(`${prefix}/`)) return next()
      staysHere(ctx)
      if (isRead(ctx) && ctx.path === `${prefix}/callback`) return finishSignIn(parts, ctx)
      if (isRead(ctx) && ctx.path === `${prefix}/signed-out`) return tell(parts, ctx, 'signed_out')
      const session = await findSession(parts, ctx)
      if (session === undefined) {
        if (isRead(ctx)) return begin(parts, ctx, { returnTo: `${ctx.path}${ctx.search}` })
        return tell(parts, ctx, 'ended')
      }
      sessions.set(ctx, session)
      if (isRead(ctx) && ctx.path === `${prefix}/confirm`) return confirm(parts, ctx, session)
      if (ctx.path !== `${prefix}/sign-out` || ctx.method !== 'POST') return next()
      await readForm(ctx)
      return signOut(parts, ctx)
    },
  }
}

async function findSession(parts: OwnSessionParts, ctx: Context): Promise<OwnSession | undefined> {
  const { db, door, cookies } = parts
  const id = cookies.session.read(ctx)
  if (id === undefined) return undefined
  const lifetimes = parts.lifetimes()
  const used = await useWebSession(db, { id, door }, lifetimes, parts.now())
  if (used === undefined) return undefined
  const { session, isDueForKeeping } = used
  // Whoever works here is not idle, though nothing else is asked of the provider meanwhile.
  if (isDueForKeeping) await keepSession(db, session.sid, lifetimes)
  return { ...session, csrfToken: csrfTokenOf(id) }
}

/** Known only to whoever knows the cookie, and tells nothing of it: pages may hold it, and it ends with the session. */
function csrfTokenOf(sessionId: string): string {
  return hmacSha256(Buffer.from(sessionId), 'csrf').toString('base64url')
}

function formOf(pairs: readonly (readonly [string, string])[], session: OwnSession): OwnForm {
  const given = pairs.filter(([name]) => name === csrfField).map(([, value]) => value)
  const isOurs =
    given.length === 1 && equalDigests(Buffer.from(given[0] ?? ''), Buffer.from(session.csrfToken))
  // ASVS 3.5.1: beside the origin, which is looked at in front of all doors.
  if (!isOurs) throw new Refusal('forbidden', 'This form is of another session. Open the page again.')
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) fields[name] ??= value
  return { fields, all: (name) => pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]) }
}

async function requireFresh(
  parts: OwnSessionParts,
  ctx: Context,
  { session, freshness = {} }: { readonly session: OwnSession; readonly freshness?: Freshness | undefined },
): Promise<boolean> {
  const { maxAgeSeconds = defaultMaxAgeSeconds } = freshness
  const acrValues =
    freshness.acrValues ?? ((await parts.hasSecondFactor(session.accountId)) ? 'aal2' : undefined)
  const ageSeconds = (parts.now().getTime() - session.authTime.getTime()) / 1000
  if (ageSeconds <= maxAgeSeconds && satisfies(session.acr, acrValues)) return true
  const returnTo = ownPath(parts, freshness.returnTo ?? pageOf(ctx))
  if (isRead(ctx)) {
    const asked = Number.isFinite(maxAgeSeconds)
      ? Math.max(0, maxAgeSeconds - askedForLessSeconds)
      : undefined
    await begin(parts, ctx, { returnTo, maxAgeSeconds: asked, acrValues })
  } else
    tell(parts, ctx, 'confirm', `${parts.prefix}/confirm?${String(new URLSearchParams({ to: returnTo }))}`)
  return false
}

/** Where somebody is led whose form came too late: to a sign-in if they still need it, then back to the page of the form. */
async function confirm(parts: OwnSessionParts, ctx: Context, session: OwnSession): Promise<void> {
  const returnTo = ownPath(parts, new URLSearchParams(ctx.querystring).get('to') ?? '')
  if (await requireFresh(parts, ctx, { session, freshness: { returnTo } })) goOn(ctx, returnTo)
}

/** The page of a request: its own address, or for a form the one that it stood in, which has another where it says so. */
function pageOf(ctx: Context): string {
  if (isRead(ctx)) return `${ctx.path}${ctx.search}`
  return ctx.get('referer') || ctx.path
}

/** These pages never leave this origin, so browsers are told to let no form do it (see `security-headers.ts`). */
function staysHere(ctx: Context): void {
  const policy = ctx.response.get('content-security-policy')
  ctx.set('Content-Security-Policy', `${policy}; form-action 'self'`)
  ctx.set('Cache-Control', 'no-store')
}

function isRead({ method }: Context): boolean {
  return method === 'GET' || method === 'HEAD'
}
