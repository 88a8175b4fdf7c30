import { Pool } from 'undici'
import { startServer } from './child.ts'
import { pathsOf } from './paths.ts'
import { nextOf, saturate } from './load.ts'
import type { RequestSource } from './load.ts'
import { introspection, otherTokens } from './requests.ts'
import type { Target } from './requests.ts'
import type { Setup } from './servers/protocol.ts'
import type { Stock } from './stock.ts'

/** What remembered credentials take, and what asking takes by itself: two servers were asked the same. */
export interface CachedMemory {
  readonly credentials: number
  readonly grownMebibytes: number
  readonly grownHeapMebibytes: number
  /** How much the server grew that could remember only a few of them. */
  readonly forgetfulMebibytes: number
}

/** How much more a server may take with all of them. */
export const mostCachedMebibytes = 150

const credentials = 100_000
const few = 100
const warmUpSeconds = 3

interface Parts {
  readonly output: number
  readonly stock: () => Promise<Stock>
}

interface Growth {
  readonly residentMebibytes: number
  readonly heapMebibytes: number
}

/** Measures both servers, one after the other. */
export async function measureMemory(setup: Setup, parts: Parts): Promise<CachedMemory> {
  const remembering = await growth({ ...setup, cacheEntries: credentials }, parts)
  const forgetful = await growth({ ...setup, cacheEntries: few }, parts)
  return {
    credentials,
    grownMebibytes: remembering.residentMebibytes,
    grownHeapMebibytes: remembering.heapMebibytes,
    forgetfulMebibytes: forgetful.residentMebibytes,
  }
}

/** How much a server takes more after it was asked about each credential once. */
async function growth(setup: Setup, { output, stock }: Parts): Promise<Growth> {
  const server = await startServer('latchkey', setup, { output, nodeOptions: [] })
  try {
    const target: Target = { server, fixtures: setup.fixtures, paths: pathsOf.latchkey, stock }
    await saturate(server, await introspection('service')(target), warmUpSeconds)
    const before = await server.call('memory', undefined)
    const others = await otherTokens((paths) => paths.introspection)(target)
    const failed = await askEach(server.origin, others)
    if (failed > 0) throw new Error(`${failed} questions failed while memory was measured`)
    const after = await server.call('memory', undefined)
    return {
      residentMebibytes: after.residentMebibytes - before.residentMebibytes,
      heapMebibytes: after.heapMebibytes - before.heapMebibytes,
    }
  } finally {
    await server.stop()
  }
}

async function askEach(origin: string, source: RequestSource): Promise<number> {
  const pool = new Pool(origin, { connections: 24, pipelining: 1 })
  let left = credentials
  let failed = 0
  const ask = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const request = nextOf(source)
      if (request === undefined) throw new Error('there is nothing left to ask')
      const { method, path, headers, body } = request
      const answer = await pool.request({ method, path, headers, body: body ?? null })
      if (!(await answer.body.text()).startsWith('{"active":true')) failed += 1
    }
  }
  await Promise.all(Array.from({ length: 24 }, ask))
  await pool.close()
  return failed
}
