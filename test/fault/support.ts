/** Requests to processes that share one issuer, as a load balancer passes them on; `fetch` would name the port instead. */
import { request } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { patienceMilliseconds } from '../support/until.ts'

/** An answer, as far as these tests look at it. */
export interface ProcessAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The JSON object, or an empty one. */
  readonly body: Readonly<Record<string, unknown>>
}

/** What is asked, and where. */
export interface ProcessRequest {
  readonly port: number
  readonly issuer: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent by POST if there is one. */
  readonly form?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

/** Asks a server process; rejects if the connection fails or nothing comes in time. */
export function askProcess({
  port,
  issuer,
  path,
  headers,
  form,
  agent,
}: ProcessRequest): Promise<ProcessAnswer> {
  const content = form === undefined ? undefined : new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: content === undefined ? 'GET' : 'POST',
        headers: {
          host: new URL(issuer).host,
          ...(content !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
        timeout: patienceMilliseconds,
        ...(agent !== undefined && { agent }),
      },
      (response) => {
        const { statusCode: status = 0, headers: answered } = response
        text(response).then(
          (body) => resolve({ status, headers: answered, text: body, body: parseObject(body) }),
          reject,
        )
      },
    )
    asked.on('error', reject)
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.end(content)
  })
}

/** How often each outcome came. */
export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function parseObject(content: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(content)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
