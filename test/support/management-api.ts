/** The management API of a world: callers of every kind, and requests as a script sends them. */
import { createHash } from 'node:crypto'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { managementApiId, managementApiIdentifier } from '../../src/domain/administration/scopes.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { randomSecret } from '../../src/platform/crypto/random.ts'
import { makeApiKey } from './api-keys.ts'
import { postAs, readAnswer } from './oauth.ts'
import type { Answer } from './oauth.ts'
import type { TestApi, World } from './world.ts'

/** A request to the management API. */
export interface ApiRequest {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly at?: string
}

/** Sends a request: `call(world, 'GET /accounts', { token })`. */
export async function call(
  world: Pick<World, 'issuer'>,
  what: string,
  { token, headers = {}, body, at = world.issuer }: ApiRequest = {},
): Promise<Answer> {
  const [method = 'GET', path = ''] = what.split(' ')
  const response = await fetch(`${at}/api/v1${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return readAnswer(response)
}

/** The management API as tests name APIs. */
export function managementApi(world: Pick<World, 'issuer'>): TestApi {
  return { id: managementApiId, identifier: managementApiIdentifier(world.issuer) }
}

/** A token of a new service that has a role, or these scopes. */
export async function serviceToken(
  world: World,
  may: { readonly role?: string; readonly scopes?: readonly string[] },
): Promise<{ readonly token: string; readonly id: string }> {
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const owner = { type: 'client', id: client.id } as const
  const act = systemAct(new Date())
  if (may.role !== undefined) await giveRole(world.db, { roleId: may.role, owner }, act)
  if (may.scopes !== undefined) await world.permit(owner, managementApi(world), may.scopes)
  const { text, body } = await postAs(world, client, {
    path: '/oauth/token',
    form: { grant_type: 'client_credentials', resource: managementApi(world).identifier },
  })
  const token = body['access_token']
  if (typeof token !== 'string') throw new Error(`no token: ${text}`)
  return { token, id: client.id }
}

/** Facts of a sign-in that a token carries. */
export interface PersonFacts {
  readonly role?: string
  readonly acr?: string
  readonly signedInSecondsAgo?: number
  /** What the token was given; everything, unless told otherwise. */
  readonly scope?: string
}

/**
 * A token of a person, as the provider would have kept it. The pages that lead to two factors have tests of their own;
 * here it counts what a token with these facts may do.
 */
export async function personToken(
  world: World,
  { role, acr = 'aal2', signedInSecondsAgo = 10, scope }: PersonFacts = {},
): Promise<{ readonly token: string; readonly id: string }> {
  const { id: accountId } = await world.makeAccount()
  const act = systemAct(new Date())
  const { managementScopeNames } = await import('../../src/domain/administration/scopes.ts')
  const client = await world.makeClient({
    metadata: { redirect_uris: ['https://console.example/callback'] },
  })
  const api = managementApi(world)
  await world.permit({ type: 'client', id: client.id }, api, managementScopeNames)
  if (role !== undefined) {
    await giveRole(world.db, { roleId: role, owner: { type: 'account', id: accountId } }, act)
  }
  return {
    id: accountId,
    token: await keepToken(world, { accountId, clientId: client.id, acr, signedInSecondsAgo, scope }),
  }
}

async function keepToken(
  world: World,
  facts: {
    readonly accountId: string
    readonly clientId: string
    readonly acr: string
    readonly signedInSecondsAgo: number
    readonly scope: string | undefined
  },
): Promise<string> {
  const { managementScopeNames } = await import('../../src/domain/administration/scopes.ts')
  const { accountId, clientId, acr, signedInSecondsAgo, scope = managementScopeNames.join(' ') } = facts
  const nowSeconds = Math.floor(Date.now() / 1000)
  const token = randomSecret()
  const grantId = randomSecret()
  const expiresAt = new Date((nowSeconds + 600) * 1000)
  await world.db
    .insertInto('oidcGrants')
    .values({ id: grantId, accountId, clientId, payload: '{}', expiresAt })
    .execute()
  const payload = {
    kind: 'AccessToken',
    clientId,
    accountId,
    grantId,
    aud: managementApi(world).identifier,
    scope,
    iat: nowSeconds,
    exp: nowSeconds + 600,
    extra: { acr, amr: ['pwd'], auth_time: nowSeconds - signedInSecondsAgo },
  }
  await world.db
    .insertInto('oidcArtifacts')
    .values({
      idHash: createHash('sha256').update(token).digest(),
      model: 'AccessToken',
      payload: JSON.stringify(payload),
      grantId,
      accountId,
      expiresAt,
    })
    .execute()
  return token
}

/** An API key of a new service that may do these things. */
export async function keyText(world: World, scopes: readonly string[]): Promise<string> {
  const { id } = await serviceToken(world, { scopes })
  const key = await makeApiKey(world, {
    owner: { type: 'client', id },
    api: managementApi(world),
    scopes,
  })
  return key.text
}
