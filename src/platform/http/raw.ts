/** Answers and bodies without Koa, for the few paths where its cost would be the larger part. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { sameArrival } from './origin-pin.ts'

const noBody = Buffer.alloc(0)

/**
 * Reads a body of at most `maxBytes` and tells it once; undefined for a larger one or one that ended early. Without a
 * promise, because most bodies are there already and are answered in the same turn.
 */
export function readSmallBody(
  request: IncomingMessage,
  maxBytes: number,
  onBody: (body: Buffer | undefined) => void,
): void {
  let first: Buffer | undefined
  let more: Buffer[] | undefined
  let received = 0
  let told = false
  const tell = (body: Buffer | undefined): void => {
    if (told) return
    told = true
    onBody(body)
  }
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > maxBytes) return
    if (first === undefined) first = chunk
    else (more ??= [first]).push(chunk)
  })
  request.on('end', () => {
    tell(
      received > maxBytes
        ? undefined
        : more === undefined
          ? (first ?? noBody)
          : Buffer.concat(more, received),
    )
  })
  request.on('error', () => tell(undefined))
  request.on('close', () => tell(undefined))
}

/** A stand-in for a request whose body was read already, for a reader that wants to read it once more. */
export function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  return standInFor(request, body, {})
}

/** A stand-in that asks something else of the same server, by a form: it came the same way, by the same connection. */
export function asForm(
  request: IncomingMessage,
  {
    url,
    headers,
    form,
  }: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly form: string },
): IncomingMessage {
  const body = Buffer.from(form)
  const described = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  }
  return standInFor(request, body, {
    url: { value: url, writable: true },
    headers: { value: { ...headers, ...described } },
  })
}

function standInFor(
  request: IncomingMessage,
  body: Buffer,
  other: Readonly<Record<string, PropertyDescriptor>>,
): IncomingMessage {
  const standIn: IncomingMessage = Object.create(request, {
    ...other,
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

let waiting: (() => void)[] = []

/**
 * Answers of one turn of the event loop leave together as it ends: each write wakes whoever waits for it, and in between
 * that costs more than all else that is done for such an answer (a quarter of its processor time). Nothing waits longer.
 */
function atEndOfTurn(leave: () => void): void {
  if (waiting.length === 0) setImmediate(leaveTogether)
  waiting.push(leave)
}

function leaveTogether(): void {
  const leaving = waiting
  waiting = []
  for (const leave of leaving) leave()
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
  const bytes = Buffer.byteLength(body)
  // Here and not later: what is wrong with a header is the matter of whoever wrote it.
  response.writeHead(status, status === 204 ? [...headers] : [...headers, 'Content-Length', String(bytes)])
  // Text without other characters than ASCII is sent as it is kept.
  atEndOfTurn(() => response.end(body, bytes === body.length ? 'latin1' : 'utf8'))
}
