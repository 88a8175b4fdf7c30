/** The first page of the console: what was done, for whom, and no more of whom than the reader may see. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { managementApiId } from '../../src/domain/administration/scopes.ts'
import { givePermission } from '../../src/domain/apis/permissions.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { TestKey } from '../support/api-keys.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, TestClient, World } from '../support/world.ts'

let world: World
let person: TestAccount
let app: TestClient
let key: TestKey

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  person = await world.makeAccount({ email: 'busy.person@example.com' })
  app = await world.makeClient({ metadata: { client_name: 'Nightly report', grant_types: [] } })
  const api = await world.makeApi({ scopes: ['read'] })
  const owner = { type: 'client', id: app.id } as const
  await world.permit(owner, api, ['read'])
  key = await makeApiKey(world, { owner, api, more: { name: 'Report key' } })
  await sql`insert into activity_hours (hour, kind, subject, outcome, number)
    select date_trunc('hour', now()), 'verification', subject, outcome, number
    from (values (${person.id}, 'allowed', 1201), (${app.id}, 'allowed', 30), (${app.id}, 'rate_limited', 4))
      as k (subject, outcome, number)`.execute(world.db)
  await sql`insert into api_key_usage (key_id, hour, outcome, verifications)
    select ${key.id}, date_trunc('hour', now()), outcome, number
    from (values ('allowed', 40), ('rate_limited', 7), ('address_not_allowed', 5)) as k (outcome, number)`.execute(
    world.db,
  )
})
afterAll(() => world.close())

/** The cells of the row that names this. */
function rowOf(html: string, name: string): readonly string[] {
  const row = [...html.matchAll(/<tr>[\s\S]*?<\/tr>/g)]
    .map(([text]) => text)
    .find((text) => text.includes(name))
  return [...(row ?? '').matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map(([, cell = '']) =>
    cell.replaceAll(/<[^>]+>/g, '').trim(),
  )
}

test('the busiest come with how often they were verified and refused, and lead to their pages', async () => {
  const { html } = (await openConsole(world)).place
  expect(rowOf(html, person.email)).toEqual([person.email, '1,201', '0'])
  expect(rowOf(html, 'Nightly report')).toEqual(['Nightly report', '34', '4'])
  expect(rowOf(html, 'Report key')).toEqual(['Report key', '52', '12'])
  for (const path of [`accounts/${person.id}`, `clients/${app.id}`, `keys/${key.id}`])
    expect(html).toContain(`href="/admin/${path}"`)
})

test('v5.0.0-8.2.3: who may see use alone learns no address and no name of an app there, and is led nowhere', async () => {
  const account = await world.makeAccount()
  await givePermission(
    world.db,
    { apiId: managementApiId, owner: { type: 'account', id: account.id }, scopes: ['usage:read'] },
    systemAct(new Date()),
  )
  const { place } = await openConsole(world, { account })
  expect(place.status).toBe(200)
  expect(rowOf(place.html, person.id)).toEqual([person.id, '1,201', '0'])
  for (const hidden of [person.email, 'Nightly report', `keys/${key.id}`, `accounts/${person.id}`])
    expect(place.html).not.toContain(hidden)
})
