/**
 * APIs as the library's resource servers (RFC 8707): which a client may name, with which scopes, in which token format.
 * What is permitted is decided in the APIs room; this file only asks it with what the request knows.
 */
import { errors } from 'oidc-provider'
import type { Client as ProviderClient, KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import type { Api } from '../domain/apis/api.ts'
import { grantableScopes } from '../domain/apis/permissions.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { levelOf, reaches } from '../domain/second-factors/levels.ts'
import { textParameter } from './request-state.ts'

/** The `getResourceServerInfo` setting: one API for one client, or `invalid_target` without saying why. */
export function createResourceServerInfo(directory: Directory) {
  return async (
    ctx: KoaContextWithOIDC,
    identifier: string,
    client: ProviderClient,
  ): Promise<ResourceServer> => {
    const api = await directory.api(identifier)
    if (api === undefined) throw new errors.InvalidTarget()
    const scopes = await permittedScopes(directory, ctx, { api, clientId: client.clientId })
    // RFC 8707 §2: an API the client was given nothing at is as unknown to it as any other address.
    if (scopes.size === 0) throw new errors.InvalidTarget()
    if (isIssuedTooWeakly(ctx, api)) throw new errors.InvalidTarget()
    if (isForItself(ctx)) settleServiceScope(ctx, scopes)
    return resourceServer(api, scopes)
  }
}

/** The `defaultResource` setting: a service's token is for one API or for nothing, so a service must say which (RFC 8707 §2). */
export async function defaultResource<Resource>(
  ctx: KoaContextWithOIDC,
  _client: ProviderClient,
  oneOf?: Resource,
): Promise<Resource | undefined> {
  if (oneOf === undefined && textParameter(ctx.oidc.params, 'grant_type') === 'client_credentials') {
    throw new errors.InvalidTarget()
  }
  return oneOf
}

async function permittedScopes(
  directory: Directory,
  ctx: KoaContextWithOIDC,
  { api, clientId }: { readonly api: Api; readonly clientId: string },
): Promise<ReadonlySet<string>> {
  const clientScopes = await directory.scopesAt(api, { type: 'client', id: clientId })
  if (!api.accountsNeedPermission || isForItself(ctx)) return grantableScopes({ api, clientScopes })
  const accountId = ctx.oidc.entities.Account?.accountId
  if (accountId !== undefined) {
    const accountScopes = await directory.scopesAt(api, { type: 'account', id: accountId })
    return grantableScopes({ api, clientScopes, accountScopes })
  }
  // Before the sign-in nobody knows whose request it is: the client may ask, and is asked again when tokens are issued.
  // There somebody is known, and if not, there is nothing to issue.
  const isIssuing = ctx.oidc.route === 'token'
  return grantableScopes({ api, clientScopes, ...(isIssuing && { accountScopes: new Set<string>() }) })
}

/**
 * RFC 9470: the sign-in is asked for enough before a code is given. A code or refresh token of a weaker one, from before
 * the API wanted more, is worth nothing there any longer.
 */
function isIssuedTooWeakly(ctx: KoaContextWithOIDC, { minimumAcr }: Api): boolean {
  const { AuthorizationCode: code, DeviceCode: deviceCode, RefreshToken: refresh } = ctx.oidc.entities
  const source = code ?? issuedFrom(ctx, deviceCode) ?? refresh
  return source !== undefined && minimumAcr !== 'aal1' && !reaches(levelOf(source.acr), minimumAcr)
}

/** While the person is still being asked, the code says nothing of their sign-in yet. */
function issuedFrom<Code>({ oidc }: KoaContextWithOIDC, code: Code): Code | undefined {
  return oidc.route === 'token' ? code : undefined
}

function isForItself(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.params?.['grant_type'] === 'client_credentials'
}

/** RFC 6749 §3.3: a service that names no scope gets all it was given; one that names too much is told which. */
function settleServiceScope(ctx: KoaContextWithOIDC, permitted: ReadonlySet<string>): void {
  const { params } = ctx.oidc
  if (params === undefined) return
  const requested = typeof params['scope'] === 'string' ? params['scope'].split(' ').filter(Boolean) : []
  const refused = requested.find((scope) => !permitted.has(scope))
  if (refused !== undefined) throw new errors.InvalidScope('requested scope is not allowed', refused)
  if (requested.length === 0) params['scope'] = [...permitted].join(' ')
}

function resourceServer(api: Api, scopes: ReadonlySet<string>): ResourceServer {
  return {
    audience: api.identifier,
    scope: [...scopes].join(' '),
    accessTokenFormat: api.tokenFormat,
    accessTokenTTL: api.accessTokenLifetimeSeconds,
    jwt: { sign: { alg: api.signingAlg } },
  }
}
