/**
 * Signing in to one of our own pages, and out of it: the way to the provider and back. What was begun is kept here and bound
 * to the browser by a cookie, so that nobody can be signed in by a link or form of somebody else (ASVS 10.1.2, 10.2.1).
 */
import type { Context } from 'koa'
import { beginSignIn, takeSignIn } from '../domain/web-sessions/sign-ins.ts'
import type { PendingSignIn } from '../domain/web-sessions/sign-ins.ts'
import { beginWebSession, endWebSession } from '../domain/web-sessions/web-sessions.ts'
import type { Identity } from '../domain/web-sessions/web-sessions.ts'
import { randomSecret } from '../platform/crypto/random.ts'
import { ownMessagePage } from '../../views/account/own-message-page.ts'
import type { OwnMessage } from '../../views/account/own-message-page.ts'
import type { Visitor } from './own-server.ts'
import type { OwnSessionParts } from './own-session.ts'

/** Where a sign-in leads back to, and what it must be worth. */
export interface SignInWishes {
  /** A path below the door's own. */
  readonly returnTo: string
  readonly maxAgeSeconds?: number | undefined
  readonly acrValues?: string | undefined
}

/** `phr` implies `aal2`, and `aal2` implies `aal1`. */
const strengths = ['aal1', 'aal2', 'phr']

/** Whether a sign-in of this `acr` is worth one of those wanted. */
export function satisfies(acr: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  const strength = strengths.indexOf(acr ?? 'aal1')
  return wanted.split(' ').some((each) => strengths.includes(each) && strength >= strengths.indexOf(each))
}

/** Sends the browser to the provider. */
export async function begin(
  parts: OwnSessionParts,
  ctx: Context,
  { returnTo, maxAgeSeconds, acrValues }: SignInWishes,
): Promise<void> {
  const { db, seal, cookies, client, door } = parts
  // One secret for all tabs of the browser: each sign-in has a state of its own beside it.
  const browser = cookies.browser.read(ctx) ?? randomSecret()
  const secrets = { state: randomSecret(), nonce: randomSecret(), codeVerifier: randomSecret() }
  const kept = { returnTo: ownPath(parts, returnTo), acrValues }
  await beginSignIn(db, seal, { door, browser, ...secrets, ...kept }, parts.now())
  cookies.browser.write(ctx, browser)
  const url = await client.authorizationUrl({ ...secrets, maxAgeSeconds, acrValues }, visitorOf(ctx))
  goOn(ctx, url.href)
}

/** Takes the answer of the provider: a session begins, under an id that nobody knew before (ASVS 7.2.4). */
export async function finishSignIn(parts: OwnSessionParts, ctx: Context): Promise<void> {
  const { db, seal, cookies, client, door } = parts
  const state = new URLSearchParams(ctx.querystring).get('state') ?? ''
  const browser = cookies.browser.read(ctx)
  const pending =
    browser === undefined || state === ''
      ? undefined
      : await takeSignIn(db, seal, { door, state, browser }, parts.now())
  if (pending === undefined) return tell(parts, ctx, 'sign_in_over')
  const expected = { state, ...pending, maxAgeSeconds: undefined }
  const exchanged = await client.exchange(new URL(ctx.href), expected, visitorOf(ctx))
  switch (exchanged.outcome) {
    case 'invalid':
      return tell(parts, ctx, 'sign_in_over')
    case 'refused':
      // A stronger sign-in that was not wanted after all leaves the one there is.
      return (await parts.hasSession(ctx)) ? goOn(ctx, parts.prefix) : tell(parts, ctx, 'not_signed_in')
    case 'signed_in':
      return beginSession(parts, ctx, { pending, identity: exchanged.identity })
  }
}

async function beginSession(
  parts: OwnSessionParts,
  ctx: Context,
  { pending, identity }: { readonly pending: PendingSignIn; readonly identity: Identity },
): Promise<void> {
  const { db, cookies, client, door } = parts
  // `acr_values` is a wish (OpenID Connect Core §3.1.2.1); going back without it would only lead here again.
  if (!satisfies(identity.acr, pending.acrValues)) return tell(parts, ctx, 'too_weak')
  const id = randomSecret()
  const session = { id, door, clientId: client.clientId, identity }
  if (!(await beginWebSession(db, session, parts.lifetimes(), parts.now())))
    return tell(parts, ctx, 'sign_in_over')
  const before = cookies.session.read(ctx)
  if (before !== undefined) await endWebSession(db, before)
  cookies.session.write(ctx, id)
  goOn(ctx, pending.returnTo)
}

/** Ends the session here and at the provider, which tells the apps that hang on it. */
export async function signOut(parts: OwnSessionParts, ctx: Context): Promise<void> {
  const id = parts.cookies.session.read(ctx)
  const { location, setCookies } = await parts.client.signOut({
    ...visitorOf(ctx),
    cookies: ctx.get('cookie'),
  })
  if (id !== undefined) await endWebSession(parts.db, id)
  parts.cookies.session.clear(ctx)
  if (setCookies.length > 0) ctx.append('Set-Cookie', [...setCookies])
  goOn(ctx, location)
}

const statusOf = {
  signed_out: 200,
  sign_in_over: 400,
  not_signed_in: 400,
  too_weak: 403,
  confirm: 403,
  ended: 401,
} as const satisfies Record<OwnMessage, number>

/** Answers with a page that says what happened, and leads back in. */
export function tell(
  parts: OwnSessionParts,
  ctx: Context,
  message: OwnMessage,
  continueUrl: string = parts.prefix,
): void {
  const page = ownMessagePage({ ...parts.pages.propsFor(ctx), message, continueUrl })
  parts.pages.send(ctx, page, statusOf[message])
}

/** P2: only ever a path of this door; anything else is its first page. */
export function ownPath(
  { prefix, issuer }: Pick<OwnSessionParts, 'prefix' | 'issuer'>,
  path: string,
): string {
  const url = URL.parse(path, issuer)
  const isOurs = url?.origin === issuer && (url.pathname === prefix || url.pathname.startsWith(`${prefix}/`))
  return isOurs ? `${url.pathname}${url.search}` : prefix
}

/** Sends the browser on. */
export function goOn(ctx: Context, url: string): void {
  ctx.status = 303
  ctx.redirect(url)
}

function visitorOf(ctx: Context): Visitor {
  const address: unknown = ctx.state['address']
  return {
    address: typeof address === 'string' && address !== 'unknown' ? address : undefined,
    userAgent: ctx.get('user-agent') || undefined,
  }
}
