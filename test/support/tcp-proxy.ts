/** A TCP proxy in front of PostgreSQL that can swallow everything, as a broken network does: no data, no error. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { targetOf, throughPort } from './postgres-address.ts'

/** A way to PostgreSQL that can be broken. */
export interface TcpProxy {
  /** The given url, by way of the proxy. */
  readonly url: string
  /** Stops passing data on while all connections stay open; new ones are accepted and never answered. */
  readonly swallow: () => void
  /** Resets the connections there are. */
  readonly reset: () => void
  /** Passes on again; connections that lost data are reset. */
  readonly restore: () => void
  /** Waits for the next answer and keeps it back; what is given passes it on, at once. */
  readonly holdAnswer: () => Promise<() => void>
  /** How many connections clients hold open. */
  readonly connectionCount: () => number
  readonly close: () => Promise<void>
}

/** Starts a proxy to the server of the url, which may be behind a Unix socket. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const target = targetOf(url)
  const sockets = new Set<Socket>()
  let swallowing = false
  let hold: ((passOn: () => void) => void) | undefined
  const clients = new Set<Socket>()
  const reset = () => {
    clients.forEach((socket) => socket.resetAndDestroy())
    sockets.forEach((socket) => socket.destroy())
  }
  const server = createServer((near) => {
    const far = connect(target)
    clients.add(near)
    near.on('close', () => clients.delete(near))
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (data) => {
        if (from === far && hold !== undefined) {
          hold(() => void to.write(data))
          hold = undefined
        } else if (!swallowing) to.write(data)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!swallowing) to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: throughPort(url, address.port),
    swallow: () => void (swallowing = true),
    reset,
    restore: () => {
      reset()
      swallowing = false
    },
    holdAnswer: () =>
      new Promise((resolve) => {
        hold = resolve
      }),
    connectionCount: () => clients.size,
    close: async () => {
      swallowing = false
      reset()
      server.close()
      await once(server, 'close')
    },
  }
}
