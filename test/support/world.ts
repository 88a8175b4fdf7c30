/**
 * A running installation for tests: real servers on real ports over one real database, and the people, apps and APIs that
 * a story needs. Everything is made through the same rooms the product uses.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import type { ServerConfig } from '../../src/config.ts'
import { createAccount, newAccount } from '../../src/domain/accounts/create.ts'
import { createPasswordHasher } from '../../src/domain/accounts/password.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { newApi } from '../../src/domain/apis/input.ts'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { createApi } from '../../src/domain/apis/lifecycle.ts'
import { givePermission } from '../../src/domain/apis/permissions.ts'
import { createClient, parseNewClient } from '../../src/domain/clients/create.ts'
import { addSecret } from '../../src/domain/clients/secret.ts'
import { randomId, randomSecret } from '../../src/platform/crypto/random.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { createLog } from '../../src/platform/log.ts'
import { buildServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { createTestDatabase } from './postgres.ts'
import type { TestDatabase } from './postgres.ts'
import { openPool } from './room.ts'
import { giveRsaKeys } from './signing-keys.ts'
import { patienceMilliseconds } from './until.ts'

/** One instance of the server, listening. */
export interface Instance {
  /** Where it listens; all instances of a world share one issuer. */
  readonly origin: string
  readonly server: Server
  readonly stop: () => Promise<void>
}

/** An installation of a test's own. */
export interface World {
  readonly issuer: string
  readonly db: Database
  readonly databaseUrl: string
  /** What its servers were built with; another one can be built of it. */
  readonly config: ServerConfig
  /** JSON lines that the servers logged. */
  readonly logLines: string[]
  readonly instances: readonly Instance[]
  readonly makeClient: (client?: ClientWishes) => Promise<TestClient>
  readonly makeApi: (api?: ApiWishes) => Promise<TestApi>
  readonly makeAccount: (account?: AccountWishes) => Promise<TestAccount>
  readonly permit: (
    owner: { type: 'account' | 'client'; id: string },
    api: TestApi,
    scopes: readonly string[],
  ) => Promise<void>
  readonly close: () => Promise<void>
}

/** What a test may want of its world. */
export interface WorldWishes {
  readonly instances?: number
  /** Environment variables, as an operator would set them. */
  readonly env?: Readonly<Record<string, string>>
  readonly now?: () => Date
  /** What the issuer's host is called; an address by default. Passkeys need a name, and `localhost` is one. */
  readonly host?: 'localhost'
  /** A migrated database that the test brings along, instead of a clone of the template. */
  readonly database?: TestDatabase
  /** Puts something between the servers and their database; the test itself goes straight to it. */
  readonly databaseBehind?: (url: string) => Promise<string>
}

/** A client and its secret in clear, if it has one. */
export interface TestClient {
  readonly id: string
  readonly secret: string
}

/** What a test may want of a client: metadata as in RFC 7591, and our settings. */
export interface ClientWishes {
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly settings?: Readonly<Record<string, unknown>>
}

/** An API. */
export interface TestApi {
  readonly id: string
  readonly identifier: string
}

/** What a test may want of an API. */
export interface ApiWishes {
  readonly identifier?: string
  readonly scopes?: readonly string[]
  readonly introspectors?: readonly TestClient[]
  readonly settings?: Readonly<Record<string, unknown>>
}

/** An account and its password in clear. */
export interface TestAccount {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** What a test may want of an account. */
export interface AccountWishes {
  readonly email?: string
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A busy machine is no missing database. Whoever tests how long is waited for one sets these, or stands in between. */
const patience = {
  DATABASE_WAIT_SECONDS: String(patienceMilliseconds / 1000),
  DATABASE_STATEMENT_SECONDS: String(patienceMilliseconds / 1000),
}

/** Whoever waits for a mail waits for the server to look for it. */
const deliveriesEveryMilliseconds = 100

/** The password of every test account. */
export const testPassword = 'correct horse battery staple'

/** Opens a world; close it in `afterAll`. */
export async function openWorld(wishes: WorldWishes = {}): Promise<World> {
  const database = wishes.database ?? (await createTestDatabase())
  const db = openPool(database.url)
  const logLines: string[] = []
  const log = createLog('info', { write: (line) => logLines.push(line) })
  const now = wishes.now ?? (() => new Date())
  const listeners = await Promise.all(Array.from({ length: wishes.instances ?? 1 }, listen))
  const issuer = originOf(listeners[0], wishes.host)
  const serverDatabaseUrl = (await wishes.databaseBehind?.(database.url)) ?? database.url
  // Where mails are put, unless the test has a server for them.
  const dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-world-'))
  const env = {
    DATA_DIR: dataDirectory,
    ...(wishes.databaseBehind === undefined && patience),
    ...wishes.env,
  }
  const config = configFor({ issuer, databaseUrl: serverDatabaseUrl, env })
  if (wishes.database === undefined) await giveRsaKeys(db, createSeal(config.sealingKeys), now())
  const instances = await Promise.all(
    listeners.map(async (listener) => {
      const server = await buildServer(config, { now, log, deliveriesEveryMilliseconds })
      listener.on('request', (request, response) => {
        // Each instance is reached by its own port and believes to be the issuer, as behind a load balancer.
        rewriteHost(request.rawHeaders, new URL(issuer).host)
        request.headers.host = new URL(issuer).host
        server.handler(request, response)
      })
      return { origin: originOf(listener), server, stop: () => stop(listener, server) }
    }),
  )
  return {
    issuer,
    db,
    databaseUrl: database.url,
    config,
    logLines,
    instances,
    ...makers(db),
    close: async () => {
      await Promise.all(instances.map((instance) => instance.stop()))
      await db.destroy()
      await database.drop()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

function configFor(given: {
  readonly issuer: string
  readonly databaseUrl: string
  readonly env: WorldWishes['env']
}): ServerConfig {
  const config = readConfig({
    ISSUER: given.issuer,
    ARGON2_MEMORY_KIBIBYTES: '64',
    ARGON2_ITERATIONS: '2',
    SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
    ...given.env,
  })
  return { ...config, databaseUrl: given.databaseUrl }
}

async function listen(): Promise<HttpServer> {
  // Else a connection that nobody used while the machine stood still is closed just when it is used again.
  const listener = createServer({ keepAliveTimeout: patienceMilliseconds })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return listener
}

function originOf(listener: HttpServer | undefined, host = '127.0.0.1'): string {
  return `http://${host}:${(listener?.address() as AddressInfo).port}`
}

function rewriteHost(rawHeaders: string[], host: string): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1]
    if (rawHeaders[index]?.toLowerCase() === 'host' && /^127\.0\.0\.1:\d+$/.test(value ?? ''))
      rawHeaders[index + 1] = host
  }
}

async function stop(listener: HttpServer, server: Server): Promise<void> {
  listener.closeAllConnections()
  listener.close()
  await server.close()
}

const hasher = createPasswordHasher({
  memoryKibibytes: 64,
  iterations: 2,
  parallelism: 1,
  maxConcurrent: 4,
  maxWaiting: 1000,
})

function makers(db: Database): Pick<World, 'makeClient' | 'makeApi' | 'makeAccount' | 'permit'> {
  return {
    makeClient: async ({ metadata, settings } = {}) => {
      const act = systemAct(new Date())
      const id = randomId('cli')
      const input = parseNewClient({
        id,
        metadata: { client_name: 'Test app', ...metadata },
        settings: settings ?? {},
      })
      const client = await createClient(db, input, act)
      const secret = randomSecret()
      if (client.metadata.token_endpoint_auth_method.startsWith('client_secret_')) {
        await addSecret(db, { clientId: id, secretId: randomId('sec'), secret }, act)
      }
      return { id, secret }
    },
    makeApi: async ({ identifier, scopes = ['read', 'write'], introspectors = [], settings } = {}) => {
      const act = systemAct(new Date())
      const input = newApi.parse({
        id: randomId('api'),
        identifier: identifier ?? `https://${randomId('api').toLowerCase().replace('_', '-')}.example/`,
        name: 'Test API',
        scopes: scopes.map((name) => ({ name, description: `May ${name}.` })),
        ...settings,
      })
      const api = await createApi(db, input, act)
      for (const { id } of introspectors) await addIntrospector(db, { apiId: api.id, clientId: id }, act)
      return { id: api.id, identifier: api.identifier }
    },
    makeAccount: async ({ email = `${randomId('p').toLowerCase()}@example.com`, claims } = {}) => {
      const id = randomId('acc')
      const account = newAccount.parse({ email, claims: claims ?? { name: 'Ana Test' } })
      const passwordHash = await hasher.hash(testPassword)
      await createAccount(db, { id, account, passwordHash }, systemAct(new Date()))
      return { id, email, password: testPassword }
    },
    permit: async (owner, api, scopes) => {
      await givePermission(db, { apiId: api.id, owner, scopes: [...scopes] }, systemAct(new Date()))
    },
  }
}
