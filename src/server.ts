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
import { createAdapterFactory } from './oidc/adapter.ts'
import { clientMetadata } from './oidc/client-metadata.ts'
import { createDirectory } from './oidc/directory.ts'
import type { Directory } from './oidc/directory.ts'
import { createJwtEndpoints } from './oidc/jwt-endpoints.ts'
import { openKeyring } from './oidc/keyring.ts'
import type { Keyring } from './oidc/keyring.ts'
import { deliverLogouts, enqueueLogout } from './oidc/logout-deliveries.ts'
import { createTokenRequests } from './oidc/token-requests.ts'
import { randomBase62, randomId } from './platform/crypto/random.ts'
import { createSeal } from './platform/crypto/seal.ts'
import { openChanges } from './platform/db/changes.ts'
import type { Changes } from './platform/db/changes.ts'
import { openDatabase } from './platform/db/open.ts'
import type { Database } from './platform/db/open.ts'
import { createStack } from './platform/http/stack.ts'
import { startJobs } from './platform/jobs.ts'
import type { Job } from './platform/jobs.ts'
import type { Logger } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { createOutbound } from './platform/outbound/outbound.ts'
import { sweepExpired, sweptColumns } from './platform/sweep.ts'
import type { SweptTable } from './platform/sweep.ts'
import { serveAssets } from './web/assets.ts'
import { createHomeDoor } from './web/home.ts'
import { createManagement } from './web/management.ts'
import { createPages } from './web/pages.ts'
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
export async function buildServer(config: ServerConfig, { now, log }: ServerParts): Promise<Server> {
  const onConnectionError = (error: Error) =>
    log.warn({ err: error.message }, 'a database connection was lost')
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    applicationName: 'latchkey',
    onConnectionError,
  })
  const changes = openChanges({ url: config.databaseUrl, onError: onConnectionError })
  const seal = createSeal(config.sealingKeys)
  const rotation = rotationOf(config, seal)
  await ensureKeys(db, rotation, systemAct(now()))

  const directory = createDirectory({ db, changes, maxEntries: config.cacheEntries })
  const pages = createPages(config)
  const outbound = createOutbound({
    allowedHosts: config.outboundAllowedHosts,
    timeoutMilliseconds: 5000,
    maxResponseBytes: 512 * 1024,
    log: (event) => log.info({ ...event, cause: undefined }, 'outbound request'),
  })
  // The host signs the library's cookies, so it takes the keys of each provider that begins to serve.
  let signCookies: (keys: readonly string[]) => void = () => {}
  const keyring = await openKeyring({
    config,
    db,
    directory,
    seal,
    now,
    adapter: createAdapterFactory(adapterNeeds({ db, directory, now })),
    pages: createProviderPages(pages),
    fetch: outbound.fetch,
    enqueueLogout: (delivery) => enqueueLogout(db, { id: randomId('lod'), ...delivery }, now()),
    onServerError: (error) => log.error({ err: error }, 'the protocol failed'),
    onSwap: ({ keys }) => signCookies(keys.cookieKeys),
    onError: (error) => log.error({ err: error }, 'the signing keys could not be loaded'),
  })
  const stopListening = changes.subscribe(({ kind }) => {
    if (kind === 'signing_keys')
      void keyring.reload().catch((error: unknown) => log.error({ err: error }, 'reload'))
  })
  const metrics = createMetrics()
  metrics.watchChanges(changes.isTrusted)
  const hasher = createPasswordHasher({
    ...config.argon2,
    maxConcurrent: config.passwordHashesAtOnce,
    maxWaiting: config.passwordHashesWaiting,
  })
  const { app, handler } = createStack({
    issuer: new URL(config.issuer),
    trustedProxies: config.trustedProxies,
    log,
    newRequestId: () => randomBase62(16),
    observe: metrics.observeRequest,
    renderProblem: pages.problem,
    doors: [
      serveAssets(pages.brand),
      createHomeDoor(pages, config.issuer),
      createSetupDoor({ db, hasher, pages, newId: randomId, now, contextWords: contextWords(config) }),
      createSignInDoor({
        db,
        pages,
        directory,
        now,
        provider: () => keyring.serving().provider,
        authenticate: (attempt, act) => authenticate({ db, hasher }, attempt, act),
        guard: createSignInGuard(db),
      }),
      createTokenRequests({ db, now }),
      createJwtEndpoints({ db, directory, now, reader: () => keyring.serving().jwtReader }),
      serveProtocol(keyring),
    ],
  })
  signCookies = (keys) => (app.keys = [...keys])
  signCookies(keyring.serving().keys.cookieKeys)
  const jobs = startJobs({
    db,
    lockKeyspace: 'latchkey',
    onError: (job, error) => log.error({ job, err: error }, 'a job failed'),
    jobs: jobsOf({ db, keyring, rotation, now }),
  })
  let draining = false
  return {
    handler,
    management: createManagement({
      metrics,
      isDraining: () => draining,
      checks: {
        database: () => databaseProblem(db),
        changes: () => (changes.isTrusted() ? undefined : 'changes of other instances are not heard'),
      },
    }),
    beginDrain: () => (draining = true),
    close: async () => {
      stopListening()
      keyring.close()
      await jobs.stop()
      await changes.close()
      await db.destroy()
    },
  }
}

/** A standby after a failover answers questions, and can take nothing. */
async function databaseProblem(db: Database): Promise<string | undefined> {
  const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(db)
  return rows[0]?.standby === false ? undefined : 'the database is read-only'
}

function serveProtocol(keyring: Keyring): Middleware {
  return (ctx, next) => keyring.serving().handle(ctx, next)
}

function adapterNeeds({ db, directory, now }: { db: Database; directory: Directory; now: () => Date }) {
  return {
    db,
    now,
    findClientMetadata: async (id: string) => {
      const client = await directory.client(id)
      return client === undefined ? undefined : clientMetadata(client)
    },
    isAccountActive: async (id: string) => (await directory.account(id)) !== undefined,
    refreshGraceSeconds: async (id: string) => (await directory.client(id))?.refreshGraceSeconds ?? 0,
  }
}

function rotationOf(config: ServerConfig, seal: Rotation['seal']): Rotation {
  return {
    seal,
    newId: randomId,
    clockToleranceSeconds: 5,
    publishLeadSeconds: config.signingKeyPublishLeadSeconds,
    // Whatever a key signed is over by then: ID tokens and JWT access tokens live a day at most.
    retireAfterSeconds: 2 * 86400 + config.signingKeyPublishLeadSeconds,
    rotateAfterSeconds: config.signingKeyRotateAfterSeconds,
  }
}

interface JobParts {
  readonly db: Database
  readonly keyring: Keyring
  readonly rotation: Rotation
  readonly now: () => Date
}

function jobsOf({ db, keyring, rotation, now }: JobParts): Job[] {
  const tables = Object.keys(sweptColumns) as SweptTable[]
  return [
    {
      name: 'logout deliveries',
      everyMilliseconds: 1000,
      run: () =>
        deliverLogouts({ db, deliver: (delivery) => keyring.serving().deliverLogout(delivery) }, now()),
    },
    {
      name: 'sweep',
      everyMilliseconds: 20_000,
      run: async (signal) => {
        for (const table of tables)
          await sweepExpired(db, { table, batchSize: 1000, graceSeconds: 60, signal }, now())
      },
    },
    {
      name: 'signing keys',
      everyMilliseconds: 60_000,
      run: () => ensureKeys(db, rotation, systemAct(now())),
    },
  ]
}

/** Words that are no password here (ASVS 6.1.2): the installation's name and its hosts. */
function contextWords({ brandName, issuer }: ServerConfig): string[] {
  return ['latchkey', brandName, new URL(issuer).hostname]
}
