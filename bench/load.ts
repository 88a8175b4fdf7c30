/** Load: as much as a few connections can send, measured in the server's CPU time; and an even pace, measured in waiting. */
import { setTimeout as delay } from 'node:timers/promises'
import { openConnection, openConnections } from './connections.ts'
import type { Connection } from './connections.ts'
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
const mostPacedConnections = 64
// The library's memory adapter forgets beyond a thousand entries, and each exchange keeps about five.
const batchSize = 144

/** Sends as much as it can for about so many seconds. Connections are opened before the time begins. */
export async function saturate(
  server: MeasuredServer,
  source: RequestSource,
  seconds: number,
): Promise<Window> {
  const open = [...(await openConnections(server.origin, connections))]
  try {
    if (source.kind !== 'once') {
      const next = writerOf(server.origin, source)
      return await measured(server, () => {
        const endsAt = performance.now() + seconds * 1000
        return sendAll(open, server.origin, () => (performance.now() < endsAt ? next() : undefined))
      })
    }
    let total: Window = { requests: 0, failed: 0, seconds: 0, cpuMicroseconds: 0 }
    while (total.seconds < seconds) {
      const requests = (await source.make(batchSize)).map((request) => onTheWire(server.origin, request))
      total = sum(total, await measured(server, () => sendAll(open, server.origin, () => requests.pop())))
    }
    return total
  } finally {
    for (const connection of open) connection.close()
  }
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

/** Each connection sends its next request as soon as the last one is answered, until there is no next one. */
async function sendAll(
  open: Connection[],
  origin: string,
  next: () => string | undefined,
): Promise<{ readonly requests: number; readonly failed: number }> {
  let requests = 0
  let failed = 0
  await Promise.all(
    open.map(async (first, index) => {
      let connection = first
      for (;;) {
        if (!connection.isOpen()) connection = open[index] = await openConnection(origin)
        const isSpent = await new Promise<boolean>((resolve) => {
          const goOn = (): void => {
            const request = next()
            if (request === undefined) return resolve(true)
            connection.send(request, (status) => {
              requests += 1
              if (status < 200 || status > 299) failed += 1
              if (connection.isOpen()) goOn()
              else resolve(false)
            })
          }
          goOn()
        })
        if (isSpent) return
      }
    }),
  )
  return { requests, failed }
}

/** Requests of a source as they are on the wire; one that is always the same is written once. */
function writerOf(origin: string, source: Exclude<RequestSource, { readonly kind: 'once' }>): () => string {
  if (source.kind === 'other') return () => onTheWire(origin, source.next())
  const text = onTheWire(origin, source.request)
  return () => text
}

/** All of it is ASCII: forms are percent-encoded. */
function onTheWire(origin: string, { method, path, headers, body }: LoadRequest): string {
  let text = `${method} ${path} HTTP/1.1\r\nHost: ${origin.slice('http://'.length)}\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return body === undefined ? `${text}\r\n` : `${text}content-length: ${body.length}\r\n\r\n${body}`
}

/** How long requests took that were sent at an even pace, in milliseconds. */
export interface Waiting {
  readonly requestsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

interface Due {
  readonly text: string
  readonly at: number
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
  const idle = [...(await openConnections(server.origin, mostPacedConnections))]
  const waits: number[] = []
  const finished = Promise.withResolvers<void>()
  const queue: Due[] = []
  const sendNext = (): void => {
    const connection = idle.at(-1)
    const due = connection === undefined ? undefined : queue.shift()
    if (connection === undefined || due === undefined) return
    idle.pop()
    connection.send(due.text, (status) => {
      if (status < 200 || status > 299) finished.reject(new Error(`a paced request was answered ${status}`))
      waits.push(performance.now() - due.at)
      if (waits.length === wanted) finished.resolve()
      idle.push(connection)
      sendNext()
    })
  }
  const startedAt = performance.now()
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startedAt) / 1000) * requestsPerSecond) + 1)
    for (; sent < due; sent += 1) {
      const request = requests?.[sent] ?? nextOf(source)
      if (request === undefined) throw new Error('there is nothing left to send')
      queue.push({
        text: onTheWire(server.origin, request),
        at: startedAt + (sent / requestsPerSecond) * 1000,
      })
      sendNext()
    }
    await delay(1)
  }
  await finished.promise
  for (const connection of idle) connection.close()
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
