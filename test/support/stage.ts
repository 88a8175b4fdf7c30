/** A world with the usual people in it, for tests that are about the protocol and not about who takes part. */
import { sql } from 'kysely'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { openBrowser } from './browser.ts'
import { codeFor, exchange, redirectUri, tokensOf } from './oauth.ts'
import type { Caller, Code, Tokens } from './oauth.ts'
import { openWorld } from './world.ts'
import type { TestAccount, TestApi, TestClient, World, WorldWishes } from './world.ts'

/** The usual people. */
export interface Stage {
  readonly world: World
  readonly account: TestAccount
  /** A public app: PKCE and rotation. */
  readonly app: Caller
  /** An app with a secret. */
  readonly web: Caller
  /** Another app with a secret, a stranger to `web`. */
  readonly otherWeb: Caller
  /** Acts for itself: client credentials. */
  readonly service: Caller
  /** May introspect for both APIs. */
  readonly guard: TestClient
  /** Scopes `read` and `write`, opaque tokens; everybody above may request both. */
  readonly api: TestApi
  /** The same with JWT access tokens. */
  readonly jwtApi: TestApi
  /** Signs the account in at a client, in a browser that has consented and is signed in after the first time. */
  readonly code: (client: Caller, params?: Readonly<Record<string, string | undefined>>) => Promise<Code>
  /** The same, and exchanges the code. */
  readonly tokens: (
    client: Caller,
    params?: Readonly<Record<string, string | undefined>>,
    form?: Readonly<Record<string, string>>,
  ) => Promise<Tokens>
  readonly close: () => Promise<void>
}

const interactive = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
}

/** Opens a world and brings the usual people in. */
export async function openStage(wishes: WorldWishes = {}): Promise<Stage> {
  const world = await openWorld(wishes)
  const guard = await world.makeClient({ metadata: { client_name: 'API', grant_types: [] } })
  const [app, web, otherWeb, service, account, api, jwtApi] = await Promise.all([
    world.makeClient({ metadata: { ...interactive, token_endpoint_auth_method: 'none' } }),
    world.makeClient({ metadata: interactive }),
    world.makeClient({ metadata: interactive }),
    world.makeClient({ metadata: { grant_types: ['client_credentials'] } }),
    world.makeAccount(),
    world.makeApi({ introspectors: [guard] }),
    world.makeApi({ introspectors: [guard], settings: { tokenFormat: 'jwt' } }),
  ])
  for (const { id } of [app, web, otherWeb, service]) {
    for (const target of [api, jwtApi]) await world.permit({ type: 'client', id }, target, ['read', 'write'])
  }
  const browser = openBrowser(world)
  const code: Stage['code'] = (client, params = {}) => {
    const wanted = { scope: 'openid offline_access read', resource: api.identifier, ...params }
    return codeFor(world, { account, client, browser, params: wanted })
  }
  return {
    world,
    account,
    app: { ...app, isPublic: true },
    web,
    otherWeb,
    service,
    guard,
    api,
    jwtApi,
    code,
    tokens: async (client, params = {}, form = {}) =>
      tokensOf(await exchange(world, client, await code(client, params), form)),
    close: () => world.close(),
  }
}

/**
 * Makes a stored code or token end sooner, as if time had passed for it alone. When it was issued stays as it was: before
 * its client and its API were made it would be somebody else's.
 */
export async function age(world: Pick<World, 'db'>, value: string, seconds: number): Promise<void> {
  const { numAffectedRows } = await sql`update oidc_artifacts set
    expires_at = expires_at - make_interval(secs => ${seconds}),
    consumed_at = consumed_at - make_interval(secs => ${seconds}),
    payload = payload || jsonb_build_object('exp', (payload ->> 'exp')::int - ${seconds}::int)
    where id_hash = ${sha256(value)}`.execute(world.db)
  if (numAffectedRows !== 1n) throw new Error('there is no such artifact to age')
}

/** What is stored of a code or token, or undefined. */
export async function storedPayload(
  world: Pick<World, 'db'>,
  value: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await sql<{
    payload: Record<string, unknown>
  }>`select payload from oidc_artifacts where id_hash = ${sha256(value)}`.execute(world.db)
  return rows[0]?.payload
}

/**
 * The number of rows of every table, for tests of requests that must write nothing. Budgets, and the
 * numbers of what the installation does by hour, are left out: that an attempt is counted is their purpose.
 */
export async function rowCounts(world: Pick<World, 'db'>): Promise<Record<string, number>> {
  const tables = await sql<{
    name: string
  }>`select tablename as name from pg_tables where schemaname = 'public'
    and tablename not in ('limit_buckets', 'activity_hours')`.execute(world.db)
  const counts = tables.rows.map(
    ({ name }) => sql`select ${name}::text as name, count(*)::int as n from ${sql.table(name)}`,
  )
  const counted = await sql<{ name: string; n: number }>`${sql.join(counts, sql` union all `)}`.execute(
    world.db,
  )
  return Object.fromEntries(counted.rows.map(({ name, n }) => [name, n]))
}
