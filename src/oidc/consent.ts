/**
 * What an account has agreed to already. Each sign-in at a client gets a grant of its own, so that ending one device ends
 * one device; what was agreed to is remembered apart from them, so that nobody is asked twice.
 */
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Database } from '../platform/db/open.ts'
import { isForDevice } from './device-prompt.ts'
import { findConsent } from './grants.ts'
import type { Consent } from './grants.ts'
import { isAnonymousApp } from './native-apps.ts'
import { stateOf } from './request-state.ts'

/** The `loadExistingGrant` setting: the grant of this session, or a new one made of what was agreed to earlier. */
export function createGrantLoader(db: Database) {
  return async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { provider, client, account, session, result } = ctx.oidc
    if (client === undefined || account === undefined || session === undefined) return undefined
    if (isForDevice(ctx))
      return grantOfDevice(ctx, { accountId: account.accountId, clientId: client.clientId })
    const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
    const current = grantId === undefined ? undefined : await provider.Grant.find(grantId)
    const ids = { accountId: account.accountId, clientId: client.clientId }
    // A session that changed hands must not lend its grant.
    const usable = current?.accountId === ids.accountId && current.clientId === ids.clientId
    const mayDoWithout = client['first_party'] === true && !isAnonymousApp(ctx)
    const agreed = mayDoWithout ? everythingRequested(ctx) : await findConsent(db, ids)
    if (usable && (agreed === undefined || covers(current, agreed))) return current
    if (agreed === undefined) return undefined
    const grant = usable ? current : new provider.Grant(ids)
    addToGrant(grant, agreed)
    await grant.save()
    return grant
  }
}

/**
 * A device gets a grant of its own, made on the page where it was confirmed. The browser is not what is connected: its
 * session keeps the grant it has at this app, see {@link forgetDeviceIn}.
 */
async function grantOfDevice(
  ctx: KoaContextWithOIDC,
  { accountId, clientId }: { readonly accountId: string; readonly clientId: string },
): Promise<Grant | undefined> {
  const { provider, session, result } = ctx.oidc
  const before = session?.authorizations?.[clientId]
  stateOf(ctx).ownAuthorization = before === undefined ? undefined : { ...before }
  const grantId = result?.consent?.grantId
  const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined
}

/** Takes out of the browser's session what belongs to the device that was approved in it. */
export function forgetDeviceIn(ctx: KoaContextWithOIDC): void {
  const { client, session } = ctx.oidc
  if (client === undefined || session === undefined) return
  const { [client.clientId]: _device, ...others } = session.authorizations ?? {}
  const own = stateOf(ctx).ownAuthorization
  session.authorizations = own === undefined ? others : { ...others, [client.clientId]: own }
}

/** Adds what was agreed to; what was refused before and is agreed to now is refused no longer. */
export function agreeTo(grant: Grant, consent: Consent): void {
  const { rejected } = grant
  if (rejected !== undefined) {
    rejected.openid = {
      scope: without(rejected.openid?.scope ?? '', consent.oidcScope),
      claims: without((rejected.openid?.claims ?? []).join(' '), consent.oidcClaims)
        .split(' ')
        .filter(Boolean),
    }
    rejected.resources = Object.fromEntries(
      Object.entries(rejected.resources ?? {}).map(([resource, scope]) => [
        resource,
        without(scope, consent.resourceScopes[resource] ?? ''),
      ]),
    )
  }
  addToGrant(grant, consent)
}

/** Notes in a grant what was refused, so that the request goes on without it. */
export function refuseIn(grant: Grant, { oidcScope, oidcClaims, resourceScopes }: Consent): void {
  if (oidcScope !== '') grant.rejectOIDCScope(oidcScope)
  if (oidcClaims !== '') grant.rejectOIDCClaims(oidcClaims.split(' '))
  for (const [resource, scope] of Object.entries(resourceScopes)) {
    if (scope !== '') grant.rejectResourceScope(resource, scope)
  }
}

function without(list: string, words: string): string {
  const gone = new Set(words.split(' '))
  return list
    .split(' ')
    .filter((word) => word !== '' && !gone.has(word))
    .join(' ')
}

/** Adds what was agreed to. */
export function addToGrant(grant: Grant, { oidcScope, oidcClaims, resourceScopes }: Consent): void {
  if (oidcScope !== '') grant.addOIDCScope(oidcScope)
  if (oidcClaims !== '') grant.addOIDCClaims(oidcClaims.split(' '))
  for (const [resource, scope] of Object.entries(resourceScopes)) {
    if (scope !== '') grant.addResourceScope(resource, scope)
  }
}

/** The installation's own apps need not ask; what they may have is still bounded by what they were given. */
function everythingRequested(ctx: KoaContextWithOIDC): Consent {
  const requested = ctx.oidc.requestParamScopes
  return {
    oidcScope: [...ctx.oidc.requestParamOIDCScopes].join(' '),
    oidcClaims: [...ctx.oidc.requestParamClaims].join(' '),
    resourceScopes: Object.fromEntries(
      Object.entries(ctx.oidc.resourceServers ?? {}).map(([identifier, server]) => [
        identifier,
        [...server.scopes].filter((scope) => requested.has(scope)).join(' '),
      ]),
    ),
  }
}

function covers(grant: Grant, { oidcScope, oidcClaims, resourceScopes }: Consent): boolean {
  return (
    holdsAll(grant.getOIDCScopeEncountered().split(' '), oidcScope) &&
    holdsAll(grant.getOIDCClaimsEncountered(), oidcClaims) &&
    Object.entries(resourceScopes).every(([resource, scope]) =>
      holdsAll(grant.getResourceScopeEncountered(resource).split(' '), scope),
    )
  )
}

function holdsAll(held: readonly string[], wanted: string): boolean {
  return wanted.split(' ').every((word) => word === '' || held.includes(word))
}
