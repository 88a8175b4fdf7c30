import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import { connect } from 'node:net'

/** A server on the loopback that answers bytes with bytes. */
export interface RawServer extends AsyncDisposable {
  readonly port: number
  /** Sends bytes on a new connection and returns everything that comes back until the server closes or the time is over. */
  readonly exchange: (bytes: string | Buffer, milliseconds?: number) => Promise<string>
}

/** Starts a server with any listener. */
export async function serve(listener: RequestListener): Promise<RawServer> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  const { port } = address
  return {
    port,
    exchange: (bytes, milliseconds = 3_000) => exchange(port, bytes, milliseconds),
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function exchange(port: number, bytes: string | Buffer, milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), milliseconds)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).toString())
    })
  })
}
