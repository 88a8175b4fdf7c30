import type { Response as FetchedResponse } from 'undici'
import { OutboundError } from './outbound-error.ts'

const timeoutCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const sizeCodes = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW'])

/** Reads a body to its end, counting what comes out of any decoding, and stops at the bound. */
export async function readBounded(
  body: FetchedResponse['body'],
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of body ?? []) {
    const bytes: Uint8Array = chunk
    received += bytes.byteLength
    if (received > maxBytes) throw new OutboundError('outbound_too_large', 'size')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** A finished answer: the body is here, decoded, and the headers that described its transport are gone. */
export function toResponse(fetched: FetchedResponse, body: Buffer<ArrayBuffer>): Response {
  const headers = new Headers([...fetched.headers])
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'set-cookie'])
    headers.delete(name)
  const { status, statusText } = fetched
  // The Fetch standard allows these statuses no body at all, not even an empty one.
  return new Response(status === 204 || status === 205 ? null : body, { status, statusText, headers })
}

/** Finds the reason for a failure in the chain of causes and gives it one of our four names. */
export function asOutboundError(error: unknown): OutboundError {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutboundError) return cause
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (timeoutCodes.has(code)) return new OutboundError('outbound_timeout', 'time', { cause: error })
    if (sizeCodes.has(code)) return new OutboundError('outbound_too_large', 'size', { cause: error })
  }
  return new OutboundError('outbound_failed', 'network', { cause: error })
}
