import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { openConnection } from '../../src/platform/db/open.ts'
import type { ServerProcess } from './server-process.ts'
import { endServerProcess, startServerProcess } from './server-process.ts'
import { patienceMilliseconds, until } from '../support/until.ts'

const execute = promisify(execFile)
let dataDirectory: string
let server: ServerProcess | undefined

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'latchkey-trying-'))
  await chmod(dataDirectory, 0o711)
})

afterEach(async () => {
  if (server !== undefined) await endServerProcess(server)
})

afterAll(() => rm(dataDirectory, { recursive: true }))

async function start(): Promise<ServerProcess> {
  server = await startServerProcess({ DATA_DIR: dataDirectory })
  await server.ready()
  const started = server
  await until(() => started.output().includes('Ctrl-C stops everything'))
  return started
}

const pasteable = (text: string) => text.split('\n').filter((line) => line.startsWith('curl '))
const setupLink = (text: string) => /^http:\S+\/setup\/\S+$/m.exec(text)?.[0]
const paste = async (line = ''): Promise<unknown> =>
  JSON.parse((await execute('sh', ['-c', line], { timeout: patienceMilliseconds })).stdout)

let firstLink: string | undefined
let secrets: string

test('the first start prints a setup link and lines that work when pasted as they are', async () => {
  const { output, origin } = await start()
  const lines = pasteable(output())
  expect(lines).toHaveLength(3)
  expect(await paste(lines[0])).toMatchObject({ token_type: 'Bearer', scope: 'invoices:read' })
  expect(await paste(lines[1])).toMatchObject({
    active: true,
    sub: 'demo-service',
    aud: 'https://demo.example/api',
    iss: origin,
  })
  firstLink = setupLink(output())
  expect((await fetch(firstLink ?? '')).status).toBe(200)
  expect(output()).toContain(`${origin}/.well-known/openid-configuration`)
  expect(output()).toContain(dataDirectory)
})

test('what is secret is in files for the owner alone, and not in the log', async () => {
  for (const name of await readdir(dataDirectory)) {
    if (name.endsWith('.json')) expect((await stat(join(dataDirectory, name))).mode & 0o777, name).toBe(0o600)
  }
  secrets = await readFile(join(dataDirectory, 'secrets.json'), 'utf8')
  const logged = (server?.output() ?? '').split('\n').filter((line) => line.startsWith('{'))
  expect(logged.length).toBeGreaterThan(3)
  const demo = await readFile(join(dataDirectory, 'demo.json'), 'utf8')
  const values = [...demo.matchAll(/"secret": "([^"]+)"/g), ...secrets.matchAll(/"key": "([^"]+)"/g)]
  expect(values).toHaveLength(4)
  for (const [, value = ''] of values) expect(logged.join('\n')).not.toContain(value)
  expect(logged.join('\n')).not.toContain(firstLink?.split('/').at(-1))
})

test('a signal ends everything, the embedded database included, with exit code 0', async () => {
  expect(server?.child.exitCode).toBe(0)
  expect(await findEmbeddedDatabase(dataDirectory)).toBeUndefined()
})

test('the second start goes on with the same data, and the earlier setup link no longer works', async () => {
  const { output, origin } = await start()
  expect(await readFile(join(dataDirectory, 'secrets.json'), 'utf8')).toBe(secrets)
  expect(await paste(pasteable(output())[1])).toMatchObject({ active: true })
  expect(await paste(pasteable(output())[2])).toMatchObject({ active: true, credential_type: 'api_key' })
  expect(setupLink(output())).not.toBe(firstLink)
  const token = firstLink?.split('/').at(-1)
  expect((await fetch(`${origin}/setup/${token}`)).status).not.toBe(200)
})

test('after a kill -9 that left the database running the next start takes it over', async () => {
  const killed = await start()
  killed.child.kill('SIGKILL')
  await killed.exitCode
  expect(await findEmbeddedDatabase(dataDirectory)).toBeDefined()
  const { output } = await start()
  expect(await paste(pasteable(output())[1])).toMatchObject({ active: true })
})

test('a demo that was deleted stays deleted', async () => {
  const first = await start()
  expect(pasteable(first.output())).toHaveLength(3)
  const found = await findEmbeddedDatabase(dataDirectory)
  const connection = await openConnection({ url: found?.url ?? '', applicationName: 'test' })
  await connection.query(`delete from clients where id = 'demo-service'`)
  await connection.close()
  await endServerProcess(first)
  expect(pasteable((await start()).output())).toEqual([])
})

test('lost, damaged or shared secrets are told in a sentence and never replaced', async () => {
  const path = join(dataDirectory, 'secrets.json')
  const refused = async () => {
    server = await startServerProcess({ DATA_DIR: dataDirectory })
    expect(await server.exitCode).toBe(1)
    expect(await findEmbeddedDatabase(dataDirectory)).toBeUndefined()
    return server.errors()
  }
  await writeFile(path, '{"sealingKeys": []}', { mode: 0o600 })
  expect(await refused()).toContain(`${path} is damaged`)
  expect(await readFile(path, 'utf8')).toBe('{"sealingKeys": []}')

  await writeFile(path, secrets)
  await chmod(path, 0o644)
  expect(await refused()).toContain(`run "chmod 600 ${path}"`)

  await rm(path)
  expect(await refused()).toContain(`${path} is missing`)
  expect(await readdir(dataDirectory)).not.toContain('secrets.json')

  await writeFile(path, secrets, { mode: 0o600 })
  await start()
})
