import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openConnection } from '../../src/platform/db/open.ts'
import { endServerProcess, startServerProcess } from '../operations/server-process.ts'
import type { ServerProcess } from '../operations/server-process.ts'
import { basic, codeFor, exchange, introspect, redirectUri, tokensOf } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { openLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { startOwnDatabase } from './own-database.ts'
import type { OwnDatabase } from './own-database.ts'
import { askProcess, tally } from './support.ts'
import type { ProcessAnswer } from './support.ts'
import { until } from '../support/until.ts'
import { times } from '../support/long.ts'

const poolSize = 10

let database: OwnDatabase
let stage: Stage
let proxy: TcpProxy
let dataDirectory: string
let server: ServerProcess
let graceful: Caller

beforeAll(async () => {
  database = await startOwnDatabase()
  stage = await openStage({ database })
  proxy = await startTcpProxy(database.url)
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-database-'))
  const metadata = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] }
  graceful = await stage.world.makeClient({ metadata, settings: { refreshGraceSeconds: 60 } })
  await stage.world.permit({ type: 'client', id: graceful.id }, stage.api, ['read'])
  server = await startServerProcess({
    ISSUER: stage.world.issuer,
    DATABASE_URL: proxy.url,
    DATABASE_POOL_SIZE: String(poolSize),
    DATABASE_WAIT_SECONDS: '1',
    DATA_DIR: dataDirectory,
    SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
  })
  await server.ready()
})
afterAll(async () => {
  await endServerProcess(server)
  await proxy.close()
  await stage.close()
  await rm(dataDirectory, { recursive: true })
})

async function newRefreshToken(): Promise<string> {
  const { world, account, api } = stage
  const params = { scope: 'openid offline_access read', resource: api.identifier }
  const code = await codeFor(world, { account, client: graceful, params })
  return tokensOf(await exchange(world, graceful, code)).refreshToken
}

async function openLoad(): Promise<Ledger> {
  const refreshTokens = [await newRefreshToken(), await newRefreshToken(), await newRefreshToken()]
  const ledger = openLedger({ stage, port: server.port, graceful, refreshTokens })
  await until(() => ledger.successes.length > 50)
  return ledger
}

function ask(caller: Caller, path: string, form: Readonly<Record<string, string>>): Promise<ProcessAnswer> {
  const { issuer } = stage.world
  return askProcess({ port: server.port, issuer, path, headers: basic(caller), form })
}

function newToken(): Promise<ProcessAnswer> {
  const form = { grant_type: 'client_credentials', resource: stage.api.identifier, scope: 'read' }
  return ask(stage.service, '/oauth/token', form)
}

/** I2, I3: what was acknowledged holds, as the process and as another instance see it. */
async function settle(name: string, ledger: Ledger): Promise<void> {
  await ledger.stop()
  const activeAt = async (token: string) => {
    const [here, elsewhere] = [
      await ask(stage.guard, '/oauth/introspect', { token }),
      await introspect(stage.world, stage.guard, token),
    ]
    expect([here.status, elsewhere.status]).toEqual([200, 200])
    return [here.body['active'], elsewhere.body['active']]
  }
  const lost: string[] = []
  for (const token of ledger.good) if ((await activeAt(token)).includes(false)) lost.push(token)
  const risen: string[] = []
  for (const token of ledger.revoked) if ((await activeAt(token)).includes(true)) risen.push(token)
  const families = await Promise.all(
    ledger.refreshTokens.map((refresh_token) =>
      ask(graceful, '/oauth/token', { grant_type: 'refresh_token', refresh_token }),
    ),
  )
  const { answered, unavailable, refusedConnections } = ledger.counts
  console.log(
    `${name}: ${answered} answered, ${unavailable} times 503, ${refusedConnections} connections refused, ` +
      `${ledger.violations.length} other errors; ${ledger.good.size} tokens issued, ${lost.length} lost; ` +
      `${ledger.revoked.size} revoked, ${risen.length} accepted; ${ledger.refreshes()} refreshes`,
  )
  expect(ledger.violations).toEqual([])
  expect([lost, risen]).toEqual([[], []])
  expect(families.map(({ status }) => status)).toEqual(families.map(() => 200))
  expect([server.child.exitCode, server.child.signalCode]).toEqual([null, null])
}

describe('PostgreSQL goes away', () => {
  test('R1, F5, I1, I2, I3, I5: it crashes again and again under load, and comes back', async () => {
    const ledger = await openLoad()
    const recoveries: number[] = []
    for (let crash = 0; crash < times(2, 10); crash += 1) {
      const before = ledger.counts.unavailable
      await database.crash()
      await until(() => ledger.counts.unavailable > before + 20)
      await database.start()
      const readyAt = performance.now()
      await until(() => (ledger.successes.at(-1) ?? 0) > readyAt)
      recoveries.push(performance.now() - readyAt)
      const after = ledger.successes.length
      await until(() => ledger.successes.length > after + 50)
    }
    console.log(`first success after ${recoveries.map((each) => each.toFixed(0)).join(', ')} ms`)
    await settle(`${recoveries.length} crashes`, ledger)
    expect(Math.max(...recoveries)).toBeLessThan(3000)
  })

  test('R2, I5: all its connections are ended once a second, again and again', async () => {
    const ledger = await openLoad()
    let ended = 0
    for (let second = 0; second < times(3, 10); second += 1) {
      await delay(1000)
      const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'latchkey%'
          and application_name <> 'latchkey tests' and pid <> pg_backend_pid()`.execute(stage.world.db)
      ended += rows.length
    }
    console.log(`connections ended: ${ended}`)
    expect(ended).toBeGreaterThanOrEqual(times(3, 10))
    const { answered, unavailable } = ledger.counts
    await settle('ended connections', ledger)
    console.log(`of ${answered + unavailable} requests ${unavailable} were answered 503`)
  })

  test('R9, I5: a network that swallows everything is answered with 503 within 5 s, and its end noticed', async () => {
    const ledger = await openLoad()
    proxy.swallow()
    const waits: number[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      const began = performance.now()
      const { status, headers } = await newToken()
      waits.push(performance.now() - began)
      expect([status, headers['retry-after']]).toEqual([503, '1'])
    }
    proxy.restore()
    const restoredAt = performance.now()
    await until(() => (ledger.successes.at(-1) ?? 0) > restoredAt)
    const recovery = performance.now() - restoredAt
    console.log(
      `black hole: 503 after ${waits.map((each) => each.toFixed(0)).join(', ')} ms, success ${recovery.toFixed(0)} ms after its end`,
    )
    await settle('black hole', ledger)
    expect(Math.max(...waits)).toBeLessThan(5000)
    expect(recovery).toBeLessThan(5000)
  })
})

describe('PostgreSQL is there and does not serve', () => {
  test('R3: when every connection waits, further requests are told so within about a second', async () => {
    const holder = await openConnection({ url: database.url, applicationName: 'latchkey tests' })
    await holder.query('begin')
    await holder.query('lock table oidc_artifacts in access exclusive mode')
    const refresh = () =>
      ask(graceful, '/oauth/token', { grant_type: 'refresh_token', refresh_token: 'there-is-none' })
    const timed = async (work: () => Promise<ProcessAnswer>) => {
      const began = performance.now()
      const { status, headers } = await work()
      return { status, retryAfter: headers['retry-after'], milliseconds: performance.now() - began }
    }
    const holders = Array.from({ length: 2 * poolSize }, () => timed(refresh))
    await until(async () => {
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(stage.world.db)
      return (rows[0]?.n ?? 0) >= poolSize
    })
    const waiters = await Promise.all(Array.from({ length: 5 }, () => timed(refresh)))
    const metadata = await askProcess({
      port: server.port,
      issuer: stage.world.issuer,
      path: '/.well-known/openid-configuration',
    })
    expect(metadata.status).toBe(200)
    const held = await Promise.all(holders)
    await holder.query('rollback')
    await holder.close()
    const releasedAt = performance.now()
    await until(async () => (await newToken()).status === 200)
    const recovery = performance.now() - releasedAt
    const longest = Math.max(...waiters.map(({ milliseconds }) => milliseconds))
    console.log(
      `exhausted pool: waiters 503 after at most ${longest.toFixed(0)} ms, success ${recovery.toFixed(0)} ms after the release`,
    )
    expect(tally([...held, ...waiters].map(({ status, retryAfter }) => `${status} ${retryAfter}`))).toEqual({
      '503 1': 2 * poolSize + 5,
    })
    expect(longest).toBeLessThan(2500)
    expect(recovery).toBeLessThan(2000)
  })

  test.each([
    ['serialization_failure', '40001'],
    ['deadlock_detected', '40P01'],
  ])(
    'R11, I1: two of three attempts end with %s: tried again, nothing is issued twice',
    async (_name, code) => {
      const { world } = stage
      const refreshToken = await newRefreshToken()
      await failInserts(code, 3)
      const answers: ProcessAnswer[] = []
      let current = refreshToken
      for (let turn = 0; turn < 5; turn += 1) {
        const answer = await ask(graceful, '/oauth/token', {
          grant_type: 'refresh_token',
          refresh_token: current,
        })
        answers.push(answer, await newToken())
        current = String(answer.body['refresh_token'])
      }
      await failInserts(code, 1)
      expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 10 })
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from oidc_artifacts
      where model = 'RefreshToken' and consumed_at is null and grant_id = (
        select grant_id from oidc_artifacts where id_hash = sha256(${refreshToken}::text::bytea))`.execute(
        world.db,
      )
      expect(rows[0]?.n).toBe(1)
    },
  )

  test('R11, I5: when no attempt succeeds the answer is 503, and the refresh token is as good as before', async () => {
    const refresh_token = await newRefreshToken()
    const refresh = () => ask(graceful, '/oauth/token', { grant_type: 'refresh_token', refresh_token })
    await failInserts('40001', Number.MAX_SAFE_INTEGER)
    const answers = [await refresh(), await newToken()]
    await failInserts('40001', 1)
    expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
      [503, '1'],
      [503, '1'],
    ])
    expect((await refresh()).status).toBe(200)
  })
})

/** From now on only every n-th statement that writes artifacts succeeds; 1 is as usual. */
async function failInserts(code: string, everyNth: number): Promise<void> {
  const { db } = stage.world
  await sql`drop trigger if exists fault on oidc_artifacts`.execute(db)
  await sql`drop sequence if exists fault_attempts`.execute(db)
  if (everyNth === 1) return
  await sql`create sequence fault_attempts`.execute(db)
  // A sequence counts attempts that were rolled back too.
  await sql`create or replace function fail_attempt() returns trigger language plpgsql as $$
    begin
      if nextval('fault_attempts') % tg_argv[0]::bigint <> 0 then
        raise exception 'injected' using errcode = tg_argv[1];
      end if;
      return null;
    end $$`.execute(db)
  await sql`create trigger fault before insert on oidc_artifacts for each statement
    execute function fail_attempt(${sql.lit(String(everyNth))}, ${sql.lit(code)})`.execute(db)
}
