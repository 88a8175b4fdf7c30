/**
 * The long way through introspection: the provider authenticates the caller, by secret, key or otherwise, and then the
 * same answer is given as on the short way. Signed answers (RFC 9701) are made here too.
 */
import type { Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { inactive, inactiveAnswer, introspect, readQuestion } from '../../domain/credentials/introspect.ts'
import type { IntrospectionParts } from '../../domain/credentials/introspect.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import { limitPolicy, limitState } from '../../platform/http/limit-headers.ts'
import { providerContext, stateOf, textParameter } from '../../oidc/request-state.ts'
import { authenticatedCaller, isProvenCaller } from '../authenticated-caller.ts'

/** What the long way needs. */
export interface ProviderRouteParts extends IntrospectionParts {
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  /** Told of every answer, for the numbers. */
  readonly onAnswer: (outcome: 'active' | 'inactive') => void
  /** Signs a JWT of ours: `iss` and `iat` are added. */
  readonly sign: (payload: Record<string, unknown>, type: string) => Promise<string>
}

const signedType = 'application/token-introspection+jwt'

/** Answers after the provider has authenticated whoever asks. */
export function createIntrospectionRoute(parts: ProviderRouteParts): Middleware {
  const answer: Middleware = async (ctx, next) => {
    await next()
    const asked = providerContext(ctx)
    const caller = authenticatedCaller(asked)
    const token = textParameter(asked.oidc.params, 'token')
    if (caller === undefined || token === undefined) return
    const members = bodyMembers(asked)
    const question = members === undefined ? undefined : readQuestion(members, parts.parseQuery)
    if (question === undefined) return refuse(asked)
    // A public client has proved nothing: it is told what strangers are.
    const answered = isProvenCaller(asked)
      ? await introspect(parts, { token, ...question }, caller)
      : inactiveAnswer
    const { text, limit } = answered
    parts.onAnswer(text === inactive ? 'inactive' : 'active')
    delete stateOf(asked).oauthError
    ctx.status = 200
    if (limit !== undefined) {
      ctx.set('RateLimit-Policy', limitPolicy(limit))
      ctx.set('RateLimit', limitState(limit))
    }
    if (ctx.accepts('json', signedType) === signedType) {
      // RFC 9701 §5: the answer as a claim, for the caller that asked and for nobody else.
      ctx.body = await parts.sign(
        { aud: caller, token_introspection: JSON.parse(text) },
        'token-introspection+jwt',
      )
      ctx.set('Content-Type', signedType)
      return
    }
    ctx.body = text
    ctx.set('Content-Type', 'application/json; charset=utf-8')
  }
  return (ctx, next) =>
    ctx.path === '/oauth/introspect' && ctx.method === 'POST' ? answer(ctx, next) : next()
}

/** RFC 7662 §2.1 lets a caller send more; the library keeps what it knows in `params` and all of it in `body`. */
function bodyMembers(
  ctx: KoaContextWithOIDC,
): Record<'required_scope' | 'client_ip' | 'cost', string | undefined> | undefined {
  const { body } = ctx.oidc
  const values = ['required_scope', 'client_ip', 'cost'].map((name): unknown => body?.[name])
  if (values.some((value) => value !== undefined && typeof value !== 'string')) return undefined
  const [required_scope, client_ip, cost] = values.map((value) =>
    typeof value === 'string' ? value : undefined,
  )
  return { required_scope, client_ip, cost }
}

function refuse(ctx: KoaContextWithOIDC): void {
  const error = 'invalid_request'
  stateOf(ctx).oauthError = error
  ctx.status = 400
  ctx.body = { error, error_description: 'required_scope, client_ip or cost is malformed' }
}
