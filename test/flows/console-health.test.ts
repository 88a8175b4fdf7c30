/** The console's page of health: what it tells of the instance, its installation and what is to be mended. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkSettings } from '../../src/composition/doctor/settings.ts'
import { checkStored } from '../../src/composition/doctor/stored.ts'
import { consoleFindingsDe } from '../../views/messages/console-findings.ts'
import type { Administrator } from '../support/console.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { until } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: Administrator

const health = async () => (await owner.browser.visit('/admin/health')).html

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor, instances: 2 })
  owner = await openConsole(world, { path: '/admin/health' })
})
afterAll(() => world.close())

/** The text of the panel with this id. */
function panelOf(html: string, id: string): string {
  const section = new RegExp(`<section[^>]*aria-labelledby="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? ''
  return section
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

test('it names the database, the newest migration, every instance that listens and every key', async () => {
  expect(owner.place.status).toBe(200)
  const { html } = owner.place
  const { rows } = await sql<{
    version: string
    name: string
  }>`select (current_setting('server_version_num')::int / 10000)::text as version,
    (select max(name) from schema_migrations) as name`.execute(world.db)
  expect(panelOf(html, 'database')).toContain(`PostgreSQL ${rows[0]?.version}`)
  expect(panelOf(html, 'schema')).toContain(rows[0]?.name)
  expect(panelOf(html, 'schema')).toContain('the one this version expects')
  expect(panelOf(html, 'instances')).toContain('hears changes')
  expect(panelOf(html, 'instances').match(/UTC/g)).toHaveLength(2)
  for (const purpose of ['RS256', 'cookies', 'dpop_nonce']) expect(panelOf(html, 'keys')).toContain(purpose)
})

test('periodic work is told with the time it was last done here', async () => {
  const done = /Ending sessions by shorter lifetimes 1 second \d+ \w+ \d{4}/
  await until(async () => done.test(panelOf(await health(), 'jobs')))
})

test('what waits is counted, with since when and why', async () => {
  await sql`insert into mails (id, kind, recipient, created_at, next_attempt_at, give_up_at, attempts, last_problem)
    values ('mail_waiting', 'invitation', 'a@example.com', '2024-01-02T03:04:05Z', 'infinity', 'infinity', 3,
      'the server said <421>')`.execute(world.db)
  const { id } = await world.makeClient({ metadata: { grant_types: [] } })
  await sql`insert into logout_deliveries (id, client_id, created_at, next_attempt_at, last_problem)
    values ('lod_waiting', ${id}, '2024-02-03T03:04:05Z', 'infinity', 'connection refused')`.execute(world.db)
  const queues = panelOf(await health(), 'queues')
  expect(queues).toContain('Mails 1 2 Jan 2024, 03:04 UTC the server said &lt;421&gt;')
  expect(queues).toContain('Logouts for apps 1 3 Feb 2024, 03:04 UTC connection refused')
})

test('the findings are those of the doctor, with what to mend', async () => {
  const findings = panelOf(owner.place.html, 'findings')
  expect(findings).toContain('NODE_ENV is not production')
  expect(findings).toContain('Set NODE_ENV=production')
  expect(findings).toMatch(/As it should be: \d+/)
})

test('in German every finding is said in German', async () => {
  const codes = Object.keys(consoleFindingsDe)
  const findings = [
    ...checkSettings({ ...world.config, ...world.config.policyWith({}) }),
    ...(await checkStored(world.db, world.config, () => new Date())),
  ]
  expect(findings.map(({ code }) => code).toSorted()).toEqual(codes.toSorted())
  const response = await owner.browser.send('/admin/health', { headers: { 'accept-language': 'de' } })
  const german = panelOf(await response.text(), 'findings')
  expect(german).toContain('NODE_ENV ist nicht production')
  expect(german).not.toContain('NODE_ENV is not production')
})

test('a migration that has not run is named', async () => {
  const { rows } = await sql<{ name: string; checksum: string }>`delete from schema_migrations
    where name = (select max(name) from schema_migrations) returning name, checksum`.execute(world.db)
  const [last] = rows
  try {
    const schema = panelOf(await health(), 'schema')
    expect(schema).toContain(`Still to run ${last?.name}`)
    expect(schema).not.toContain('the one this version expects')
  } finally {
    await sql`insert into schema_migrations (name, checksum) values (${last?.name}, ${last?.checksum})`.execute(
      world.db,
    )
  }
})

test('ASVS 13.4.6: it holds no secret of the configuration', async () => {
  const { config } = world
  const html = await health()
  const secrets = [config.databaseUrl, ...config.sealingKeys.map(({ key }) => key.toString('base64'))]
  for (const secret of secrets) expect(html).not.toContain(secret)
})
