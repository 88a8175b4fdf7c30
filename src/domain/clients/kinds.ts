/** The kinds of client that need few words, and the metadata each begins with. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { ClientMetadata } from './metadata.ts'
import { deviceCodeGrant } from './metadata-rules.ts'

/** What each kind begins with. */
export const clientTypes = {
  web: {
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
  },
  public: {
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
  native: {
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
  device: {
    application_type: 'native',
    grant_types: [deviceCodeGrant, 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
  service: {
    application_type: 'web',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
  },
  api: {
    application_type: 'web',
    grant_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
  },
} as const satisfies Record<string, Partial<ClientMetadata>>

/** The names of the kinds. */
export const clientTypeNames = ['web', 'public', 'native', 'device', 'service', 'api'] as const

/** The name of a kind. */
export type ClientType = (typeof clientTypeNames)[number]

/** The kind a client is of, by what it may do. */
export function typeOfClient(metadata: ClientMetadata): ClientType {
  const { grant_types: grants, application_type: type, token_endpoint_auth_method: method } = metadata
  if (grants.length === 0) return 'api'
  if (!grants.includes('authorization_code')) return grants.includes(deviceCodeGrant) ? 'device' : 'service'
  if (type === 'native') return 'native'
  return method === 'none' ? 'public' : 'web'
}

const grants = sql`(c.metadata -> 'grant_types')`
const withPeople = sql`${grants} @> '["authorization_code"]'`
const withDevices = sql`${grants} @> ${JSON.stringify([deviceCodeGrant])}::jsonb`
const isNative = sql`c.metadata ->> 'application_type' = 'native'`
const isPublic = sql`c.metadata ->> 'token_endpoint_auth_method' = 'none'`

/** The same as a condition on rows of `clients c`. */
export const typeConditions: Readonly<Record<ClientType, RawBuilder<unknown>>> = {
  api: sql`${grants} = '[]'`,
  device: sql`${withDevices} and not ${withPeople}`,
  service: sql`${grants} <> '[]' and not ${withPeople} and not ${withDevices}`,
  native: sql`${withPeople} and ${isNative}`,
  public: sql`${withPeople} and not ${isNative} and ${isPublic}`,
  web: sql`${withPeople} and not ${isNative} and not ${isPublic}`,
}
