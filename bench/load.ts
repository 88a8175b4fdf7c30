/** Load: as much as a few connections can send, measured in the server's CPU time; and an even pace, measured in waiting. */
import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'
import type { Result } from 'autocannon'
import { Pool } from 'undici'
import type { MeasuredServer } from './child.ts'

/** One HTTP request. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Where requests come from: the same again and again; others each time, at no cost; or such that have to be prepared and
 * work once.
 */
export type RequestSource =
  | { readonly kind: 'same'; readonly request: LoadRequest }
  | { readonly kind: 'other'; readonly next: () => LoadRequest }
  | { readonly kind: 'once'; readonly make: (count: number) => Promise<readonly LoadRequest[]> }

/** What a window of load cost. */
export interface Window {
  readonly requests: number
  readonly failed: number
  readonly seconds: number
  readonly cpuMicroseconds: number
}

const connections = 24
// The library's memory adapter forgets beyond a thousand entries, and each exchange keeps about five.
const batchSize = 144

/** Sends as much as it can for about so many seconds. */
export async function saturate(
  server: MeasuredServer,
  source: RequestSource,
  seconds: number,
): Promise<Window> {
  if (source.kind === 'same') return measured(server, () => sendSame(server.origin, source.request, seconds))
  if (source.kind === 'other') return measured(server, () => sendOthers(server.origin, source.next, seconds))
  let total: Window = { requests: 0, failed: 0, seconds: 0, cpuMicroseconds: 0 }
  while (total.seconds < seconds) {
    const requests = await source.make(batchSize + 2 * connections)
    total = sum(total, await measured(server, () => sendOnce(server.origin, requests)))
  }
  return total
}

/** Both windows together. */
export function sum(left: Window, right: Window): Window {
  return {
    requests: left.requests + right.requests,
    failed: left.failed + right.failed,
    seconds: left.seconds + right.seconds,
    cpuMicroseconds: left.cpuMicroseconds + right.cpuMicroseconds,
  }
}

async function measured(
  server: MeasuredServer,
  send: () => Promise<{ readonly requests: number; readonly failed: number }>,
): Promise<Window> {
  const before = await server.call('usage', undefined)
  const startedAt = performance.now()
  const { requests, failed } = await send()
  const seconds = (performance.now() - startedAt) / 1000
  const after = await server.call('usage', undefined)
  return { requests, failed, seconds, cpuMicroseconds: after.cpuMicroseconds - before.cpuMicroseconds }
}

async function sendSame(url: string, request: LoadRequest, seconds: number) {
  const result = await autocannon({ url, connections, duration: seconds, sampleInt: 50, requests: [request] })
  return counted(result)
}

async function sendOthers(url: string, next: () => LoadRequest, seconds: number) {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    sampleInt: 50,
    requests: [{ ...next(), setupRequest: (request) => ({ ...request, body: next().body ?? '' }) }],
  })
  return counted(result)
}

async function sendOnce(url: string, requests: readonly LoadRequest[]) {
  const [first] = requests
  if (first === undefined) throw new Error('there is nothing to send')
  const fresh = requests.values()
  const result = await autocannon({
    url,
    connections,
    amount: batchSize,
    sampleInt: 5,
    requests: [
      {
        ...first,
        setupRequest: (request) => ({ ...request, body: fresh.next().value?.body ?? '' }),
      },
    ],
  })
  return counted(result)
}

function counted(result: Result): { readonly requests: number; readonly failed: number } {
  return { requests: result['2xx'] + result.non2xx, failed: result.non2xx + result.errors }
}

/** How long requests took that were sent at an even pace, in milliseconds. */
export interface Waiting {
  readonly requestsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/**
 * Sends at an even pace, whether or not answers come. Waiting counts from when a request was due, so that a server that
 * stands still for a moment is charged for everybody who would have come in it.
 */
export async function pace(
  server: MeasuredServer,
  source: RequestSource,
  { requestsPerSecond, seconds }: { readonly requestsPerSecond: number; readonly seconds: number },
): Promise<Waiting> {
  const wanted = Math.max(1, Math.floor(requestsPerSecond * seconds))
  const requests = source.kind === 'once' ? await source.make(wanted) : undefined
  const pool = new Pool(server.origin, { connections: 64, pipelining: 1 })
  const waits: number[] = []
  const running: Promise<void>[] = []
  const startedAt = performance.now()
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startedAt) / 1000) * requestsPerSecond) + 1)
    for (; sent < due; sent += 1) {
      const request = requests?.[sent] ?? nextOf(source)
      if (request === undefined) throw new Error('there is nothing left to send')
      const dueAt = startedAt + (sent / requestsPerSecond) * 1000
      running.push(send(pool, request).then(() => void waits.push(performance.now() - dueAt)))
    }
    await delay(1)
  }
  await Promise.all(running)
  await pool.close()
  waits.sort((left, right) => left - right)
  const at = (share: number): number =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0
  return { requestsPerSecond, p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}

/** The next request of a source that needs no preparation. */
export function nextOf(source: RequestSource): LoadRequest | undefined {
  if (source.kind === 'once') return undefined
  return source.kind === 'same' ? source.request : source.next()
}

async function send(pool: Pool, { method, path, headers, body }: LoadRequest): Promise<void> {
  const answer = await pool.request({ method, path, headers, body: body ?? null })
  await answer.body.dump()
  if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}`)
}
