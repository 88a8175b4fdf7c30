import type { Context } from 'koa'
import { Provider } from 'oidc-provider'
import type { ClientAuthorizationState, KoaContextWithOIDC } from 'oidc-provider'
import type { Act, Actor } from '../domain/audit/act.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** A session of somebody. */
export interface KnownSession {
  readonly uid: string
  readonly accountId: string
}

/** What the HTTP stack and our middleware put on `ctx.state` for the length of a request. */
export interface RequestState {
  readonly requestId?: string
  readonly address?: string
  /** Present while a token request is served; writes wait in it. */
  unit?: UnitOfWork
  /** Grants whose artifacts this request has removed already. */
  readonly revokedGrants?: Set<string>
  /** True once this request's client assertion was looked at for replay. */
  assertionMarked?: boolean
  /** The proven sign-in that this request goes on with. It is used up when its session is written, and not before. */
  heldSignIn?: string | undefined
  /** The session that this request found or has written: it is written again only if it has not ended meanwhile. */
  knownSession?: KnownSession
  /** The cookie value it had before, which ends when it is written under the next. */
  leftSession?: string | undefined
  /** The code that came with the link of a device, to be filled in. */
  typedUserCode?: string
  /** What the browser's session had at the app before a device was approved in it. */
  ownAuthorization?: ClientAuthorizationState | undefined
  /** Whom a token was issued to, and by which grant: public facts for the log. */
  issued?: { readonly client_id: string; readonly grant_type: string }
  /** The OAuth error code that was answered, whatever the form of the answer. */
  oauthError?: string
}

/** The library's request that is being served now, if any: its adapter is called without one. */
export function currentContext(): KoaContextWithOIDC | undefined {
  return Provider.ctx
}

/** The state of a request, typed. */
export function stateOf(ctx: { readonly state: RequestState }): RequestState {
  return ctx.state
}

/** The library's own view of a request that it has served: it puts `oidc` on the very context Koa gave it. */
export function providerContext(ctx: Context): KoaContextWithOIDC {
  if (!isProviderContext(ctx)) throw new Error('the library has not seen this request')
  return ctx
}

function isProviderContext(ctx: Context): ctx is Context & KoaContextWithOIDC {
  return 'oidc' in ctx
}

/** The OAuth error code that was answered, in whatever form. */
export function answeredError(ctx: KoaContextWithOIDC): unknown {
  const { body } = ctx
  const inBody: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined
  return stateOf(ctx).oauthError ?? inBody
}

/** A parameter that was sent once and is text. */
export function textParameter(
  params: Readonly<Record<string, unknown>> | undefined,
  name: string,
): string | undefined {
  const value = params?.[name]
  return typeof value === 'string' ? value : undefined
}

/** Who acts in a request to the library: the client it authenticated, else the account of its session. */
export function actOf(ctx: KoaContextWithOIDC | undefined, now: Date): Act {
  if (ctx === undefined) return { actor: { type: 'system' }, now }
  const { requestId, address } = stateOf(ctx)
  return { actor: actorOf(ctx), now, requestId, address, userAgent: ctx.get('user-agent') || undefined }
}

/** Where nobody but the client is there. */
const clientRoutes = new Set(['token', 'revocation', 'introspection', 'device_authorization'])

function actorOf({ oidc }: KoaContextWithOIDC): Actor {
  const { Client: client, Session: session } = oidc.entities
  const route: string = oidc.route
  const clientActs = clientRoutes.has(route)
  if (clientActs && client !== undefined) return { type: 'client', id: client.clientId }
  if (session?.accountId !== undefined) return { type: 'account', id: session.accountId }
  return { type: 'anonymous' }
}
