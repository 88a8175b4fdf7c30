/** How a client is connected: settings and snippets for it and this issuer, never its secret. */
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { apisAskedAboutBy } from '../../domain/apis/uses.ts'
import { requireClient } from '../../domain/clients/client.ts'
import type { Client } from '../../domain/clients/client.ts'
import { algsOf } from '../../domain/clients/jwks.ts'
import type { AssertionAlg } from '../../domain/clients/jwks.ts'
import type { Database } from '../../platform/db/open.ts'
import { connectContent } from '../../../views/admin/connect-page.ts'
import { shownType } from './client-form.ts'
import type { ConsoleRoute, Visit } from './route.ts'

interface UsableApi {
  readonly id: string
  readonly identifier: string
  readonly scopes: readonly string[]
}

// A snippet with more is no better example.
const mostScopes = 3
// RFC 8252 §7.3: the app chooses a port when it is called back on this machine, and the server takes any.
const nativePort = '8765'

async function showConnect({ db, params, query, rooms, frame, show }: Visit): Promise<void> {
  const client = await requireClient(db, params['id'] ?? '')
  const { metadata } = client
  const type = shownType(client)
  const apis = type === 'api' ? await askedAbout(db, client.id) : await usable(db, client.id)
  const api = apis.find(({ id }) => id === query.get('api')) ?? apis[0]
  const content = connectContent(frame, {
    issuer: rooms.issuer,
    clientId: client.id,
    name: client.name,
    type,
    authMethod: metadata.token_endpoint_auth_method,
    assertionAlg: assertionAlgOf(client),
    redirectUri: redirectUriOf(client),
    redirectUris: metadata.redirect_uris,
    allowedOrigins: metadata.allowed_origins,
    isPushRequired: metadata.require_pushed_authorization_requests,
    isDpopRequired: metadata.dpop_bound_access_tokens,
    hasCertificate:
      metadata.token_endpoint_auth_method === 'tls_client_auth' ||
      metadata.tls_client_certificate_bound_access_tokens,
    apis,
    api: api && { ...api, scopes: api.scopes.slice(0, mostScopes) },
  })
  const title = `${frame.messages.consoleClients.connect}: ${client.name}`
  show({ title, current: '/admin/clients', content })
}

/** Keys at an address of the client's own are not looked at; most are for ES256. */
function assertionAlgOf({ metadata }: Client): AssertionAlg {
  const { token_endpoint_auth_signing_alg: alg, jwks } = metadata
  return alg ?? (jwks && algsOf(jwks)[0]) ?? 'ES256'
}

/** What runs on one machine is preferred: a snippet with it works as it stands. */
function redirectUriOf({ metadata }: Client): string | undefined {
  const uris = metadata.redirect_uris
  const uri = uris.find((text) => text.startsWith('http:')) ?? uris[0]
  const url = uri === undefined ? null : URL.parse(uri)
  if (url === null || metadata.application_type !== 'native' || url.protocol !== 'http:') return uri
  if (url.port === '') url.port = nativePort
  return url.href
}

async function usable(db: Database, clientId: string): Promise<readonly UsableApi[]> {
  const held = await heldScopes(db, { type: 'client', id: clientId })
  return [...Map.groupBy(held, ({ apiId }) => apiId)].map(([id, scopes]) => ({
    id,
    identifier: scopes[0]?.apiIdentifier ?? '',
    scopes: scopes.map(({ scope }) => scope),
  }))
}

async function askedAbout(db: Database, clientId: string): Promise<readonly UsableApi[]> {
  const apis = await apisAskedAboutBy(db, clientId)
  return apis.map(({ id, identifier, scopes }) => ({
    id,
    identifier,
    scopes: scopes.map(({ name }) => name),
  }))
}

/** The page that says how a client is connected. */
export const clientConnectPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/clients/:id/connect', needs: 'clients:read', handle: showConnect },
]
