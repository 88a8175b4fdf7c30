/**
 * Refusals: the outcomes we expect to give somebody, each with a documented code.
 * Anything else that is thrown is a bug, and is answered with `server_error` and nothing more.
 */

/** Every code the server refuses with, and the HTTP status it is answered with. */
export const statusOfCode = {
  invalid_request: 400,
  invalid_metadata: 400,
  invalid_redirect_uri: 400,
  invalid_scope: 400,
  invalid_target: 400,
  weak_password: 400,
  unsupported_hash: 400,
  unauthenticated: 401,
  invalid_token: 401,
  insufficient_user_authentication: 401,
  forbidden: 403,
  insufficient_scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  setting_fixed: 409,
  gone: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  misdirected_request: 421,
  idempotency_conflict: 422,
  precondition_required: 428,
  rate_limited: 429,
  header_fields_too_large: 431,
  server_error: 500,
  temporarily_unavailable: 503,
} as const

/** A documented reason for refusing. */
export type RefusalCode = keyof typeof statusOfCode

/** A refusal with a stable code and one plain sentence that may be shown to whoever asked. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: RefusalCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  /** The HTTP status this refusal is answered with. */
  get status(): number {
    return statusOfCode[this.code]
  }
}
