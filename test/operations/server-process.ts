/** The server as an operator runs it: a process of its own, with nothing but its environment. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

/** A server that was started, and may have ended. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  readonly managementPort: number
  readonly origin: string
  /** Everything on standard output so far. */
  readonly output: () => string
  readonly errors: () => string
  /** Resolves when it is ready; rejects if it ends before. */
  readonly ready: () => Promise<void>
  readonly exitCode: Promise<number | null>
  readonly management: (path: string) => Promise<Response>
}

const main = join(import.meta.dirname, '../../src/main.ts')

/** Cheap passwords, as nobody has one here, and a database that may be slow, unless a test is about that. */
const lenient = { ARGON2_MEMORY_KIBIBYTES: '64', DATABASE_WAIT_SECONDS: '60' }

/** Starts the server on free ports with these variables and no others but the path. */
export async function startServerProcess(
  variables: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const [port, managementPort] = [await freePort(), await freePort()]
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      ...(variables['NODE_ENV'] === 'production' ? {} : lenient),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exitCode = once(child, 'close').then(() => child.exitCode)
  const management = (path: string) =>
    fetch(`http://127.0.0.1:${managementPort}${path}`, { signal: AbortSignal.timeout(5000) })
  return {
    child,
    port,
    managementPort,
    origin: `http://localhost:${port}`,
    output: () => output,
    errors: () => errors,
    exitCode,
    management,
    ready: () =>
      until(async () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${errors}`)
        const answer = await management('/readyz').catch(() => undefined)
        return answer?.ok === true
      }),
  }
}

/** Kills what still runs, for `afterEach`. */
export async function endServerProcess({ child, exitCode }: ServerProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const gaveUp = new AbortController()
  const force = delay(10_000, undefined, { signal: gaveUp.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  await exitCode
  gaveUp.abort()
  await force
}
