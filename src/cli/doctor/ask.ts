import { request as plainRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { TLSSocket } from 'node:tls'

/** An answer of a server, and how it came. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the certificate, and `TLSv1.3` or the like; undefined without TLS. */
  readonly tls: { readonly protocol: string; readonly endsAt: Date } | undefined
}

/** A request as hostile as a check wants it. */
export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

const timeoutMilliseconds = 5000
const mostBytes = 512 * 1024

/** Asks a server; rejects when it cannot be reached or does not answer in time. Redirects are answers. */
export function ask(url: URL, { method = 'GET', headers = {} }: Asked = {}): Promise<Answered> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMilliseconds)
    const sent = request(url, { method, headers, signal, agent: false }, (response) => {
      const tls = tlsOf(response.socket)
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > mostBytes) response.destroy(new Error('the answer is too large'))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          tls,
        }),
      )
    })
    sent.on('error', reject).end()
  })
}

function tlsOf(socket: object): Answered['tls'] {
  if (!(socket instanceof TLSSocket)) return undefined
  const { valid_to: endsAt } = socket.getPeerCertificate()
  return { protocol: socket.getProtocol() ?? 'unknown', endsAt: new Date(endsAt) }
}
