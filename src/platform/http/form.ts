import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { Refusal } from '../errors.ts'

/** Our largest page form is a tenth of this. */
const maxBytes = 32 * 1024
/** What is read and thrown away so that the refusal reaches a sender who is still sending. */
const maxDiscardedBytes = 2 * 1024 * 1024
const maxDiscardMilliseconds = 2_000

/**
 * Reads the form that a page of ours posted: each field once, text without NUL, in UTF-8. The result
 * has no prototype, so a field named `__proto__` is a field like any other.
 */
export async function readForm(ctx: Context): Promise<Record<string, string>> {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of await readFormPairs(ctx)) {
    if (name in fields) throw new Refusal('invalid_request', 'A field of the form is sent twice.')
    fields[name] = value
  }
  return fields
}

/** Reads a form in which a field may come more than once, otherwise as strictly as `readForm`. */
export async function readFormPairs(ctx: Context): Promise<[name: string, value: string][]> {
  try {
    refuseOtherThanForm(ctx)
    return parsePairs(decodeUtf8(await readBody(ctx.req, maxBytes)))
  } catch (error) {
    await giveUpBody(ctx)
    throw error
  }
}

/** Reads a body as it was sent, for doors that take something else than forms. */
export async function readBytes(ctx: Context, maxBodyBytes: number): Promise<Buffer> {
  try {
    if (!isPlain(ctx.req)) {
      throw new Refusal('unsupported_media_type', 'The body must not be compressed.')
    }
    return await readBody(ctx.req, maxBodyBytes)
  } catch (error) {
    await giveUpBody(ctx)
    throw error
  }
}

/** What was not read would be taken for the next request, or be read for ever. */
async function giveUpBody(ctx: Context): Promise<void> {
  if (!(await discardRest(ctx.req))) ctx.res.shouldKeepAlive = false
}

function isPlain({ headers }: IncomingMessage): boolean {
  return ['identity', undefined].includes(headers['content-encoding']?.toLowerCase())
}

function refuseOtherThanForm(ctx: Context): void {
  if (ctx.method !== 'POST') throw new Refusal('method_not_allowed', 'A form is sent with POST.')
  const [type = '', ...parameters] = (ctx.req.headers['content-type'] ?? '').toLowerCase().split(';')
  const isForm = type.trim() === 'application/x-www-form-urlencoded'
  const isUtf8 = parameters.every((parameter) => /^\s*(?:charset=(?:utf-8|"utf-8")\s*)?$/.test(parameter))
  if (!isForm || !isUtf8 || !isPlain(ctx.req)) {
    throw new Refusal(
      'unsupported_media_type',
      'The body must be application/x-www-form-urlencoded in UTF-8.',
    )
  }
}

async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most)
  return await collect(request, most)
}

/** Not `for await`: leaving that loop early destroys the socket, and with it the answer. */
async function collect(request: IncomingMessage, most: number): Promise<Buffer> {
  if (request.readableEnded) throw new Error('The body has been read already.')
  if (request.destroyed) throw endedEarly()
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    const settle = (outcome: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      outcome()
    }
    const onData = (chunk: Buffer): void => {
      received += chunk.length
      chunks.push(chunk)
      if (received > most) settle(() => reject(tooLarge(most)))
    }
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)))
    const onBroken = (): void => settle(() => reject(endedEarly()))
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
  })
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw new Refusal('invalid_request', 'The form is not valid UTF-8.', { cause })
  }
}

/** URL Standard §5.1, except that what it would repair is refused. */
function parsePairs(text: string): [name: string, value: string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      if (equals === -1) return [decodeText(pair), '']
      return [decodeText(pair.slice(0, equals)), decodeText(pair.slice(equals + 1))]
    })
}

function decodeText(encoded: string): string {
  const text = decodePercent(encoded.replaceAll('+', ' '))
  if (text.includes('\0')) throw new Refusal('invalid_request', 'The form contains a NUL.')
  return text
}

function decodePercent(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new Refusal('invalid_request', 'The form is not valid UTF-8.', { cause })
  }
}

/** Reads on without keeping anything, for a while; whether the end was reached. */
function discardRest(request: IncomingMessage): Promise<boolean> {
  if (request.complete && request.readableEnded) return Promise.resolve(true)
  if (request.destroyed || Number(request.headers['content-length'] ?? 0) > maxDiscardedBytes) {
    return Promise.resolve(false)
  }
  return new Promise((resolve) => {
    let discarded = 0
    const settle = (isAtEnd: boolean): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      if (!isAtEnd) request.pause()
      resolve(isAtEnd)
    }
    const onData = (chunk: Buffer): void => {
      discarded += chunk.length
      if (discarded > maxDiscardedBytes) settle(false)
    }
    const onEnd = (): void => settle(true)
    const onBroken = (): void => settle(false)
    const timer = setTimeout(onBroken, maxDiscardMilliseconds)
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
    request.resume()
  })
}

function tooLarge(most: number): Refusal {
  return new Refusal('payload_too_large', `The body is larger than ${most / 1024} KiB.`)
}

function endedEarly(): Refusal {
  return new Refusal('invalid_request', 'The body ended early.')
}
