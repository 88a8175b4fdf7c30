/** API keys as an installation has them, for tests that look at the console's pages of keys. */
import { sql } from 'kysely'
import { revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { rotateApiKey } from '../../src/domain/api-keys/rotate.ts'
import { withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey, making } from './api-keys.ts'
import type { TestKey } from './api-keys.ts'
import type { TestApi, TestClient, World } from './world.ts'

/** What was made. */
export interface SeededKeys {
  readonly service: TestClient
  readonly api: TestApi
  /** In use, limited, in the middle of a rotation. */
  readonly busy: TestKey
  readonly revoked: TestKey
  /** Old and never used. */
  readonly idle: TestKey
}

/** Makes keys that are used, rotated, forgotten and revoked, at an API that asks about them. */
export async function seedKeys(world: World): Promise<SeededKeys> {
  const act = systemAct(new Date())
  const service = await world.makeClient({
    metadata: { client_name: 'Nightly report', grant_types: ['client_credentials'] },
  })
  const guard = await world.makeClient({ metadata: { client_name: 'Invoices', grant_types: [] } })
  const scopes = ['invoices:read', 'invoices:write', 'reports:read', 'invoices:delete']
  const api = await world.makeApi({ scopes, introspectors: [guard], settings: { name: 'Invoices' } })
  const owner = { type: 'client', id: service.id } as const
  await world.permit(owner, api, scopes.slice(0, 3))
  const revoked = await makeApiKey(world, {
    owner,
    api,
    scopes: ['invoices:read'],
    more: { name: 'Old laptop' },
  })
  await revokeApiKey(world.db, { id: revoked.id, reason: 'It was on a slide.' }, act)
  const idle = await makeApiKey(world, {
    owner,
    api,
    scopes: ['invoices:read', 'reports:read'],
    more: { name: 'Migration of 2024' },
  })
  await sql`update api_keys set created_at = now() - interval '100 days' where id = ${idle.id}`.execute(
    world.db,
  )
  const more = {
    name: 'Report job in Frankfurt',
    expiresAt: new Date(Date.now() + 60 * 86_400_000),
    allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'],
    rateLimit: { requests: 100, seconds: 60 },
    quota: { requests: 100_000, period: 'day' },
  }
  const busy = await makeApiKey(world, { owner, api, scopes: scopes.slice(0, 3), more })
  await withdrawPermission(world.db, { apiId: api.id, owner, scopes: ['reports:read'] }, act)
  const rotation = { id: busy.id, version: 1, overlapSeconds: 86_400 }
  await rotateApiKey(world.db, { making, rotation }, act)
  await sql`update api_key_secrets set last_used_at = now() + interval '1 minute', last_used_address = '203.0.113.9',
    last_used_user_agent = 'report-job/2.1 (+https://reports.example)' where key_id = ${busy.id} and slot = 1`.execute(
    world.db,
  )
  await sql`insert into api_key_usage (key_id, hour, outcome, verifications)
    select ${busy.id}, date_trunc('hour', now()) - make_interval(hours => h), outcome, (20 + 15 * sin(h / 5.0))::int * factor
    from generate_series(0, 700, 3) h, (values ('allowed', 20), ('rate_limited', 1)) as k (outcome, factor)`.execute(
    world.db,
  )
  await sql`insert into api_key_scope_usage (key_id, scope, first_used_at, last_used_at)
    values (${busy.id}, 'invoices:read', now() - interval '20 days', now())`.execute(world.db)
  return { service, api, busy, revoked, idle }
}
