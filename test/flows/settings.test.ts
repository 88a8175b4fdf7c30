/** Settings that are stored: in force on every instance, and on what exists already. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import { settingRules } from '../../src/composition/setting-rules.ts'
import { changeOf } from '../../src/composition/settings-room.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { changeStoredSettings } from '../../src/domain/settings/change.ts'
import { readStoredSettings } from '../../src/domain/settings/stored.ts'
import { listenerName } from '../../src/platform/db/listeners.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { until, within } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let clock = 0
const away: { proxy?: TcpProxy } = {}
beforeAll(async () => {
  world = await openWorld({
    instances: 2,
    now: () => new Date(Date.now() + clock),
    databaseBehind: async (url) => (away.proxy = await startTcpProxy(url)).url,
  })
})
afterAll(async () => {
  await world.close()
  await away.proxy?.close()
})
beforeEach(async () => {
  clock = 0
  const { written } = await readStoredSettings(world.db)
  await change(Object.fromEntries(Object.keys(written).map((name) => [name, null])))
  await everywhere((html) => html.includes('Latchkey'))
})

/** As somebody does at another place: no server of this world is told but by the database. */
function change(values: Record<string, string | null>, version?: number) {
  const rules = settingRules(world.config)
  return changeStoredSettings(world.db, { change: changeOf(values, version), rules }, operatorAct(new Date()))
}

async function homeAt(index: number): Promise<string> {
  const { origin } = world.instances[index] ?? { origin: '' }
  return (await fetch(origin)).text()
}

async function everywhere(holds: (html: string) => boolean): Promise<void> {
  await until(async () => holds(await homeAt(0)) && holds(await homeAt(1)))
}

test('a setting that is stored is in force on every instance within a second, and so is its default again', async () => {
  await change({ BRAND_NAME: 'Acme Sprockets' })
  const since = performance.now()
  for (const index of [0, 1])
    await within(1000, async () => (await homeAt(index)).includes('Acme Sprockets'), since)
  await change({ BRAND_NAME: null })
  await everywhere((html) => !html.includes('Acme Sprockets'))
})

test('an instance whose listening connection was cut hears of what was changed meanwhile', async () => {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = ${listenerName}`.execute(world.db)
  await change({ BRAND_NAME: 'Said into the silence' })
  await everywhere((html) => html.includes('Said into the silence'))
})
