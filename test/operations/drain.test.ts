import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../support/postgres.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { ServerProcess } from './server-process.ts'
import { endServerProcess, startServerProcess } from './server-process.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
let dataDirectory: string
let server: ServerProcess | undefined

beforeAll(async () => {
  database = await createTestDatabase()
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-drain-'))
})

afterEach(async () => {
  if (server !== undefined) await endServerProcess(server)
})

afterAll(async () => {
  await database.drop()
  await rm(dataDirectory, { recursive: true })
})

async function start(variables: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  server = await startServerProcess({ DATABASE_URL: database.url, DATA_DIR: dataDirectory, ...variables })
  await server.ready()
  return server
}

const body = 'grant_type=client_credentials'

/** A token request of which only the first half has been sent. */
async function beginRequest({ port }: ServerProcess): Promise<ClientRequest> {
  const begun = request({
    host: '127.0.0.1',
    port,
    path: '/oauth/token',
    method: 'POST',
    headers: {
      host: `localhost:${port}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
    },
    agent: new Agent({ keepAlive: true }),
  })
  begun.on('error', () => {})
  begun.write(body.slice(0, 10))
  await once(begun, 'socket')
  const [socket] = begun.socket === null ? [] : [begun.socket]
  if (socket?.connecting === true) await once(socket, 'connect')
  // The headers have to be with the server before anything else happens.
  await until(async () => socket?.bytesWritten !== undefined && socket.bytesWritten > 100)
  await delay(100)
  return begun
}

async function finish(begun: ClientRequest): Promise<{ response: IncomingMessage; answer: string }> {
  const responded = once(begun, 'response')
  begun.end(body.slice(10))
  const [response] = (await responded) as [IncomingMessage]
  return { response, answer: await text(response) }
}

async function open({ port }: ServerProcess): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

test('R6: a request under way when the signal comes is answered, its connection closed, and the exit code is 0', async () => {
  const { child, exitCode, ...running } = await start()
  const begun = await beginRequest(running as ServerProcess)
  child.kill('SIGTERM')
  await until(() => running.output().includes('"stopping"'))
  await until(async () => (await fetch(running.origin).catch(() => undefined)) === undefined)
  const { response, answer } = await finish(begun)
  expect(response.statusCode).toBe(401)
  expect(answer).toContain('invalid_client')
  expect(response.headers.connection).toBe('close')
  expect(await exitCode).toBe(0)
})

test('R6: while it drains, readiness says no and requests are still served on connections that close', async () => {
  const { child, exitCode, management, origin } = await start({ DRAIN_DELAY_SECONDS: '1' })
  child.kill('SIGTERM')
  await until(async () => (await management('/readyz')).status === 503)
  expect(await (await management('/readyz')).json()).toMatchObject({ checks: { listener: 'draining' } })
  const answer = await fetch(`${origin}/.well-known/openid-configuration`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('connection')).toBe('close')
  expect(await exitCode).toBe(0)
})

test('connections that nobody uses do not hold the end up', async () => {
  const running = await start()
  const [idle, silent] = [await open(running), await open(running)]
  idle.write(`GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost:${running.port}\r\n\r\n`)
  await once(idle, 'data')
  const began = performance.now()
  running.child.kill('SIGTERM')
  expect(await running.exitCode).toBe(0)
  expect(performance.now() - began).toBeLessThan(5000)
  silent.destroy()
})

test('a request that never ends is cut off after the limit, and the exit code is still 0', async () => {
  const running = await start({ SHUTDOWN_SECONDS: '1' })
  const begun = await beginRequest(running)
  running.child.kill('SIGTERM')
  expect(await running.exitCode).toBe(0)
  expect(running.output()).toContain('requests that took too long were cut off')
  begun.destroy()
})

test('a second signal forces the end, and the two of one Ctrl-C under npm count as one', async () => {
  const running = await start()
  const begun = await beginRequest(running)
  // Two of the same kind would become one before they arrive.
  running.child.kill('SIGINT')
  running.child.kill('SIGTERM')
  await until(() => running.output().includes('"stopping"'))
  // Beyond the time in which a second signal belongs to the same gesture.
  await delay(700)
  expect(running.child.exitCode).toBeNull()
  running.child.kill('SIGINT')
  expect(await running.exitCode).toBe(1)
  begun.destroy()
})

test('R16: an error that nobody caught is one line in the log, and the process ends with a code that restarts it', async () => {
  const bug = `process.on('SIGUSR2', () => { throw new Error('a bug') })`
  const running = await start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` })
  running.child.kill('SIGUSR2')
  expect(await running.exitCode).toBe(1)
  const fatal = running
    .output()
    .split('\n')
    .filter((line) => line.includes('"fatal"'))
  expect(fatal).toHaveLength(1)
  expect(JSON.parse(fatal[0] ?? '')).toMatchObject({ level: 'fatal', err: { message: 'a bug' } })
})

test('what is not HTTP, too large, or CONNECT is answered with a status alone, and the server lives', async () => {
  const running = await start()
  const answerTo = async (bytes: string) => {
    const socket = await open(running)
    socket.write(bytes)
    return text(socket)
  }
  const cases: readonly (readonly [string, RegExp])[] = [
    ['nonsense\r\n\r\n', /^HTTP\/1\.1 400 Bad Request\r\n/],
    [`GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['GET / HTTP/1.1\r\nHost: a\r\nbad header\x00: 1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', /^$/],
  ]
  for (const [bytes, expected] of cases) {
    const answer = await answerTo(bytes)
    expect(answer, bytes.slice(0, 40)).toMatch(expected)
    expect(answer).not.toMatch(/node:|Error|at /)
  }
  expect((await running.management('/readyz')).status).toBe(200)
})
