import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'

/** A listener on the loopback that counts every TCP connection it is given. */
export interface Listener extends AsyncDisposable {
  readonly port: number
  readonly connections: () => number
}

/** Listens with HTTP. */
export async function listenHttp(listener: RequestListener, host = '127.0.0.1'): Promise<Listener> {
  return await listening(createServer(listener), host)
}

/** Listens with bare TCP, for answers that no decent server would give. */
export async function listenTcp(onSocket: (socket: Socket) => void): Promise<Listener> {
  return await listening(createTcpServer(onSocket), '127.0.0.1')
}

async function listening(server: ReturnType<typeof createTcpServer>, host: string): Promise<Listener> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  const { port } = address
  return {
    port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
