import type { Context } from 'koa'
import { Refusal } from '../../platform/errors.ts'
import { readBytes } from '../../platform/http/form.ts'
import { pageMembers } from './paging.ts'
import type { Raw, Route } from './route.ts'

/** A body as it was sent and as it was read. */
export interface Sent {
  readonly text: string
  readonly value: unknown
}

const mostBodyBytes = 1024 * 1024
const nothing: Sent = { text: '', value: undefined }

/** The members of the query, each of which comes once; on lists the page stands apart. */
export function readQuery(
  ctx: Context,
  { paged }: Pick<Route, 'paged'>,
): { readonly filters: Raw; readonly page: Raw } {
  const filters: Record<string, string> = Object.create(null)
  const page: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    const into = paged === true && Object.hasOwn(pageMembers, name) ? page : filters
    if (Object.hasOwn(into, name)) throw new Refusal('invalid_request', 'A member of the query comes twice.')
    into[name] = value
  }
  return { filters: { ...filters }, page }
}

/** The JSON body. A route without one takes an empty body or an empty object. */
export async function readJson(
  ctx: Context,
  { method, body }: Pick<Route, 'method' | 'body'>,
): Promise<Sent> {
  if (method === 'GET') return nothing
  const bytes = await readBytes(ctx, mostBodyBytes)
  if (bytes.length === 0 && body === undefined) return nothing
  const [type = ''] = ctx.get('content-type').toLowerCase().split(';')
  if (!['application/json', 'application/merge-patch+json'].includes(type.trim())) {
    throw new Refusal('unsupported_media_type', 'The body must be application/json.')
  }
  const sent = parse(bytes)
  if (body === undefined && sent.text.trim() !== '{}') {
    throw new Refusal('invalid_request', 'This route takes no body.')
  }
  return sent
}

/** RFC 8259 §8.1: JSON is UTF-8. */
function parse(bytes: Buffer): Sent {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { text, value: JSON.parse(text) }
  } catch (cause) {
    throw new Refusal('invalid_request', 'The body is not JSON in UTF-8.', { cause })
  }
}
