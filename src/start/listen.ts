/**
 * A listening HTTP server that can be stopped without failing a request, and that does not wait for clients who send
 * nothing. Both the public and the management listener are one of these.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server, ServerOptions, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Logger } from '../platform/log.ts'
import { answerClientErrors } from './client-errors.ts'
import { StartError } from './start-error.ts'

/** What answers, and where. */
export interface ListenerOptions {
  readonly handler: RequestListener
  readonly host: string
  readonly port: number
  /** The variables that set host and port, for the sentence that says they cannot be used. */
  readonly variables: { readonly host: string; readonly port: string }
  readonly log: Logger
}

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** Asks every client to use another connection next time; all requests are still answered. */
  readonly closeConnectionsAfterAnswers: () => void
  /** Stops accepting and returns when the last answer is out, or when `cut` ends those that take too long. */
  readonly stop: (cut: AbortSignal) => Promise<void>
}

const idleCheckMilliseconds = 50

const settings: ServerOptions = {
  // A request's line and headers come in one or two packets; who sends them byte by byte holds a connection for nothing.
  headersTimeout: 10_000,
  // The largest body is some kilobytes, so half a minute is generous even on a bad line.
  requestTimeout: 30_000,
  // Longer than load balancers keep an idle connection (usually 60 s): the side that closes first must not be ours, or
  // a request may meet the closing.
  keepAliveTimeout: 75_000,
  // The timeouts above are looked at this often; the default of 30 s would double them.
  connectionsCheckingInterval: 2000,
  // A long authorization request and our cookies fit; everything is read into memory before anybody has been checked.
  maxHeaderSize: 16 * 1024,
  // Against names and values that only lenient parsers accept, which is how requests are smuggled past a proxy.
  insecureHTTPParser: false,
}

/** Listens, or says in a sentence why that is not possible. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const server = createServer(settings)
  const answers = trackAnswers(server, options.handler)
  answerClientErrors(server, answers.current)
  await listen(server, options)
  server.on('error', (error) => options.log.error({ err: error }, 'the listener failed'))
  return {
    port: portOf(server),
    closeConnectionsAfterAnswers: answers.closeAfterwards,
    stop: async (cut) => {
      answers.closeAfterwards()
      await stop(server, cut)
    },
  }
}

interface Answers {
  /** The answer a connection waits for or had last. */
  readonly current: (socket: Socket) => ServerResponse | undefined
  readonly closeAfterwards: () => void
}

/** Knows the answer under way on each connection, at the price of one map entry for each. */
function trackAnswers(server: Server, handler: RequestListener): Answers {
  const bySocket = new Map<Socket, ServerResponse>()
  let closing = false
  server.on('connection', (socket) => socket.once('close', () => bySocket.delete(socket)))
  server.on('request', (request, response) => {
    bySocket.set(request.socket, response)
    if (closing) response.setHeader('Connection', 'close')
    handler(request, response)
  })
  return {
    current: (socket) => bySocket.get(socket),
    closeAfterwards: () => {
      closing = true
      for (const response of bySocket.values()) {
        if (!response.headersSent) response.setHeader('Connection', 'close')
      }
    },
  }
}

async function listen(server: Server, options: ListenerOptions): Promise<void> {
  const { host, port } = options
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    throw new StartError(refusalToListen(error, options), error)
  }
}

function refusalToListen(error: unknown, { host, port, variables }: ListenerOptions): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is already in use: stop what uses it, or choose another with ${variables.port}.`
  }
  if (code === 'EACCES') {
    return `Port ${port} is not for ordinary users: choose one above 1023 with ${variables.port}.`
  }
  return `It is not possible to listen on ${host} (${code}): set ${variables.host} to an address of this machine.`
}

async function stop(server: Server, cut: AbortSignal): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // An answer that began before this may leave its connection open and idle.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMilliseconds)
  const cutAll = () => server.closeAllConnections()
  if (cut.aborted) cutAll()
  cut.addEventListener('abort', cutAll)
  await closed
  clearInterval(idle)
  cut.removeEventListener('abort', cutAll)
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
