import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { endServerProcess, startServerProcess } from '../operations/server-process.ts'
import type { ServerProcess } from '../operations/server-process.ts'
import { basic, introspect } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { askProcess, tally } from './support.ts'
import type { ProcessAnswer } from './support.ts'
import { until } from '../support/until.ts'

const callers = 6
const pauseMilliseconds = 25
const exitMilliseconds = 25_000

let stage: Stage
let dataDirectory: string
let servers: ServerProcess[] = []

beforeAll(async () => {
  stage = await openStage()
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-rolling-'))
})
afterEach(async () => {
  await Promise.all(servers.map(endServerProcess))
  servers = []
})
afterAll(async () => {
  await stage.close()
  await rm(dataDirectory, { recursive: true })
})

async function start(): Promise<ServerProcess> {
  const { world } = stage
  const server = await startServerProcess({
    ISSUER: world.issuer,
    DATABASE_URL: world.databaseUrl,
    DATA_DIR: dataDirectory,
    SEALING_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    KEY_PEPPERS: `test:${Buffer.alloc(32, 2).toString('base64')}`,
    // Long enough for the balancer to see it, on a busy machine too.
    DRAIN_DELAY_SECONDS: '4',
  })
  servers.push(server)
  await server.ready()
  return server
}

/** A load balancer of a few lines: asks about readiness, and sends requests in turn to those that are ready. */
function openBalancer() {
  const places = new Map<ServerProcess, { ready: boolean; readonly agent: Agent }>()
  const closed = new AbortController()
  let turn = 0
  const watch = async (server: ServerProcess) => {
    while (!closed.signal.aborted) {
      const answer = await server.management('/readyz').catch(() => undefined)
      const place = places.get(server)
      if (place !== undefined) place.ready = answer?.status === 200
      await delay(100)
    }
  }
  const watching: Promise<void>[] = []
  return {
    add: (server: ServerProcess) => {
      places.set(server, { ready: true, agent: new Agent({ keepAlive: true }) })
      watching.push(watch(server))
    },
    isReady: (server: ServerProcess) => places.get(server)?.ready === true,
    send: async (path: string, form?: Record<string, string>): Promise<ProcessAnswer> => {
      const readyOnes = () => [...places].filter(([, place]) => place.ready)
      // On a busy machine both may answer late for a moment; then a request waits, as with every balancer.
      await until(() => readyOnes().length > 0)
      const ready = readyOnes()
      const [server, place] = ready[turn++ % ready.length] ?? []
      if (server === undefined || place === undefined) throw new Error('no server is ready')
      const headers = basic(form !== undefined && 'token' in form ? stage.guard : stage.service)
      const { issuer } = stage.world
      return askProcess({
        port: server.port,
        issuer,
        path,
        agent: place.agent,
        headers,
        ...(form && { form }),
      })
    },
    close: async () => {
      closed.abort()
      await Promise.all(watching)
      for (const { agent } of places.values()) agent.destroy()
    },
  }
}

/** Callers that get a token, ask about it and look at the metadata, without a pause between them that matters. */
function openLoad(balancer: ReturnType<typeof openBalancer>) {
  const outcomes: string[] = []
  const tokens: string[] = []
  const stopped = new AbortController()
  const expected = (what: string, isRight: boolean, { status, text }: ProcessAnswer) =>
    outcomes.push(isRight ? 'answered' : `${what}: ${status} ${text.slice(0, 200)}`)
  const round = async () => {
    const form = { grant_type: 'client_credentials', resource: stage.api.identifier, scope: 'read' }
    const issued = await balancer.send('/oauth/token', form)
    const token = issued.body['access_token']
    expected('token', issued.status === 200 && typeof token === 'string', issued)
    const asked = await balancer.send('/oauth/introspect', { token: String(token) })
    expected('introspection', asked.body['active'] === true, asked)
    const discovered = await balancer.send('/.well-known/openid-configuration')
    expected('discovery', discovered.body['issuer'] === stage.world.issuer, discovered)
    tokens.push(String(token))
  }
  const caller = async () => {
    while (!stopped.signal.aborted) {
      await round().catch((error: unknown) =>
        outcomes.push(error instanceof Error ? error.message : 'failed'),
      )
      await delay(pauseMilliseconds)
    }
  }
  const calling = Array.from({ length: callers }, caller)
  return {
    outcomes,
    tokens,
    stop: async () => {
      stopped.abort()
      await Promise.all(calling)
    },
  }
}

const body = () => `grant_type=client_credentials&resource=${encodeURIComponent(stage.api.identifier)}`

/** A token request of which only half has been sent. */
async function beginSlowRequest({ port }: ServerProcess): Promise<() => Promise<ProcessAnswer>> {
  const headers = {
    ...basic(stage.service),
    host: new URL(stage.world.issuer).host,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body().length,
  }
  const begun = request({
    host: '127.0.0.1',
    port,
    path: '/oauth/token',
    method: 'POST',
    headers,
    agent: new Agent(),
  })
  begun.on('error', () => {})
  begun.write(body().slice(0, 10))
  await once(begun, 'socket')
  await until(() => (begun.socket?.bytesWritten ?? 0) > 100)
  return async () => {
    const responded = once(begun, 'response')
    begun.end(body().slice(10))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `response` is emitted with
    const [response] = (await responded) as [IncomingMessage]
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a JSON object, looked at below
    const answer = (await json(response)) as Record<string, unknown>
    return { status: response.statusCode ?? 0, headers: response.headers, text: '', body: answer }
  }
}

/** Stops a server as an orchestrator does, and checks the order of what happens. Gives the milliseconds it took. */
async function stopGently(server: ServerProcess): Promise<number> {
  const finish = await beginSlowRequest(server)
  const began = performance.now()
  server.child.kill('SIGTERM')
  await until(async () => (await server.management('/readyz')).status === 503)
  // Readiness is gone, and whoever has not noticed is still served.
  const { issuer } = stage.world
  const late = await askProcess({ port: server.port, issuer, path: '/.well-known/openid-configuration' })
  expect([late.status, late.headers.connection]).toEqual([200, 'close'])
  const slow = await finish()
  expect([slow.status, typeof slow.body['access_token']]).toEqual([200, 'string'])
  expect(await server.exitCode).toBe(0)
  return performance.now() - began
}

test('R6: a rolling restart under load fails no request, and what was issued meanwhile works', async () => {
  const balancer = openBalancer()
  const [first, second] = [await start(), await start()]
  balancer.add(first)
  balancer.add(second)
  const load = openLoad(balancer)
  await until(() => load.tokens.length > 20)
  const firstMilliseconds = await stopGently(first)
  const third = await start()
  balancer.add(third)
  const before = load.tokens.length
  await until(() => load.tokens.length > before + 20)
  const secondMilliseconds = await stopGently(second)
  const after = load.tokens.length
  await until(() => load.tokens.length > after + 20)
  await load.stop()
  await balancer.close()
  const counts = tally(load.outcomes)
  const active = await Promise.all(
    load.tokens.map(async (token) => (await introspect(stage.world, stage.guard, token)).body['active']),
  )
  console.log(
    `rolling restart: ${load.outcomes.length} requests, ${load.outcomes.length - (counts['answered'] ?? 0)} failed; ` +
      `stopped after ${firstMilliseconds.toFixed(0)} and ${secondMilliseconds.toFixed(0)} ms; ` +
      `${active.filter((is) => is === true).length} of ${load.tokens.length} tokens work`,
  )
  expect(Object.keys(counts)).toEqual(['answered'])
  expect(active.every((is) => is === true)).toBe(true)
  expect(Math.max(firstMilliseconds, secondMilliseconds)).toBeLessThan(exitMilliseconds)
})

test('R6: a second signal does not wait for a request that never ends', async () => {
  const server = await start()
  await beginSlowRequest(server)
  server.child.kill('SIGTERM')
  await until(() => server.output().includes('"stopping"'))
  // Two signals within half a second are one gesture.
  await delay(700)
  expect(server.child.exitCode).toBeNull()
  const began = performance.now()
  server.child.kill('SIGTERM')
  expect(await server.exitCode).toBe(1)
  console.log(`forced: ended ${(performance.now() - began).toFixed(0)} ms after the second signal`)
  expect(performance.now() - began).toBeLessThan(5000)
})
