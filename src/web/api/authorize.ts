/**
 * Who calls the management API, and may they call this route? One answer for tokens of people, tokens of services and API
 * keys, by the same resolver that every other API's gateway asks. Never a cookie, never a query.
 */
import type { Context } from 'koa'
import type { Leases } from '../../domain/limits/leases.ts'
import { decide } from '../../domain/credentials/decide.ts'
import type { Decision } from '../../domain/credentials/decide.ts'
import type { PrincipalUse } from '../../domain/credentials/key-use.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import type { Principal } from '../../domain/credentials/principal.ts'
import type { Resolver } from '../../domain/credentials/resolve.ts'
import { managementApiId } from '../../domain/administration/scopes.ts'
import { Refusal } from '../../platform/errors.ts'
import type { RefusalCode } from '../../platform/errors.ts'
import { thumbprintOf } from '../../platform/crypto/certificate.ts'
import type { ReadClientCertificate } from '../../platform/http/client-certificate.ts'
import type { DpopCheck } from './dpop.ts'
import type { RouteFacts } from './route.ts'

/** What authorising needs. */
export interface AuthorizeParts {
  readonly issuer: string
  readonly resolver: Resolver
  readonly leases: Leases
  readonly onUse: (use: PrincipalUse) => void
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  readonly checkDpop: DpopCheck
  readonly readCertificate: ReadClientCertificate
  readonly now: () => Date
  /** Whether people need a second factor here. */
  readonly secondFactorRequired: () => boolean
}

const freshSeconds = 900
const strongEnough: readonly unknown[] = ['aal2', 'phr']

interface Presented {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly credential: string
}

/** The caller, if the credential is good for this route now; otherwise a refusal with its challenge (RFC 6750 §3). */
export async function authorize(parts: AuthorizeParts, ctx: Context, route: RouteFacts): Promise<Principal> {
  const presented = readCredential(parts, ctx)
  const principal = await resolveCaller(parts, ctx, presented)
  if (route.scope !== undefined || principal.key !== undefined) {
    await decideRoute(parts, ctx, { principal, scope: route.scope })
  }
  requirePerson(parts, ctx, { principal, fresh: route.fresh === true })
  return principal
}

function readCredential(parts: AuthorizeParts, ctx: Context): Presented {
  const given = ctx.req.headersDistinct['authorization'] ?? []
  if (given.length === 0) {
    // RFC 6750 §3.1: without a credential there is no error to tell.
    ctx.set('WWW-Authenticate', `Bearer realm="${parts.issuer}"`)
    throw new Refusal('unauthenticated', 'The request has no credential.')
  }
  const [, scheme = '', credential = ''] =
    (given.length === 1 && /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i.exec(given[0] ?? '')) || []
  if (credential === '')
    throw refuse(parts, ctx, { code: 'invalid_token', detail: 'The credential is malformed.' })
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', credential }
}

async function resolveCaller(
  parts: AuthorizeParts,
  ctx: Context,
  { scheme, credential }: Presented,
): Promise<Principal> {
  const resolved = await parts.resolver.resolve(credential)
  const principal = resolved?.kind === 'principal' ? resolved.resolution.principal : undefined
  // One sentence for everything, so that nobody learns what a string would be good for elsewhere.
  const detail = 'The credential is not good for this API.'
  if (principal === undefined || principal.api.id !== managementApiId) {
    throw refuse(parts, ctx, { code: 'invalid_token', detail })
  }
  const { boundTo } = principal
  const boundKey = boundTo !== undefined && 'jkt' in boundTo ? boundTo.jkt : undefined
  // RFC 9449 §7.2: a bound token is no bearer token, and a proof for one that is not bound proves nothing.
  if ((boundKey === undefined) !== (scheme === 'Bearer')) {
    throw refuse(parts, ctx, { code: 'invalid_token', detail })
  }
  if (boundTo !== undefined && 'x5t#S256' in boundTo && !showsCertificate(parts, ctx, boundTo['x5t#S256'])) {
    throw refuse(parts, ctx, { code: 'invalid_token', detail })
  }
  if (boundKey !== undefined) {
    const isProven = await parts.checkDpop(ctx, { token: credential, thumbprint: boundKey })
    if (!isProven) {
      throw refuse(parts, ctx, {
        code: 'invalid_token',
        detail: 'The DPoP proof is missing or wrong.',
        scheme,
      })
    }
  }
  return principal
}

/** RFC 8705 §3: whoever presents the token shows the certificate it was issued to. */
function showsCertificate({ readCertificate }: AuthorizeParts, ctx: Context, thumbprint: string): boolean {
  const certificate = readCertificate(ctx.req)
  return certificate !== undefined && thumbprintOf(certificate) === thumbprint
}

async function decideRoute(
  parts: AuthorizeParts,
  ctx: Context,
  { principal, scope }: { readonly principal: Principal; readonly scope: RouteFacts['scope'] },
): Promise<void> {
  const requiredScope = scope === undefined ? undefined : parts.parseQuery(scope)
  if (scope !== undefined && requiredScope === undefined) throw new Error(`no query can be made of ${scope}`)
  const callerAddress: unknown = ctx.state['address']
  const question = {
    requiredScope,
    callerAddress: typeof callerAddress === 'string' ? callerAddress : undefined,
    cost: 1,
  }
  const decision = await decide(principal, question, parts.leases)
  parts.onUse({ principal, decision, question, userAgent: ctx.get('user-agent') || undefined })
  if (!decision.allow) throw refusalFor(parts, ctx, { decision, scope })
}

function refusalFor(
  parts: AuthorizeParts,
  ctx: Context,
  {
    decision,
    scope,
  }: { readonly decision: Decision & { allow: false }; readonly scope: RouteFacts['scope'] },
): Refusal {
  switch (decision.reason) {
    case 'insufficient_scope':
      return refuse(parts, ctx, {
        code: 'insufficient_scope',
        detail: `This needs the scope ${scope}.`,
        members: { scope: scope ?? '' },
      })
    case 'address_not_allowed':
      return new Refusal('forbidden', 'The key may not be used from this address.')
    case 'rate_limited':
    case 'quota_exceeded':
      return new Refusal('rate_limited', 'The key has used up what it may for now.', {
        retryAfterSeconds: decision.retryAfterSeconds ?? 1,
      })
  }
}

/**
 * RFC 9470: a person needs two factors here, and must have given them a moment ago before anything that cannot be taken
 * back. Services and keys have nobody to ask; whoever made their secret was asked then.
 */
function requirePerson(
  parts: AuthorizeParts,
  ctx: Context,
  { principal, fresh }: { readonly principal: Principal; readonly fresh: boolean },
): void {
  if (principal.credentialType !== 'access_token' || principal.owner.type !== 'account') return
  const { acr, auth_time: authTime } = principal.facts
  const isWeak = parts.secondFactorRequired() && !strongEnough.includes(acr)
  const nowSeconds = parts.now().getTime() / 1000
  const isOld = fresh && !(typeof authTime === 'number' && authTime > nowSeconds - freshSeconds)
  if (!isWeak && !isOld) return
  throw refuse(parts, ctx, {
    code: 'insufficient_user_authentication',
    detail: isWeak ? 'This needs a second factor.' : 'This needs a sign-in of the last 15 minutes.',
    members: {
      ...(parts.secondFactorRequired() && { acr_values: 'aal2' }),
      ...(isOld && { max_age: String(freshSeconds) }),
    },
  })
}

interface Challenge {
  readonly code: RefusalCode
  readonly detail: string
  readonly scheme?: Presented['scheme']
  readonly members?: Readonly<Record<string, string>>
}

function refuse(
  { issuer }: AuthorizeParts,
  ctx: Context,
  { code, detail, scheme = 'Bearer', members = {} }: Challenge,
): Refusal {
  const error = scheme === 'DPoP' ? 'invalid_dpop_proof' : code
  const all = Object.entries({ realm: issuer, error, error_description: detail, ...members })
  ctx.set('WWW-Authenticate', `${scheme} ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`)
  return new Refusal(code, detail)
}
