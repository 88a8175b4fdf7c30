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
import { findApiKeys } from './domain/api-keys/find.ts'
import type { ApiKey } from './domain/api-keys/find.ts'
import { createPeppers } from './domain/api-keys/secret.ts'
import { createUsageRecorder } from './domain/api-keys/usage.ts'
import type { UsageRecorder } from './domain/api-keys/usage.ts'
import { createCredentialCache } from './domain/credentials/cache.ts'
import type { IntrospectionParts } from './domain/credentials/introspect.ts'
import { keyUseOf } from './domain/credentials/key-use.ts'
import { createPermissionQueries } from './domain/credentials/permission-query.ts'
import type { PermissionQuery } from './domain/credentials/permission-query.ts'
import { createResolver } from './domain/credentials/resolve.ts'
import { createLeases } from './domain/limits/leases.ts'
import type { Leases } from './domain/limits/leases.ts'
import { findPresentedTokens } from './oidc/presented-tokens.ts'
import { withAnnouncements } from './platform/db/announcements.ts'
import type { Announcements } from './platform/db/announcements.ts'
import { createBatcher } from './platform/db/batch.ts'
import type { ObserveRequest } from './platform/http/log-requests.ts'
import { securityHeaderList } from './platform/http/security-headers.ts'
import { createCallers } from './web/introspection/caller.ts'
import { createIntrospectionFastPath } from './web/introspection/fast-path.ts'
import { createIntrospectionRoute } from './web/introspection/provider-route.ts'
import { createVerify } from './web/verify/verify.ts'
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
import { findPresentedJwt } from './oidc/jwt-access-tokens.ts'
import { createJwtRevocation } from './oidc/jwt-revocation.ts'
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
  const answers = answersAbout(config, floor, keyring)
  const { app, handler } = createStack({
    issuer: new URL(config.issuer),
    trustedProxies: config.trustedProxies,
    log: floor.log,
    newRequestId: randomRequestId,
    observe: metrics.observeRequest,
    renderProblem: pages.problem,
    shortWays: shortWays(config, floor, { answers, observe: metrics.observeRequest }),
    doors: [...pageDoors(config, floor, { pages, keyring }), ...protocolDoors(floor, keyring, answers)],
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
      await floor.leases.close()
      await floor.usage.close()
      await changes.close()
      await db.destroy()
    },
  }
}

/** What everything else stands on. */
interface Floor extends ServerParts {
  readonly db: Database
  readonly changes: Changes
  /** The same, and at once what this instance does. */
  readonly announcements: Announcements
  readonly directory: Directory
  readonly leases: Leases
  readonly usage: UsageRecorder
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
  const announcements = withAnnouncements(changes)
  const directory = createDirectory({ db, changes: announcements, maxEntries: config.cacheEntries })
  const onError = (error: unknown) => log.error({ err: error }, 'work in the background failed')
  return {
    db,
    changes,
    announcements,
    directory,
    now,
    log,
    seal: createSeal(config.sealingKeys),
    leases: createLeases({ db, now, onError }),
    usage: createUsageRecorder({ db, flushSeconds: config.keyUsageFlushSeconds, onError }),
  }
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
    adapter: createAdapterFactory({
      db,
      now,
      announce: floor.announcements.announce,
      ...answersOf(directory),
    }),
    fetch: outbound.fetch,
    enqueueLogout: (delivery) => enqueueLogout(db, { id: randomId('lod'), ...delivery }, now()),
    onServerError: (error) => log.error({ err: error }, 'the protocol failed'),
    onError: (error) => log.error({ err: error }, 'the signing keys could not be loaded'),
  })
}

/** What the adapter asks about the owners of what it keeps. */
function answersOf(directory: Directory): Omit<AdapterNeeds, 'db' | 'now' | 'announce'> {
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

function protocolDoors(floor: Floor, keyring: Keyring, answers: AnswerParts): Middleware[] {
  return [
    createErrorNames(),
    sendPostedRequestsOn(),
    createTokenRequests(floor),
    createJwtRevocation({
      ...floor,
      announce: floor.announcements.announce,
      reader: () => keyring.serving().jwtReader,
    }),
    createIntrospectionRoute({ ...answers, sign: (claims, type) => keyring.serving().sign(claims, type) }),
    (ctx, next) => keyring.serving().handle(ctx, next),
  ]
}

/** What introspection, verification and every other answer about a credential share. */
type AnswerParts = IntrospectionParts & { readonly parseQuery: (text: string) => PermissionQuery | undefined }

function answersAbout(config: ServerConfig, floor: Floor, keyring: Keyring): AnswerParts {
  const { db, directory, now, leases, usage } = floor
  const batches = { maxBatch: 100, maxUnderWay: 2 }
  const cache = createCredentialCache({
    changes: floor.announcements,
    maxEntries: config.cacheEntries,
    nowMilliseconds: () => now().getTime(),
  })
  const resolver = createResolver({
    directory,
    cache,
    now,
    keyPrefix: config.keyPrefix,
    peppers: createPeppers(config.keyPeppers),
    findToken: createBatcher((hashes: readonly Buffer[]) => findPresentedTokens(db, hashes), batches),
    findJwt: (token) => findPresentedJwt({ db, reader: keyring.serving().jwtReader }, token),
    findKey: createBatcher((ids: readonly string[]) => findApiKeysInOrder(db, ids), batches),
  })
  return {
    resolver,
    leases,
    issuer: config.issuer,
    parseQuery: createPermissionQueries(),
    onUse: (use) => {
      const keyUse = keyUseOf(use, now())
      if (keyUse !== undefined) usage.record(keyUse)
    },
  }
}

async function findApiKeysInOrder(db: Database, ids: readonly string[]): Promise<(ApiKey | undefined)[]> {
  const found = new Map((await findApiKeys(db, [...new Set(ids)])).map((key) => [key.id, key]))
  return ids.map((id) => found.get(id))
}

function shortWays(
  config: ServerConfig,
  { directory, now, log }: Floor,
  { answers, observe }: { readonly answers: AnswerParts; readonly observe: ObserveRequest },
): (next: RequestListener) => RequestListener {
  const shared = {
    ...answers,
    observe,
    headers: securityHeaderList(new URL(config.issuer)),
    onError: (error: unknown) => log.error({ err: error }, 'a request failed'),
  }
  const callers = createCallers({ directory, now })
  return (next) =>
    createVerify({
      ...shared,
      realm: config.issuer,
      next: createIntrospectionFastPath({ ...shared, callers, next }),
    })
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
