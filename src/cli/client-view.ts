import type { Client, ClientSecret } from '../domain/clients/client.ts'
import { deviceCodeGrant } from '../domain/clients/metadata-rules.ts'
import { isLive } from '../domain/clients/secret.ts'
import { rateSentence } from './api-key-view.ts'
import { fields, formatTime, sentence } from './output.ts'
import type { Answer, Cell } from './output.ts'

// Said in fields of their own.
const shownApart = new Set(['client_name', 'jwks'])

/** A client for programs. Of its secrets only what is no secret. */
export function clientJson(client: Client) {
  return {
    id: client.id,
    name: client.name,
    first_party: client.firstParty,
    pkce_required: client.pkceRequired,
    refresh_grace_seconds: client.refreshGraceSeconds,
    verified: client.verified,
    optional_scopes: client.optionalScopes,
    token_rate_limit: client.tokenRateLimit,
    disabled_at: client.disabledAt ?? null,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
    version: client.version,
    metadata: client.metadata,
    secrets: client.secrets.map(secretJson),
  }
}

/** A secret for programs, without the secret. */
export function secretJson({ id, createdAt, expiresAt }: Omit<ClientSecret, 'hash'>) {
  return { id, created_at: createdAt, expires_at: expiresAt ?? null }
}

/** The answer of every command that ends with a client. */
export function clientAnswer(client: Client, now: Date, ...said: readonly string[]): Answer {
  const { metadata, secrets } = client
  const live = secrets.filter((secret) => isLive(secret, now))
  const members = Object.entries(metadata)
    .filter(([name, value]) => !shownApart.has(name) && isTelling(value))
    .map(([name, value]) => [name, memberCell(value)] as const)
  return {
    json: clientJson(client),
    blocks: [
      ...said.map(sentence),
      fields(
        ['id', client.id],
        ['name', client.name],
        ['state', stateOfClient(client)],
        ['first party', client.firstParty],
        ['verified', client.verified],
        ['optional scopes', client.optionalScopes.length === 0 ? 'none' : client.optionalScopes.join(' ')],
        ['PKCE required', client.pkceRequired],
        ['refresh grace', `${client.refreshGraceSeconds} seconds`],
        [
          'token rate limit',
          client.tokenRateLimit === null ? 'as the server says' : rateSentence(client.tokenRateLimit),
        ],
        ['live secrets', live.length],
        ['created', client.createdAt],
        ['changed', client.updatedAt],
        ['version', client.version],
      ),
      fields(...members, ...keysOf(client)),
    ],
  }
}

/** Whether a client may do anything. */
export function stateOfClient({ disabledAt }: Client): string {
  return disabledAt === undefined ? 'enabled' : `disabled since ${formatTime(disabledAt)}`
}

/** What a client is, in a word or two. */
export function kindOfClient({ metadata }: Client): string {
  const { grant_types: grants, application_type: type, token_endpoint_auth_method: method } = metadata
  if (grants.length === 0) return 'api'
  if (!grants.includes('authorization_code')) return grants.includes(deviceCodeGrant) ? 'device' : 'service'
  if (type === 'native') return 'native app'
  return method === 'none' ? 'public web app' : 'web app'
}

// Defaults that say no more than their absence.
function isTelling(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}

function memberCell(value: unknown): Cell {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'boolean' ? value : String(value)
}

function keysOf({ metadata }: Client): readonly (readonly [string, Cell])[] {
  const keys = metadata.jwks?.keys ?? []
  return keys.length === 0
    ? []
    : [['jwks', keys.map(({ kid, kty }) => `${kty} key ${kid ?? 'without a kid'}`)]]
}
