/**
 * Outbound requests: the one guard in front of every URL that somebody else gave us (`jwks_uri`,
 * `backchannel_logout_uri`, `sector_identifier_uri`, hooks). It decides where the server may connect,
 * how long it waits and how much it reads. It keeps no connection, follows no redirect, carries no
 * cookie and ignores the proxy settings of the environment.
 */
import { Client, fetch } from 'undici'
import { parseAllowedHosts } from './allowed-hosts.ts'
import type { AllowedHosts } from './allowed-hosts.ts'
import { checkedAddresses, connectOnlyTo } from './connect.ts'
import type { AddressRules } from './connect.ts'
import type { OutboundCode, OutboundReason } from './outbound-error.ts'
import { OutboundError } from './outbound-error.ts'
import { createPlaces } from './places.ts'
import { resolveByDns, resolveBySystem } from './resolve.ts'
import type { Resolve } from './resolve.ts'
import { asOutboundError, readBounded, toResponse } from './answer.ts'

/** One line for the log per outbound request. The path and query stay out of it: they may carry secrets. */
export interface OutboundEvent {
  readonly outcome: 'answered' | OutboundCode
  readonly reason?: OutboundReason
  readonly status?: number
  readonly method: string
  readonly origin: string
  readonly durationMilliseconds: number
  readonly cause?: unknown
}

/** How the guard is set up. */
export interface OutboundOptions {
  /** The operator's named exceptions: `host`, `host:port` or a range such as `10.1.0.0/16`. */
  readonly allowedHosts: readonly string[]
  /** Bounds the whole exchange: name, connection, TLS, headers and body. */
  readonly timeoutMilliseconds: number
  /** Bounds the body, before and after decoding. */
  readonly maxResponseBytes: number
  /** Requests under way at once; the default is 32 altogether and 8 to one origin. */
  readonly concurrency?: { readonly total: number; readonly perOrigin: number }
  readonly log?: (event: OutboundEvent) => void
  /** Replaces DNS, in tests. */
  readonly resolve?: Resolve
}

/** The guard. `fetch` has the standard's signature and throws only `OutboundError`. */
export interface Outbound {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
}

/** What one exchange is held to. */
interface Rules extends AddressRules {
  readonly timeoutMilliseconds: number
  readonly maxResponseBytes: number
}

/** Builds the guard. Throws when an exception in `allowedHosts` cannot be understood. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { timeoutMilliseconds, maxResponseBytes, log } = options
  const rules: Rules = {
    timeoutMilliseconds,
    maxResponseBytes,
    allowed: parseAllowedHosts(options.allowedHosts),
    resolve: options.resolve ?? resolveByDns(timeoutMilliseconds),
    resolveNamed: options.resolve ?? resolveBySystem,
  }
  const places = createPlaces(options.concurrency ?? { total: 32, perOrigin: 8 })

  const guarded = async (url: URL, request: () => Request): Promise<Response> => {
    admit(url, rules.allowed)
    if (!places.take(url.origin)) throw new OutboundError('outbound_failed', 'busy')
    try {
      return await withinTime(request(), rules)
    } finally {
      places.giveBack(url.origin)
    }
  }

  return {
    fetch: async (input, init) => {
      const url = URL.parse(input instanceof Request ? input.url : String(input))
      if (url === null) throw new OutboundError('outbound_refused', 'url')
      const about = {
        method: init?.method ?? (input instanceof Request ? input.method : 'GET'),
        origin: url.origin,
      }
      const startedAt = performance.now()
      const elapsed = (): number => Math.round(performance.now() - startedAt)
      try {
        const response = await guarded(url, () => new Request(input, init))
        log?.({ ...about, outcome: 'answered', status: response.status, durationMilliseconds: elapsed() })
        return response
      } catch (error) {
        const failure = asOutboundError(error)
        const { code, reason, cause } = failure
        log?.({ ...about, outcome: code, reason, cause, durationMilliseconds: elapsed() })
        throw failure
      }
    },
  }
}

/** What can be refused before a name is looked up. */
function admit(url: URL, allowed: AllowedHosts): void {
  const isNamed = allowed.names(url)
  if (url.username !== '' || url.password !== '') throw new OutboundError('outbound_refused', 'userinfo')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isNamed)) {
    throw new OutboundError('outbound_refused', 'scheme')
  }
  // RFC 6761 §6.3: these names mean this machine, whatever a name server says.
  if (/(?:^|\.)localhost\.?$/.test(url.hostname) && !isNamed)
    throw new OutboundError('outbound_refused', 'address')
}

/** Holds one exchange to its time, whichever part of it is slow, and to the caller's own signal. */
async function withinTime(request: Request, rules: Rules): Promise<Response> {
  const deadline = new AbortController()
  const expire = (): void => deadline.abort(new OutboundError('outbound_timeout', 'time'))
  const timer = setTimeout(expire, rules.timeoutMilliseconds)
  request.signal.addEventListener('abort', expire)
  if (request.signal.aborted) expire()
  try {
    const addresses = await unlessAborted(checkedAddresses(new URL(request.url), rules), deadline.signal)
    return await exchange(request, addresses, { ...rules, signal: deadline.signal })
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', expire)
  }
}

/** One request on a connection of its own, which is gone when this returns. */
async function exchange(
  request: Request,
  addresses: readonly string[],
  { timeoutMilliseconds, maxResponseBytes, signal }: Rules & { readonly signal: AbortSignal },
): Promise<Response> {
  const client = new Client(new URL(request.url).origin, {
    connect: connectOnlyTo(addresses, timeoutMilliseconds),
    pipelining: 0,
    headersTimeout: timeoutMilliseconds,
    bodyTimeout: timeoutMilliseconds,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: maxResponseBytes,
  })
  try {
    const answer = await fetch(request.url, {
      method: request.method,
      headers: outgoingHeaders(request.headers),
      body: request.body === null ? null : await request.bytes(),
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal,
      dispatcher: client,
    })
    // A redirect would be a second URL, and nobody registered that one.
    if (answer.status >= 300 && answer.status < 400) throw new OutboundError('outbound_refused', 'redirect')
    return toResponse(answer, await readBounded(answer.body, maxResponseBytes))
  } finally {
    await client.destroy()
  }
}

function outgoingHeaders(headers: Headers): [string, string][] {
  const outgoing = new Headers(headers)
  outgoing.delete('cookie')
  // Asked for plainly; whoever compresses anyway is still counted after decoding.
  outgoing.set('accept-encoding', 'identity')
  return [...outgoing]
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}
