import type { RequestListener } from 'node:http'
import { createServer, request } from 'node:http'
import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** Another process that serves, as far as it can be asked about itself. */
export interface Colleague {
  readonly ask: (path: string, accept: string) => Promise<Reply>
}

/** Asks a listener of this process a GET question over HTTP, without a port that others could reach too. */
export async function ask(
  listener: RequestListener,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const [near, far] = duplexPair()
  const server = createServer(listener)
  server.emit('connection', far)
  try {
    return await get(near, path, headers)
  } finally {
    near.destroy()
    far.destroy()
  }
}

function get(connection: Duplex, path: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({
      path,
      headers: { host: 'localhost', ...headers },
      createConnection: () => connection,
    })
    asked.on('error', reject)
    asked.on('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    asked.end()
  })
}
