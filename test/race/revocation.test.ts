import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disableAccount } from '../../src/domain/accounts/lifecycle.ts'
import { disableApi } from '../../src/domain/apis/lifecycle.ts'
import { withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { ask } from '../../src/start/ask.ts'
import { codeFor, introspect, postAs, revoke, textOf } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import type { TestApi, TestClient } from '../support/world.ts'
import { originOf, redeem } from './support.ts'

/** A token, and what ends it. */
interface Living {
  readonly token: string
  readonly end: () => Promise<unknown>
}

const longestMilliseconds = 1000

let stage: Stage
let proxy: TcpProxy
let ended: string[]

beforeAll(async () => {
  ended = []
  stage = await openStage({
    instances: 2,
    databaseBehind: async (url) => (proxy = await startTcpProxy(url)).url,
  })
})
afterAll(async () => {
  await stage.close()
  await proxy.close()
})

const act = () => systemAct(new Date())
const at = (index: number) => ({ issuer: originOf(stage.world, index) })

async function isActive(instance: number, token: string): Promise<boolean> {
  const answer = await introspect(at(instance), stage.guard, token)
  if (answer.status !== 200 && answer.status !== 503) throw new Error(`${answer.status} ${answer.text}`)
  return answer.body['active'] === true
}

/** Ready means, among others, that it hears of changes and answers from memory. */
async function isReady(instance: number): Promise<boolean> {
  const server = stage.world.instances[instance]?.server
  if (server === undefined) throw new Error('there is no such instance')
  return (await ask(server.management, '/readyz', {})).status === 200
}

async function serviceToken(client: TestClient, api: TestApi): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
  const answer = await postAs(stage.world, client, { path: '/oauth/token', form })
  if (answer.status !== 200) throw new Error(answer.text)
  return textOf(answer, 'access_token')
}

async function newService(api: TestApi): Promise<TestClient> {
  const client = await stage.world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  await stage.world.permit({ type: 'client', id: client.id }, api, ['read'])
  return client
}

/** A machine that is busy enough answers 503, and then nothing is acknowledged yet. */
async function revoked(token: string): Promise<void> {
  for (;;) {
    const { status, text } = await revoke(at(0), stage.service, token)
    if (status === 200) return
    if (status !== 503) throw new Error(`${status} ${text}`)
    await delay(50)
  }
}

async function revocable(api: TestApi): Promise<Living> {
  const token = await serviceToken(stage.service, api)
  return {
    token,
    end: async () => {
      await revoked(token)
      // Where it was revoked it is refused at once.
      expect(await isActive(0, token)).toBe(false)
    },
  }
}

const kinds: Readonly<Record<string, { times: number; make: () => Promise<Living> }>> = {
  'opaque tokens': { times: 110, make: () => revocable(stage.api) },
  'JWT tokens': { times: 110, make: () => revocable(stage.jwtApi) },
  'disabled accounts': {
    times: 20,
    make: async () => {
      const { world, web, api } = stage
      const account = await world.makeAccount()
      const params = { scope: 'openid read', resource: api.identifier }
      const code = await codeFor(world, { account, client: web, params })
      const token = textOf(await redeem(world, web, code, originOf(world, 0)), 'access_token')
      return { token, end: () => disableAccount(world.db, { id: account.id }, act()) }
    },
  },
  'disabled clients': {
    times: 20,
    make: async () => {
      const client = await newService(stage.jwtApi)
      const token = await serviceToken(client, stage.jwtApi)
      return { token, end: () => disableClient(stage.world.db, client.id, act()) }
    },
  },
  'withdrawn permissions': {
    times: 20,
    make: async () => {
      const { world, api } = stage
      const client = await newService(api)
      const permission = {
        apiId: api.id,
        owner: { type: 'client', id: client.id },
        scopes: ['read'],
      } as const
      const token = await serviceToken(client, api)
      return {
        token,
        end: () => withdrawPermission(world.db, { ...permission, scopes: ['read'] }, act()),
      }
    },
  },
  'disabled APIs': {
    times: 20,
    make: async () => {
      const { world, guard, service } = stage
      const api = await world.makeApi({ introspectors: [guard] })
      await world.permit({ type: 'client', id: service.id }, api, ['read'])
      const token = await serviceToken(service, api)
      return { token, end: () => disableApi(world.db, api.id, act()) }
    },
  },
}

/**
 * Ends a token while another instance is asked about it again and again. Gives how long after the acknowledgement the last
 * question was asked that was answered with yes; 0 if there was none.
 */
async function lastYes({ token, end }: Living): Promise<number> {
  expect(await isActive(1, token)).toBe(true)
  let acknowledgedAt: number | undefined
  let lastYesAt = 0
  const ending = end().then(() => (acknowledgedAt = performance.now()))
  ending.catch(() => {})
  const deadline = performance.now() + 20_000
  for (;;) {
    const askedAt = performance.now()
    const active = await isActive(1, token)
    if (active) lastYesAt = askedAt
    if (!active && acknowledgedAt !== undefined && askedAt > acknowledgedAt) break
    if (askedAt > deadline) throw new Error('it was never refused')
    await delay(5)
  }
  ended.push(token)
  return Math.max(0, lastYesAt - (await ending))
}

async function inFives<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  while (results.length < count) {
    const size = Math.min(5, count - results.length)
    results.push(...(await Promise.all(Array.from({ length: size }, work))))
  }
  return results
}

function distribution(milliseconds: readonly number[]): string {
  const sorted = [...milliseconds].sort((left, right) => left - right)
  const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(0)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}

describe('what ends on one instance ends on the other within a second', () => {
  const all: number[] = []

  test.each(Object.entries(kinds))('T12, R5: %s', async (_name, { times, make }) => {
    const delays = await inFives(times, async () => lastYes(await make()))
    all.push(...delays)
    expect(Math.max(...delays)).toBeLessThan(longestMilliseconds)
  })

  test('R5: none of 300 took longer', () => {
    console.log(`revocations: ${all.length} acknowledged, last yes after ${distribution(all)}`)
    expect(all).toHaveLength(300)
    expect(Math.max(...all)).toBeLessThan(longestMilliseconds)
  })
})

describe('when the other instance does not hear of it', () => {
  test('R2, R5: its listener is killed again and again, and no yes is stale', async () => {
    let killed = 0
    const done = new AbortController()
    const killing = (async () => {
      while (!done.signal.aborted) {
        const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'latchkey changes' and datname = current_database()`.execute(
          stage.world.db,
        )
        killed += rows.length
        await delay(150)
      }
    })()
    const delays = await inFives(60, async () => lastYes(await revocable(stage.api)))
    done.abort()
    await killing
    console.log(`revocations while ${killed} listeners were killed: last yes after ${distribution(delays)}`)
    expect(killed).toBeGreaterThan(0)
    expect(Math.max(...delays)).toBeLessThan(longestMilliseconds)
  })

  test('R9, I6: with a network that swallows everything it stops saying yes, and says it again afterwards', async () => {
    const { service, api } = stage
    await expect.poll(() => isReady(1)).toBe(true)
    const kept = await serviceToken(service, api)
    const lost = await kinds['disabled accounts']?.make()
    if (lost === undefined) throw new Error('there is no such kind')
    for (const token of [kept, lost.token]) expect(await isActive(1, token)).toBe(true)
    proxy.swallow()
    await lost.end()
    const endedAt = performance.now()
    ended.push(lost.token)
    let lastYesAt = endedAt
    while (performance.now() - endedAt < 3000) {
      const askedAt = performance.now()
      if (await isActive(1, lost.token)) lastYesAt = askedAt
      await delay(10)
    }
    console.log(`unheard revocation: last yes after ${(lastYesAt - endedAt).toFixed(0)} ms`)
    expect(lastYesAt - endedAt).toBeLessThan(longestMilliseconds)
    proxy.restore()
    await expect.poll(() => isActive(1, kept)).toBe(true)
    expect(await isActive(1, lost.token)).toBe(false)
  })
})

test('I3: nothing that was acknowledged as ended is accepted later, on any instance', async () => {
  const accepted: string[] = []
  for (const token of ended)
    for (const instance of [0, 1]) if (await isActive(instance, token)) accepted.push(token)
  console.log(`ended: ${ended.length}, accepted afterwards: ${accepted.length}`)
  expect(ended).toHaveLength(361)
  expect(accepted).toEqual([])
})
