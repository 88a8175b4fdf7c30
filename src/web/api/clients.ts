/** Clients: apps, services and resource servers, with the members of RFC 7591. */
import { z } from 'zod'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { findClient, listClients, requireClient } from '../../domain/clients/client.ts'
import type { Client } from '../../domain/clients/client.ts'
import { createClient, parseNewClient } from '../../domain/clients/create.ts'
import { changeClient } from '../../domain/clients/lifecycle.ts'
import { patchClientMetadata } from '../../domain/clients/metadata.ts'
import { searchClients } from '../../domain/clients/search.ts'
import { addSecret } from '../../domain/clients/secret.ts'
import { clientSettingsChange } from '../../domain/clients/settings.ts'
import { rate } from '../../platform/rate.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import type { Database } from '../../platform/db/open.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { clientIdText, searchText, secretIdText } from './ids.ts'
import { camel, iso, maybeTime, pageOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

/** What is told of a client secret: never the secret. */
export const clientSecretSchema = z.strictObject({
  id: secretIdText,
  created_at: time,
  expires_at: maybeTime,
})

/** A client in an answer. */
export const clientSchema = z.strictObject({
  id: clientIdText,
  name: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  first_party: z.boolean(),
  pkce_required: z.boolean(),
  refresh_grace_seconds: z.int(),
  verified: z.boolean(),
  optional_scopes: z.array(z.string()),
  token_rate_limit: rate.nullable().describe('How often it may be given tokens.'),
  secrets: z.array(clientSecretSchema),
  disabled_at: maybeTime,
  created_at: time,
  updated_at: time,
  version: z.int(),
})

/** The client of a room as the answer says it. */
export function clientJson(client: Client): z.input<typeof clientSchema> {
  return {
    id: client.id,
    name: client.name,
    metadata: client.metadata,
    first_party: client.firstParty,
    pkce_required: client.pkceRequired,
    refresh_grace_seconds: client.refreshGraceSeconds,
    verified: client.verified,
    optional_scopes: [...client.optionalScopes],
    token_rate_limit: client.tokenRateLimit,
    secrets: client.secrets.map(({ id, createdAt, expiresAt }) => ({
      id,
      created_at: iso(createdAt),
      expires_at: iso(expiresAt),
    })),
    disabled_at: iso(client.disabledAt),
    created_at: iso(client.createdAt),
    updated_at: iso(client.updatedAt),
    version: client.version,
  }
}

/** What a client route names in its path. */
export const clientParams = { client_id: clientIdText }

/** The version of a client, for changes that must name it. */
export async function clientVersion(
  db: Database,
  { client_id: id }: { readonly client_id: string },
): Promise<number | undefined> {
  return (await findClient(db, id))?.version
}

const settings = clientSettingsChange.shape
const settingsMembers = {
  first_party: settings.firstParty,
  pkce_required: settings.pkceRequired,
  refresh_grace_seconds: settings.refreshGraceSeconds,
  verified: settings.verified,
  optional_scopes: settings.optionalScopes,
  token_rate_limit: settings.tokenRateLimit,
}
const metadata = z
  .record(z.string().max(100), z.unknown())
  .describe('Members of RFC 7591 §2, such as client_name and redirect_uris.')

const list = defineRoute({
  id: 'list_clients',
  tag: 'Clients',
  method: 'GET',
  path: '/clients',
  summary: 'Lists clients, the newest first; a search goes by name.',
  scope: 'clients:read',
  paged: true,
  query: { search: searchText.optional() },
  status: 200,
  answer: pageOf(clientSchema),
  handle: async ({ db, query, page }) => {
    const { items, next } =
      query.search === undefined
        ? await listClients(db, page)
        : await searchClients(db, { ...page, prefix: query.search })
    return { body: { items: items.map(clientJson) }, next }
  },
})

const create = defineRoute({
  id: 'create_client',
  tag: 'Clients',
  method: 'POST',
  path: '/clients',
  summary: 'Registers a client; one that authenticates with a secret is given it, this once.',
  scope: 'clients:write',
  fresh: true,
  creates: true,
  body: z.strictObject({ id: clientIdText.optional(), metadata, ...settingsMembers }),
  status: 201,
  answer: clientSchema.extend({ client_secret: z.string().optional() }),
  handle: async ({ db, body, rooms, act }) => {
    const { id: wanted, metadata: given, ...more } = body
    const client = parseNewClient({
      id: wanted ?? rooms.newId('client'),
      metadata: given,
      settings: camel(more),
    })
    const { id } = client
    const secret = client.metadata.token_endpoint_auth_method.startsWith('client_secret_')
      ? randomSecret()
      : undefined
    const created = await inTransaction(db, async (trx) => {
      await createClient(trx, client, act)
      if (secret !== undefined) {
        await addSecret(trx, { clientId: id, secretId: rooms.newId('secret'), secret }, act)
      }
      return requireClient(trx, id)
    })
    return {
      body: { ...clientJson(created), ...(secret !== undefined && { client_secret: secret }) },
      version: created.version,
      changed: [{ kind: 'client', id }],
    }
  },
})

const show = defineRoute({
  id: 'show_client',
  tag: 'Clients',
  method: 'GET',
  path: '/clients/{client_id}',
  summary: 'Shows a client.',
  scope: 'clients:read',
  params: clientParams,
  status: 200,
  answer: clientSchema,
  handle: async ({ db, params }) => {
    const client = await requireClient(db, params.client_id)
    return { body: clientJson(client), version: client.version }
  },
})

const patch = defineRoute({
  id: 'change_client',
  tag: 'Clients',
  method: 'PATCH',
  path: '/clients/{client_id}',
  summary: 'Changes a client. Members of the metadata that are null are taken away; others stay.',
  scope: 'clients:write',
  // Another address to lead back to, or another key, is worth a secret.
  fresh: true,
  params: clientParams,
  body: z.strictObject({ metadata: metadata.optional(), ...settingsMembers }),
  currentVersion: clientVersion,
  status: 200,
  answer: clientSchema,
  handle: async ({ db, params: { client_id: id }, body, version, caller, act }) => {
    await requireMayChange(db, caller.scopes, { type: 'client', id })
    const { metadata: members, ...more } = body
    const current = await requireClient(db, id)
    const next = members === undefined ? undefined : patchClientMetadata(current.metadata, members)
    const changed = await changeClient(db, { ...camel(more), id, version, metadata: next }, act)
    return { body: clientJson(changed), version: changed.version, changed: [{ kind: 'client', id }] }
  },
})

/** The routes about clients, but for their lifecycle. */
export const clientRoutes: readonly Route[] = [list, create, show, patch]
