/**
 * Introspection while passwords are hashed as fast as the server can: a flood of sign-ins, each from another address of
 * this machine and at another name, so that no limit but the line in front of the hash turns them away.
 */
import { request } from 'node:http'
import { startServer } from './child.ts'
import type { MeasuredServer } from './child.ts'
import { startDatabase } from './database.ts'
import { createFixtures } from './fixtures.ts'
import { pace } from './load.ts'
import type { LoadRequest, RequestSource, Waiting } from './load.ts'
import { pathsOf } from './paths.ts'
import { introspection, signInPage } from './requests.ts'

/** What waiting for introspection is at rest and in the flood, and how the flood was answered. */
export interface Hashing {
  readonly atRest: Waiting
  readonly inFlood: Waiting
  /** How many sign-ins got which status. */
  readonly signIns: Readonly<Record<string, number>>
}

/** How much longer the hundredth request may wait in a flood. */
export const mostTimesLonger = 3

const requestsPerSecond = 200
const signInsAtOnce = 150

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
    await pace(server, questions, { requestsPerSecond, seconds: 2 })
    const atRest = await pace(server, questions, { requestsPerSecond, seconds })
    const flood = startFlood(server, await firstOf(await signInPage(target)))
    const inFlood = await pace(server, questions, { requestsPerSecond, seconds })
    const signIns = await flood.stop()
    await server.stop()
    return { atRest, inFlood, signIns }
  } finally {
    await database.stop()
  }
}

/** The numbers in words, with the bound. */
export function tellHashing({ atRest, inFlood, signIns }: Hashing): string {
  const times = inFlood.p99 / atRest.p99
  const statuses = Object.entries(signIns).map(([status, count]) => `${count} x ${status}`)
  return [
    `introspection at ${requestsPerSecond}/s: p50 ${atRest.p50.toFixed(2)} ms, p99 ${atRest.p99.toFixed(2)} ms`,
    `the same in a flood of sign-ins: p50 ${inFlood.p50.toFixed(2)} ms, p99 ${inFlood.p99.toFixed(2)} ms`,
    `p99 ${times.toFixed(1)} times that at rest; bound: ${mostTimesLonger} times`,
    `sign-ins: ${statuses.join(', ')}`,
  ].join('\n')
}

async function firstOf(source: RequestSource): Promise<LoadRequest> {
  if (source.kind !== 'same') throw new Error('the sign-in page is one request')
  return source.request
}

function startFlood(server: MeasuredServer, { path, headers }: LoadRequest) {
  const signIns: Record<string, number> = {}
  const ending = new AbortController()
  let sent = 0
  const send = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      sent += 1
      const status = await signIn(server, { path: `${path}/login`, headers, number: sent })
      signIns[status] = (signIns[status] ?? 0) + 1
    }
  }
  const senders = Promise.all(Array.from({ length: signInsAtOnce }, send))
  return {
    stop: async () => {
      ending.abort()
      await senders
      return signIns
    },
  }
}

/** A wrong password, from an address of its own: all of 127.0.0.0/8 is this machine. */
function signIn(
  { origin }: MeasuredServer,
  { path, headers, number }: Pick<LoadRequest, 'path' | 'headers'> & { readonly number: number },
): Promise<number> {
  const body = new URLSearchParams({
    login: `nobody${number}@example.com`,
    password: 'a wrong password here',
  })
  const localAddress = `127.${1 + (Math.trunc(number / 62_500) % 200)}.${Math.trunc(number / 250) % 250}.${1 + (number % 250)}`
  return new Promise((resolve, reject) => {
    const sending = request(
      new URL(path, origin),
      {
        method: 'POST',
        localAddress,
        agent: false,
        headers: {
          ...headers,
          origin,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
        response.once('error', reject)
      },
    )
    sending.once('error', reject)
    sending.end(body.toString())
  })
}
