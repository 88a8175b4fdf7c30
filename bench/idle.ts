import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startServer } from './child.ts'
import type { Setup } from './servers/protocol.ts'
import { secrets } from './secrets.ts'

/** A server that was started on an existing database and then left alone. */
export interface Idle {
  readonly readySeconds: number
  readonly residentMebibytes: number
}

/** What an idle server may take. */
export const idleBounds: Idle = { readySeconds: 3, residentMebibytes: 150 }

const idleMilliseconds = 3000
const port = 39_417
const managementPort = 39_418
// As `npm start` starts it.
const main = join(import.meta.dirname, '../src/main.ts')

/** Starts the program, or the composition alone where there is no program yet, and looks at it. */
export async function measureIdle(setup: Setup, output: number): Promise<Idle> {
  if (!existsSync(main)) return measureComposition(setup, output)
  // The first start keeps compiled code for those that follow.
  await measureProgram(setup, output)
  return measureProgram(setup, output)
}

async function measureProgram({ databaseUrl }: Setup, output: number): Promise<Idle> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', output, 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: '',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      DATABASE_URL: databaseUrl,
      ...secrets,
    },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`)
      if (performance.now() - startedAt > 30_000) throw new Error('the program is not ready after 30 s')
      await delay(20)
    }
    const readySeconds = (performance.now() - startedAt) / 1000
    await delay(idleMilliseconds)
    return { readySeconds, residentMebibytes: await residentMebibytes(child.pid ?? 0) }
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

async function isReady(): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${managementPort}/readyz`)).ok
  } catch {
    return false
  }
}

async function measureComposition(setup: Setup, output: number): Promise<Idle> {
  const startedAt = performance.now()
  const server = await startServer('latchkey', setup, { output, nodeOptions: [] })
  const readySeconds = (performance.now() - startedAt) / 1000
  await delay(idleMilliseconds)
  const idle = { readySeconds, residentMebibytes: await residentMebibytes(server.processId) }
  await server.stop()
  return idle
}

async function residentMebibytes(processId: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(processId)])
  return Number(stdout) / 1024
}
