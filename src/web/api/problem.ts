/**
 * Problem details (RFC 9457): every refusal of the management API has one form, and a code that stays.
 */
import type { Context } from 'koa'
import { z } from 'zod'
import { isDatabaseUnavailable, isUnstorableText } from '../../platform/db/failures.ts'
import { Refusal } from '../../platform/errors.ts'
import type { RefusalCode } from '../../platform/errors.ts'

/** What each code means. The documentation page shows this table; nothing else is ever answered. */
export const problemTitles: Readonly<Partial<Record<RefusalCode, string>>> = {
  invalid_request: 'The request is not understood; `errors` names the members.',
  invalid_metadata: 'The metadata of a client cannot be registered like this.',
  invalid_redirect_uri: 'A redirect URI of a client cannot be registered.',
  invalid_scope: 'A scope is not there, or its owner does not have it.',
  weak_password: 'The password cannot be used.',
  unsupported_hash: 'A password hash has a form that cannot be taken over.',
  unauthenticated: 'The request has no credential.',
  invalid_token: 'The credential is unknown, over, ended or meant for another API.',
  insufficient_user_authentication: 'The person has to prove who they are again, or better (RFC 9470).',
  insufficient_scope: 'The credential lacks the scope that the route requires.',
  forbidden: 'The caller may not do this to this object.',
  not_found: 'There is no such object, or no such address.',
  method_not_allowed: 'The address knows other methods; `Allow` names them.',
  conflict: 'The state of the object forbids it, or a name is taken.',
  setting_fixed: 'The environment of the server says what the setting is, and wins.',
  precondition_failed: 'The object was changed since the version that `If-Match` names.',
  payload_too_large: 'The body is too large.',
  unsupported_media_type: 'The body must be JSON.',
  idempotency_conflict: 'The idempotency key was used for another request.',
  precondition_required: 'A change needs `If-Match` with the `ETag` of what it was made from.',
  rate_limited: 'Too many requests; `Retry-After` says when to come back.',
  server_error: 'Something went wrong on our side.',
  temporarily_unavailable: 'The service is unavailable for a moment; `Retry-After` says how long.',
}

/** The form of every refusal. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  request_id: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})

const mostErrors = 20

/** Answers with a refusal. */
export function answerProblem(ctx: Context, refusal: Refusal): void {
  const { code, message, status, retryAfterSeconds } = refusal
  const errors = errorsOf(refusal.cause)
  ctx.state['oauthError'] = code
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
  ctx.body = JSON.stringify({
    type: `/api/docs#problem-${code}`,
    title: problemTitles[code] ?? code,
    status,
    code,
    detail: message,
    request_id: String(ctx.state['requestId'] ?? ''),
    ...(errors !== undefined && { errors }),
  })
  ctx.type = 'application/problem+json'
}

/** The refusal for whatever was thrown: what is no refusal is a bug, and is answered with nothing of it. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isDatabaseUnavailable(error)) {
    return new Refusal(
      'temporarily_unavailable',
      'The service is temporarily unavailable, try again shortly.',
      { cause: error, retryAfterSeconds: 1 },
    )
  }
  if (isUnstorableText(error)) {
    return new Refusal('invalid_request', 'The request holds characters that cannot be stored.', {
      cause: error,
    })
  }
  return new Refusal('server_error', 'Something went wrong on our side.', { cause: error })
}

const causeShape = z.object({
  part: z.enum(['query', 'body']),
  issues: z.array(z.looseObject({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
})

function errorsOf(cause: unknown) {
  const known = causeShape.safeParse(cause)
  if (!known.success) return undefined
  const { part, issues } = known.data
  return issues.slice(0, mostErrors).map(({ path, message }) => ({
    // RFC 6901 for the body; a query has names alone.
    pointer:
      part === 'query' ? `?${String(path[0] ?? '')}` : path.map((step) => `/${escaped(step)}`).join(''),
    detail: message.toWellFormed().slice(0, 200),
  }))
}

function escaped(step: string | number): string {
  return String(step).toWellFormed().slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')
}
