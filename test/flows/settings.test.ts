/** Settings that are stored: in force on every instance, and on what exists already. */
import { sql } from 'kysely'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openLiveSettings } from '../../src/composition/live-settings.ts'
import { settingRules } from '../../src/composition/setting-rules.ts'
import { changeOf } from '../../src/composition/settings-room.ts'
import { readConfig } from '../../src/config.ts'
import { operatorAct } from '../../src/domain/audit/act.ts'
import { changeStoredSettings } from '../../src/domain/settings/change.ts'
import { readStoredSettings } from '../../src/domain/settings/stored.ts'
import { openChanges } from '../../src/platform/db/changes.ts'
import { listenerName } from '../../src/platform/db/listeners.ts'
import { createLog } from '../../src/platform/log.ts'
import { goHome } from '../support/account-page.ts'
import { asks } from '../support/browser-like.ts'
import { openBrowser } from '../support/browser.ts'
import { authorizeUrl, introspect, newPkce, postAs, tokensFor } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { testPassword } from '../support/world.ts'
import type { TestAccount, World } from '../support/world.ts'

let stage: Stage
let world: World
const away: { proxy?: TcpProxy } = {}
beforeAll(async () => {
  stage = await openStage({
    instances: 2,
    databaseBehind: async (url) => (away.proxy = await startTcpProxy(url)).url,
  })
  world = stage.world
})
afterAll(async () => {
  await stage.close()
  await away.proxy?.close()
})
beforeEach(async () => {
  const { written } = await readStoredSettings(world.db)
  await change({
    ...Object.fromEntries(Object.keys(written).map((name) => [name, null])),
    BRAND_NAME: fresh(),
  })
  await everywhere((html) => html.includes(name))
})

let name = ''
let names = 0
/** A name that nothing had before: an instance that shows it has heard of everything until then. */
function fresh(): string {
  names += 1
  return (name = `Name ${names} of all`)
}

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

/** Changes settings, and waits until both instances have heard of it. */
async function changeEverywhere(values: Record<string, string | null>): Promise<void> {
  await change({ ...values, BRAND_NAME: fresh() })
  await everywhere((html) => html.includes(name))
}

describe('hearing of it', () => {
  test('a setting that is stored is in force on every instance within a second, and so is its default again', async () => {
    const took: number[] = []
    for (const word of ['first', 'second', 'third', 'fourth', 'fifth']) {
      const since = performance.now()
      await change({ BRAND_NAME: `Acme ${word}` })
      await everywhere((html) => html.includes(`Acme ${word}`))
      took.push(performance.now() - since)
    }
    // A machine may stand still for longer than that, but not each time.
    expect(Math.min(...took)).toBeLessThan(1000)
    await change({ BRAND_NAME: null })
    await everywhere((html) => !html.includes('Acme fifth'))
  })

  test('an instance whose listening connection was cut hears of what was changed meanwhile', async () => {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = ${listenerName}`.execute(world.db)
    await change({ BRAND_NAME: 'Said into the silence' })
    await everywhere((html) => html.includes('Said into the silence'))
  })

  test('while the database is away what is in force stays, and what was changed meanwhile holds when it is back', async () => {
    const before = name
    away.proxy?.swallow()
    try {
      await change({ BRAND_NAME: 'Changed while away' })
      await until(() => world.logLines.some((line) => line.includes('the settings could not be loaded')))
      for (const index of [0, 1]) expect(await homeAt(index)).toContain(before)
    } finally {
      away.proxy?.restore()
    }
    await everywhere((html) => html.includes('Changed while away'))
  })

  test('of changes at once from the same version one wins, and is one event', async () => {
    const { version } = await readStoredSettings(world.db)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => change({ BRAND_NAME: `Of ${index}` }, version)),
    )
    const lost = outcomes.filter(({ status }) => status === 'rejected')
    expect(lost.map((outcome) => 'reason' in outcome && outcome.reason)).toEqual(
      Array.from({ length: 9 }, () => expect.objectContaining({ code: 'conflict' })),
    )
    expect((await readStoredSettings(world.db)).version).toBe(version + 1)
    const { rows } = await sql`select details from audit_events
      where type = 'settings.changed' and details -> 'after' ->> 0 like '"Of %'`.execute(world.db)
    expect(rows).toHaveLength(1)
  })

  test('what contradicts the environment of one server changes nothing there, and is told in its log', async () => {
    const lines: string[] = []
    const changes = openChanges({ url: world.databaseUrl, onError: () => {} })
    const other = await openLiveSettings(readConfig({ SESSION_LIFETIME_SECONDS: '3600' }), {
      db: world.db,
      changes,
      log: createLog('info', { write: (line) => lines.push(line) }),
    })
    await change({ SESSION_IDLE_SECONDS: '7200' })
    await until(() => lines.some((line) => line.includes('latchkey settings reset SESSION_IDLE_SECONDS')))
    expect(other.current()).toMatchObject({ sessionIdleSeconds: 3600, brandName: name })
    await change({ SESSION_IDLE_SECONDS: null, BRAND_NAME: 'Heard again' })
    await until(() => other.current().brandName === 'Heard again')
    other.close()
    await changes.close()
  })
})

describe('what is in force', () => {
  const stylesheetOf = (html: string) => /\/assets\/brand\.[\da-f]+\.css/.exec(html)?.[0] ?? ''
  const styleAt = (index: number, path: string) => fetch(`${world.instances[index]?.origin ?? ''}${path}`)

  test('a page of a moment ago still gets a stylesheet, that of now, and no cache keeps it under the older name', async () => {
    const older = stylesheetOf(await homeAt(0))
    expect((await styleAt(1, older)).headers.get('cache-control')).toContain('immutable')
    await changeEverywhere({ BRAND_ACCENT_COLOUR: '#123456' })
    const newer = stylesheetOf(await homeAt(0))
    expect(newer).not.toBe(older)
    for (const index of [0, 1]) {
      const [old, now] = [await styleAt(index, older), await styleAt(index, newer)]
      expect(old.headers.get('cache-control')).toBe('no-store')
      expect(now.headers.get('cache-control')).toContain('immutable')
      expect(await now.text()).toContain('#123456')
      expect(await old.text()).toContain('#123456')
    }
    expect((await styleAt(0, '/assets/brand.x.css')).status).toBe(404)
  })

  test('a shorter lifetime ends the sessions that are older, with the tokens that hang on them', async () => {
    const { web, guard, account } = stage
    const browser = openBrowser(world)
    const params = { scope: 'openid read', resource: stage.api.identifier }
    const { accessToken } = await tokensFor(world, { account, client: web, browser, params })
    const young = await goHome(world)
    expect((await browser.visit('/account')).url.pathname).toBe('/account')
    await sql`update oidc_sessions set payload = payload || jsonb_build_object('loginTs',
      (payload ->> 'loginTs')::int - 7200) where account_id = ${account.id}`.execute(world.db)
    expect((await introspect(world, guard, accessToken)).body['active']).toBe(true)
    await changeEverywhere({ SESSION_LIFETIME_SECONDS: '3600' })
    const url = authorizeUrl(world, { client_id: web.id, ...challenge(), ...params })
    expect(asks(await browser.visit(url), '/login')).toBe(true)
    await until(async () => (await introspect(world, guard, accessToken)).body['active'] === false)
    expect(asks(await browser.visit('/account'), '/login')).toBe(true)
    expect((await young.browser.visit('/account')).url.pathname).toBe('/account')
  })

  test('a shorter idle time ends the sessions that were left alone for longer, here and at our own pages', async () => {
    const { account, browser } = await goHome(world)
    for (const table of ['oidc_sessions', 'web_sessions'])
      await sql`update ${sql.table(table)} set ${sql.ref(table === 'web_sessions' ? 'last_seen_at' : 'updated_at')}
        = now() - interval '10 minutes' where account_id = ${account.id}`.execute(world.db)
    await changeEverywhere({ SESSION_IDLE_SECONDS: '300' })
    await until(async () => (await sessionsOf(account)).length === 0)
    expect(asks(await browser.visit('/account'), '/login')).toBe(true)
  })

  test('a second factor that is required binds the next authorization of a session that was there before', async () => {
    const { web, account } = stage
    const browser = openBrowser(world)
    const params = { scope: 'openid read', resource: stage.api.identifier }
    await tokensFor(world, { account, client: web, browser, params })
    const silently = async () => {
      const url = authorizeUrl(world, { client_id: web.id, prompt: 'none', ...challenge(), ...params })
      return (await browser.visit(url)).leavingTo?.searchParams
    }
    expect((await silently())?.has('code')).toBe(true)
    await changeEverywhere({ SECOND_FACTOR: 'required' })
    expect((await silently())?.get('error')).toBe('login_required')
    await changeEverywhere({ SECOND_FACTOR: null })
    expect((await silently())?.has('code')).toBe(true)
  })

  test('what a new password needs follows: its length with the second factor, and the name it may not be', async () => {
    const { browser, post } = await goHome(world)
    const page = async () => (await browser.visit('/account/security/password')).html
    expect(await page()).toContain('15 characters')
    await changeEverywhere({ SECOND_FACTOR: 'required' })
    expect(await page()).toContain('8 characters')
    await change({ SECOND_FACTOR: null, BRAND_NAME: 'Sprocketeering Works' })
    await everywhere((html) => html.includes('Sprocketeering'))
    const named = { current: testPassword, password: 'sprocketeering-2026' }
    const refused = await (await post('/account/security/password', named)).text()
    expect(refused).toMatch(/name of (this|the)/i)
  })

  test('tokens that are made from then on live as long as it says, and are as many', async () => {
    const { web, account, service, api } = stage
    const params = { scope: 'openid read', resource: api.identifier }
    await changeEverywhere({ ID_TOKEN_LIFETIME_SECONDS: '120' })
    const { idToken } = await tokensFor(world, { account, client: web, params })
    const { exp = 0, iat = 0 } = decodeJwt(idToken)
    expect(exp - iat).toBe(120)
    const ask = () =>
      postAs(world, service, {
        path: '/oauth/token',
        form: { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' },
      })
    expect((await ask()).status).toBe(200)
    await changeEverywhere({ TOKEN_RATE_LIMIT: '1/86400' })
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429])
    await changeEverywhere({ TOKEN_RATE_LIMIT: '1000/1' })
    await until(async () => (await ask()).status === 200)
    await changeEverywhere({ TOKEN_RATE_LIMIT: null })
    expect((await ask()).status).toBe(200)
  })

  test('people may sign up, or may not, from then on', async () => {
    const browser = openBrowser(world)
    const url = authorizeUrl(world, { client_id: stage.web.id, scope: 'openid', ...challenge() })
    const signInPage = await browser.visit(url)
    const signUpUrl = `${signInPage.url.pathname}/sign-up`
    expect(signInPage.html).not.toContain(signUpUrl)
    expect((await browser.visit(signUpUrl)).status).toBe(403)
    await changeEverywhere({ SIGN_UP: 'open' })
    expect((await browser.visit(signInPage.url)).html).toContain(signUpUrl)
    expect((await browser.visit(signUpUrl)).status).toBe(200)
  })
})

function sessionsOf({ id }: TestAccount) {
  return world.db.selectFrom('oidcSessions').select('uid').where('accountId', '=', id).execute()
}

function challenge() {
  return { code_challenge: newPkce().challenge, code_challenge_method: 'S256' }
}
