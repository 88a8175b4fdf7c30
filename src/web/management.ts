/**
 * The management listener: is the process alive, may it be given requests, and what do its numbers say. It is never on
 * the public port, and tells no secret to whoever reaches it anyway.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Metrics } from '../platform/metrics.ts'

/** Says why requests should go elsewhere, or undefined if this part is fine. Throwing is a reason too. */
export type Check = () => string | undefined | Promise<string | undefined>

/** What the listener tells about. */
export interface ManagementParts {
  readonly metrics: Pick<Metrics, 'registry'>
  /** By the name they have in the answer. */
  readonly checks: Readonly<Record<string, Check>>
  /** True once the server is on its way out: it still serves, but should be sent nothing new. */
  readonly isDraining: () => boolean
}

/** What one look at everything found. */
export interface Readiness {
  readonly ready: boolean
  /** `ok`, or the reason why not. */
  readonly checks: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const checkMilliseconds = 1000

/** Answers `/healthz`, `/readyz` and `/metrics`. Metrics come as JSON to whoever accepts only that. */
export function createManagement(parts: ManagementParts): RequestListener {
  const pages: Readonly<Record<string, (request: IncomingMessage) => Promise<Answer>>> = {
    '/healthz': async () => text(200, 'alive'),
    '/readyz': async () => readinessAnswer(await readiness(parts)),
    '/metrics': (request) => metricsAnswer(parts.metrics, request.headers.accept),
  }
  return managementListener(pages)
}

/** A listener for these paths: GET and HEAD alone, and never an unhandled error. */
export function managementListener(
  pages: Readonly<Record<string, (request: IncomingMessage) => Promise<Answer>>>,
): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    if (page === undefined) return send(request, response, text(404, 'There is nothing at this address.'))
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return send(request, response, text(405, 'This address knows GET and HEAD.'))
    }
    page(request).then(
      (answer) => send(request, response, answer),
      () => send(request, response, text(500, 'Something went wrong.')),
    )
  }
}

/** The answer of `/readyz`: 503 keeps load balancers away. */
export function readinessAnswer({ ready, checks }: Readiness): Answer {
  const body = JSON.stringify({ status: ready ? 'ready' : 'not_ready', checks })
  return { status: ready ? 200 : 503, type: 'application/json', body: `${body}\n` }
}

async function readiness({ checks, isDraining }: ManagementParts): Promise<Readiness> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const),
  )
  if (isDraining()) outcomes.push(['listener', 'draining'])
  return {
    ready: outcomes.every(([, outcome]) => outcome === 'ok'),
    checks: Object.fromEntries(outcomes),
  }
}

/** A check that hangs is as bad as one that fails. What was thrown may name hosts or users, so it is not told. */
async function outcomeOf(check: Check): Promise<string> {
  const giveUp = new AbortController()
  const late = delay(checkMilliseconds, 'no answer within a second', { signal: giveUp.signal }).catch(
    () => 'no answer',
  )
  const checked = (async () => (await check()) ?? 'ok')().catch(() => 'failing')
  const outcome = await Promise.race([checked, late])
  giveUp.abort()
  return outcome
}

async function metricsAnswer(
  { registry }: Pick<Metrics, 'registry'>,
  accept: string | undefined,
): Promise<Answer> {
  if (accept === 'application/json') {
    return { status: 200, type: accept, body: JSON.stringify(await registry.getMetricsAsJSON()) }
  }
  return { status: 200, type: registry.contentType, body: await registry.metrics() }
}

function text(status: number, sentence: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${sentence}\n` }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
