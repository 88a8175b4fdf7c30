/**
 * Origin pin: the first thing that sees a request, before Koa. It makes sure that nothing in a
 * request can tell the rest of the server what its own name is. A request for another host is
 * turned away, and everything a proxy or a stranger says about the way here is taken out of the
 * headers: what came from our own proxies is set aside, the rest is gone.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TrustedProxies } from './client-address.ts'
import { clientAddress, unknownAddress } from './client-address.ts'
import { normalAddress } from './ip-address.ts'

/** How a request came here. */
export interface Arrival {
  readonly clientAddress: string
  /**
   * The removed headers by their lower-case names, exactly as a trusted proxy sent them; empty when
   * the peer is not trusted. A header that came twice is joined by ", ".
   */
  readonly forwarded: Readonly<Record<string, string>>
}

/** How the pin is set up. */
export interface PinOptions {
  readonly trustedProxies: TrustedProxies
  /** Further `host` or `host:port` names under which this server may be called, such as its name inside a private network. */
  readonly otherHosts?: readonly string[]
  /** The header in which the proxies say what certificate a client has; taken out like the others. */
  readonly certificateHeader?: string | undefined
}

/** Turns a request away or makes it indistinguishable from one that was sent straight to the issuer. */
export type OriginPin = (request: IncomingMessage) => 'pass' | 'misdirected'

/** Headers that say where a request was meant to go, or from where it came, besides `X-Forwarded-*`. */
const hopHeaders = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-host',
  'x-original-host',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method-override',
  // Whose certificate it was: no part of the server may come to believe one of these by itself.
  'client-cert',
  'client-cert-chain',
  'x-client-cert',
  'x-client-certificate',
  'x-ssl-cert',
  'x-ssl-client-cert',
  'x-ssl-client-verify',
  'x-ssl-client-s-dn',
  'ssl-client-cert',
  'ssl-client-verify',
  'ssl-client-s-dn',
  'x-arr-clientcert',
  'x-amzn-mtls-clientcert',
  'x-amzn-mtls-clientcert-leaf',
])

const nothing = Object.freeze(withoutPrototype())
// On the request itself: a weak map costs the collector more than all else that is done here.
const arrival = Symbol('arrival')

interface Arrived {
  [arrival]?: Arrival
}

/** Builds the pin for an issuer. Koa behind it runs with `proxy = true` and sees exactly the issuer. */
export function pinOrigin(
  issuer: URL,
  { trustedProxies, otherHosts = [], certificateHeader }: PinOptions,
): OriginPin {
  const taken =
    certificateHeader === undefined ? hopHeaders : new Set([...hopHeaders, certificateHeader.toLowerCase()])
  const scheme = issuer.protocol.slice(0, -1)
  const accepted = new Set([issuer.host, ...otherHosts].flatMap((host) => spellings(host, issuer.protocol)))

  return (request) => {
    const host = soleHost(request.rawHeaders)
    if (host === undefined || !accepted.has(host.toLowerCase())) return 'misdirected'
    const target = originForm(request.url ?? '', accepted)
    if (target === undefined) return 'misdirected'
    request.url = target

    const removed = removeHopHeaders(request, taken)
    const address = arrive(request, removed, trustedProxies)
    request.headers.host = issuer.host
    request.headers['x-forwarded-host'] = issuer.host
    request.headers['x-forwarded-proto'] = scheme
    if (address !== unknownAddress) request.headers['x-forwarded-for'] = address
    return 'pass'
  }
}

/** How a request that passed the pin came here. */
export function arrivalOf(request: IncomingMessage): Arrival {
  const { [arrival]: known }: Arrived & IncomingMessage = request
  if (known === undefined) throw new Error('The request has not passed the origin pin.')
  return known
}

/** Lets a stand-in for a request, such as one whose body was read already, be asked the same. */
export function sameArrival(standIn: IncomingMessage, request: IncomingMessage): void {
  const holder: Arrived & IncomingMessage = standIn
  holder[arrival] = arrivalOf(request)
}

/** RFC 9110 §15.5.20: this server does not answer for that host. The connection ends, its other requests are as lost. */
export function answerMisdirected(response: ServerResponse, issuer: URL): void {
  response.shouldKeepAlive = false
  response.writeHead(421, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
  response.end(`This server answers at ${issuer.origin} only.\n`)
}

/** RFC 9112 §3.2: a request has exactly one Host. Node keeps the first of several, so the raw list is what counts. */
function soleHost(rawHeaders: readonly string[]): string | undefined {
  let host: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== undefined) return undefined
    host = rawHeaders[index + 1]
  }
  return host
}

/** A host as it may be written: the port of the scheme may be said or left out. Nothing else is the same host. */
function spellings(host: string, protocol: string): string[] {
  const url = URL.parse(`${protocol}//${host}`)
  if (url === null || url.href !== `${url.origin}/`) throw new Error(`"${host}" is not a host or host:port.`)
  return url.port === '' ? [url.host, `${url.host}:${protocol === 'https:' ? '443' : '80'}`] : [url.host]
}

/** RFC 9112 §3.2.2: a target with a scheme names its own host, which must be ours too; what follows is the path. */
function originForm(target: string, accepted: ReadonlySet<string>): string | undefined {
  // `//host` and `/\host` would be another host to anyone who resolves the target as a reference.
  if (target.startsWith('/')) return target[1] === '/' || target[1] === '\\' ? undefined : target
  // RFC 9112 §3.2.4: `OPTIONS *` asks about the server as a whole.
  if (target === '*') return target
  const absolute = /^https?:\/\/([^/?#\\@]*)/i.exec(target)
  if (absolute === null || !accepted.has((absolute[1] ?? '').toLowerCase())) return undefined
  const rest = target.slice(absolute[0].length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? originForm(rest, accepted) : undefined
}

function removeHopHeaders(
  request: IncomingMessage,
  taken: ReadonlySet<string>,
): Record<string, string> | undefined {
  let removed: Record<string, string> | undefined
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith('x-forwarded') && !taken.has(name)) continue
    removed ??= withoutPrototype()
    removed[name] = String(request.headers[name])
    delete request.headers[name]
  }
  return removed
}

function arrive(
  request: IncomingMessage,
  removed: Record<string, string> | undefined,
  trustedProxies: TrustedProxies,
): string {
  const peer = request.socket.remoteAddress
  const address = clientAddress({ peer, forwardedFor: removed?.['x-forwarded-for'], trustedProxies })
  const isTrusted =
    removed !== undefined && trustedProxies.includes(normalAddress(peer ?? '') ?? unknownAddress)
  const holder: Arrived & IncomingMessage = request
  holder[arrival] = { clientAddress: address, forwarded: isTrusted ? removed : nothing }
  return address
}

function withoutPrototype(): Record<string, string> {
  return Object.create(null)
}
