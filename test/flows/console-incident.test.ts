/** Incidents in the console: everything of somebody ends in one confirmed step, on every instance, and the page shows it. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemAct } from '../../src/domain/audit/act.ts'
import { createApiKey } from '../../src/domain/api-keys/create.ts'
import { createPeppers } from '../../src/domain/api-keys/secret.ts'
import { awaitListeners, listenerName } from '../../src/platform/db/listeners.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import { postFields } from '../support/console-forms.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { introspect, postAs } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ instances: 2, env: withoutSecondFactor })
})
afterAll(() => world.close())

test('T35: everything of an account ends after one confirmation, and both instances have heard of it', async () => {
  const { browser } = await openConsole(world)
  const victim = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  await makeKey(victim.account, 'Night job')
  const asked = await browser.visit(`/admin/incident/account/${victim.account.id}`)
  expect(asked.html).toContain('Sessions that end, in every browser: 1.')
  expect(asked.html).toContain('API keys that are revoked for good: 1.')
  const done = await browser.submit(asked, {
    action: `/incident/account/${victim.account.id}`,
    fields: { reason: 'Laptop <stolen>' },
  })
  expect(done.url.pathname).toBe(`/admin/incident/account/${victim.account.id}/result`)
  expect(done.html).toContain('2 of 2 running instances have heard of it.')
  expect(done.html).toContain('Reason: Laptop &lt;stolen&gt;')
  expect(await standing(victim.account)).toEqual({ sessions: 0, grants: 0, keys: 0 })
  expect((await victim.browser.visit('/admin')).trail[0]).toBe('303 /admin')
  expect(await details('incident.everything_ended', victim.account.id)).toMatchObject({
    sessions: 1,
    keys: 1,
    disabled: false,
    reason: 'Laptop <stolen>',
  })
  expect(await details('incident.heard', victim.account.id)).toMatchObject({ listening: 2, heard: 2 })
})

test('an instance that gives no sign of life counts as one that has not heard', async () => {
  const silent = await openConnection({
    url: world.databaseUrl,
    applicationName: listenerName,
    onNotification: () => {},
    onEnd: () => {},
  })
  await silent.query('select 1')
  expect(await awaitListeners(world.db, { withinMilliseconds: 1500 })).toMatchObject({
    listening: 3,
    heard: 2,
  })
  await silent.close()
  expect(await awaitListeners(world.db, { withinMilliseconds: 5000 })).toMatchObject({
    listening: 2,
    heard: 2,
  })
})

test('without the confirmation nothing ends', async () => {
  const { browser } = await openConsole(world)
  const victim = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  const asked = await browser.visit(`/admin/incident/account/${victim.account.id}`)
  const before = await standing(victim.account)
  const refused = await postFields(browser, asked, `/admin/incident/account/${victim.account.id}`, {
    confirmed: 'no',
  })
  expect(refused.status).toBe(400)
  expect(await standing(victim.account)).toEqual(before)
})

test('API5: support ends what an owner has, and cannot disable the owner with it', async () => {
  const support = await openConsole(world, { account: await makeAdministrator(world, 'support') })
  const owner = await makeAdministrator(world)
  const asked = await support.browser.visit(`/admin/incident/account/${owner.id}`)
  expect(asked.html).not.toContain('name="disables"')
  const path = `/admin/incident/account/${owner.id}`
  const { status } = await postFields(support.browser, asked, path, { confirmed: 'yes', disables: 'yes' })
  expect(status).toBe(303)
  const row = await world.db
    .selectFrom('accounts')
    .select('disabledAt')
    .where('id', '=', owner.id)
    .executeTakeFirst()
  expect(row?.disabledAt).toBeNull()
})

test('the last owner is not disabled; the page says so and nothing has ended', async () => {
  const alone = await openWorld({ env: withoutSecondFactor })
  const { browser, account } = await openConsole(alone)
  const asked = await browser.visit(`/admin/incident/account/${account.id}`)
  const refused = await browser.submit(asked, {
    action: `/incident/account/${account.id}`,
    fields: { disables: 'yes' },
  })
  expect(refused.status).toBe(409)
  expect(refused.html).toContain('This is the last owner who can sign in')
  expect((await browser.visit('/admin')).status).toBe(200)
  await alone.close()
})

test('a client and an API are disabled with it: neither gets tokens any more, and none that was given holds', async () => {
  const { browser } = await openConsole(world)
  for (const kind of ['client', 'api'] as const) {
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    const guard = await world.makeClient({ metadata: { grant_types: [] } })
    const api = await world.makeApi({ introspectors: [guard] })
    await world.permit({ type: 'client', id: client.id }, api, ['read'])
    const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
    const issued = await postAs(world, client, { path: '/oauth/token', form })
    const token = String(issued.body['access_token'])
    expect((await introspect(world, guard, token)).body['active'], kind).toBe(true)
    const path = `/incident/${kind}/${kind === 'client' ? client.id : api.id}`
    const asked = await browser.visit(`/admin${path}`)
    const done = await browser.submit(asked, { action: path, fields: { disables: 'yes' } })
    expect(done.html, path).toContain('It was disabled too.')
    expect(done.html, path).toContain('2 of 2 running instances')
    expect((await introspect(world, guard, token)).body, kind).toEqual({ active: false })
    expect((await postAs(world, client, { path: '/oauth/token', form })).status, kind).toBeGreaterThanOrEqual(
      400,
    )
  }
})

test('a key ends alone, and takes the others of its owner with it if wished', async () => {
  const { browser, account } = await openConsole(world)
  const [first, second] = [await makeKey(account, 'One'), await makeKey(account, 'Two')]
  await makeKey(account, 'Three')
  for (const [id, fields, left] of [
    [first, {}, 2],
    [second, { all_of_owner: 'yes' }, 0],
  ] as const) {
    const asked = await browser.visit(`/admin/incident/key/${id}`)
    const done = await browser.submit(asked, { action: `/incident/key/${id}`, fields })
    expect(done.status).toBe(200)
    expect((await standing(account)).keys).toBe(left)
  }
})

test('what is not there is not found, whatever it is called', async () => {
  const { browser } = await openConsole(world)
  for (const path of ['account/acc_nobody', 'realm/x', 'key/zzzzzzzzzzzz', 'api/%00', 'client/..%2f..']) {
    expect((await browser.visit(`/admin/incident/${path}`)).status, path).toBe(404)
  }
})

async function makeKey(account: TestAccount, name: string): Promise<string> {
  const api = await world.makeApi({ scopes: ['read'] })
  await world.permit({ type: 'account', id: account.id }, api, ['read'])
  const making = { peppers: createPeppers(world.config.keyPeppers), prefix: world.config.keyPrefix }
  const key = { name, owner: { type: 'account', id: account.id } as const, apiId: api.id, scopes: ['read'] }
  const made = await createApiKey(
    world.db,
    { making, key: { ...key, allowedAddresses: [] } },
    systemAct(new Date()),
  )
  return made.key.id
}

async function standing({ id }: TestAccount) {
  const { rows } = await sql<{ sessions: number; grants: number; keys: number }>`select
    (select count(*)::int from oidc_sessions where account_id = ${id}) as sessions,
    (select count(*)::int from oidc_grants where account_id = ${id} and revoked_at is null) as grants,
    (select count(*)::int from api_keys where owner_id = ${id} and revoked_at is null) as keys`.execute(
    world.db,
  )
  return rows[0] ?? { sessions: -1, grants: -1, keys: -1 }
}

async function details(type: string, targetId: string): Promise<unknown> {
  const row = await world.db
    .selectFrom('auditEvents')
    .select('details')
    .where('type', '=', type)
    .where('targetId', '=', targetId)
    .executeTakeFirst()
  return row?.details
}
