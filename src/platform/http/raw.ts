/** Answers and bodies without Koa, for the few paths where its cost would be the larger part. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sameArrival } from './origin-pin.ts'

/** Reads a body of at most `maxBytes`; undefined for a larger one or one that ended early. */
export function readSmallBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let received = 0
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received <= maxBytes) chunks.push(chunk)
    })
    request.on('end', () => resolve(received <= maxBytes ? Buffer.concat(chunks, received) : undefined))
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

/** A stand-in for a request whose body was read already, for a reader that wants to read it once more. */
export function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const standIn: IncomingMessage = Object.create(request, {
    readable: { value: true },
    iterator: {
      value: async function* once() {
        yield body
      },
    },
  })
  sameArrival(standIn, request)
  return standIn
}

/** Answers with a status, headers and a text; the connection stays open. */
export function send(
  response: ServerResponse,
  {
    status,
    headers,
    body = '',
  }: { readonly status: number; readonly headers: readonly string[]; readonly body?: string },
): void {
  if (response.writableEnded || response.destroyed) return
  const length = status === 204 ? [] : ['Content-Length', String(Buffer.byteLength(body))]
  response.writeHead(status, [...headers, ...length])
  response.end(body)
}
