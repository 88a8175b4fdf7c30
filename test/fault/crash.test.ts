import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { endServerProcess, startServerProcess } from '../operations/server-process.ts'
import type { ServerProcess } from '../operations/server-process.ts'
import { basic, codeFor, exchange, introspect, redirectUri, tokensOf } from '../support/oauth.ts'
import type { Caller } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startStatementProxy } from './statement-proxy.ts'
import type { StatementProxy } from './statement-proxy.ts'
import { askProcess } from './support.ts'
import type { ProcessAnswer } from './support.ts'
import { until } from '../support/until.ts'
import { times } from '../support/long.ts'

/** A server to be killed, and its way to the database. */
interface Victim {
  readonly server: ServerProcess
  readonly proxy: StatementProxy
}

/** Something that can be used once: what a client sends, and the id of the row behind it. */
interface OneTime {
  readonly id: string
  readonly client: Caller
  readonly form: Readonly<Record<string, string>>
}

// Few at a time: the tests share the connections of one PostgreSQL.
const kills = times(1, 4)
const requestsPerKill = 5

let stage: Stage
let graceful: Caller
let dataDirectory: string
let victim: Victim

beforeAll(async () => {
  stage = await openStage()
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-crash-'))
  const metadata = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] }
  graceful = await stage.world.makeClient({ metadata, settings: { refreshGraceSeconds: 60 } })
  await stage.world.permit({ type: 'client', id: graceful.id }, stage.api, ['read'])
  victim = await startVictim()
})
afterAll(async () => {
  await end(victim)
  await stage.close()
  await rm(dataDirectory, { recursive: true })
})

async function startVictim(): Promise<Victim> {
  const { world } = stage
  const proxy = await startStatementProxy(world.databaseUrl, 'tokens_commit')
  const server = await startServerProcess({
    ISSUER: world.issuer,
    DATABASE_URL: proxy.url,
    DATABASE_POOL_SIZE: '7',
    DATA_DIR: dataDirectory,
    SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
  })
  await server.ready()
  const started = { server, proxy }
  // Its connections are opened now, so that none is waited for while statements are held.
  const nothing = { grant_type: 'refresh_token', refresh_token: 'there-is-none' }
  const warming = Array.from({ length: requestsPerKill }, () =>
    ask(started, { id: '', client: stage.web, form: nothing }),
  )
  await Promise.all(warming)
  return started
}

async function end({ server, proxy }: Victim): Promise<void> {
  await endServerProcess(server)
  await proxy.close()
}

function ask({ server }: Victim, { client, form }: OneTime): Promise<ProcessAnswer> {
  const { issuer } = stage.world
  return askProcess({ port: server.port, issuer, path: '/oauth/token', headers: basic(client), form })
}

/** Asks again while a busy machine answers 503, as a client does. */
async function retry(server: Victim, used: OneTime): Promise<ProcessAnswer> {
  for (;;) {
    const answer = await ask(server, used)
    if (answer.status !== 503) return answer
    await delay(100)
  }
}

async function newCode(): Promise<OneTime> {
  const { world, account, web, api } = stage
  const params = { scope: 'openid offline_access read', resource: api.identifier }
  const { code, verifier } = await codeFor(world, { account, client: web, params })
  const grant = { grant_type: 'authorization_code', redirect_uri: redirectUri }
  return { id: code, client: web, form: { ...grant, code, code_verifier: verifier } }
}

async function newRefreshToken(client: Caller): Promise<OneTime> {
  const { world, account, api } = stage
  const params = { scope: 'openid offline_access read', resource: api.identifier }
  const code = await codeFor(world, { account, client, params })
  const { refreshToken } = tokensOf(await exchange(world, client, code))
  return { id: refreshToken, client, form: { grant_type: 'refresh_token', refresh_token: refreshToken } }
}

interface Round {
  /** The server that was started after the crash. */
  readonly successor: Victim
  readonly used: readonly OneTime[]
  readonly grants: readonly string[]
  /** Answers that arrived in spite of everything. */
  readonly answered: number
  /** What was held may still reach the database. */
  readonly deliver: () => Promise<void>
}

/** Sends requests, kills the server when all of them are held, and starts another. */
async function crash(
  what: 'request' | 'answer',
  make: () => Promise<OneTime>,
  check: (round: Round) => Promise<void>,
): Promise<void> {
  const used: OneTime[] = []
  while (used.length < requestsPerKill) used.push(await make())
  const grants = await Promise.all(used.map(({ id }) => grantOf(id)))
  const { server, proxy } = victim
  proxy.hold(what)
  const asked = Promise.allSettled(used.map((each) => ask(victim, each)))
  await until(() => proxy.heldCount() === requestsPerKill)
  server.child.kill('SIGKILL')
  await server.exitCode
  const answered = (await asked).filter(({ status }) => status === 'fulfilled').length
  victim = await startVictim()
  await check({ successor: victim, used, grants, answered, deliver: proxy.deliver })
  await proxy.close()
}

async function grantOf(id: string): Promise<string> {
  const { rows } = await sql<{ grant: string }>`select grant_id as "grant" from oidc_artifacts
    where id_hash = ${sha256(id)}`.execute(stage.world.db)
  if (rows[0] === undefined) throw new Error('there is no such artifact')
  return rows[0].grant
}

/** Of some families: how many refresh tokens live, and how many families were ended. */
async function families(grants: readonly string[]): Promise<{ livingEnds: number[]; ended: number }> {
  const { rows } = await sql<{ n: number; ended: boolean }>`
    select g.revoked_at is not null as ended, (select count(*)::int from oidc_artifacts a
      where a.grant_id = g.id and a.model = 'RefreshToken' and a.consumed_at is null) as n
    from oidc_grants g where g.id = any (${grants})`.execute(stage.world.db)
  return { livingEnds: rows.map(({ n }) => n), ended: rows.filter(({ ended }) => ended).length }
}

const all = <T>(value: T): T[] => Array.from({ length: requestsPerKill }, () => value)

async function isActive({ body }: ProcessAnswer): Promise<boolean> {
  const token = String(body['access_token'])
  return (await introspect(stage.world, stage.guard, token)).body['active'] === true
}

/** Kills as often as said and adds up what `check` counted. */
async function rounds(
  name: string,
  { what, make }: { readonly what: 'request' | 'answer'; readonly make: () => Promise<OneTime> },
  check: (round: Round) => Promise<{ readonly retried: number; readonly ended: number }>,
): Promise<void> {
  const sum = { killed: 0, answered: 0, retried: 0, ended: 0 }
  for (let kill = 0; kill < kills; kill += 1) {
    await crash(what, make, async (round) => {
      const { retried, ended } = await check(round)
      sum.killed += round.used.length
      sum.answered += round.answered
      sum.retried += retried
      sum.ended += ended
    })
  }
  console.log(
    `${name}: ${sum.killed} requests killed, ${sum.answered} answered, ${sum.retried} retries accepted, ${sum.ended} families ended`,
  )
}

const kinds = [
  ['codes', newCode],
  ['refresh tokens', () => newRefreshToken(stage.web)],
] as const

test.each(kinds)(
  'F2, R4: kill -9 before the commit: the retry with the same %s succeeds',
  async (name, make) => {
    await rounds(
      `before the commit, ${name}`,
      { what: 'request', make },
      async ({ successor, used, grants }) => {
        const retries = await Promise.all(used.map((each) => retry(successor, each)))
        expect(retries.map(({ status }) => status)).toEqual(all(200))
        expect(await Promise.all(retries.map(isActive))).toEqual(all(true))
        expect(await families(grants)).toEqual({ livingEnds: all(1), ended: 0 })
        return { retried: retries.length, ended: 0 }
      },
    )
  },
)

test.each(kinds)(
  'I1, R4: kill -9 before the commit, and what was sent arrives after the retry: %s are used once',
  async (name, make) => {
    await rounds(`late commit, ${name}`, { what: 'request', make }, async (round) => {
      const retries = await Promise.all(round.used.map((each) => retry(round.successor, each)))
      expect(retries.map(({ status }) => status)).toEqual(all(200))
      await round.deliver()
      expect(await Promise.all(retries.map(isActive))).toEqual(all(true))
      expect(await families(round.grants)).toEqual({ livingEnds: all(1), ended: 0 })
      return { retried: retries.length, ended: 0 }
    })
  },
)

test.each(kinds)(
  'R4: kill -9 after the commit, without a grace: the retry of %s is a replay and ends the family',
  async (name, make) => {
    await rounds(
      `after the commit, ${name}`,
      { what: 'answer', make },
      async ({ successor, used, grants }) => {
        expect(await families(grants)).toEqual({ livingEnds: all(1), ended: 0 })
        const retries = await Promise.all(used.map((each) => retry(successor, each)))
        expect(retries.map(({ body }) => body['error'])).toEqual(all('invalid_grant'))
        const { livingEnds, ended } = await families(grants)
        expect({ livingEnds, ended }).toEqual({ livingEnds: all(0), ended: requestsPerKill })
        return { retried: 0, ended }
      },
    )
  },
)

test('R4: kill -9 after the commit, inside a grace: the retry of a refresh succeeds, and one living end remains', async () => {
  const make = () => newRefreshToken(graceful)
  await rounds(
    'after the commit, in a grace',
    { what: 'answer', make },
    async ({ successor, used, grants }) => {
      const retries = await Promise.all(used.map((each) => retry(successor, each)))
      expect(retries.map(({ status }) => status)).toEqual(all(200))
      expect(await Promise.all(retries.map(isActive))).toEqual(all(true))
      expect(await families(grants)).toEqual({ livingEnds: all(1), ended: 0 })
      const again = await Promise.all(used.map((each) => retry(successor, each)))
      expect(again.map(({ body }) => body['error'])).toEqual(all('invalid_grant'))
      expect((await families(grants)).ended).toBe(requestsPerKill)
      return { retried: retries.length, ended: requestsPerKill }
    },
  )
})
