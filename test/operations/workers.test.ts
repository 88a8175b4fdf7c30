import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../support/postgres.ts'
import { createTestDatabase } from '../support/postgres.ts'
import type { ServerProcess } from './server-process.ts'
import { endServerProcess, startServerProcess } from './server-process.ts'
import { until } from '../support/until.ts'

const execute = promisify(execFile)
let database: TestDatabase
let dataDirectory: string
let server: ServerProcess

beforeAll(async () => {
  database = await createTestDatabase()
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-workers-'))
  server = await startServerProcess({ DATABASE_URL: database.url, DATA_DIR: dataDirectory, WORKERS: '2' })
  await server.ready()
})

afterAll(async () => {
  await endServerProcess(server)
  await database.drop()
  await rm(dataDirectory, { recursive: true })
})

async function workerIds(): Promise<number[]> {
  const { stdout } = await execute('pgrep', ['-P', String(server.child.pid), '-f', 'main.ts'])
  return stdout.trim().split('\n').map(Number)
}

const metric = async (name: string) => {
  const numbers = await (await server.management('/metrics')).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(numbers)?.[1])
}

test('several workers answer as one: readiness of all, numbers added up', async () => {
  expect(await (await server.management('/readyz')).json()).toMatchObject({
    status: 'ready',
    checks: { workers: 'ok', changes: 'ok' },
  })
  expect(await metric('latchkey_workers')).toBe(2)
  const before = await requestsCounted()
  for (let sent = 0; sent < 6; sent += 1) {
    const answer = await fetch(`${server.origin}/.well-known/openid-configuration`, {
      headers: { connection: 'close' },
    })
    expect(answer.status).toBe(200)
  }
  expect((await requestsCounted()) - before).toBe(6)
})

async function requestsCounted(): Promise<number> {
  const numbers = await (await server.management('/metrics')).text()
  const counts = numbers.matchAll(/^latchkey_http_requests_total\{[^}]*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

test('R16: a killed worker is replaced within 2 s while the other serves', async () => {
  const [victim = 0, other = 0] = await workerIds()
  process.kill(victim, 'SIGKILL')
  const began = performance.now()
  await until(async () => (await server.management('/readyz')).status === 503)
  expect((await fetch(`${server.origin}/.well-known/openid-configuration`)).status).toBe(200)
  await until(async () => (await workerIds()).length === 2)
  expect(performance.now() - began).toBeLessThan(2000)
  await until(async () => (await server.management('/readyz')).status === 200)
  expect(await workerIds()).toContain(other)
  expect(await metric('latchkey_worker_replacements_total')).toBe(1)
})

test('a signal ends all of them with exit code 0, one that is just being replaced included', async () => {
  const [victim = 0, ...others] = await workerIds()
  process.kill(victim, 'SIGKILL')
  await until(async () => (await workerIds()).some((id) => id !== victim && !others.includes(id)))
  const ids = await workerIds()
  server.child.kill('SIGTERM')
  expect(await server.exitCode).toBe(0)
  for (const id of ids) expect(() => process.kill(id, 0)).toThrow('ESRCH')
})
