/**
 * Introspection while passwords are hashed as fast as the server can: no limit but the line in front of the hash turns the
 * flood's sign-ins away.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startServer } from './child.ts'
import type { MeasuredServer } from './child.ts'
import { startDatabase } from './database.ts'
import { createFixtures } from './fixtures.ts'
import type { FloodAnswers, FloodTarget } from './flood.ts'
import { pace } from './load.ts'
import type { LoadRequest, RequestSource, Waiting } from './load.ts'
import { pathsOf } from './paths.ts'
import { introspection, signInPage } from './requests.ts'

/** What waiting for introspection is at rest and in a flood, and how the flood was answered. */
export interface HashingTurn {
  readonly atRest: Waiting
  readonly inFlood: Waiting
  /** How much longer the hundredth request waits in the flood. */
  readonly timesLonger: number
  /** How many sign-ins got which status. */
  readonly signIns: FloodAnswers
}

/** All turns, in the order in which they were measured. */
export type Hashing = readonly HashingTurn[]

/** How much longer the hundredth request may wait in a flood. */
export const mostTimesLonger = 3

const requestsPerSecond = 200
const warmUpSeconds = 3
const turns = 5
// Row R10 of the reliability bar.
const signInsPerSecond = 200

/** Measures on an installation of its own. */
export async function measureHashing({
  seconds,
  hashesAtOnce,
}: {
  readonly seconds: number
  readonly hashesAtOnce?: number | undefined
}): Promise<Hashing> {
  const database = await startDatabase()
  try {
    const setup = {
      databaseUrl: database.url,
      fixtures: await createFixtures(database.url),
      ...(hashesAtOnce !== undefined && { passwordHashesAtOnce: hashesAtOnce }),
    }
    const server = await startServer('latchkey', setup, { output: 2, nodeOptions: [] })
    const stock = () => Promise.reject(new Error('nothing is stored here'))
    const target = { server, fixtures: setup.fixtures, paths: pathsOf.latchkey, stock }
    const questions = await introspection('service')(target)
    const measured: HashingTurn[] = []
    for (let turn = 0; turn < turns; turn += 1) {
      await pace(server, questions, { requestsPerSecond, seconds: warmUpSeconds })
      const atRest = await pace(server, questions, { requestsPerSecond, seconds })
      const flood = startFlood(server, await firstOf(await signInPage(target)))
      // What runs for the first time is compiled, and would be a hundredth of the answers by itself.
      await pace(server, questions, { requestsPerSecond, seconds: warmUpSeconds })
      const inFlood = await pace(server, questions, { requestsPerSecond, seconds })
      measured.push({ atRest, inFlood, timesLonger: inFlood.p99 / atRest.p99, signIns: await flood.stop() })
    }
    await server.stop()
    return measured
  } finally {
    await database.stop()
  }
}

/** The turn whose ratio is the middle one: what else happens on a machine disturbs single turns. */
export function middleTurn(hashing: Hashing): HashingTurn {
  const sorted = hashing.toSorted((one, other) => one.timesLonger - other.timesLonger)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

/** The numbers in words, with the bound. */
export function tellHashing(hashing: Hashing): string {
  const { timesLonger } = middleTurn(hashing)
  const waiting = ({ p50, p99 }: Waiting) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`
  const lines = hashing.map(({ atRest, inFlood, signIns, timesLonger: times }) => {
    const statuses = Object.entries(signIns).map(([status, count]) => `${count} x ${status}`)
    return `${waiting(atRest)}; in a flood: ${waiting(inFlood)}; ${times.toFixed(1)} times; sign-ins: ${statuses.join(', ')}`
  })
  return [
    `introspection at ${requestsPerSecond}/s, beside ${signInsPerSecond} sign-ins a second:`,
    ...lines,
    `p99 ${timesLonger.toFixed(1)} times that at rest, in the middle turn; bound: ${mostTimesLonger} times`,
  ].join('\n')
}

async function firstOf(source: RequestSource): Promise<LoadRequest> {
  if (source.kind !== 'same') throw new Error('the sign-in page is one request')
  return source.request
}

/** Starts the flood; it ends, and tells what it was answered, when it is stopped. */
function startFlood({ origin }: MeasuredServer, { path, headers }: LoadRequest) {
  const child = fork(join(import.meta.dirname, 'flood.ts'))
  const target: FloodTarget = { origin, path: `${path}/login`, headers, perSecond: signInsPerSecond }
  child.send(target)
  return {
    stop: async (): Promise<FloodAnswers> => {
      const told = once(child, 'message') as Promise<[FloodAnswers]>
      child.send('stop')
      const [answers] = await told
      return answers
    },
  }
}
