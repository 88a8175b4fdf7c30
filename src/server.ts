/**
 * The composition: the only place where rooms, the protocol and the doors are joined. `main.ts` and every test call the
 * same function.
 */
import type { RequestListener } from 'node:http'
import type { Middleware } from 'koa'
import { sql } from 'kysely'
import type { ServerConfig } from './config.ts'
import { authenticate } from './domain/accounts/authenticate.ts'
import { createPasswordHasher } from './domain/accounts/password.ts'
import { systemAct } from './domain/audit/act.ts'
import { ensureKeys } from './domain/signing-keys/rotate.ts'
import type { Rotation } from './domain/signing-keys/rotate.ts'
import { periodicJobs } from './jobs.ts'
import type { AdapterNeeds } from './oidc/adapter-needs.ts'
import { createAdapterFactory } from './oidc/adapter.ts'
import { clientMetadata } from './oidc/client-metadata.ts'
import type { ProviderPages } from './oidc/configuration.ts'
import { createDirectory } from './domain/credentials/directory.ts'
import type { Directory } from './domain/credentials/directory.ts'
import { createJwtEndpoints } from './oidc/jwt-endpoints.ts'
import { createErrorNames } from './oidc/error-names.ts'
import { openKeyring } from './oidc/keyring.ts'
import type { Keyring } from './oidc/keyring.ts'
import { enqueueLogout } from './oidc/logout-deliveries.ts'
import { createTokenRequests } from './oidc/token-requests.ts'
import { randomId, randomRequestId } from './platform/crypto/random.ts'
import { createSeal } from './platform/crypto/seal.ts'
import type { Seal } from './platform/crypto/seal.ts'
import { openChanges } from './platform/db/changes.ts'
import type { Changes } from './platform/db/changes.ts'
import { openDatabase } from './platform/db/open.ts'
import type { Database } from './platform/db/open.ts'
import { createStack } from './platform/http/stack.ts'
import { startJobs } from './platform/jobs.ts'
import type { Logger } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { createOutbound } from './platform/outbound/outbound.ts'
import { serveAssets } from './web/assets.ts'
import { createHomeDoor } from './web/home.ts'
import { createManagement } from './web/management.ts'
import type { Check } from './web/management.ts'
import { createPages } from './web/pages.ts'
import type { Pages } from './web/pages.ts'
import { sendPostedRequestsOn } from './web/posted-requests.ts'
import { createProviderPages } from './web/provider-pages.ts'
import { createSetupDoor } from './web/setup.ts'
import { createSignInGuard } from './web/sign-in/guard.ts'
import { createSignInDoor } from './web/sign-in/routes.ts'

/** A server, ready to be listened with. */
export interface Server {
  readonly handler: RequestListener
  readonly management: RequestListener
  /** Readiness turns 503 from now on; requests are still served. */
  readonly beginDrain: () => void
  readonly close: () => Promise<void>
}

/** What a server is given besides its configuration. */
export interface ServerParts {
  readonly now: () => Date
  readonly log: Logger
}

/** Builds a server on a migrated database. Nothing listens yet; jobs run until `close`. */
export async function buildServer(config: ServerConfig, parts: ServerParts): Promise<Server> {
  const floor = openFloor(config, parts)
  const rotation = rotationOf(config, floor.seal)
  await ensureKeys(floor.db, rotation, systemAct(parts.now()))
  const pages = createPages(config)
  const keyring = await openProtocol(config, floor, createProviderPages(pages))
  const metrics = createMetrics()
  metrics.watchChanges(floor.changes.isTrusted)
  const { app, handler } = createStack({
    issuer: new URL(config.issuer),
    trustedProxies: config.trustedProxies,
    log: floor.log,
    newRequestId: randomRequestId,
    observe: metrics.observeRequest,
    renderProblem: pages.problem,
    doors: [...pageDoors(config, floor, { pages, keyring }), ...protocolDoors(floor, keyring)],
  })
  // The host signs the library's cookies, so it takes the keys of each provider that begins to serve.
  keyring.onSwap(({ keys }) => (app.keys = [...keys.cookieKeys]))
  const { db, changes, log, now } = floor
  const jobs = startJobs({
    db,
    lockKeyspace: 'latchkey',
    onError: (job, error) => log.error({ job, err: error }, 'a job failed'),
    jobs: periodicJobs({
      db,
      rotation,
      now,
      deliverLogout: (delivery) => keyring.serving().deliverLogout(delivery),
    }),
  })
  let draining = false
  return {
    handler,
    management: createManagement({ metrics, isDraining: () => draining, checks: checksOf(floor) }),
    beginDrain: () => (draining = true),
    close: async () => {
      keyring.close()
      await jobs.stop()
      await changes.close()
      await db.destroy()
    },
  }
}

/** What everything else stands on. */
interface Floor extends ServerParts {
  readonly db: Database
  readonly changes: Changes
  readonly directory: Directory
  readonly seal: Seal
}

function openFloor(config: ServerConfig, { now, log }: ServerParts): Floor {
  const onLost = (error: Error) => log.warn({ err: error.message }, 'a database connection was lost')
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    applicationName: 'latchkey',
    onConnectionError: onLost,
  })
  const changes = openChanges({ url: config.databaseUrl, onError: onLost })
  const directory = createDirectory({ db, changes, maxEntries: config.cacheEntries })
  return { db, changes, directory, now, log, seal: createSeal(config.sealingKeys) }
}

function openProtocol(config: ServerConfig, floor: Floor, pages: ProviderPages): Promise<Keyring> {
  const { db, directory, log, now } = floor
  const outbound = createOutbound({
    allowedHosts: config.outboundAllowedHosts,
    timeoutMilliseconds: 5000,
    maxResponseBytes: 512 * 1024,
    log: ({ cause: _cause, ...event }) => log.info(event, 'outbound request'),
  })
  return openKeyring({
    ...floor,
    config,
    pages,
    adapter: createAdapterFactory({ db, now, ...answersOf(directory) }),
    fetch: outbound.fetch,
    enqueueLogout: (delivery) => enqueueLogout(db, { id: randomId('lod'), ...delivery }, now()),
    onServerError: (error) => log.error({ err: error }, 'the protocol failed'),
    onError: (error) => log.error({ err: error }, 'the signing keys could not be loaded'),
  })
}

/** What the adapter asks about the owners of what it keeps. */
function answersOf(directory: Directory): Omit<AdapterNeeds, 'db' | 'now'> {
  return {
    findClientMetadata: async (id) => {
      const client = await directory.client(id)
      return client === undefined ? undefined : clientMetadata(client)
    },
    isAccountActive: async (id) => (await directory.account(id)) !== undefined,
    refreshGraceSeconds: async (id) => (await directory.client(id))?.refreshGraceSeconds ?? 0,
  }
}

interface PageParts {
  readonly pages: Pages
  readonly keyring: Keyring
}

function pageDoors(config: ServerConfig, floor: Floor, { pages, keyring }: PageParts): Middleware[] {
  const { db } = floor
  const hasher = createPasswordHasher({
    ...config.argon2,
    maxConcurrent: config.passwordHashesAtOnce,
    maxWaiting: config.passwordHashesWaiting,
  })
  return [
    serveAssets(pages.brand),
    createHomeDoor(pages, config.issuer),
    createSetupDoor({ ...floor, hasher, pages, newId: randomId, contextWords: contextWords(config) }),
    createSignInDoor({
      ...floor,
      pages,
      provider: () => keyring.serving().provider,
      authenticate: (attempt, act) => authenticate({ db, hasher }, attempt, act),
      guard: createSignInGuard(db),
    }),
  ]
}

function protocolDoors(floor: Floor, keyring: Keyring): Middleware[] {
  return [
    createErrorNames(),
    sendPostedRequestsOn(),
    createTokenRequests(floor),
    createJwtEndpoints({ ...floor, reader: () => keyring.serving().jwtReader }),
    (ctx, next) => keyring.serving().handle(ctx, next),
  ]
}

function checksOf({ db, changes }: Floor): Readonly<Record<string, Check>> {
  return {
    database: async () => {
      // A standby after a failover answers questions, and can take nothing.
      const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(db)
      return rows[0]?.standby === false ? undefined : 'the database is read-only'
    },
    changes: () => (changes.isTrusted() ? undefined : 'changes of other instances are not heard'),
  }
}

function rotationOf(config: ServerConfig, seal: Seal): Rotation {
  return {
    seal,
    newId: randomId,
    // Twice the difference between clocks that we put up with, and the period in which keys are looked at anyway.
    clockToleranceSeconds: 120,
    publishLeadSeconds: config.signingKeyPublishLeadSeconds,
    // Whatever a key signed is over by then: ID tokens and JWT access tokens live a day at most.
    retireAfterSeconds: 2 * 86400 + config.signingKeyPublishLeadSeconds,
    rotateAfterSeconds: config.signingKeyRotateAfterSeconds,
  }
}

/** Words that are no password here (ASVS 6.1.2): the installation's name and its hosts. */
function contextWords({ brandName, issuer }: ServerConfig): string[] {
  return ['latchkey', brandName, new URL(issuer).hostname]
}
