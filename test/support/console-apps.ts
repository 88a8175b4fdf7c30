/** Apps, services and APIs as an installation has them, for tests that look at the console's pages of clients and APIs. */
import { systemAct } from '../../src/domain/audit/act.ts'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { addSecret } from '../../src/domain/clients/secret.ts'
import { requireClient } from '../../src/domain/clients/client.ts'
import { randomId, randomSecret } from '../../src/platform/crypto/random.ts'
import { makeApiKey } from './api-keys.ts'
import type { TestApi, TestClient, World } from './world.ts'

/** What was made. */
export interface SeededApps {
  readonly shop: TestClient
  readonly spa: TestClient
  readonly native: TestClient
  readonly report: TestClient
  readonly guard: TestClient
  readonly api: TestApi
  /** The id of a secret of the shop. */
  readonly secretId: string
}

/** Makes a shop, a browser app, a native app, a service, and an API that asks; they have what such ones usually have. */
export async function seedApps(world: World): Promise<SeededApps> {
  const act = systemAct(new Date())
  const named = (client_name: string, more: Readonly<Record<string, unknown>>) =>
    world.makeClient({ metadata: { client_name, ...more } })
  const shop = await named('Shop', {
    redirect_uris: ['https://shop.example/callback', 'http://127.0.0.1:3100/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
  const spa = await named('Dashboard', {
    redirect_uris: ['https://dashboard.example/callback'],
    token_endpoint_auth_method: 'none',
  })
  const native = await named('Shop for the phone', {
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
  })
  const report = await named('Nightly report', { grant_types: ['client_credentials'] })
  const guard = await named('Invoices', { grant_types: [] })
  const api = await world.makeApi({
    scopes: ['invoices:read', 'invoices:write'],
    settings: { name: 'Invoices' },
  })
  await addIntrospector(world.db, { apiId: api.id, clientId: guard.id }, act)
  const owner = { type: 'client', id: shop.id } as const
  await world.permit(owner, api, ['invoices:read'])
  await world.permit({ type: 'client', id: report.id }, api, ['invoices:read', 'invoices:write'])
  const role = { id: randomId('role'), apiId: api.id, name: 'bookkeeper', description: 'Keeps the books.' }
  await createRole(world.db, { ...role, scopes: ['invoices:read', 'invoices:write'] }, act)
  await giveRole(world.db, { roleId: role.id, owner }, act)
  await makeApiKey(world, { owner, api, scopes: ['invoices:read'] })
  const expiresAt = new Date(Date.now() + 7 * 86_400_000)
  const added = { clientId: shop.id, secretId: randomId('sec'), secret: randomSecret(), expiresAt }
  await addSecret(world.db, added, act)
  const [first] = (await requireClient(world.db, shop.id)).secrets
  return { shop, spa, native, report, guard, api, secretId: first?.id ?? '' }
}
