/**
 * The provider: oidc-provider built from our configuration, with the few places where it is bent.
 * Keys are read once by the library, so when they change a new provider takes the old one's place; all state is in the
 * database and in the keys, so requests under way end on the provider they began with.
 */
import { Provider } from 'oidc-provider'
import type { Client as ProviderClient } from 'oidc-provider'
import type { Middleware } from 'koa'
import type { Client } from '../domain/clients/client.ts'
import { clientSecretMatches } from '../domain/clients/secret.ts'
import { withOAuthErrors } from './adapter-errors.ts'
import { quietOfCertificates } from './client-certificates.ts'
import { createConfiguration } from './configuration.ts'
import type { ConfigurationParts, ProviderKeys } from './configuration.ts'
import type { DeliverLogout } from './logout-deliveries.ts'

/** What a provider needs beyond its configuration. */
export interface ProviderParts extends ConfigurationParts {
  readonly enqueueLogout: (delivery: {
    readonly clientId: string
    readonly accountId: string | undefined
    readonly sid: string | undefined
  }) => Promise<void>
  readonly onServerError: (error: unknown) => void
}

/** A provider with the keys it was built from. */
export interface BuiltProvider {
  readonly provider: Provider
  readonly keys: ProviderKeys
  /** The library's routes as Koa middleware; other paths fall through. */
  readonly handle: Middleware
  /** Tells one client of one logout, signed with these keys. */
  readonly deliverLogout: DeliverLogout
}

/** Builds a provider: about a millisecond. */
export function buildProvider(parts: ProviderParts, keys: ProviderKeys): BuiltProvider {
  const provider = new Provider(parts.config.issuer, createConfiguration(parts, keys))
  // The raw handler has pinned host and scheme to the issuer (F3), so what looks forwarded is our own.
  provider.proxy = true
  compareHashedSecrets(provider, parts)
  recogniseClients(provider, parts)
  const deliverNow = queueLogouts(provider, parts)
  provider.on('server_error', (_ctx, error) => parts.onServerError(error))
  const [library] = provider.middleware
  if (library === undefined) throw new Error('the library has no middleware')
  const handle = library as Middleware
  return {
    provider,
    keys,
    handle: parts.config.clientCertificateHeader === undefined ? quietOfCertificates(handle) : handle,
    deliverLogout: async ({ clientId, accountId, sid }) => {
      const client = await provider.Client.find(clientId)
      // A client that is gone, or no longer wants to be told, is told nothing.
      if (client?.backchannelLogoutUri === undefined) return
      await deliverNow(client, accountId, sid)
    },
  }
}

/** Secrets are stored as hashes, two at a time, so the library's comparison is replaced at the place it awaits one. */
function compareHashedSecrets(provider: Provider, { directory, now }: ProviderParts): void {
  const findClient = withOAuthErrors((id: string) => directory.client(id))
  Object.defineProperty(provider.Client.prototype, 'compareClientSecret', {
    value: async function compare(this: ProviderClient, given: string): Promise<boolean> {
      const client: Client | undefined = await findClient(this.clientId)
      return client !== undefined && clientSecretMatches(client, given, now())
    },
  })
}

/**
 * The library finds the client it has built before by a hash of its metadata, made anew with each request. The directory
 * gives the same value for as long as a client is unchanged, which says the same at once.
 */
function recogniseClients(provider: Provider, { directory }: ProviderParts): void {
  // The library's own, called as its own below.
  const findAfresh: unknown = Reflect.get(provider.Client, 'find')
  if (typeof findAfresh !== 'function') throw new Error('the library finds no clients')
  const findRow = withOAuthErrors((id: string) => directory.client(id))
  const built = new WeakMap<Client, ProviderClient>()
  Object.defineProperty(provider.Client, 'find', {
    value: async function find(this: unknown, id: unknown): Promise<ProviderClient | undefined> {
      const row: Client | undefined = typeof id === 'string' && id !== '' ? await findRow(id) : undefined
      const known = row === undefined ? undefined : built.get(row)
      if (known !== undefined) return known
      const client: ProviderClient | undefined = await Reflect.apply(findAfresh, this, [id])
      // Only what was built from this very row: it may have changed in between.
      if (row !== undefined && client !== undefined && (await findRow(row.id)) === row) built.set(row, client)
      return client
    },
  })
}

type TellClient = (
  client: ProviderClient,
  accountId: string | undefined,
  sid: string | undefined,
) => Promise<void>

/** The library would call each client within the request of the person who signs out; the queue does it instead. */
function queueLogouts(provider: Provider, parts: ProviderParts): TellClient {
  const { prototype } = provider.Client
  // Not in the library's types, which leave out what only it calls.
  const deliverNow: unknown = Reflect.get(prototype, 'backchannelLogout')
  if (typeof deliverNow !== 'function') throw new Error('the library tells no client of a logout')
  Object.defineProperty(prototype, 'backchannelLogout', {
    value: async function enqueue(
      this: ProviderClient,
      accountId: string | undefined,
      sid: string | undefined,
    ) {
      await parts.enqueueLogout({ clientId: this.clientId, accountId, sid })
    },
  })
  return async (client, accountId, sid) => {
    await Reflect.apply(deliverNow, client, [accountId, sid])
  }
}
