import { createAccount, newAccount } from '../src/domain/accounts/create.ts'
import { systemAct } from '../src/domain/audit/act.ts'
import { createApiKey } from '../src/domain/api-keys/create.ts'
import { newApiKey } from '../src/domain/api-keys/input.ts'
import { createPeppers } from '../src/domain/api-keys/secret.ts'
import { newApi } from '../src/domain/apis/input.ts'
import { addIntrospector } from '../src/domain/apis/introspectors.ts'
import { createApi } from '../src/domain/apis/lifecycle.ts'
import { givePermission } from '../src/domain/apis/permissions.ts'
import { createClient, parseNewClient } from '../src/domain/clients/create.ts'
import { addSecret } from '../src/domain/clients/secret.ts'
import { readConfig } from '../src/config.ts'
import { randomId, randomSecret } from '../src/platform/crypto/random.ts'
import { openDatabase } from '../src/platform/db/open.ts'
import type { Database } from '../src/platform/db/open.ts'
import { secrets } from './secrets.ts'

/** A client and its secret in clear. */
export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** Who asks for what in every measurement; all servers know the same. */
export interface Fixtures {
  /** Asks for tokens of its own. */
  readonly service: Credentials
  /** Asks for tokens on behalf of the account. */
  readonly app: Credentials
  /** The API that asks about tokens. */
  readonly caller: Credentials
  readonly accountId: string
  readonly opaqueApi: string
  readonly jwtApi: string
  /** A key of the service at the first API. */
  readonly plainKey: string
  /** The same with a rate limit and a quota that are never reached. */
  readonly limitedKey: string
}

/** Where the app's answers go. */
export const redirectUri = 'https://app.example/callback'
/** The scopes of both APIs. */
export const apiScopes = ['read', 'write']

/** Makes the fixtures in Latchkey's database, through the rooms the product uses. */
export async function createFixtures(databaseUrl: string): Promise<Fixtures> {
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: 2,
    applicationName: 'latchkey bench',
    onConnectionError: () => {},
  })
  try {
    const service = await makeClient(db, { client_name: 'Service', grant_types: ['client_credentials'] })
    const caller = await makeClient(db, { client_name: 'API', grant_types: [] })
    const app = await makeClient(db, {
      client_name: 'App',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
    })
    const accountId = randomId('acc')
    const account = newAccount.parse({ email: 'ana@example.com', claims: { name: 'Ana Example' } })
    await createAccount(db, { id: accountId, account }, systemAct(new Date()))
    const opaqueApi = 'https://opaque.example/'
    const jwtApi = 'https://jwt.example/'
    const apiId = await makeApi(db, { identifier: opaqueApi, caller, clients: [service, app] })
    await makeApi(db, { identifier: jwtApi, caller, clients: [service, app], tokenFormat: 'jwt' })
    const plainKey = await makeKey(db, { apiId, service, limits: {} })
    const limitedKey = await makeKey(db, { apiId, service, limits: neverReached })
    return { service, app, caller, accountId, opaqueApi, jwtApi, plainKey, limitedKey }
  } finally {
    await db.destroy()
  }
}

async function makeClient(db: Database, metadata: Record<string, unknown>): Promise<Credentials> {
  const act = systemAct(new Date())
  const id = randomId('cli')
  await createClient(db, parseNewClient({ id, metadata, settings: {} }), act)
  const secret = randomSecret()
  await addSecret(db, { clientId: id, secretId: randomId('sec'), secret }, act)
  return { id, secret }
}

interface ApiWishes {
  readonly identifier: string
  readonly caller: Credentials
  readonly clients: readonly Credentials[]
  readonly tokenFormat?: 'jwt'
}

async function makeApi(db: Database, wishes: ApiWishes): Promise<string> {
  const act = systemAct(new Date())
  const { identifier, caller, clients, tokenFormat = 'opaque' } = wishes
  const input = newApi.parse({
    id: randomId('api'),
    identifier,
    name: 'API',
    scopes: apiScopes.map((name) => ({ name, description: `May ${name}.` })),
    tokenFormat,
    accessTokenLifetimeSeconds: 3600,
  })
  const api = await createApi(db, input, act)
  await addIntrospector(db, { apiId: api.id, clientId: caller.id }, act)
  for (const { id } of clients) {
    await givePermission(db, { apiId: api.id, owner: { type: 'client', id }, scopes: apiScopes }, act)
  }
  return api.id
}

const neverReached = {
  rateLimit: { requests: 1_000_000, seconds: 1 },
  quota: { requests: 1_000_000_000_000, period: 'day' },
}

interface KeyWishes {
  readonly apiId: string
  readonly service: Credentials
  readonly limits: object
}

async function makeKey(db: Database, { apiId, service, limits }: KeyWishes): Promise<string> {
  const { keyPrefix, keyPeppers } = readConfig({ ISSUER: 'http://127.0.0.1', ...secrets })
  const owner = { type: 'client', id: service.id }
  const key = newApiKey.parse({ name: 'Key', owner, apiId, scopes: apiScopes, ...limits })
  const making = { peppers: createPeppers(keyPeppers), prefix: keyPrefix }
  return (await createApiKey(db, { making, key }, systemAct(new Date()))).text
}
